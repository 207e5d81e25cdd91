"""The present moment, asked in one place so that a virtual clock can take its place."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime

# Of each hour: when the schedule's tick comes.
TICK_MINUTE = 55
_SATURDAY = 5

# Both are replaced by the embedded run and by tests.
source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
sleep: Callable[[float], None] = time.sleep


def now() -> datetime:
    """The present moment in UTC."""
    return source()


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC to the second, as run ids and front matter have it: 2021-06-19T07:55:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_iso(text: str) -> datetime:
    """The moment an RFC 3339 text names, in UTC; raises ValueError, also when it names no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside of the years 1 to 9999") from None


def run_time(run_id: str) -> datetime:
    """The scheduled time that a run is named by; what follows it tells several runs of one time apart."""
    return parse_iso(run_iso(run_id))


def run_iso(run_id: str) -> str:
    """The scheduled time of a run as text: what is shown of it."""
    return run_id.partition("#")[0]


def midnight(day: str) -> datetime:
    """00:00 UTC of a date (YYYY-MM-DD): when the announcement of that listing date is public."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def is_working_day(day: date) -> bool:
    """Whether arXiv dates lists by this day of the week."""
    return day.weekday() < _SATURDAY
