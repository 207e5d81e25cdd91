"""The only door to AWS: clients made on first use, and the few calls that the steps make, in plain types.

Table items are dicts of str, bytes, int, float, bool and set[str]; numbers come back as int or float.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

import boto3
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shared import settings

# boto3 stays as long as the process, and is most of what that holds. To look for garbage among it while
# clients are made was a tenth of a cold start: https://docs.python.org/3/library/gc.html#gc.freeze
gc.freeze()

Item = dict[str, Any]
Key = tuple[str, str]
T = TypeVar("T")

# What the services take at once.
_GET_AT_ONCE = 100
_PUT_TOGETHER = 100
_PUT_BYTES = 4_000_000  # of 4 MiB, for all items together
_SEND_AT_ONCE = 10
_SEND_BYTES = 1_000_000  # of 1 MiB, for all messages of a call together
# How often what a batch left undone is asked for again before it is an error.
_ROUNDS = 8
# How events name the service that they come from; render may send no others (infra/template.yaml).
_EVENT_SOURCE = "hot-papers"

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class UnfinishedError(Exception):
    """A batch call that kept leaving something undone; the text says how much."""


class ConditionFailedError(Exception):
    """A conditional write found another state than it was made for, or somebody else writing."""


class RefusedError(Exception):
    """An item cannot be written as it is; the text says why."""


class SecretError(Exception):
    """A secret cannot be had; the text names its parameter, never its value."""


class EventError(Exception):
    """The event bus has not taken an event; the text says why."""


@cache
def client(service: str) -> Any:
    """The client of a service, made on first use and kept."""
    return boto3.client(service, config=Config(retries={"mode": "standard", "max_attempts": 5}))


def reset() -> None:
    """Forget the clients, so that the next ones see a changed environment."""
    client.cache_clear()


def _batches(
    things: Iterable[T], weigh: Callable[[T], tuple[int, int]], at_once: int, most_bytes: int
) -> Iterator[list[T]]:
    """The things in order, in parts with no more entries and bytes; `weigh` tells both of a thing."""
    batch: list[T] = []
    entries = size = 0
    for thing in things:
        more, length = weigh(thing)
        if batch and (entries + more > at_once or size + length > most_bytes):
            yield batch
            batch, entries, size = [], 0, 0
        batch.append(thing)
        entries += more
        size += length
    if batch:
        yield batch


# --- table -------------------------------------------------------------------------------------------


def get(key: Key) -> Item | None:
    """The item, read consistently; None when there is none."""
    answer = client("dynamodb").get_item(TableName=_table(), Key=_wire_key(key), ConsistentRead=True)
    return _plain(answer["Item"]) if "Item" in answer else None


def get_many(keys: Iterable[Key]) -> dict[Key, Item]:
    """The items that exist among the keys, read consistently; any number of keys."""
    found: dict[Key, Item] = {}
    todo = [_wire_key(key) for key in dict.fromkeys(keys)]
    in_vain = 0
    # An answer has 16 MB at most: of large items it may take many to get all.
    while todo and in_vain < _ROUNDS:
        now, todo = todo[:_GET_AT_ONCE], todo[_GET_AT_ONCE:]
        answer = client("dynamodb").batch_get_item(
            RequestItems={_table(): {"Keys": now, "ConsistentRead": True}}
        )
        for item in map(_plain, answer["Responses"].get(_table(), [])):
            found[item["pk"], item["sk"]] = item
        left = answer.get("UnprocessedKeys", {}).get(_table(), {}).get("Keys", [])
        in_vain = in_vain + 1 if len(left) == len(now) else 0
        todo += left
    if todo:
        raise UnfinishedError(f"{len(todo)} items were not read")
    return found


def query(
    pk: str,
    prefix: str = "",
    *,
    newest_first: bool = False,
    limit: int = 0,
    at_once: int = 0,
    least_score: float | None = None,
) -> Iterator[Item]:
    """The items of a partition whose sort key begins with `prefix`, in order, at most `limit` (0: all).

    They are read `at_once` (0: as many as an answer holds), and no more than are taken.
    """
    arguments: dict[str, Any] = {
        "TableName": _table(),
        "KeyConditionExpression": "pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else ""),
        "ExpressionAttributeValues": _wire({":pk": pk} | ({":prefix": prefix} if prefix else {})),
        "ScanIndexForward": not newest_first,
        "ConsistentRead": True,
    }
    if limit or at_once:
        arguments["Limit"] = at_once or limit
    if least_score is not None:
        arguments["FilterExpression"] = "score >= :least"
        arguments["ExpressionAttributeValues"] |= _wire({":least": least_score})
    seen = 0
    while True:
        answer = client("dynamodb").query(**arguments)
        for item in answer["Items"]:
            yield _plain(item)
            seen += 1
            if limit and seen >= limit:
                return
        if "LastEvaluatedKey" not in answer:
            return
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def put(item: Item, *, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
    """Write an item; raises ConditionFailedError when the condition does not hold."""
    _checked(client("dynamodb").put_item, _put_of(Put(item, condition, values)))


class Put(NamedTuple):
    """An item to write, and the condition under which it is written, with its values."""

    item: Item
    condition: str = ""
    values: Mapping[str, Any] | None = None


def together(things: Iterable[T], puts_of: Callable[[T], Sequence[Put]]) -> Iterator[list[T]]:
    """The things in order, parted so that `put_together` takes what is to be written of each part."""

    def weigh(thing: T) -> tuple[int, int]:
        puts = puts_of(thing)
        return len(puts), sum(_bytes_of(put.item) for put in puts)

    return _batches(things, weigh, _PUT_TOGETHER, _PUT_BYTES)


def put_together(puts: Sequence[Put]) -> None:
    """Write all items or none, as many as `together` gives.

    Raises ConditionFailedError when a condition does not hold or somebody else writes one of them just then,
    and RefusedError when one of them cannot be written at all.
    """
    try:
        if len(puts) == 1:
            # Half the price of a transaction.
            _checked(client("dynamodb").put_item, _put_of(puts[0]))
        else:
            client("dynamodb").transact_write_items(TransactItems=[{"Put": _put_of(one)} for one in puts])
    except ClientError as error:
        codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
        codes.add(error.response["Error"]["Code"])
        if codes & {"ConditionalCheckFailed", "TransactionConflict", "TransactionConflictException"}:
            raise ConditionFailedError(str(error)) from None
        if codes & {"ValidationError", "ValidationException"}:
            raise RefusedError(str(error)) from None
        raise


def _put_of(one: Put) -> dict[str, Any]:
    return {"TableName": _table(), "Item": _wire(one.item)} | _under(one.condition, one.values)


def update(
    key: Key,
    expression: str,
    *,
    values: Mapping[str, Any],
    condition: str = "",
    names: Mapping[str, str] = {},
) -> Item:
    """Update an item and return it as it is then; raises ConditionFailedError."""
    arguments: dict[str, Any] = {
        "TableName": _table(),
        "Key": _wire_key(key),
        "UpdateExpression": expression,
        "ReturnValues": "ALL_NEW",
    }
    if names:
        arguments["ExpressionAttributeNames"] = dict(names)
    answer = _checked(client("dynamodb").update_item, arguments | _under(condition, values))
    return _plain(answer.get("Attributes", {}))


def _under(condition: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if condition:
        arguments["ConditionExpression"] = condition
    if values:
        arguments["ExpressionAttributeValues"] = _wire(values)
    return arguments


def _checked(call: Any, arguments: dict[str, Any]) -> Any:
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise ConditionFailedError(arguments["ConditionExpression"]) from None
        raise


def _bytes_of(item: Item) -> int:
    """At least what an item takes: names, texts and bytes, and a number as the longest."""
    return sum(
        len(name) + (len(value) if isinstance(value, bytes) else len(str(value).encode()) + 21)
        for name, value in item.items()
    )


def _table() -> str:
    return settings.get().require("table_name")


def _wire_key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def _wire(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _serialize(Decimal(repr(value)) if isinstance(value, float) else value)
        for name, value in item.items()
    }


def _plain(wire: Mapping[str, Any]) -> Item:
    item: Item = {}
    for name, typed in wire.items():
        value = _deserialize(typed)
        if isinstance(value, Binary):
            value = value.value
        elif isinstance(value, Decimal):
            value = int(value) if value == value.to_integral_value() else float(value)
        item[name] = value
    return item


# --- queue -------------------------------------------------------------------------------------------


def send(bodies: Iterable[str]) -> int:
    """Queue the messages, in as few calls as the limits allow; returns how many calls it took.

    Raises UnfinishedError when the queue keeps refusing one. A message may then have been queued twice.
    """
    calls = 0
    for batch in _batches(bodies, lambda body: (1, len(body.encode())), _SEND_AT_ONCE, _SEND_BYTES):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(batch)]
        for _ in range(_ROUNDS):
            answer = client("sqs").send_message_batch(
                QueueUrl=settings.get().require("queue_url"), Entries=entries
            )
            calls += 1
            failed = {failure["Id"] for failure in answer.get("Failed", [])}
            entries = [entry for entry in entries if entry["Id"] in failed]
            if not entries:
                break
        else:
            raise UnfinishedError(f"{len(entries)} messages were not queued")
    return calls


# --- bucket ------------------------------------------------------------------------------------------


def object_digest(key: str) -> str | None:
    """The SHA-256 that `put_object` noted beside an object; None when there is no such object."""
    try:
        answer = client("s3").head_object(Bucket=_bucket(), Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return None
        raise
    digest: str = answer["Metadata"].get("sha256", "")
    return digest


def put_object(
    key: str, body: bytes, *, content_type: str, cache_control: str, digest: str, only_new: bool = False
) -> None:
    """Write an object, its SHA-256 noted beside it.

    With `only_new` it raises ConditionFailedError, and writes nothing, when there is one already.
    """
    try:
        client("s3").put_object(
            Bucket=_bucket(),
            Key=key,
            Body=body,
            ContentType=content_type,
            CacheControl=cache_control,
            Metadata={"sha256": digest},
            **({"IfNoneMatch": "*"} if only_new else {}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
            raise ConditionFailedError(key) from None
        raise


def delete_object(key: str) -> None:
    """Delete an object; one that is not there is as good as deleted."""
    client("s3").delete_object(Bucket=_bucket(), Key=key)


def _bucket() -> str:
    return settings.get().require("bucket_name")


# --- events ------------------------------------------------------------------------------------------


def put_event(detail_type: str, detail: str) -> None:
    """Send an event, its detail a JSON text, to EVENT_BUS_NAME; without one it goes nowhere.

    Raises EventError. An event whose answer was lost on the way has been sent all the same.
    """
    bus = settings.get().event_bus_name
    if not bus:
        return
    entry = {"EventBusName": bus, "Source": _EVENT_SOURCE, "DetailType": detail_type, "Detail": detail}
    try:
        answer = client("events").put_events(Entries=[entry])
    except (BotoCoreError, ClientError) as error:
        raise EventError(str(error)) from None
    # The call can succeed without the event.
    if answer["FailedEntryCount"]:
        (failed,) = answer["Entries"]
        raise EventError(f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")


# --- secrets -----------------------------------------------------------------------------------------


def secret(name: str) -> str:
    """The decrypted value of an SSM SecureString parameter; raises SecretError naming the parameter."""
    try:
        answer = client("ssm").get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        raise SecretError(f"the parameter {name} cannot be read: {error.response['Error']['Code']}") from None
    value: str = answer["Parameter"]["Value"]
    return value.strip()
