"""fetch: the hourly tick, or what a manual event names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from functions.fetch import runs
from functions.fetch.arxiv import schedule
from shared import clock, lease, log, settings
from shared.log import logger

# Longer than the function may run.
_LEASE_SECONDS = 960
# When everything is slow, a day takes arXiv's 4 minutes, 2 for each of four sources and 1 for all else: with
# less left, no further day is begun.
_MILLISECONDS_A_DAY = 780_000


# Clocks differ a little; a run of tomorrow would stand before all of today's.
_AHEAD = timedelta(hours=1)
# Characters of an event, and of what is wrong with it, in an error.
_SHOWN = 300
# Nothing is older than arXiv.
_FIRST = date(1991, 8, 14)


class OrderError(Exception):
    """An event that names nothing fetch can do; the text says what is wrong with it."""


class Order(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the event asks for: nothing but `time` is the tick; `time` is when it was to happen (RFC 3339)."""

    time: str = ""
    measure: bool = False
    date: str = ""
    from_: str = msgspec.field(default="", name="from")
    to: str = ""


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run what is due or asked for; returns what was done (see runs.Outcome), for several days a list."""
    order, now, days = parsed(event)
    configured = settings.get()
    log.only_from(configured.log_level)
    run = clock.iso(now)
    with (
        logger.append_context_keys(run=run),
        lease.held("fetch", holder=context.aws_request_id, seconds=_LEASE_SECONDS) as rested,
    ):
        if days:
            outcomes: list[dict[str, Any]] = []
            # From the second day on, the pause has to be kept to a request of a moment ago.
            for day, pause in zip(days, [rested, *[0.0] * (len(days) - 1)], strict=True):
                if outcomes and context.get_remaining_time_in_millis() < _MILLISECONDS_A_DAY:
                    break
                name = f"{run}#{day.isoformat()}"
                outcomes.append(runs.as_answer(runs.dated(configured, name, day, now, pause)))
            if order.date:
                return outcomes[0]
            remaining = [day.isoformat() for day in days[len(outcomes) :]]
            return {"runs": outcomes, "remaining": remaining}
        if order.measure:
            return runs.as_answer(runs.measuring(configured, now, rested))
        return runs.as_answer(runs.tick(configured, now, rested))


def parsed(event: dict[str, Any]) -> tuple[Order, datetime, list[date]]:
    """The order, its moment and the working days it names; raises OrderError."""
    try:
        order = msgspec.convert(event, Order)
        now = clock.parse_iso(order.time) if order.time else clock.now()
        if now > clock.now() + _AHEAD:
            raise ValueError("its time is in the future")
        if now.date() < _FIRST:
            raise ValueError("its time is before arXiv's")
        first, last = order.date or order.from_, order.date or order.to
        if bool(first) != bool(last) or (order.date and order.from_) or (first and order.measure):
            raise ValueError("name one date, or from and to, or measure")
        if not first:
            return order, now, []
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except (msgspec.ValidationError, ValueError) as error:
        raise OrderError(f"{str(event)[:_SHOWN]}: {str(error)[:_SHOWN]}") from None
    if start < _FIRST:
        raise OrderError(f"{start} is before arXiv's first day, {_FIRST}")
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
