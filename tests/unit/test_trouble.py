"""What somebody has to look at: each reason when there is one, how long, and not otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from functions.render.trouble import cannot_list, is_overdue, troubles
from shared import clock, settings
from shared.paper import SourceState
from shared.run_states import Run, RunDay, RunKind, RunState
from shared.table import Post
from tests.unit.status import MEASURED, announcement, post


def run(hour: int, failure: str = "", kind: RunKind = "list") -> RunState:
    name = f"2021-06-{18 + hour // 24}T{hour % 24:02}:55:00Z"
    return RunState(
        run=Run(id=name, kind=kind, failure=failure), status="complete", revision=0, pending=frozenset()
    )


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        (range(4, 25), True),
        (range(4, 24), False),
        (range(0), False),
        ([24], False),
        ([hour for hour in range(25) if hour != 12], False),
    ],
)
def test_arxiv_that_cannot_be_had_for_long_is_told(failing: list[int], told: bool) -> None:
    runs = [run(hour, "HTTP 403" if hour in failing else "") for hour in range(24, -1, -1)]
    assert cannot_list(runs) is told
    assert cannot_list([]) is False


def test_a_day_by_hand_says_nothing_of_the_others() -> None:
    runs = [run(24, "HTTP 403"), run(24, "", "date"), *(run(hour, "HTTP 403") for hour in range(23, 2, -1))]
    assert cannot_list(runs) is True


@pytest.mark.parametrize(
    ("moment", "published", "overdue"),
    [
        ("2021-06-19T11:54:00Z", False, False),
        ("2021-06-19T11:55:00Z", False, True),
        ("2021-06-19T11:55:00Z", True, False),
        ("2021-06-25T23:55:00Z", False, True),
        ("2021-06-26T00:55:00Z", False, False),  # given up, or filled in by hand
    ],
)
def test_a_post_is_overdue_by_noon(moment: str, published: bool, overdue: bool) -> None:
    there = {"2021-06-18"} if published else set()
    known = [announcement("2021-06-18")]
    assert is_overdue(settings.Settings(), known, there, clock.parse_iso(moment)) is overdue


# --- what was given up: seen by the newest of the ticks from 07:55 on ----------------------------------

NOON = 24 + 12


def ticks(*hours: int, **changed: Any) -> list[RunState]:
    """Ticks at 55 past some hours after midnight of the 18th, newest first; the oldest is another."""
    first, *others = sorted(hours)
    return [run(hour) for hour in reversed(others)] + [measured(first, **changed)]


def measured(hour: int, status: Any = "complete", **more: Any) -> RunState:
    """A run that measured and names the 17th, whose post was due hours before."""
    tick = run(hour)
    values: dict[str, Any] = {"id": tick.run.id, "kind": "measure"} | more
    values.setdefault("days", (RunDay(date="2021-06-17", papers=9, sources={"x": MEASURED}),))
    return RunState(run=Run(**values), status=status, revision=0, pending=frozenset())


def told(runs: list[RunState], *posts: Post) -> tuple[str, ...]:
    by_date = {one.date: one for one in posts}
    now = clock.run_time(runs[0].run.id)
    return troubles(settings.Settings(), runs, [], by_date, by_date.keys(), now)


def rendered(hour: int, **more: Any) -> Post:
    """The 17th's post, of which an hour's run was the newest rendered."""
    return post("2021-06-17", at=run(hour).run.id, **more)


def test_where_all_is_well_nothing_is_told() -> None:
    assert told(ticks(*range(8, NOON)), rendered(8)) == ()
    assert told([measured(8)]) == (), "it is being rendered"


@pytest.mark.parametrize(("age", "status", "words"), [(1, "partial", 1), (23, "partial", 1), (1, "open", 0)])
def test_papers_that_did_not_arrive_are_told_for_a_day(age: int, status: str, words: int) -> None:
    found = told(ticks(*range(NOON - age, NOON + 1), status=status), rendered(NOON - age))
    assert found == ("papers did not arrive",) * words


def test_papers_that_did_not_arrive_are_told_no_longer_than_a_day() -> None:
    assert told(ticks(*range(NOON - 24, NOON + 1), status="partial"), rendered(NOON - 24)) == ()


@pytest.mark.parametrize(("since", "words"), [(0, 1), (5, 1), (6, 0)])
def test_a_tick_that_was_lost_is_told_for_hours(since: int, words: int) -> None:
    after = range(NOON - since, NOON + 1)
    before = range(NOON - since - 12, NOON - since - 1)
    runs = [run(hour) for hour in reversed((*before, *after))]
    assert told(runs) == ("a tick was lost",) * words
    by_hand = run(NOON - since - 1, kind="date")
    assert told(sorted([*runs, by_hand], key=lambda one: one.run.id, reverse=True)) == (
        ("a tick was lost",) * words
    ), "a day by hand is no tick"


@pytest.mark.parametrize(
    ("hours", "there", "words"),
    [
        (3, rendered(3), 1),  # its post is of a run before
        (2, rendered(3), 0),  # it may still come
        (23, rendered(3), 1),
        (24, rendered(3), 0),
        (3, rendered(NOON - 3), 0),
        (3, rendered(NOON - 1), 0),  # a later run did its work
        (3, rendered(3, is_behind=True), 0),
        (3, None, 1),
    ],
)
def test_a_run_that_was_not_rendered_is_told_for_a_day(hours: int, there: Post | None, words: int) -> None:
    runs = ticks(*range(NOON - hours, NOON + 1))
    assert told(runs, *[there] if there else []) == ("a run was not rendered",) * words


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "list"},
        {"days": (RunDay(date="2021-06-19", papers=9, sources={"x": MEASURED}),)},
        {"days": (RunDay(date="2021-06-17", papers=9, sources={"x": SourceState(state="off")}),)},
    ],
    ids=["listed only", "too young", "not measured"],
)
def test_a_day_that_a_run_does_not_publish_is_not_missed(more: dict[str, Any]) -> None:
    assert told(ticks(*range(NOON - 5, NOON + 1), **more)) == ()


def test_a_post_that_was_not_read_says_nothing() -> None:
    runs = ticks(*range(NOON - 5, NOON + 1))
    now = clock.run_time(runs[0].run.id)
    assert troubles(settings.Settings(), runs, [], {}, {"2021-06-17"}, now) == ()
