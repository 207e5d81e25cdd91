"""Lambda's reader of a table's stream: matching records in order, retries, and what was given up.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from infra.local.filters import matches
from infra.local.invoke import Invocation, Invoke, error_of
from infra.local.moto_patches import VirtualClock
from infra.local.queue_poller import queue_url
from infra.local.wiring import StreamTrigger

# Seconds before the first retry of a batch; each further one waits twice as long.
_BACKOFF_SECONDS = 1.0

Report = Callable[[Invocation, int], None]


class StreamReader:
    """Plays one stream trigger; `report` is told each call and how many records failed in it."""

    def __init__(
        self,
        trigger: StreamTrigger,
        client: Callable[[str], Any],
        invoke: Invoke,
        clock: VirtualClock,
        report: Report,
    ) -> None:
        self._trigger = trigger
        self._streams = client("dynamodbstreams")
        self._sqs = client("sqs")
        self._invoke = invoke
        self._clock = clock
        self._report = report
        self.step = trigger.step
        described = self._streams.describe_stream(StreamArn=trigger.stream_arn)["StreamDescription"]
        self._positions = {
            shard["ShardId"]: self._streams.get_shard_iterator(
                StreamArn=trigger.stream_arn,
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON" if trigger.from_start else "LATEST",
            )["ShardIterator"]
            for shard in described["Shards"]
        }
        self._matching: dict[str, list[dict[str, Any]]] = {shard: [] for shard in self._positions}

    def read(self) -> bool:
        """Hands one batch of matching records over, with its retries; False when there is none."""
        size = self._trigger.batch_size
        for shard, matching in self._matching.items():
            matching.extend(self._new_records(shard))
            batch, matching[:] = matching[:size], matching[size:]
            if batch:
                self._deliver(shard, batch, self._trigger.retries, 1)
                return True
        return False

    def _new_records(self, shard: str) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._streams.get_records(ShardIterator=self._positions[shard])
            self._positions[shard] = answer["NextShardIterator"]
            if not answer["Records"]:
                return
            for record in answer["Records"]:
                event = self._event(record)
                patterns = self._trigger.patterns
                if not patterns or any(matches(pattern, event) for pattern in patterns):
                    yield event

    def _event(self, record: Mapping[str, Any]) -> dict[str, Any]:
        told = {
            key: value for key, value in record.items() if key in {"eventID", "eventName", "eventVersion"}
        }
        return told | {
            "eventSource": "aws:dynamodb",
            "awsRegion": self._trigger.stream_arn.split(":")[3],
            "dynamodb": _json_form(record["dynamodb"]),
            "eventSourceARN": self._trigger.stream_arn,
        }

    def _deliver(self, shard: str, batch: Sequence[dict[str, Any]], retries: int, attempt: int) -> None:
        invocation = self._invoke(self.step, {"Records": batch})
        failed = 0 if invocation.exception is None else len(batch)
        self._report(invocation, failed)
        if invocation.exception is None:
            return
        if self._trigger.bisect and len(batch) > 1:
            # Halving is not counted as a retry.
            middle = len(batch) // 2
            self._deliver(shard, batch[:middle], retries, attempt)
            self._deliver(shard, batch[middle:], retries, attempt)
        elif retries > 0:
            self._clock.advance(_BACKOFF_SECONDS * 2 ** (attempt - 1))
            self._deliver(shard, batch, retries - 1, attempt + 1)
        elif self._trigger.failures_arn is not None:
            self._give_up(shard, batch, invocation, attempt)

    def _give_up(
        self, shard: str, batch: Sequence[dict[str, Any]], invocation: Invocation, attempts: int
    ) -> None:
        """Sends to the queue for failures where the records stand; the records themselves are not in it."""
        trigger = self._trigger
        exception = invocation.exception
        assert trigger.failures_arn is not None  # noqa: S101 - for the type checker
        assert exception is not None  # noqa: S101
        self._sqs.send_message(
            QueueUrl=queue_url(self._sqs, trigger.failures_arn),
            MessageBody=json.dumps(
                {
                    "version": "1.0",
                    "timestamp": self._clock.now().isoformat(),
                    "requestContext": {
                        "requestId": invocation.request_id,
                        "condition": "RetryAttemptsExhausted",
                        "approximateInvokeCount": attempts,
                    },
                    "responseContext": {
                        "statusCode": 200,
                        "functionError": "Unhandled",
                        **error_of(exception),
                    },
                    "DDBStreamBatchInfo": {
                        "shardId": shard,
                        "startSequenceNumber": batch[0]["dynamodb"]["SequenceNumber"],
                        "endSequenceNumber": batch[-1]["dynamodb"]["SequenceNumber"],
                        "batchSize": len(batch),
                        "streamArn": trigger.stream_arn,
                    },
                }
            ),
        )


def _json_form(value: Any) -> Any:
    """What boto3 made of a record as Lambda tells it: moments as seconds since 1970, bytes in base64."""
    if isinstance(value, Mapping):
        return {key: _json_form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_form(item) for item in value]
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value
