"""`restore`: the table as it was, as a second table; then from that one what was lost or damaged."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from infra.local import usage
from infra.local.usage import UsageError
from infra.ops.account import Account, OpsError
from shared import clock
from shared.run_states import RUNS

# What one call of BatchWriteItem takes.
_AT_ONCE = 25
# What stays as it is: who works now, and what was read from X, of which less would let more be spent.
_STAYING = ("LEASE", "BUDGET#")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", metavar="TIME", help="make a table as it was then, e.g. 2021-06-19T07:00:00Z")
    way.add_argument("--from", dest="source", metavar="TABLE", help="copy such a table's items back")


def command(account: Account, given: argparse.Namespace) -> int:
    """Begin a restoration, or copy what one has made; raises UsageError and OpsError."""
    if given.source is not None:
        return _copy(account, given.source, account.output("TableName"))
    moment = usage.moment(given.to)
    if moment >= clock.now():
        raise UsageError(f"{clock.iso(moment)} is not past")
    table = account.output("TableName")
    target = f"{table}-{moment:%Y%m%dT%H%M%SZ}"
    dynamodb = account.client("dynamodb")
    try:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=target, RestoreDateTime=moment
        )
        print(f"{target} is being made, which takes from minutes to hours; {table} works on as it is.")
    except dynamodb.exceptions.TableAlreadyExistsException:
        print(f"{target} was ordered already; {table} works on as it is.")
    print(f"Then `restore --from {target}`, which says when it is too early.")
    return 0


def _copy(account: Account, source: str, table: str) -> int:
    """What both have becomes as it was; what came since stays."""
    if source == table:
        raise UsageError(f"{source} is the stack's own table")
    dynamodb = account.client("dynamodb")
    described = dynamodb.describe_table(TableName=source)["Table"]
    if described["TableStatus"] != "ACTIVE":
        raise OpsError(f"{source} is {described['TableStatus']}: try again later")
    if {key["AttributeName"] for key in described["KeySchema"]} != {"pk", "sk"}:
        raise OpsError(f"{source} is no table of Hot Papers: its keys are not pk and sk")
    copied = 0
    for items in _batches(dynamodb, source):
        todo = {table: [{"PutRequest": {"Item": item}} for item in items]}
        while todo:
            todo = dynamodb.batch_write_item(RequestItems=todo).get("UnprocessedItems", {})
        if (copied + len(items)) // 1000 > copied // 1000:
            print(f"{copied + len(items)} items", flush=True)
        copied += len(items)
    print(f"{copied} items are as they were; the stream tells render of the runs among them.")
    print(f"When the site is right again: aws dynamodb delete-table --table-name {source}")
    return 0


def _batches(dynamodb: Any, source: str) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for item in _items(dynamodb, source):
        batch.append(item)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _items(dynamodb: Any, source: str) -> Iterator[dict[str, Any]]:
    """The items to copy; the runs last, of which the stream tells render, when all that it reads is there."""
    for page in dynamodb.get_paginator("scan").paginate(TableName=source):
        for item in page["Items"]:
            if not item["pk"]["S"].startswith(_STAYING) and item["pk"]["S"] != RUNS:
                yield item
    runs = dynamodb.get_paginator("query").paginate(
        TableName=source,
        KeyConditionExpression="pk = :runs",
        ExpressionAttributeValues={":runs": {"S": RUNS}},
    )
    for page in runs:
        yield from page["Items"]
