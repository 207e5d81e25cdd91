"""What is wrong, in sentences: when there is one, somebody should look.

One source that is down is no reason: its line tells it, and posts appear without it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.render.status import sources
from functions.render.status.days import DayLine
from functions.render.status.times import minute
from shared import clock
from shared.run_states import RunState
from shared.settings import Settings

# Measuring comes every 24 hours; a missed one is made good within the hour.
_MEASURING = timedelta(hours=26)
_DAYS = timedelta(days=7)


def problems(
    settings: Settings, runs: list[RunState], days: tuple[DayLine, ...], now: datetime
) -> tuple[str, ...]:
    """What is wrong as of the newest run. `runs` are newest first."""
    newest = runs[0].run
    found = [f"{newest.failure}."] if newest.failure else []
    oldest = (now - _DAYS).date().isoformat()
    found += [
        f"{day.date} is {day.status}: {day.reason}."
        for day in days
        if day.status in ("failed", "partial") and day.date > oldest and day.reason != newest.failure
    ]
    daily = sources.last_daily([state.run for state in runs])
    if daily and now - clock.run_time(daily.id) > _MEASURING:
        found.append(f"Nothing was measured since {minute(clock.run_time(daily.id))}.")
    deadline = timedelta(minutes=settings.run_deadline_minutes)
    found += [
        f"The run {state.run.id} is overdue: papers pending: {len(state.pending)}."
        for state in runs
        if state.status == "open" and now - clock.run_time(state.run.id) >= deadline
    ]
    last = sources.last_measuring([state.run for state in runs])
    if last and (reason := sources.unavailable(last.sources)):
        found.append(f"At the last measuring: {reason}.")
    return tuple(found)
