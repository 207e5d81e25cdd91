"""`logs`: what the three functions said of a run, in the order of time."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.usage import UsageError
from infra.ops.account import Account, OpsError
from shared import clock

_GROUPS = {"fetch": "FetchLogs", "score": "ScoreLogs", "render": "RenderLogs"}
# A run may be called a little before the time that it is named by.
_BEFORE = timedelta(hours=1)
# Logs count from 1970 on, and a run that is named before it has no line.
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)
# What every line has and nobody reads.
_LEFT_OUT = {"timestamp", "level", "message", "service", "run"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("run", metavar="RUN", help="the run's id, e.g. 2021-06-19T07:55:00Z")


def command(account: Account, given: argparse.Namespace) -> int:
    """Print the lines that name the run; raises UsageError for what is no run's id, OpsError for no line."""
    try:
        moment = clock.run_time(given.run)
    except (ValueError, OverflowError):
        raise UsageError(f"{given.run!r} is no run's id (YYYY-MM-DDTHH:MM:SSZ)") from None
    # fetch works on all runs of one time at once: what tells them apart is in few of its lines.
    run, start = clock.iso(moment), max(moment, _FIRST) - _BEFORE
    lines = sorted(
        (line for step, group in _GROUPS.items() for line in _lines(account, step, group, run, start)),
        key=lambda line: line[0],
    )
    if not lines:
        raise OpsError(f"no line that is kept names {run}")
    for milliseconds, step, message in lines:
        print(
            f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3]
            + f"Z {step:<6} {message}"
        )
    return 0


def _lines(
    account: Account, step: str, group: str, run: str, start: datetime
) -> Iterator[tuple[int, str, str]]:
    pages = account.client("logs").get_paginator("filter_log_events")
    for page in pages.paginate(
        logGroupName=account.resource(group),
        filterPattern=f'"{run}"',
        startTime=int(start.timestamp() * 1000),
    ):
        for event in page["events"]:
            yield event["timestamp"], step, _in_short(event["message"].strip())


def _in_short(text: str) -> str:
    """A line of the functions' logger without what is the same in all of them; another as it is."""
    try:
        told: Any = json.loads(text)
    except ValueError:
        return text
    if not isinstance(told, dict) or "message" not in told:
        return text
    more = {name: value for name, value in told.items() if name not in _LEFT_OUT}
    words = [str(told.get("level", "")), str(told["message"]), json.dumps(more) if more else ""]
    return " ".join(word for word in words if word)
