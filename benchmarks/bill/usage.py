"""What the chain takes while it is played, in the units that AWS bills, under the names of the price table.

Units of the table are of its items' sizes: a write takes one for each KB begun, in a transaction two; a read
that is consistent takes one for each 4 KB begun, a query for what it looks at together.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
"""

from __future__ import annotations

import io
import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from math import ceil
from typing import Any

import boto3

from shared import aws, log
from tests.steps.chain import Chain
from tests.strict.sizes import item_size

Amounts = defaultdict[str, float]

HOURS = 730
"""Of a month, as AWS reckons it."""
GB = 1e9
# An answer from the internet, and a cold start, which has been billed since August 2025.
_SECONDS_A_REQUEST, _SECONDS_TO_START = 0.5, 1.0
# What Lambda adds to a function's log for each call: its start, end and report as JSON.
_LAMBDAS_LINES = 900
_MESSAGE_BYTES = 65_536
_RECEIVED_AT_ONCE = 10


class Meter:
    """Counts into `amounts`, those of the table by asking it for the items before each call."""

    def __init__(self, chain: Chain) -> None:
        self.amounts: Amounts = defaultdict(float)
        self._chain = chain
        # A session of its own: what it asks is not the functions'.
        self._table = boto3.Session().client(
            "dynamodb",
            region_name="us-east-1",
            aws_access_key_id="own",
            aws_secret_access_key="own",  # noqa: S106 - moto takes any
        )

    def before_call(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """The handler for boto3's event before a call's parameters are built."""
        if self._chain.cloud.guard.judged is None:
            return
        match model.service_model.service_name, model.name:
            case "dynamodb", name:
                self._of_table(name, params)
            case "sqs", _:
                bytes_ = sum(len(one["MessageBody"].encode()) for one in params.get("Entries", ()))
                self.amounts["sqs requests"] += max(1, ceil(bytes_ / _MESSAGE_BYTES))
            case "s3", "PutObject":
                self.amounts["bucket writes"] += 1
                self.amounts["bytes put"] += params["Body"].getbuffer().nbytes
            case "s3", ("GetObject" | "HeadObject"):
                self.amounts["bucket reads"] += 1
            case "events", _:
                self.amounts["events"] += len(params["Entries"])

    def _of_table(self, name: str, params: Mapping[str, Any]) -> None:
        match name:
            case "PutItem":
                self.amounts["table writes"] += _units(params["Item"], 1024)
            case "TransactWriteItems":
                self.amounts["table writes"] += sum(
                    2 * _units(one["Put"]["Item"], 1024) for one in params["TransactItems"]
                )
            case "UpdateItem":
                found = self._table.get_item(TableName=params["TableName"], Key=params["Key"])
                self.amounts["table writes"] += _units(found.get("Item", {}), 1024)
            case "GetItem":
                found = self._table.get_item(TableName=params["TableName"], Key=params["Key"])
                self.amounts["table reads"] += _units(found.get("Item", {}), 4096)
            case "BatchGetItem":
                for items in self._table.batch_get_item(**params)["Responses"].values():
                    self.amounts["table reads"] += sum(_units(item, 4096) for item in items)
            case "Query":
                values = dict(params["ExpressionAttributeValues"])
                values.pop(":least", None)
                unfiltered = {key: value for key, value in params.items() if key != "FilterExpression"}
                items = self._table.query(**unfiltered | {"ExpressionAttributeValues": values})["Items"]
                self.amounts["table reads"] += max(1, ceil(sum(map(item_size, items)) / 4096))
            case _:
                raise ValueError(f"what {name} takes of the table is not known here")


def _units(item: Mapping[str, Any], bytes_: int) -> int:
    return max(1, ceil(item_size(item) / bytes_))


@contextmanager
def metered(chain: Chain) -> Iterator[Amounts]:
    """Within it, what the chain takes is counted; what can be told only then is added at the end."""
    # Functions make their clients anew, and these call what counts.
    aws.reset()
    meter = Meter(chain)
    amounts, calls = meter.amounts, chain.cloud.triggers.invocations
    session: Any = boto3.DEFAULT_SESSION
    before, slept, asked = len(calls), chain.waits.slept, len(chain.standin.requests)
    for variables in chain.cloud.environments.values():
        # Metrics are told where there is a stack to tell them for.
        variables["STACK_NAME"] = "papers"  # type: ignore[index]
    session.events.register_first("before-parameter-build", meter.before_call)
    try:
        with lines_to(io.StringIO()) as lines:
            yield amounts
    finally:
        session.events.unregister("before-parameter-build", meter.before_call)
        # Those that were made meanwhile would go on counting.
        aws.reset()
    functions = chain.cloud.stack.wiring.functions
    for call in calls[before:]:
        gigabytes = functions[call.step].memory_mb / 1024
        amounts["lambda requests"] += 1
        amounts["lambda time"] += gigabytes * (ceil(call.seconds * 1000) / 1000 + _SECONDS_TO_START)
        if call.step == "score":
            # Lambda receives and deletes ten at a time.
            amounts["sqs requests"] += 2 * ceil(call.records / _RECEIVED_AT_ONCE)
        if call.step == "fetch":
            amounts["schedule"] += 1
    outward = chain.waits.slept - slept + _SECONDS_A_REQUEST * (len(chain.standin.requests) - asked)
    amounts["lambda time"] += functions["fetch"].memory_mb / 1024 * outward
    text = lines.getvalue()
    amounts["log lines"] += (len(text.encode()) + _LAMBDAS_LINES * (len(calls) - before)) / GB
    amounts["metrics"] += len(_metric_hours(text)) / HOURS
    amounts["mails"] += amounts["events"]


@contextmanager
def lines_to(lines: io.StringIO) -> Iterator[io.StringIO]:
    """Within it, what functions log and count goes there."""
    (handler,) = (one for one in log.logger.handlers if isinstance(one, logging.StreamHandler))
    stream = handler.setStream(lines)
    try:
        with redirect_stdout(lines):
            yield lines
    finally:
        handler.setStream(stream)


def _metric_hours(text: str) -> set[tuple[str, str]]:
    """Each metric that was told, with each hour in which it was: a line's `run` begins with it."""
    found: set[tuple[str, str]] = set()
    for line in filter(lambda line: '"_aws"' in line, text.splitlines()):
        told = json.loads(line)
        for metric in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            found.add((metric["Name"], told["run"][:13]))
    return found
