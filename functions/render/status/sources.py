"""How each source is: at the last measuring, and since when it has been so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from shared import clock
from shared.paper import SOURCE_LABELS, SourceState
from shared.run_states import Run
from shared.table import Announcement

# A day by hand that is older says little about how a source is: not all of them reach back so far.
_RECENT = timedelta(days=8)


class SourceLine(Struct, frozen=True, kw_only=True):
    """A source at the last measuring; `measured_at` is when it last was, `age_hours` before.

    `since` is the first of the runs in a row that could not have it, "" where that is not known.
    """

    name: str
    state: str
    capped: bool
    reason: str
    measured_at: str
    age_hours: int | None
    since: str


def last_measuring(runs: list[Run]) -> Run | None:
    """The newest of some runs (newest first) that measured: the daily one, or by hand a recent day."""
    return next(iter(_measuring(runs)), None)


def last_daily(runs: list[Run]) -> Run | None:
    """The newest of some runs (newest first) that measured every living day."""
    return next((run for run in runs if run.kind == "measure" and run.sources), None)


def lines(runs: list[Run], announcements: list[Announcement], now: datetime) -> tuple[SourceLine, ...]:
    """Each source that there is, in the order of their labels. `runs` are newest first."""
    measuring = _measuring(runs)
    states: Mapping[str, SourceState] = measuring[0].sources if measuring else {}
    told = []
    for name in SOURCE_LABELS:
        state = states.get(name)
        if state is None:
            continue
        last = max([state.measured_at, *(_measured_at(one, name) for one in announcements)])
        told.append(
            SourceLine(
                name=name,
                state=state.state,
                capped=state.capped,
                reason=state.reason,
                measured_at=last,
                age_hours=int((now - clock.run_time(last)).total_seconds() // 3600) if last else None,
                since=_since(measuring, name, last),
            )
        )
    return tuple(told)


def unavailable(states: Mapping[str, SourceState]) -> str:
    """Why no source could be measured, in words; "" if one was."""
    on = {name: state for name, state in states.items() if state.state != "off"}
    if any(state.state == "measured" for state in on.values()):
        return ""
    if not on:
        return "no source is on" if states else ""
    reasons = "; ".join(
        f"{label}: {on[name].reason or 'unavailable'}" for name, label in SOURCE_LABELS.items() if name in on
    )
    return f"no source could be measured ({reasons})"


def _measuring(runs: list[Run]) -> list[Run]:
    measured = [run for run in runs if run.sources]
    return [run for run in measured if _is_recent(run)] or measured


def _is_recent(run: Run) -> bool:
    now = clock.run_time(run.id)
    return run.kind == "measure" or any(now - clock.midnight(day.date) < _RECENT for day in run.days)


def _measured_at(announcement: Announcement, source: str) -> str:
    state = announcement.sources.get(source)
    return state.measured_at if state else ""


def _since(measuring: list[Run], name: str, measured_at: str) -> str:
    since = ""
    for run in measuring:
        state = run.sources.get(name)
        if state is None or state.state != "unavailable":
            return since
        since = clock.run_iso(run.id)
    # It failed as far back as is known: that is since ever, or since before.
    return "" if measured_at else since
