"""The calls to AWS of a local run: written down, and made once more with nothing around them.

    python -m benchmarks.embedded.calls record FILE ARGUMENTS OF run ...
    python -m benchmarks.embedded.calls play FILE

moto makes up the same names both times. What an answer names by the time, such as the table's stream, is put
into the calls that follow.
"""

from __future__ import annotations

import copy
import pickle
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.moto_api._internal import mock_random

from infra.local.environment import no_account
from infra.local.moto_patches import VirtualClock, patched
from infra.local.stack import REGION

# A call: when it was made by the virtual clock, service, operation, parameters, and the texts of its answer.
Call = tuple[float, str, str, dict[str, Any], Any]


_SEED = 20210618


def record(path: Path, arguments: list[str]) -> int:
    """Run the command, and write down what it calls; returns its exit code."""
    from infra.local import cloud
    from infra.local.__main__ import main

    mock_random.seed(_SEED)
    calls: list[Call] = []
    clocks: list[VirtualClock] = []
    make = BaseClient._make_api_call

    class Noted(VirtualClock):
        def __init__(self, start: datetime) -> None:
            super().__init__(start)
            clocks.append(self)

    def noted(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        # Before botocore changes them.
        copied = copy.deepcopy(params)
        answer = error = None
        try:
            answer = make(client, operation, params)
        except ClientError as raised:
            error = raised
        service = client.meta.service_model.service_name
        calls.append((clocks[-1].timestamp(), service, operation, copied, _texts(answer)))
        if error:
            raise error
        if operation == "CreateStack":
            # The local run knows the table's stream without a call: here it has to be told.
            tables = boto3.client("dynamodb", region_name=REGION)
            tables.describe_table(TableName=tables.list_tables()["TableNames"][0])
        return answer

    with (
        mock.patch.object(cloud, "VirtualClock", Noted),
        mock.patch.object(BaseClient, "_make_api_call", noted),
    ):
        code = main(["run", *arguments])
    path.write_bytes(pickle.dumps(calls))
    return code


def play(path: Path) -> None:
    """Make the calls, in the same moto with the same changes, on the same clock."""
    from moto import mock_aws

    mock_random.seed(_SEED)
    calls: list[Call] = pickle.loads(path.read_bytes())  # noqa: S301 - written by `record`
    clock = VirtualClock(datetime.fromtimestamp(calls[0][0], UTC))
    client = cache(lambda service: boto3.client(service, region_name=REGION))
    now: dict[str, str] = {}
    with no_account(REGION), patched(clock.timestamp), mock_aws():
        for timestamp, service, operation, params, before in calls:
            clock.advance_to(datetime.fromtimestamp(timestamp, UTC))
            try:
                answer = client(service)._make_api_call(operation, _renamed(params, now))
            except ClientError:
                if before is not None:
                    raise
            else:
                _learn(before, _texts(answer), now)


def _texts(answer: Any) -> Any:
    """An answer without what no later call can name."""
    if isinstance(answer, dict):
        return {name: _texts(value) for name, value in answer.items() if name != "ResponseMetadata"}
    if isinstance(answer, list):
        return [_texts(value) for value in answer]
    return answer if isinstance(answer, str) else None


def _learn(before: Any, after: Any, now: dict[str, str]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            _learn(value, after.get(name), now)
    elif isinstance(before, list) and isinstance(after, list):
        for one, other in zip(before, after, strict=False):
            _learn(one, other, now)
    elif isinstance(before, str) and isinstance(after, str) and before != after:
        now[before] = after


def _renamed(value: Any, now: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(one, now) for name, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, now) for one in value]
    return now.get(value, value) if isinstance(value, str) else value


if __name__ == "__main__":
    what, file, *rest = sys.argv[1:]
    if what == "record":
        sys.exit(record(Path(file), rest))
    play(Path(file))
