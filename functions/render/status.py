"""How the service is: the last runs, the last days, each source's state with reason and age."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from shared import clock
from shared.paper import SOURCE_LABELS, SourceState
from shared.table import Announcement, Post, RunState

# So many days and runs are told.
_DAYS = 10

DayStatus = Literal["waiting", "listed", "published", "partial", "failed", "quiet"]


class DayLine(Struct, frozen=True, kw_only=True):
    """A working day: whether its announcement is awaited, listed, or its post published."""

    date: str
    status: DayStatus
    listed: int = 0
    hot: int = 0
    reason: str = ""


class SourceLine(Struct, frozen=True, kw_only=True):
    """A source at the last run that measured; `measured_at` is when it last was, `age_hours` before."""

    name: str
    state: str
    capped: bool
    reason: str
    measured_at: str
    age_hours: int | None


class RunLine(Struct, frozen=True, kw_only=True):
    """A run: what it was and what became of it."""

    id: str
    kind: str
    status: str
    listed: tuple[str, ...]
    queued: int
    pending: int
    failure: str
    requests: dict[str, int]


class Status(Struct, frozen=True, kw_only=True):
    """The status as of a run."""

    as_of: str
    failure: str
    sources: tuple[SourceLine, ...]
    days: tuple[DayLine, ...]
    runs: tuple[RunLine, ...]


def status(runs: list[RunState], announcements: list[Announcement], posts: dict[str, Post]) -> Status:
    """The status out of the latest runs and announcements (newest first) and the posts by date."""
    newest = runs[0].run
    return Status(
        as_of=clock.run_iso(newest.id),
        failure=newest.failure,
        sources=_sources(runs, announcements, clock.run_time(newest.id)),
        days=_days(runs, announcements, posts),
        runs=tuple(
            RunLine(
                id=state.run.id,
                kind=state.run.kind,
                status=state.status,
                listed=state.run.listed,
                queued=state.run.queued,
                pending=len(state.pending),
                failure=state.run.failure,
                requests=state.run.requests,
            )
            for state in runs
        ),
    )


def _sources(
    runs: list[RunState], announcements: list[Announcement], now: datetime
) -> tuple[SourceLine, ...]:
    states: dict[str, SourceState] = next((state.run.sources for state in runs if state.run.sources), {})
    lines = []
    for name in SOURCE_LABELS:
        state = states.get(name)
        if state is None:
            continue
        measured = [state.measured_at, *(_measured_at(one, name) for one in announcements)]
        last = max(measured)
        age = int((now - clock.run_time(last)).total_seconds() // 3600) if last else None
        lines.append(
            SourceLine(
                name=name,
                state=state.state,
                capped=state.capped,
                reason=state.reason,
                measured_at=last,
                age_hours=age,
            )
        )
    return tuple(lines)


def _measured_at(announcement: Announcement, source: str) -> str:
    state = announcement.sources.get(source)
    return state.measured_at if state else ""


def _days(
    runs: list[RunState], announcements: list[Announcement], posts: dict[str, Post]
) -> tuple[DayLine, ...]:
    days: dict[str, DayLine] = {}
    # Oldest first, so that what a later run found out about a day replaces what an earlier one did.
    for state in reversed(runs):
        run = state.run
        for date in run.quiet:
            days[date] = DayLine(date=date, status="quiet", reason="no announcement")
        for date in run.awaited:
            days[date] = DayLine(date=date, status="failed" if run.failure else "waiting", reason=run.failure)
    for announcement in announcements:
        post = posts.get(announcement.listed)
        is_up = post is not None and post.status != "publishing"
        days[announcement.listed] = DayLine(
            date=announcement.listed,
            status="partial" if post and post.status == "partial" else "published" if is_up else "listed",
            listed=announcement.papers,
            hot=len(post.rows) if post else 0,
        )
    return tuple(days[date] for date in sorted(days, reverse=True)[:_DAYS])
