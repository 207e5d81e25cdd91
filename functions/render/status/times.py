"""When things are to happen next: ticks come hourly at :55, one of them a day measures."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared import clock
from shared.run_states import Run
from shared.settings import Settings

_ONE_DAY = timedelta(days=1)


def minute(moment: datetime) -> str:
    """A moment in words: 2026-11-25 07:55 UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def next_tick(now: datetime) -> datetime:
    """The first hourly tick after a moment."""
    tick = now.replace(minute=clock.TICK_MINUTE, second=0, microsecond=0)
    return tick if tick > now else tick + timedelta(hours=1)


def next_measuring(settings: Settings, now: datetime, measured: Run | None) -> datetime:
    """The first tick after a moment that measures, `measured` being the last run that did.

    Each UTC day that is the first tick from MEASURE_HOUR_UTC on, unless the day has been measured.
    """
    tick = next_tick(now)
    if measured and clock.run_time(measured.id).date() >= tick.date():
        tick = tick.replace(hour=0) + _ONE_DAY
    return tick.replace(hour=max(tick.hour, settings.measure_hour_utc))
