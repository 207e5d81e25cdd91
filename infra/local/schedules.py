"""When a schedule is due, for the part of EventBridge Scheduler's cron that repeats within a day.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_FIELD = re.compile(r"(\*|\d+)(?:/(\d+))?")


class ScheduleError(Exception):
    """A schedule that is not known here, or a moment at which none is due; the text says which."""


def is_due(expression: str, moment: datetime) -> bool:
    """Whether a moment is one of a schedule's times, to the minute; raises ScheduleError."""
    minutes, hours = _minutes_and_hours(expression)
    utc = moment.astimezone(UTC)
    return utc.minute in minutes and utc.hour in hours


def latest(expression: str, moment: datetime) -> datetime:
    """A schedule's last time up to a moment, in UTC; raises ScheduleError."""
    minutes, hours = _minutes_and_hours(expression)
    time = moment.astimezone(UTC).replace(second=0, microsecond=0)
    while time.minute not in minutes or time.hour not in hours:
        time -= timedelta(minutes=1)
    return time


def _minutes_and_hours(expression: str) -> tuple[frozenset[int], frozenset[int]]:
    match = _CRON.fullmatch(expression)
    if match is None or any(field not in {"*", "?"} for field in match.groups()[2:]):
        raise ScheduleError(f"{expression} is more than a time of day, which is all that is known here")
    return _numbers(expression, match[1], 60), _numbers(expression, match[2], 24)


def _numbers(expression: str, field: str, end: int) -> frozenset[int]:
    numbers: set[int] = set()
    for part in field.split(","):
        match = _FIELD.fullmatch(part)
        if match is None or (match[2] is not None and int(match[2]) == 0):
            raise ScheduleError(f"{expression}: {part} is not known here")
        first = 0 if match[1] == "*" else int(match[1])
        if first >= end:
            raise ScheduleError(f"{expression}: {part} is too much")
        if match[2] is not None:
            numbers.update(range(first, end, int(match[2])))
        elif match[1] == "*":
            numbers.update(range(end))
        else:
            numbers.add(first)
    return frozenset(numbers)
