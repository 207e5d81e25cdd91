"""The table's past comes back into the table in use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.stub import Stubber

from shared.clock import iso
from tests.steps.chain import DAY, NOW, SMALL, Chain, running
from tests.steps.operator import Operator

ONE_DAY = timedelta(days=1)


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(SMALL) as chain:
        yield chain


def by_key(chain: Chain) -> dict[tuple[str, str], Any]:
    """The table's items."""
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in chain.items()}


def test_what_was_lost_comes_back_and_the_bill_stays(chain: Chain, ops: Operator) -> None:
    chain.order(measure=True)
    table, dynamodb = chain.cloud.stack.outputs["TableName"], chain.cloud.client("dynamodb")
    whole, site, ranking = chain.items(), chain.settled(), chain.ranking()
    dynamodb.put_item(
        TableName=table, Item={"pk": {"S": "BUDGET#2021-06"}, "sk": {"S": "X"}, "posts": {"N": "7"}}
    )
    begun = ops("restore", "--to", iso(NOW))
    assert (begun.code, begun.err) == (0, "")
    target = f"{table}-20210619T075500Z"
    assert f"restore --from {target}" in begun.out
    again = ops("restore", "--to", iso(NOW))
    assert (again.code, again.err) == (0, "")
    assert f"{target} was ordered already" in again.out
    papers = [item for item in whole if item["sk"]["S"].startswith("PAPER#")]
    assert papers
    for item in papers:
        dynamodb.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    dynamodb.put_item(
        TableName=table, Item={"pk": {"S": "BUDGET#2021-06"}, "sk": {"S": "X"}, "posts": {"N": "9"}}
    )
    done = ops("restore", "--from", target)
    assert (done.code, done.err) == (0, "")
    assert [item for item in chain.items() if item["sk"]["S"].startswith("PAPER#")] == papers
    assert {"N": "9"} in [item.get("posts") for item in chain.items()]
    assert chain.ranking() == ranking != []
    assert ops("rerender", "--date", str(DAY)).code == 0
    assert chain.settled() == site


def lost(chain: Chain, ops: Operator) -> tuple[str, dict[tuple[str, str], Any]]:
    """A day's table that is kept as it was and then emptied: its name, and what it had."""
    chain.order(measure=True)
    table = chain.cloud.stack.outputs["TableName"]
    whole = by_key(chain)
    assert ops("restore", "--to", iso(NOW)).code == 0
    for pk, sk in whole:
        chain.cloud.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    return table, whole


def test_runs_come_back_last(chain: Chain, ops: Operator) -> None:
    table, whole = lost(chain, ops)
    written: list[str] = []

    def note(params: Any, **_: Any) -> None:
        (puts,) = json.loads(params["body"])["RequestItems"].values()
        written.extend(put["PutRequest"]["Item"]["pk"]["S"] for put in puts)

    sending = ops.client

    def client(service: str) -> Any:
        made = sending(service)
        made.meta.events.register("before-call.dynamodb.BatchWriteItem", note)
        return made

    site = chain.settled()
    with mock.patch.object(ops, "client", client):
        assert ops("restore", "--from", f"{table}-20210619T075500Z").code == 0
    assert sorted(written) == sorted(pk for pk, _ in whole if not pk.startswith(("LEASE", "BUDGET")))
    assert written.index("RUN") == len(written) - written.count("RUN")
    assert chain.settled() == site, "rendered again to the same"


def test_what_the_table_does_not_take_at_once_is_sent_again(chain: Chain, ops: Operator) -> None:
    table, whole = lost(chain, ops)
    left: list[Any] = []

    def hold_back(params: Any, **_: Any) -> None:
        puts = params["RequestItems"][table]
        half = (len(puts) + 1) // 2
        params["RequestItems"], left[:] = {table: puts[:half]}, puts[half:]

    def give_back(parsed: Any, **_: Any) -> None:
        parsed["UnprocessedItems"] = {table: list(left)} if left else {}

    dynamodb = ops.client("dynamodb")
    dynamodb.meta.events.register("before-parameter-build.dynamodb.BatchWriteItem", hold_back)
    dynamodb.meta.events.register("after-call.dynamodb.BatchWriteItem", give_back)
    clients = {"dynamodb": dynamodb, "cloudformation": ops.client("cloudformation")}
    with mock.patch.object(ops, "client", clients.__getitem__):
        done = ops("restore", "--from", f"{table}-20210619T075500Z")
    assert (done.code, done.err) == (0, "")
    restored = by_key(chain)
    for key, item in whole.items():
        assert key[0].startswith(("LEASE", "BUDGET")) or restored[key] == item


def test_a_table_that_is_still_being_made_is_too_early(ops: Operator) -> None:
    clients = {name: ops.client(name) for name in ("cloudformation", "dynamodb")}
    with Stubber(clients["dynamodb"]) as stub, mock.patch.object(ops, "client", clients.__getitem__):
        stub.add_response("describe_table", {"Table": {"TableStatus": "CREATING"}}, {"TableName": "past"})
        early = ops("restore", "--from", "past")
    assert early.code == 1
    assert "past is CREATING" in early.err


def test_a_restoration_that_cannot_be_is_named(chain: Chain, ops: Operator) -> None:
    table = chain.cloud.stack.outputs["TableName"]
    assert "2021-06-20T07:55:00Z is not past" in ops("restore", "--to", iso(NOW + ONE_DAY)).err
    assert "the stack's own table" in ops("restore", "--from", table).err
    missing = ops("restore", "--from", "elsewhere")
    assert missing.code == 1
    assert "ResourceNotFoundException" in missing.err
    ops.client("dynamodb").create_table(
        TableName="strange",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    strange = ops("restore", "--from", "strange")
    assert strange.code == 1
    assert "strange is no table of Hot Papers" in strange.err
