"""Each rule of the table earns its place: moto alone bears what is refused here."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.strict.cases import Case, called, refused
from tests.strict.conftest import Client
from tests.strict.sizes import ITEM_BYTES, item_size

TABLE = "papers"
ONE = {":one": {"N": "1"}}


def key(pk: str, sk: str = "s") -> dict[str, Any]:
    """A key of the table."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def call(told: str, operation: str, **arguments: Any) -> Case:
    """A call about the table that is refused."""
    return Case(f"ValidationException: {told}", operation, {"TableName": TABLE, **arguments})


def batch(told: str, operation: str, wanted: Any) -> Case:
    """A call about several items that is refused."""
    return Case(f"ValidationException: {told}", operation, {"RequestItems": {TABLE: wanted}})


def put(told: str, **attributes: Any) -> Case:
    """An item that is refused."""
    return call(told, "put_item", Item=key("put") | attributes)


def update(told: str, expression: str, value: Any) -> Case:
    """An update that is refused, by one value."""
    values = {":v": value}
    return call(
        told,
        "update_item",
        Key=key("update"),
        UpdateExpression=expression,
        ExpressionAttributeValues=values,
    )


def condition(told: str, expression: str, values: Any = None) -> Case:
    """A condition that is refused."""
    more = {"ExpressionAttributeValues": values} if values else {}
    return call(told, "put_item", Item=key("condition"), ConditionExpression=expression, **more)


def query(told: str, values: Any, **more: Any) -> Case:
    """A query that is refused."""
    arguments = {"KeyConditionExpression": "pk = :pk"} | more
    return call(told, "query", ExpressionAttributeValues={":pk": {"S": "query"}} | values, **arguments)


def writes(told: str, *wanted: Any) -> Case:
    """Writes of which one at least is refused."""
    return batch(told, "batch_write_item", list(wanted))


def transaction(told: str, *wanted: Any) -> Case:
    """A transaction that is refused, of Puts."""
    puts = [{"Put": {"TableName": TABLE, "Item": item}} for item in wanted]
    return Case(f"ValidationException: {told}", "transact_write_items", {"TransactItems": puts})


def written(item: Any) -> Any:
    """A write of a batch."""
    return {"PutRequest": {"Item": item}}


def deleted(which: Any) -> Any:
    """A deletion of a batch."""
    return {"DeleteRequest": {"Key": which}}


# moto does not count what lists and maps take beside what is in them.
LARGE = {"L": [{"S": "x" * 400_000}, *({"M": {}} for _ in range(3000))]}
REFUSED = {
    "26 writes": writes("26 of 25", *(written(key(str(number))) for number in range(26))),
    "an item written twice": writes(
        "duplicates: pk a, sk s", written(key("a") | {"x": {"S": "1"}}), written(key("a"))
    ),
    "an item written and deleted": writes("duplicates: pk a, sk s", written(key("a")), deleted(key("a"))),
    "a batch with too large an item": writes("of 409600, pk a, sk s", written(key("a") | {"x": LARGE})),
    "a batch with a set that is empty": writes("empty: x", written(key("a") | {"x": {"SS": []}})),
    "a deletion in a batch by an empty key": writes("Key: sk", deleted(key("a", ""))),
    "a transaction with too large an item": transaction("of 409600, pk a, sk s", key("a") | {"x": LARGE}),
    "a transaction of 11 items of 400 KB": transaction(
        "size of items in transaction exceeded limit: 4400",
        *(key(str(number)) | {"x": {"S": "x" * 400_000}} for number in range(11)),
    ),
    "a large item": put("412013 bytes of 409600, pk put, sk s", x=LARGE),
    "a set with a text twice": put("duplicates: x, a", x={"SS": ["a", "b", "a"]}),
    "a set with a number twice": put("duplicates: x, 1", x={"NS": ["1", "1.0"]}),
    "a set of bytes that is empty": put("empty: x", x={"BS": []}),
    "an empty set within a list": put("empty: x", x={"L": [{"SS": []}]}),
    "an empty set of bytes within a map": put("empty: x.y", x={"M": {"y": {"BS": []}}}),
    "39 digits": put("more than 38", x={"N": "1" * 39}),
    "39 digits by an update": update("more than 38", "SET x = :v", {"N": "1" * 39}),
    "an update with no number": update("numeric value: :v, many", "SET x = :v", {"N": "many"}),
    "an update with infinity": update("numeric value: :v, Infinity", "SET x = :v", {"N": "Infinity"}),
    "an update with too large a number": update("overflow", "SET x = :v", {"N": "1e126"}),
    "an update with too small a number": update("underflow", "SET x = :v", {"N": "-1e-131"}),
    "an update with an empty set": update("empty: :v", "SET x = :v", {"SS": []}),
    "an update with a text twice": update("duplicates: :v, a", "ADD x :v", {"SS": ["a", "a"]}),
    "an update by an empty key": call(
        "Key: pk", "update_item", Key=key(""), UpdateExpression="ADD x :one", ExpressionAttributeValues=ONE
    ),
    "an item by a long key": call("limit of 2048 bytes: éé", "get_item", Key=key("é" * 1025)),
    "an item by a long sort key": call("limit of 1024 bytes: bb", "get_item", Key=key("a", "b" * 1025)),
    "an item by a key of another type": call("schema: sk", "get_item", Key=key("a") | {"sk": {"N": "1"}}),
    "a deletion by an empty key": call("Key: sk", "delete_item", Key=key("a", "")),
    "a deletion by a long key": call("limit of 2048 bytes: aa", "delete_item", Key=key("a" * 2049)),
    "items by an empty key": batch("Key: pk", "batch_get_item", {"Keys": [key("a"), key("")]}),
    "a long projection": batch(
        "4101 bytes of 4096",
        "batch_get_item",
        {"Keys": [key("a")], "ProjectionExpression": "n" * 4101},
    ),
    "a long expression": update("4111 bytes of 4096", f"SET {'n' * 4102} = :v", {"S": ""}),
    "many operators": condition("301 operators", " OR ".join(["attribute_not_exists(x)"] * 151), None),
    "many operands": condition(
        "101 operands",
        f"attribute_not_exists(x) OR x IN ({', '.join(f':v{number}' for number in range(101))})",
        {f":v{number}": {"N": "1"} for number in range(101)},
    ),
    "a name that begins with a digit": condition('token: "1"', "attribute_not_exists(1st)"),
    "a range from high to low": query(
        "upper bound",
        {":low": {"S": "b"}, ":high": {"S": "a"}},
        KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
    ),
    "a filter by a key": query("key attribute: sk", {}, FilterExpression="sk <> :pk"),
    "a filter by a key with another name": query(
        "key attribute: sk", {}, FilterExpression="#s <> :pk", ExpressionAttributeNames={"#s": "sk"}
    ),
    "a query with a value that is not used": query("keys: {:v}", {":v": {"S": "1"}}),
    "a scan with a value that is not used": call(
        "keys: {:one}", "scan", FilterExpression="attribute_exists(x)", ExpressionAttributeValues=ONE
    ),
    "a put with a value that is not used": condition("keys: {:one}", "attribute_not_exists(x)", ONE),
    "a deletion with a value that is not used": call(
        "keys: {:one}",
        "delete_item",
        Key=key("a"),
        ConditionExpression="attribute_not_exists(x)",
        ExpressionAttributeValues=ONE,
    ),
}


@pytest.fixture(autouse=True)
def _table(strict: Client, papers_table: None) -> None:
    """Each test has a table of its own."""


def stored(client: Any) -> list[Any]:
    """All that is in the table."""
    return list(client.scan(TableName=TABLE)["Items"])


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_moto_alone_bears_is_refused(strict: Client, alone: Client, case: Case) -> None:
    refused(strict("dynamodb"), case)
    assert stored(alone("dynamodb")) == []
    called(alone("dynamodb"), case)


def grown(client: Any, pk: str) -> None:
    """Add to an item's set until it is too large."""
    for first in range(0, 600, 300):
        more = [f"{number:01000}" for number in range(first, first + 300)]
        client.update_item(
            TableName=TABLE,
            Key=key(pk),
            UpdateExpression="ADD x :x",
            ExpressionAttributeValues={":x": {"SS": more}},
        )


def test_an_update_that_leaves_too_much_is_refused_and_leaves_all_as_it_was(
    strict: Client, alone: Client
) -> None:
    grown(alone("dynamodb"), "alone")
    with pytest.raises(ClientError, match="600012 bytes of 409600, pk strict, sk s"):
        grown(strict("dynamodb"), "strict")
    told = strict("dynamodb").get_item(TableName=TABLE, Key=key("strict"))
    assert len(told["Item"]["x"]["SS"]) == 300


def test_an_update_that_would_make_too_large_an_item_makes_none(strict: Client, alone: Client) -> None:
    case = update("of 409600, pk update", "SET x = :v", LARGE)
    refused(strict("dynamodb"), case)
    assert stored(strict("dynamodb")) == []
    called(alone("dynamodb"), case)


def test_what_is_within_the_limits_is_not_refused(strict: Client) -> None:
    client = strict("dynamodb")
    called(client, writes("", *(written(key(str(number))) for number in range(25))))
    called(client, put("", x={"N": "1" * 38 + "0" * 20}, y={"NS": ["1", "2"]}, z={"L": []}))
    called(client, update("", "SET x = if_not_exists(x, :v)", {"N": "-1e-130"}))
    called(client, condition("", " OR ".join(["attribute_not_exists(x)"] * 150)))
    called(client, query("", {":sk": {"S": "a"}}, KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)"))
    client.get_item(TableName=TABLE, Key=key("a" * 2048, "b" * 1024))
    assert item_size(key("large") | {"x": {"S": "x" * (ITEM_BYTES - 11)}}) == ITEM_BYTES


def test_a_table_that_is_not_there_is_told_by_moto(strict: Client) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        strict("dynamodb").get_item(TableName="other", Key=key("a" * 2049))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "é€"}, 5),
        ({"B": b"\x00\xff"}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"N": "7"}, 2),
        ({"N": "-7"}, 3),
        ({"N": "1234"}, 3),
        ({"N": "0012345.000"}, 4),
        ({"N": "1" * 38}, 20),
        ({"SS": ["a", "bc"]}, 3),
        ({"NS": ["1", "100"]}, 4),
        ({"BS": [b"a", b"bc"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"L": []}]}, 3 + 1 + 2 + 1 + 3),
        ({"M": {}}, 3),
        ({"M": {"é": {"S": "ab"}}}, 3 + 1 + 2 + 2),
    ],
)
def test_sizes_are_those_of_the_documents(value: Any, size: int) -> None:
    assert item_size({"name": value}) == 4 + size
