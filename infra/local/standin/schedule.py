"""When what was submitted is announced, for making worlds (https://info.arxiv.org/help/availability.html)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = "America/New_York"
CUT_OFF = time(14, 0)

# Days from the window's opening and closing back to the listing date, Monday first.
BACK = {0: (4, 3), 1: (4, 1), 2: (2, 1), 3: (2, 1), 4: (2, 1)}


def window(listed: date) -> tuple[datetime, datetime]:
    """The submission window (UTC) of a listing date, holidays aside; ValueError on a weekend."""
    if listed.weekday() not in BACK:
        raise ValueError(f"{listed} is on a weekend: nothing is listed")
    opening, closing = (
        datetime.combine(listed - timedelta(days=days), CUT_OFF, ZoneInfo(EASTERN)).astimezone(UTC)
        for days in BACK[listed.weekday()]
    )
    return opening, closing


def submitted(listed: date, count: int) -> list[datetime]:
    """`count` submission times spread over the window of a listing date, whole seconds, in order."""
    opening, closing = window(listed)
    step = (closing - opening) / (count + 1)
    return [(opening + step * number).replace(microsecond=0) for number in range(1, count + 1)]


def working_day(day: date, step: int) -> date:
    """The next (`step` 1) or last (`step` -1) Monday to Friday."""
    day += timedelta(days=step)
    while day.weekday() not in BACK:
        day += timedelta(days=step)
    return day
