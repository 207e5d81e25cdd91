"""Several days by hand, one after the other; those that are there are left out, so it can be begun again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from functions.fetch import backfill
from functions.fetch.arxiv.schedule import working_days
from infra.local.outcome import in_a_line
from infra.local.progress import bar, say
from infra.ops.account import Account, OpsError
from infra.ops.fetching import FetchError, fetch_in_turn
from infra.ops.functions import in_their_place
from shared import clock

# How long a tick may take until it has the lease.
_UNDER_WAY = 3
# So many minutes before a tick no day is begun: one that crashes holds the lease for 16, and the tick and its
# two repeats wait for 8.
BEFORE_TICK = 10


def fill(account: Account, first: date, last: date, *, asks_x: bool) -> int:
    """Fetch the working days of a range that are missing; raises OpsError when some could not be had."""
    days = working_days(first - timedelta(days=1), last)
    if not days:
        raise OpsError(f"arXiv announces Monday to Friday; {first} is a {first:%A}")
    with in_their_place(account):
        todo = list(backfill.missing(days))
    if len(todo) < len(days):
        say("there", f"{len(days) - len(todo):,} of {len(days):,} days")
    failed: list[str] = []
    with bar("days", len(todo), "day") as shown:
        for day in todo:
            let_the_tick_begin()
            try:
                answer = fetch_in_turn(account, {"from": f"{day}", "to": f"{day}", "x": asks_x})
            except FetchError as error:
                answer = {"runs": [{"failure": str(error)}]}
            failed += _told(day, answer)
            shown.update(1)
    if failed:
        named = ", ".join(failed)
        raise OpsError(f"{len(failed)} of {len(days)} days could not be had, begin again for them: {named}")
    return 0


def _told(day: date, answer: dict[str, Any]) -> list[str]:
    """Tell what became of a day; the day, if that is a failure."""
    # No run: somebody else has filled it in meanwhile.
    for outcome in answer["runs"]:
        say("day", f"{day}: {in_a_line(outcome)}")
    return [f"{day}" for outcome in answer["runs"] if outcome["failure"]]


def let_the_tick_begin() -> None:
    """Wait while a tick is about to come: days one after the other would leave it no moment for itself."""
    now = clock.now()
    minutes = (now.minute - clock.TICK_MINUTE + BEFORE_TICK) % 60
    if minutes < BEFORE_TICK + _UNDER_WAY:
        until = now.replace(second=0, microsecond=0) + timedelta(minutes=BEFORE_TICK + _UNDER_WAY - minutes)
        say("", f"goes on at {until:%H:%M} UTC, after the hourly tick")
        clock.sleep((until - now).total_seconds())
