"""Which runs a record of render's failures is about: it tells where in the table's stream they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from infra.ops.account import Account
from infra.ops.queues import Letter
from infra.ops.records import Batch, render_failure_of
from infra.ops.runs import Runs
from shared import clock, run_states

# The stream forgets after a day. Then it is all runs that were closed so long before the failure: a record is
# given up at 6 hours at the latest, and a run is closed a few hours after its time.
_BEFORE = timedelta(hours=24)
# The stream has parts without records between, and what was not found after so many is not there.
_MOST_PARTS = 1_000


def runs_of(account: Account, runs: Runs, letter: Letter) -> list[str] | None:
    """The ids of the runs, each once; None where the message tells of none.

    Where the stream does not have them any more, it is those that they must be among: told again, a run that
    was rendered is rendered to the same.
    """
    failure = render_failure_of(letter)
    if failure is None:
        return None
    found = dict.fromkeys(
        keys["sk"]["S"] for keys in _records(account, failure.batch) if keys["pk"]["S"] == run_states.RUNS
    )
    if found:
        return list(found)
    failed = failure.timestamp
    print(
        f"render  the stream has forgotten the runs that failed before {clock.iso(failed)}: all of that day"
    )
    # A run's name may go on after its time.
    return [run.id for run in runs.closed(clock.iso(failed - _BEFORE), f"{clock.iso(failed)}~")]


def _records(account: Account, batch: Batch) -> Iterator[Mapping[str, Any]]:
    """The keys of the items that a batch's records are of, as far as the stream still has them."""
    streams = account.client("dynamodbstreams")
    last = int(batch.end_sequence_number)
    try:
        position = streams.get_shard_iterator(
            StreamArn=batch.stream_arn,
            ShardId=batch.shard_id,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.start_sequence_number,
        )["ShardIterator"]
        for _ in range(_MOST_PARTS):
            answer = streams.get_records(ShardIterator=position)
            for record in answer["Records"]:
                if int(record["dynamodb"]["SequenceNumber"]) > last:
                    return
                yield record["dynamodb"]["Keys"]
            position = answer.get("NextShardIterator")
            if position is None or (answer["Records"] and _end(answer["Records"]) >= last):
                return
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"TrimmedDataAccessException", "ResourceNotFoundException"}:
            raise


def _end(records: list[dict[str, Any]]) -> int:
    return int(records[-1]["dynamodb"]["SequenceNumber"])
