"""Several days by hand, one after the other; those that are there are left out, so it can be begun again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from functions.fetch import backfill
from functions.fetch.arxiv.schedule import working_days
from functions.fetch.attention import x
from infra.local import price
from infra.local.outcome import MOST_FAILURES, in_a_line
from infra.local.progress import bar, say
from infra.ops.account import Account, OpsError
from infra.ops.fetching import FetchError, fetch_in_turn
from infra.ops.functions import in_their_place
from shared import clock, reads
from shared.settings import Settings

# How long a tick may take until it has the lease.
_UNDER_WAY = 3
# So many minutes before a tick no day is begun: one that crashes holds the lease for 16, and the tick and its
# two repeats wait for 8.
BEFORE_TICK = 10


def fill(account: Account, first: date, last: date, *, asks_x: bool, is_agreed: bool) -> int:
    """Fetch the working days of a range that are missing; raises OpsError when some could not be had.

    It ends early when several in a row could not. Raises OpsError also where what X's full archive may cost
    is neither `is_agreed` to nor agreed to at the terminal.
    """
    days = working_days(first - timedelta(days=1), last)
    if not days:
        raise OpsError(f"arXiv announces Monday to Friday; {first} is a {first:%A}")
    with in_their_place(account):
        todo = list(backfill.missing(days))
    if len(todo) < len(days):
        say("there", f"{len(days) - len(todo):,} of {len(days):,} days")
    failed: list[date] = []
    agreed, event = "", {"x": asks_x}
    with bar("days", len(todo), "day") as shown:
        for number, day in enumerate(todo, 1):
            # Each month has a cap of its own, so what was agreed to is good for one.
            if asks_x and agreed != (month := f"{clock.now():%Y-%m}"):
                with in_their_place(account) as settings:
                    allowed = agree(settings, todo[number - 1 :], is_agreed=is_agreed)
                agreed, event = month, {"x": True, **archived(allowed=allowed)}
            let_the_tick_begin()
            if not _is_had(account, day, event):
                failed.append(day)
            shown.update(1)
            lately = todo[max(0, number - MOST_FAILURES) : number]
            if len(lately) == MOST_FAILURES and lately == failed[-MOST_FAILURES:]:
                break
    if failed:
        rest = f", {len(todo) - number:,} more were not asked for" if number < len(todo) else ""
        named = ", ".join(map(str, failed))
        raise OpsError(
            f"{len(failed)} of {len(days)} days could not be had{rest}, begin again for them: {named}"
        )
    return 0


def _is_had(account: Account, day: date, event: dict[str, bool]) -> bool:
    """Fetch a day and tell what became of it; whether it could be had."""
    try:
        answer = fetch_in_turn(account, {"from": f"{day}", "to": f"{day}", **event})
    except FetchError as error:
        answer = {"runs": [{"failure": str(error)}]}
    # No run: somebody else has filled it in meanwhile.
    for outcome in answer["runs"]:
        say("day", f"{day}: {in_a_line(outcome)}")
    return not any(outcome["failure"] for outcome in answer["runs"])


def archived(*, allowed: bool) -> dict[str, bool]:
    """What an event says where X's full archive is `allowed`: a stack that is older refuses the word."""
    return {"archive": True} if allowed else {}


def agree(settings: Settings, days: Sequence[date], *, is_agreed: bool) -> bool:
    """Tell what X's full archive may cost for some days, and ask; whether the settings allow it at all.

    Raises OpsError where it is not agreed to. The stack's table is read for it: within `in_their_place`.
    """
    now = clock.now()

    def left() -> int:
        return settings.x_archive_posts - reads.stored(reads.archive_key(f"{now:%Y-%m}")).units

    if refused := price.refusal(settings, days, now, left=left, is_agreed=is_agreed):
        raise OpsError(refused)
    return x.may_ask_archive(settings)


def let_the_tick_begin() -> None:
    """Wait while a tick is about to come: days one after the other would leave it no moment for itself."""
    now = clock.now()
    minutes = (now.minute - clock.TICK_MINUTE + BEFORE_TICK) % 60
    if minutes < BEFORE_TICK + _UNDER_WAY:
        until = now.replace(second=0, microsecond=0) + timedelta(minutes=BEFORE_TICK + _UNDER_WAY - minutes)
        say("", f"goes on at {until:%H:%M} UTC, after the hourly tick")
        clock.sleep((until - now).total_seconds())
