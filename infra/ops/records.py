"""What lies in the queues of fetch and render: Lambda's record of a failure, or the scheduler's own event.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from infra.ops.queues import Letter
from shared import clock

_Number = Annotated[str, msgspec.Meta(pattern=r"^[0-9]+\Z")]


class Batch(msgspec.Struct, frozen=True, rename="camel"):
    """Where in the table's stream the records stand that render failed at."""

    batch_size: int
    stream_arn: str
    shard_id: str
    start_sequence_number: _Number
    end_sequence_number: _Number


class RenderFailure(msgspec.Struct, frozen=True):
    """Lambda's record of it, and when it gave up."""

    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    batch: Batch = msgspec.field(name="DDBStreamBatchInfo")


def render_failure_of(letter: Letter) -> RenderFailure | None:
    """The record that a message is; None where it is none."""
    try:
        return msgspec.json.decode(letter["Body"], type=RenderFailure)
    except msgspec.DecodeError:
        return None


def record_of(letter: Letter) -> Mapping[str, Any]:
    """The JSON object that a message is; empty where it is none."""
    try:
        record = json.loads(letter["Body"])
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def event_of(letter: Letter) -> dict[str, Any] | None:
    """The event that fetch failed at, or that the scheduler could not hand over; None where it is neither."""
    record = record_of(letter)
    event = record.get("requestPayload", record)
    if not isinstance(event, dict) or not (event or "requestPayload" in record):
        return None
    return _with_time(event)


def failure_of(letter: Letter) -> str:
    """What ended it, in a word or two: never a message, which may repeat what was sent."""
    record = record_of(letter)
    payload, context = record.get("responsePayload"), record.get("requestContext")
    if isinstance(payload, dict) and "errorType" in payload:
        return str(payload["errorType"])
    if isinstance(context, dict) and "condition" in context:
        return str(context["condition"])
    return str(letter.get("MessageAttributes", {}).get("ERROR_CODE", {}).get("StringValue", "unknown"))


def _with_time(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without a time that is none: the scheduler may have kept its placeholder for it."""
    try:
        clock.parse_iso(event.get("time", ""))
    except (ValueError, TypeError):
        return {name: value for name, value in event.items() if name != "time"}
    return dict(event)
