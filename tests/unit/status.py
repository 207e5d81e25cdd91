"""What the tests of the status are made of: runs, announcements and posts around Friday 2021-06-18."""

from __future__ import annotations

from typing import Any

from functions.render.status import Status, status
from shared.paper import SourceState
from shared.reads import Reads
from shared.run_states import Run, RunDay, RunState
from shared.settings import parse
from shared.table import Announcement, Post, PostRow

# Friday's and Saturday's measuring, the first tick after.
FRIDAY, SATURDAY, LATER = "2021-06-18T07:55:00Z", "2021-06-19T07:55:00Z", "2021-06-19T08:55:00Z"
MEASURED = SourceState(state="measured", measured_at=FRIDAY)
DOWN = SourceState(state="unavailable", reason="HTTP 500")
OFF = SourceState(state="off", reason="no token")


def run(
    at: str, state: Any = "complete", pending: tuple[str, ...] = (), days: tuple[str, ...] = (), **more: Any
) -> RunState:
    """A run, of the kind that measures unless `more` says else."""
    values: dict[str, Any] = {
        "kind": "measure",
        "days": tuple(RunDay(date=day, papers=9) for day in days),
    }
    return RunState(run=Run(id=at, **(values | more)), status=state, revision=0, pending=frozenset(pending))


def announcement(day: str, **sources: SourceState) -> Announcement:
    """An announcement of nine papers."""
    return Announcement(listed=day, low="2106.00001", high="2106.00009", papers=9, via="oai", sources=sources)


def post(day: str, state: Any = "published", at: str = SATURDAY, rows: int = 1, **more: Any) -> Post:
    """A post with so many papers."""
    row = PostRow(id="2106.00001", title="T", authors=(), categories=(), score=60, reposts=60, likes=0)
    return Post(
        date=day, status=state, published_at=at, updated_at=at, run=at, papers=9, rows=(row,) * rows, **more
    )


def told(
    runs: list[RunState],
    announcements: list[Announcement] | None = None,
    posts: list[Post] | None = None,
    *,
    reads: Reads | None = None,
    of_archive: Reads | None = None,
    settings: dict[str, str] | None = None,
) -> Status:
    """The status; `settings` are variables."""
    by_date = {one.date: one for one in posts or []}
    return status(
        parse(settings or {}), runs, announcements or [], by_date, reads or Reads(), of_archive or Reads()
    )


def days(told_: Status) -> dict[str, str]:
    """The state of each day."""
    return {line.date: line.status for line in told_.days}


def reasons(told_: Status) -> dict[str, str]:
    """The reason of each day."""
    return {line.date: line.reason for line in told_.days}
