"""Several days by hand, one after the other; those that are there are left out, so it can be begun again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from functions.fetch import backfill
from functions.fetch.arxiv.schedule import working_days
from infra.local.outcome import has_given_up, in_a_line
from infra.local.price import NotAgreedError
from infra.local.progress import bar, say
from infra.ops.account import Account, OpsError
from infra.ops.agreement import Agreement
from infra.ops.fetching import FetchError, fetch_in_turn
from infra.ops.functions import in_their_place
from shared import clock

# How long a tick may take until it has the lease.
_UNDER_WAY = 3
# So many minutes before a tick no day is begun: one that crashes holds the lease for 16, and the tick and its
# two repeats wait for 8.
BEFORE_TICK = 10


def fill(account: Account, first: date, last: date, *, asks_x: bool, is_agreed: bool) -> int:
    """Fetch the working days of a range that are missing; raises OpsError when some could not be had.

    It ends early when several in a row could not, and where what X's full archive may cost is neither
    `is_agreed` to nor agreed to at the terminal.
    """
    days = working_days(first - timedelta(days=1), last)
    if not days:
        raise OpsError(f"arXiv announces Monday to Friday; {first} is a {first:%A}")
    with in_their_place(account):
        todo = list(backfill.missing(days))
    if len(todo) < len(days):
        say("there", f"{len(days) - len(todo):,} of {len(days):,} days")
    agreement = Agreement(account, is_agreed=is_agreed)
    failed: list[date] = []
    wrong: list[str] = []
    with bar("days", len(todo), "day") as shown:
        for number, day in enumerate(todo):
            try:
                event = _event(agreement, todo[number:], asks_x=asks_x)
            except NotAgreedError as error:
                wrong.append(str(error))
                break
            if not _is_had(account, day, event):
                failed.append(day)
            shown.update(1)
            asked = todo[: number + 1]
            if has_given_up(failed, asked) and len(asked) < len(todo):
                wrong.append(
                    f"{len(todo) - len(asked):,} more days were not asked for: arXiv seems to be away"
                )
                break
    if failed:
        named = ", ".join(map(str, failed))
        wrong.append(f"{len(failed)} of {len(days)} days could not be had, begin again for them: {named}")
    if wrong:
        raise OpsError("; ".join(wrong))
    return 0


def _event(agreement: Agreement, days: Sequence[date], *, asks_x: bool) -> dict[str, Any]:
    """The event of the first of some days. Raises NotAgreedError."""
    if asks_x:
        # Nobody is asked after a wait that could be asked before. Beyond it the month may be another.
        agreement.word(days)
    let_the_tick_begin()
    word = agreement.word(days) if asks_x else {}
    return {"from": f"{days[0]}", "to": f"{days[0]}", "x": asks_x, **word}


def _is_had(account: Account, day: date, event: dict[str, Any]) -> bool:
    """Fetch a day and tell what became of it; whether it could be had."""
    try:
        answer = fetch_in_turn(account, event)
    except FetchError as error:
        answer = {"runs": [{"failure": str(error)}]}
    # No run: somebody else has filled it in meanwhile.
    for outcome in answer["runs"]:
        say("day", f"{day}: {in_a_line(outcome)}")
    return not any(outcome["failure"] for outcome in answer["runs"])


def let_the_tick_begin() -> None:
    """Wait while a tick is about to come: days one after the other would leave it no moment for itself."""
    now = clock.now()
    minutes = (now.minute - clock.TICK_MINUTE + BEFORE_TICK) % 60
    if minutes < BEFORE_TICK + _UNDER_WAY:
        until = now.replace(second=0, microsecond=0) + timedelta(minutes=BEFORE_TICK + _UNDER_WAY - minutes)
        say("", f"goes on at {until:%H:%M} UTC, after the hourly tick")
        clock.sleep((until - now).total_seconds())
