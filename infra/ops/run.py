"""`run`: fetch now, for a day, for several, or for what is due; score and render follow by themselves."""

from __future__ import annotations

import argparse
from typing import Any

from infra.local import usage
from infra.local.price import NotAgreedError
from infra.local.usage import UsageError
from infra.ops import backfill
from infra.ops.account import Account, OpsError
from infra.ops.agreement import Agreement
from infra.ops.fetching import fetch_in_turn, tell
from shared import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--date", metavar="D", help="the listing date to publish, e.g. 2021-06-18")
    parser.add_argument("--from", dest="first", metavar="D", help="the first of several listing dates")
    parser.add_argument("--to", dest="last", metavar="D", help="the last of them")
    parser.add_argument("--x", action="store_true", help="let the days of a range ask X, which costs")
    parser.add_argument("--yes", action="store_true", help="agree to what X's full archive may cost")
    parser.add_argument(
        "--measure", action="store_true", help="list what is due and measure the last 7 days, as once a day"
    )


def command(account: Account, given: argparse.Namespace) -> int:
    """Call fetch, for a range once for each day; 1 when arXiv could not be listed.

    Raises UsageError, and OpsError when fetch fails, or what X's full archive may cost is not agreed to.
    """
    asked = usage.days(given.date, given.first, given.last, clock.now())
    if given.measure == bool(asked):
        raise UsageError("name one of --date, --from and --to, or --measure")
    if given.x and given.first is None:
        raise UsageError("--x belongs to --from and --to")
    if asked and given.date is None:
        return backfill.fill(account, *asked, asks_x=given.x, is_agreed=given.yes)
    event: dict[str, Any] = {"measure": True}
    if asked:
        try:
            event = {"date": given.date, **Agreement(account, is_agreed=given.yes).word(asked[:1])}
        except NotAgreedError as error:
            raise OpsError(str(error)) from None
    answer = fetch_in_turn(account, event)
    if failures := tell(answer):
        raise OpsError(failures[0])
    return 0
