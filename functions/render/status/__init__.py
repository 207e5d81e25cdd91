"""The status: how the service is, out of its last runs, for people and for whatever watches it.

docs/status.md describes it field by field.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from functions.render.status import days as days_
from functions.render.status import runs as runs_
from functions.render.status import sources as sources_
from functions.render.status.budget import Budget, budget
from functions.render.status.days import DayLine
from functions.render.status.problems import problems
from functions.render.status.runs import RunLine
from functions.render.status.sources import SourceLine
from functions.render.status.times import next_measuring, next_tick
from shared import clock
from shared.reads import Reads
from shared.run_states import RunState
from shared.settings import Settings
from shared.table import Announcement, Post

# So many runs are told: more than the ticks of a day.
_RUNS = 30
# Two ticks and half an hour for the second to end: one that is late is no alarm, and a service that has
# stopped is not well for ever.
_VALID = timedelta(hours=2, minutes=30)


class Status(Struct, frozen=True, kw_only=True):
    """The status as of the newest run. It holds until `valid_until`; `ok` is whether nobody has to look."""

    as_of: str
    ok: bool
    problems: tuple[str, ...]
    valid_until: str
    next_run: str
    next_measuring: str
    failure: str
    days: tuple[DayLine, ...]
    sources: tuple[SourceLine, ...]
    x: Budget | None
    runs: tuple[RunLine, ...]


_NOTHING = Reads()


def status(
    settings: Settings,
    states: list[RunState],
    announcements: list[Announcement],
    posts: dict[str, Post],
    reads: Reads,
    of_archive: Reads = _NOTHING,
) -> Status:
    """The status out of the latest runs and announcements (newest first), the posts by date, and what was
    read from X in the newest run's month; `of_archive` of its full archive.

    The more runs, the more is known: a day is told by those of its time.
    """
    runs = [state.run for state in states]
    now = clock.run_time(runs[0].id)
    days = days_.lines(settings, states, announcements, posts, now)
    wrong = problems(settings, states, days, now)
    return Status(
        as_of=clock.iso(now),
        ok=not wrong,
        problems=wrong,
        valid_until=clock.iso(now + _VALID),
        next_run=clock.iso(next_tick(now)),
        next_measuring=clock.iso(next_measuring(settings, now, sources_.last_daily(runs))),
        failure=runs[0].failure,
        days=days,
        sources=sources_.lines(runs, announcements, now),
        x=budget(settings, sources_.last_measuring(runs), clock.iso(now)[:7], reads, of_archive),
        runs=runs_.lines(states[:_RUNS], posts),
    )
