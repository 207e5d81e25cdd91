"""What is changed in moto while it stands in for AWS; nothing else here reaches into its insides.

1. moto's SQS asks the time for each message in the queue at each call and computes it with datetimes, and
   for each message received it counts the whole queue three times to learn how long messages are kept.
   Without both, 1,200 messages take 2 s instead of 100 s, and the time can be a virtual clock's.
2. An update that changes nothing writes a stream record in moto, and none in DynamoDB:
   https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
3. moto watches all that `requests` sends for AWS's addresses, with 1,288 patterns that take 0.2 s to set up
   and are then tried on each request to the internet. Here AWS is called by boto3 alone.
4. moto reads a stack's template as YAML, in plain Python, which is half of the time that a stack takes. What
   is deployed here is JSON.
5. moto copies a whole table before each transaction, and puts the copy in its place when that is cancelled:
   who reads its stream goes on reading the old one's. Here conditions are looked at before anything is
   written, and what storing papers takes does not grow with their square.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock


class MotoChangedError(Exception):
    """This moto is not the one that the patches were written for; the text names what is missing."""


class VirtualClock:
    """A clock that stands still until it is told to move, and never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)
        self._timestamp = self._now.timestamp()

    def now(self) -> datetime:
        """The present moment in UTC."""
        return self._now

    def timestamp(self) -> float:
        """The present moment in seconds since 1970."""
        return self._timestamp

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.advance_to(self._now + timedelta(seconds=seconds))

    def advance_to(self, moment: datetime) -> None:
        """Lets time pass until a moment; no effect when that is past."""
        self._now = max(self._now, moment.astimezone(UTC))
        self._timestamp = self._now.timestamp()


@contextmanager
def patched(timestamp: Callable[[], float]) -> Iterator[None]:
    """moto with all changes, its queues on the given clock (seconds since 1970); raises MotoChangedError.

    To be entered before moto's own context.
    """
    from moto.cloudformation import models as cloudformation
    from moto.core import models as core
    from moto.dynamodb import models as dynamodb
    from moto.dynamodb.exceptions import TransactionCanceledException
    from moto.dynamodb.models import table
    from moto.sqs import models as sqs

    for name in ("unix_time", "unix_time_millis"):
        if not callable(getattr(sqs, name, None)) or f"{name}()" not in inspect.getsource(sqs):
            raise MotoChangedError(f"moto.sqs.models does not use {name}() any more")
    kept = getattr(sqs.SQSBackend, "is_message_valid_based_on_retention_period", None)
    if kept is None or list(inspect.signature(kept).parameters) != ["self", "queue_name", "message"]:
        raise MotoChangedError("moto.sqs.models does not look at the age of messages as it did")
    if "for method in RESPONSES_METHODS:" not in inspect.getsource(core.MockAWS):
        raise MotoChangedError("moto.core.models does not set up its patterns by RESPONSES_METHODS any more")
    if not callable(getattr(cloudformation.Stack, "parse_template", None)):
        raise MotoChangedError("moto.cloudformation.models.Stack does not parse its template by itself")
    add = getattr(table.StreamShard, "add", None)
    if add is None or list(inspect.signature(add).parameters) != ["self", "old", "new"]:
        raise MotoChangedError("StreamShard.add of moto.dynamodb is not what it was")

    transact = getattr(dynamodb.DynamoDBBackend, "transact_write_items", None)
    if transact is None or "copy.deepcopy" not in inspect.getsource(transact):
        raise MotoChangedError("moto.dynamodb does not copy its tables for a transaction any more")

    def put_together(backend: Any, writes: list[dict[str, Any]]) -> None:
        held = _held(backend, writes)
        if held is None:
            transact(backend, writes)
        elif all(held):
            for write in writes:
                backend.put_item(write["Put"]["TableName"], write["Put"]["Item"])
        else:
            said = "The conditional request failed"
            raise TransactionCanceledException(
                [(None, None, None) if one else ("ConditionalCheckFailed", said, None) for one in held]
            )

    def add_changes(shard: Any, old: Any, new: Any) -> None:
        if old is None or new is None or old.attrs != new.attrs:
            add(shard, old, new)

    def timestamp_millis() -> float:
        return timestamp() * 1000.0

    def is_kept(backend: Any, queue_name: str, message: Any) -> bool:
        seconds: int = backend.queues[queue_name].message_retention_period
        sent: float = message.sent_timestamp
        return seconds + sent / 1000.0 > timestamp()

    with (
        mock.patch.object(core, "RESPONSES_METHODS", ()),
        mock.patch.object(cloudformation.Stack, "parse_template", staticmethod(json.loads)),
        mock.patch.object(sqs, "unix_time", timestamp),
        mock.patch.object(sqs, "unix_time_millis", timestamp_millis),
        mock.patch.object(sqs.SQSBackend, kept.__name__, is_kept),
        mock.patch.object(table.StreamShard, "add", add_changes),
        mock.patch.object(dynamodb.DynamoDBBackend, transact.__name__, put_together),
    ):
        yield


def _held(backend: Any, writes: list[dict[str, Any]]) -> list[bool] | None:
    """Whether each condition of a transaction holds; None unless it is of Puts alone, of different items."""
    from moto.dynamodb.comparisons import get_filter_expression

    puts = [write["Put"] for write in writes if "Put" in write]
    keys = [
        (put["TableName"], *(put["Item"].get(name, {}).get("S") for name in ("pk", "sk"))) for put in puts
    ]
    if len(puts) < len(writes) or len(set(keys)) < len(writes) or any(None in key for key in keys):
        return None
    return [
        get_filter_expression(
            put.get("ConditionExpression"),
            put.get("ExpressionAttributeNames"),
            put.get("ExpressionAttributeValues"),
        ).expr(backend.get_item(table, {"pk": {"S": pk}, "sk": {"S": sk}}))
        for put, (table, pk, sk) in zip(puts, keys, strict=True)
    ]
