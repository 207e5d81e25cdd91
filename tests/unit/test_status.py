"""The status: what became of each day, how the sources are, and since when."""

from __future__ import annotations

from typing import Any

import pytest

from functions.render.status import Status, status
from shared.paper import SourceState
from shared.table import Announcement, Post, PostRow, Run, RunState

T1, T2, T3 = "2021-06-18T07:55:00Z", "2021-06-19T07:55:00Z", "2021-06-19T08:55:00Z"


def run(at: str, state: Any = "complete", pending: tuple[str, ...] = (), **more: Any) -> RunState:
    return RunState(
        run=Run(id=at, **({"kind": "measure"} | more)), status=state, revision=0, pending=frozenset(pending)
    )


def announcement(day: str, **sources: SourceState) -> Announcement:
    return Announcement(listed=day, low="2106.00001", high="2106.00009", papers=9, via="oai", sources=sources)


def post(day: str, state: Any = "published", rows: int = 1) -> Post:
    row = PostRow(id="2106.00001", title="T", authors=(), categories=(), score=60, reposts=60, likes=0)
    return Post(date=day, status=state, published_at=T2, updated_at=T2, run=T2, papers=9, rows=(row,) * rows)


def days(told: Status) -> dict[str, str]:
    return {line.date: line.status for line in told.days}


def test_the_newest_run_is_what_is_told() -> None:
    told = status([run(T3, kind="list", failure="arXiv could not be listed"), run(T2)], [], {})
    assert (told.as_of, told.failure) == (T3, "arXiv could not be listed")
    assert [line.id for line in told.runs] == [T3, T2]
    assert status([run(T3), run(T2, failure="over")], [], {}).failure == ""


@pytest.mark.parametrize(
    ("posted", "told"),
    [(None, "listed"), ("publishing", "listed"), ("published", "published"), ("partial", "partial")],
)
def test_a_listed_day(posted: str | None, told: str) -> None:
    posts = {"2021-06-18": post("2021-06-18", posted, rows=2)} if posted else {}
    (line,) = status([run(T2)], [announcement("2021-06-18")], posts).days
    assert (line.status, line.listed, line.hot) == (told, 9, 2 if posted else 0)


def test_days_without_an_announcement() -> None:
    runs = [
        run(T3, awaited=("2021-06-21",)),
        run(T2, awaited=("2021-06-22",), failure="HTTP 500"),
        run(T1, quiet=("2021-06-17",)),
    ]
    told = status(runs, [], {})
    assert days(told) == {"2021-06-22": "failed", "2021-06-21": "waiting", "2021-06-17": "quiet"}
    assert [line.reason for line in told.days] == ["HTTP 500", "", "no announcement"]


def test_what_a_later_run_found_out_about_a_day_counts() -> None:
    waiting, quiet = run(T1, awaited=("2021-06-18",)), run(T2, quiet=("2021-06-18",))
    assert days(status([quiet, waiting], [], {})) == {"2021-06-18": "quiet"}
    listed = status([quiet, waiting], [announcement("2021-06-18")], {})
    assert days(listed) == {"2021-06-18": "listed"}


def test_ten_days_are_told_newest_first() -> None:
    told = status([run(T2)], [announcement(f"2021-06-{day:02}") for day in range(1, 20)], {})
    assert [line.date for line in told.days] == [f"2021-06-{day:02}" for day in range(19, 9, -1)]


def test_a_source_that_fails_tells_since_when() -> None:
    down = SourceState(state="unavailable", reason="HTTP 500")
    measured = SourceState(state="measured", measured_at=T1)
    sources = {"huggingface": measured, "x": down}
    told = status(
        [run(T3, kind="list"), run(T2, sources=sources)], [announcement("2021-06-17", x=measured)], {}
    )
    x, huggingface = told.sources
    assert (x.name, x.state, x.reason, x.measured_at, x.age_hours) == ("x", "unavailable", "HTTP 500", T1, 25)
    assert (huggingface.name, huggingface.state, huggingface.age_hours) == ("huggingface", "measured", 25)


def test_a_source_that_never_was_measured_has_no_age() -> None:
    (x,) = status([run(T2, sources={"x": SourceState(state="off", reason="no token")})], [], {}).sources
    assert (x.measured_at, x.age_hours, x.reason) == ("", None, "no token")


def test_a_run_tells_what_is_pending() -> None:
    (line,) = status([run(T2, "partial", ("a", "b"), queued=5, listed=("2021-06-18",))], [], {}).runs
    assert (line.status, line.pending, line.queued, line.listed) == ("partial", 2, 5, ("2021-06-18",))


def test_one_of_several_runs_of_a_time_has_an_age_too() -> None:
    state = SourceState(state="measured", measured_at=f"{T1}#2021-06-17")
    (x,) = status([run(f"{T2}#2021-06-18", sources={"x": state})], [], {}).sources
    assert x.age_hours == 24
