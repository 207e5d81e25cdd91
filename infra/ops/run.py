"""`run`: fetch now, for a day, for several, or for what is due; score and render follow by themselves."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from infra.local import usage
from infra.local.usage import UsageError
from infra.ops.account import Account, OpsError
from infra.ops.fetching import fetch, tell
from shared import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--date", metavar="D", help="the listing date to publish, e.g. 2021-06-18")
    parser.add_argument("--from", dest="first", metavar="D", help="the first of several listing dates")
    parser.add_argument("--to", dest="last", metavar="D", help="the last of them")
    parser.add_argument(
        "--measure", action="store_true", help="list what is due and measure the last 7 days, as once a day"
    )


def command(account: Account, given: argparse.Namespace) -> int:
    """Call fetch, again while days of a range remain; 1 when arXiv could not be listed.

    Raises UsageError, and OpsError when fetch fails.
    """
    asked = usage.days(given.date, given.first, given.last, clock.now())
    if given.measure == bool(asked):
        raise UsageError("name one of --date, --from and --to, or --measure")
    failures: list[str] = []
    event = _event(asked)
    while event:
        answer = fetch(account, event)
        failures += tell(answer)
        remaining: list[str] = answer.get("remaining", [])
        if remaining and not answer["runs"]:
            raise OpsError(f"fetch came to none of the days from {remaining[0]} on")
        if remaining:
            print(f"{len(remaining)} days remain, from {remaining[0]} on", flush=True)
        event = {"from": remaining[0], "to": remaining[-1]} if remaining else {}
    if failures:
        raise OpsError(failures[0])
    return 0


def _event(asked: tuple[date, date] | None) -> dict[str, Any]:
    if not asked:
        return {"measure": True}
    first, last = (day.isoformat() for day in asked)
    return {"date": first} if first == last else {"from": first, "to": last}
