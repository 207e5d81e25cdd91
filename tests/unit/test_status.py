"""The status: whether all is well, what comes next, how sources are, what X was asked for, what runs did."""

from __future__ import annotations

from typing import Any

import pytest

from functions.render.status.budget import Archive
from shared.paper import SourceState
from shared.reads import Reads
from tests.unit.status import (
    DOWN,
    FRIDAY,
    LATER,
    MEASURED,
    OFF,
    SATURDAY,
    announcement,
    post,
    run,
    told,
)

DAY = "2021-06-18"


def test_the_newest_run_is_what_is_told_and_holds_for_two_ticks_and_a_half() -> None:
    status = told([run(LATER, kind="list", failure="arXiv could not be listed"), run(SATURDAY)])
    assert (status.as_of, status.failure) == (LATER, "arXiv could not be listed")
    assert status.valid_until == "2021-06-19T11:25:00Z"
    assert told([run(LATER), run(SATURDAY, failure="over")]).failure == ""
    assert told([run(f"{SATURDAY}#2021-06-17")]).as_of == SATURDAY


# --- what comes next -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "next_run", "next_measuring"),
    [
        ([("2021-06-19T03:55:00Z", "list")], "2021-06-19T04:55:00Z", "2021-06-19T07:55:00Z"),
        ([(SATURDAY, "measure")], LATER, "2021-06-20T07:55:00Z"),
        # The measuring of the day was missed: the next tick makes it good.
        ([(LATER, "list")], "2021-06-19T09:55:00Z", "2021-06-19T09:55:00Z"),
        # By hand in the small hours it is done for the day.
        ([("2021-06-19T01:20:30Z", "measure")], "2021-06-19T01:55:00Z", "2021-06-20T07:55:00Z"),
        ([("2021-06-19T23:55:00Z", "list")], "2021-06-20T00:55:00Z", "2021-06-20T07:55:00Z"),
        (
            [("2021-06-19T23:55:00Z", "list"), (SATURDAY, "measure")],
            "2021-06-20T00:55:00Z",
            "2021-06-20T07:55:00Z",
        ),
    ],
)
def test_when_the_next_runs_are(runs: list[tuple[str, Any]], next_run: str, next_measuring: str) -> None:
    sources: dict[str, Any] = {"measure": {"x": MEASURED}, "list": {}}
    status = told([run(at, kind=kind, sources=sources[kind]) for at, kind in runs])
    assert (status.next_run, status.next_measuring) == (next_run, next_measuring)


# --- whether all is well -------------------------------------------------------------------------------


def test_all_is_well() -> None:
    measured = run(SATURDAY, days=(DAY,), sources={"x": OFF, "hackernews": MEASURED, "huggingface": DOWN})
    status = told([measured], [announcement(DAY)], [post(DAY)])
    assert (status.ok, status.problems) == (True, ()), "one source that is down is no reason"


def test_a_newest_run_that_could_not_list_is_a_problem_told_once() -> None:
    failure = "arXiv could not be listed (OAI-PMH: HTTP 500)"
    failed = run(LATER, kind="list", awaited=(DAY,), failure=failure)
    status = told([failed], [announcement("2021-06-17")], [post("2021-06-17")])
    assert (status.ok, status.problems) == (False, (f"{failure}.",))
    # It can be listed again: the day waits, and all is well.
    assert told([run("2021-06-19T09:55:00Z", awaited=(DAY,)), failed]).ok


@pytest.mark.parametrize(("at", "ok"), [("2021-06-24T23:55:00Z", False), ("2021-06-25T00:55:00Z", True)])
def test_a_partial_day_is_a_problem_for_a_week(at: str, ok: bool) -> None:
    status = told([run(at)], [announcement(DAY)], [post(DAY, "partial", unfinished=(SATURDAY,))])
    assert status.ok is ok
    if not ok:
        assert status.problems == (f"{DAY} is partial: papers of the run {SATURDAY} did not arrive.",)


def test_a_failed_day_is_a_problem() -> None:
    status = told([run(SATURDAY)], [announcement(DAY, hackernews=DOWN)])
    assert status.problems == (f"{DAY} is failed: no source could be measured (Hacker News: HTTP 500).",)


@pytest.mark.parametrize(("at", "ok"), [("2021-06-20T09:55:00Z", True), ("2021-06-20T10:55:00Z", False)])
def test_measuring_that_stopped_is_a_problem(at: str, ok: bool) -> None:
    measured = run(SATURDAY, sources={"x": MEASURED})
    status = told([run(at, kind="list"), measured])
    assert status.ok is ok
    assert status.problems == (() if ok else ("Nothing was measured since 2021-06-19 07:55 UTC.",))
    assert told([run(at, kind="list")]).ok, "it has never begun"


@pytest.mark.parametrize(("minutes", "ok"), [("60", False), ("61", True)])
def test_a_run_that_does_not_end_is_a_problem_once_its_time_is_over(minutes: str, ok: bool) -> None:
    runs = [run(LATER, kind="date"), run(SATURDAY, "open", ("a", "b"))]
    status = told(runs, settings={"RUN_DEADLINE_MINUTES": minutes})
    assert status.problems == (() if ok else (f"The run {SATURDAY} is overdue: papers pending: 2.",))


def test_no_source_at_all_at_the_last_measuring_is_a_problem() -> None:
    runs = [
        run(LATER, kind="list"),
        run(SATURDAY, sources={"x": OFF, "hackernews": DOWN, "huggingface": DOWN}),
    ]
    assert told(runs).problems == (
        "At the last measuring: no source could be measured (Hacker News: HTTP 500; Hugging Face: HTTP 500).",
    )


# --- the sources ---------------------------------------------------------------------------------------


def test_a_source_that_fails_tells_what_was_measured_last_and_since_when_it_fails() -> None:
    runs = [
        run(LATER, kind="list", days=(DAY,)),
        run(SATURDAY, sources={"huggingface": MEASURED, "x": DOWN}),
        run(FRIDAY, sources={"huggingface": MEASURED, "x": DOWN}),
        run("2021-06-17T07:55:00Z", sources={"huggingface": DOWN, "x": MEASURED}),
    ]
    before = SourceState(state="measured", measured_at="2021-06-17T07:55:00Z")
    x, huggingface = told(runs, [announcement("2021-06-17", x=before)]).sources
    assert (x.name, x.state, x.reason, x.measured_at) == ("x", "unavailable", "HTTP 500", before.measured_at)
    assert (x.age_hours, x.since) == (49, FRIDAY)
    assert (huggingface.name, huggingface.state, huggingface.age_hours) == ("huggingface", "measured", 25)
    assert huggingface.since == ""


def test_since_when_is_not_told_where_the_runs_do_not_reach_back_so_far() -> None:
    runs = [run(SATURDAY, sources={"x": DOWN})]
    (x,) = told(runs, [announcement("2021-06-04", x=MEASURED)]).sources
    assert x.since == ""
    (x,) = told(runs).sources
    assert x.since == SATURDAY, "it has never been measured"


def test_a_source_that_never_was_measured_has_no_age() -> None:
    (x,) = told([run(SATURDAY, sources={"x": OFF})]).sources
    assert (x.measured_at, x.age_hours, x.reason, x.since) == ("", None, "no token", "")


def test_a_day_of_long_ago_says_nothing_of_how_a_source_is() -> None:
    old = run(LATER, kind="date", days=("2020-01-06",), sources={"x": DOWN})
    assert told([old]).sources[0].state == "unavailable", "nothing else is known"
    (x,) = told([old, run(SATURDAY, sources={"x": MEASURED})]).sources
    assert x.state == "measured"
    recent = run(LATER, kind="date", days=(DAY,), sources={"x": DOWN})
    (x,) = told([recent, run(SATURDAY, sources={"x": MEASURED})]).sources
    assert (x.state, x.since) == ("unavailable", LATER)


def test_one_of_several_runs_of_a_time_has_an_age_too() -> None:
    state = SourceState(state="measured", measured_at=f"{FRIDAY}#2021-06-17")
    (x,) = told([run(f"{SATURDAY}#2021-06-18", sources={"x": state})]).sources
    assert x.age_hours == 24


# --- what X was asked for ------------------------------------------------------------------------------


def test_what_x_was_asked_for_in_the_month_and_by_the_last_measuring() -> None:
    runs = [run(LATER, kind="list"), run(SATURDAY, sources={"x": MEASURED}, posts_read=32, users_read=2)]
    x = told(runs, reads=Reads(posts=58, users=3, units=64), settings={"X_POSTS_PER_MONTH": "100"}).x
    assert x is not None
    assert (x.month, x.posts, x.users, x.cap, x.bill) == ("2021-06", 58, 3, 100, 0.32)
    assert (x.last.run, x.last.posts, x.last.users, x.last.bill) == (SATURDAY, 32, 2, 0.18)
    dear = told(runs, reads=Reads(posts=58, users=3), settings={"X_POST_PRICE": "1", "X_USER_PRICE": "0"}).x
    assert dear is not None
    assert dear.bill == 58


def test_what_was_read_of_the_full_archive_stands_apart() -> None:
    runs = [run(SATURDAY, sources={"x": MEASURED})]
    of_archive = Reads(posts=375, users=2, units=379)
    x = told(runs, reads=Reads(posts=58), of_archive=of_archive, settings={"X_ARCHIVE_POSTS": "2000"}).x
    assert x is not None
    assert (x.posts, x.bill) == (58, 0.29)
    assert x.archive == Archive(posts=375, users=2, cap=2_000, bill=1.9)
    x = told(runs).x
    assert x is not None
    assert x.archive is None
    # Forbidden again, it still has its bill.
    x = told(runs, of_archive=of_archive).x
    assert x is not None
    assert x.archive == Archive(posts=375, users=2, cap=0, bill=1.9)


@pytest.mark.parametrize("sources", [{}, {"x": OFF}, {"hackernews": MEASURED}])
def test_nothing_is_told_of_x_where_it_is_off(sources: dict[str, SourceState]) -> None:
    assert told([run(SATURDAY, sources=sources)], reads=Reads(posts=1)).x is None
    assert told([run(SATURDAY, sources={"x": DOWN})], reads=Reads(posts=1)).x is not None


# --- the runs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "word", "reason"),
    [
        (run(SATURDAY, "open", ("a",), (DAY,)), "waiting", ""),
        (run(SATURDAY, days=(DAY,)), "published", ""),
        (run(SATURDAY), "quiet", ""),
        # Listed, and published by a later one.
        (run(FRIDAY, days=(DAY,)), "quiet", ""),
        (run(SATURDAY, "partial", ("a", "b"), (DAY,)), "partial", "papers that did not arrive: 2"),
        (run(SATURDAY, days=(DAY,), failure="HTTP 500"), "failed", "HTTP 500"),
        (
            run(SATURDAY, sources={"hackernews": DOWN, "x": OFF}),
            "failed",
            "no source could be measured (Hacker News: HTTP 500)",
        ),
        (run(SATURDAY, days=(DAY,), sources={"hackernews": DOWN, "x": MEASURED}), "published", ""),
    ],
)
def test_what_became_of_a_run(state: Any, word: str, reason: str) -> None:
    (line,) = told([state], [announcement(DAY)], [post(DAY)]).runs
    assert (line.status, line.reason) == (word, reason)


def test_a_run_publishes_nothing_while_the_post_is_being_written() -> None:
    (line,) = told([run(SATURDAY, days=(DAY,))], [announcement(DAY)], [post(DAY, "publishing")]).runs
    assert line.status == "quiet"


def test_a_run_tells_what_it_did() -> None:
    state = run(
        SATURDAY,
        "partial",
        ("a", "b"),
        queued=5,
        listed=(DAY,),
        requests={"arxiv": 2},
        posts_read=7,
        users_read=1,
    )
    (line,) = told([state]).runs
    assert (line.id, line.kind, line.pending, line.queued, line.listed) == (SATURDAY, "measure", 2, 5, (DAY,))
    assert (line.requests, line.posts_read, line.users_read) == ({"arxiv": 2}, 7, 1)


def test_thirty_runs_are_told_newest_first() -> None:
    runs = [
        run(f"2021-06-{day:02}T{hour:02}:55:00Z", kind="list") for day in (2, 1) for hour in range(23, -1, -1)
    ]
    assert [line.id for line in told(runs).runs] == [state.run.id for state in runs[:30]]
