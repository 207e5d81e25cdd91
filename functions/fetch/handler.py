"""fetch: the hourly tick, or what a manual event names."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from functions.fetch import backfill, runs
from functions.fetch.arxiv import schedule
from functions.fetch.execution import as_answer
from shared import clock, lease, log, settings
from shared.log import logger
from shared.settings import Settings

# Longer than the function may run.
LEASE_SECONDS = 960
# So long a tick waits for a day by hand to end: 8 minutes, with the repeats of one that waited in vain.
# When everything is slow, a measuring takes arXiv's 4 minutes, 2 for each of four sources and 1 for all else:
# the function's time has room for both.
LEASE_WAIT = 100

# Clocks differ a little; a run of tomorrow would stand before all of today's.
_AHEAD = timedelta(hours=1)
# Characters of an event, and of what is wrong with it, in an error.
_SHOWN = 300
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


class OrderError(Exception):
    """An event that names nothing fetch can do; the text says what is wrong with it."""


class Order(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the event asks for: nothing but `time` is the tick; `time` is when it was to happen (RFC 3339).

    `x` is whether the days of a range may ask X, as a day by itself does; `archive` is the month (YYYY-MM) in
    which days that are too old for its recent search may ask its full archive: somebody has agreed to a price
    that is that month's.
    """

    time: str = ""
    measure: bool = False
    date: str = ""
    from_: str = msgspec.field(default="", name="from")
    to: str = ""
    x: bool = False
    archive: str = ""


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run what is due or asked for; returns what was done (execution.Outcome), for a range as _in_turn."""
    order, now, days = parsed(event)
    configured = settings.get()
    log.only_from(configured.log_level)
    run = clock.iso(now)
    wait = 0 if days else LEASE_WAIT
    with (
        logger.append_context_keys(run=run),
        lease.held("fetch", holder=context.aws_request_id, seconds=LEASE_SECONDS, wait=wait) as rested,
    ):
        if order.date:
            return _dated(configured, order, now, days[0], rested)
        if days:
            return _in_turn(configured, order, now, days, rested)
        if order.measure:
            return as_answer(runs.measuring(configured, now, rested))
        return as_answer(runs.tick(configured, now, rested))


def _dated(
    configured: Settings, order: Order, now: datetime, day: date, rested: float | None
) -> dict[str, Any]:
    """A run about one day, by itself or of a range."""
    outcome = runs.dated(
        configured,
        f"{clock.iso(now)}#{day.isoformat()}",
        day,
        now,
        rested,
        asks_x=order.x or bool(order.date),
        # What was agreed to is good for the runs of its month.
        asks_archive=order.archive == f"{now:%Y-%m}",
    )
    return as_answer(outcome)


def _in_turn(
    configured: Settings, order: Order, now: datetime, days: list[date], rested: float | None
) -> dict[str, Any]:
    """The first day of a range that is not there yet: its run, and which days remain to be asked for.

    One at a time, so that a tick can come between.
    """
    day = next(backfill.missing(days), None)
    if day is None:
        return {"runs": [], "remaining": []}
    answer = _dated(configured, order, now, day, rested)
    return {"runs": [answer], "remaining": [one.isoformat() for one in days if one > day]}


def parsed(event: dict[str, Any]) -> tuple[Order, datetime, list[date]]:
    """The order, its moment and the working days it names; raises OrderError."""
    try:
        order = msgspec.convert(event, Order)
        now = clock.parse_iso(order.time) if order.time else clock.now()
        if now > clock.now() + _AHEAD:
            raise ValueError("its time is in the future")
        if now.date() < schedule.FIRST_DAY:
            raise ValueError("its time is before arXiv's")
        first, last = order.date or order.from_, order.date or order.to
        if bool(first) != bool(last) or (order.date and order.from_) or (first and order.measure):
            raise ValueError("name one date, or from and to, or measure")
        if order.x and not order.from_:
            raise ValueError("x is about from and to")
        if order.archive and not (order.date or order.x):
            raise ValueError("archive is about a date, or about from and to with x")
        if order.archive and not _MONTH.fullmatch(order.archive):
            raise ValueError("archive is a month, as 2021-06")
        if not first:
            return order, now, []
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except (msgspec.ValidationError, ValueError) as error:
        raise OrderError(f"{str(event)[:_SHOWN]}: {str(error)[:_SHOWN]}") from None
    if start < schedule.FIRST_DAY:
        raise OrderError(f"{start} is before arXiv's first day, {schedule.FIRST_DAY}")
    if end < start:
        raise OrderError(f"{end} is before {start}")
    if end > now.date():
        raise OrderError(f"{end} is in the future")
    days = schedule.working_days(_day_before(start), end)
    if not days:
        raise OrderError(f"arXiv announces Monday to Friday; {start} is a {start:%A}")
    return order, now, days


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
