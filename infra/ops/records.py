"""What lies in the queues of fetch and render: Lambda's record of a failure, or the scheduler's own event.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.ops.queues import Letter
from shared import clock


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
    payload, context = record.get("responsePayload"), record.get("requestContext", {})
    if isinstance(payload, dict) and "errorType" in payload:
        return str(payload["errorType"])
    if "condition" in context:
        return str(context["condition"])
    return str(letter.get("MessageAttributes", {}).get("ERROR_CODE", {}).get("StringValue", "unknown"))


def _with_time(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without a time that is none: the scheduler may have kept its placeholder for it."""
    try:
        clock.parse_iso(event.get("time", ""))
    except (ValueError, TypeError):
        return {name: value for name, value in event.items() if name != "time"}
    return dict(event)
