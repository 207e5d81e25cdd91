"""arXiv's week: which days have a list, and which submissions it holds.

Source: https://info.arxiv.org/help/availability.html. Lists are dated Monday to Friday; the cut-off is at
14:00 US Eastern time. Holidays are not foreseen: a day without a new batch had no announcement.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared import clock

# Nothing is older than arXiv.
FIRST_DAY = date(1991, 8, 14)
_EASTERN = ZoneInfo("America/New_York")
_CUT_OFF = time(14)
# New metadata is out by 02:30 UTC in summer, 03:30 in winter; asking earlier may have an empty answer
# cached against us.
_READY = time(3, 45, tzinfo=UTC)
_MONDAY = 0


def due(day: date) -> datetime:
    """From when on the list of a day, if there is one, should be out."""
    return datetime.combine(day, _READY)


def is_ready(day: date, now: datetime) -> bool:
    """Whether the list of a day, if there is one, should be out by now."""
    return now >= due(day)


def working_days(after: date, until: date) -> list[date]:
    """The working days after one date up to another, oldest first."""
    days = (after + timedelta(days=number) for number in range(1, (until - after).days + 1))
    return [day for day in days if clock.is_working_day(day)]


def previous_working_day(day: date) -> date:
    """The working day before a date."""
    day -= timedelta(days=1)
    while not clock.is_working_day(day):
        day -= timedelta(days=1)
    return day


def announced_on(eve: date) -> date | None:
    """The working day whose list appears on the evening of a date; None on Fridays and Saturdays."""
    day = eve + timedelta(days=1)
    return day if clock.is_working_day(day) else None


def window(listed: date) -> tuple[datetime, datetime]:
    """The submissions that a listing date announces, in UTC, the end exclusive.

    It is announced on the evening before; Monday's list holds Thursday to Friday, Tuesday's the weekend.
    """
    end = previous_working_day(listed) if listed.weekday() == _MONDAY else listed - timedelta(days=1)
    start = previous_working_day(end)
    return _cut_off(start), _cut_off(end)


def _cut_off(day: date) -> datetime:
    return datetime.combine(day, _CUT_OFF, tzinfo=_EASTERN).astimezone(UTC)
