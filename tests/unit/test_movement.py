"""How papers have moved: from their history, and only of a post that was there before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from functions.render import site
from functions.render.day import Day, HotPaper, hot_papers
from functions.render.movement import with_movement
from functions.render.reading import read_day
from shared import history, table
from shared.history import HistoryPoint
from shared.paper import Counts, Measured, Mention, Paper, SourceState
from shared.settings import Settings
from shared.table import Post

PUBLISHED, CHANGED = "2021-06-19T07:55:00Z", "2021-06-21T07:55:00Z"


def measured(measured_at: str = CHANGED, **scores: int) -> list[Measured]:
    return [
        Measured(
            paper=Paper(
                id=f"2106.{name[1:]}", title=name, authors=(), categories=("cs.LG",), listed="2021-06-18"
            ),
            mentions=(Mention(source="huggingface", id=name, counts=Counts(upvotes=score)),),
            score=score,
            measured_at=measured_at,
        )
        for name, score in scores.items()
    ]


def hot(**scores: int) -> tuple[HotPaper, ...]:
    return hot_papers(Settings(), measured(CHANGED, **scores))


def points(**scores: dict[str, int]) -> dict[str, dict[str, HistoryPoint]]:
    return {
        f"2106.{name[1:]}": {date: HistoryPoint(score=score) for date, score in of_paper.items()}
        for name, of_paper in scores.items()
    }


def told(papers: Iterable[HotPaper]) -> list[Any]:
    return [one.movement for one in papers]


def test_places_are_those_among_the_same_papers_and_one_that_was_not_hot_is_new() -> None:
    papers = hot(p00001=500, p00002=120, p00003=90, p00004=60)
    past = points(
        p00001={"2021-06-19": 20},
        p00002={"2021-06-19": 55, "2021-06-20": 70},
        p00003={"2021-06-20": 110},
    )
    assert told(with_movement(papers, past, 50)) == ["new", 0, -2, "new"]


def test_equal_scores_stand_by_their_ids_then_as_now() -> None:
    papers = hot(p00001=90, p00002=80)
    past = points(p00001={"2021-06-20": 70}, p00002={"2021-06-20": 70})
    assert told(with_movement(papers, past, 50)) == [0, 0]


def test_without_any_history_nothing_has_moved() -> None:
    assert told(with_movement(hot(p00001=90, p00002=80), {}, 50)) == [None, None]


@pytest.fixture(name="asked")
def _asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The table with one point of history; what is asked of it."""
    asked: list[Any] = []

    def histories(papers: Iterable[str], dates: list[str]) -> dict[str, dict[str, HistoryPoint]]:
        asked.append((list(papers), dates))
        return points(p00001={"2021-06-20": 60, "2021-06-21": 200})

    monkeypatch.setattr(history, "of_papers", histories)
    return asked


def read(monkeypatch: pytest.MonkeyPatch, papers: Iterable[Measured]) -> Day:
    """A day as it is read while it lives."""
    monkeypatch.setattr(table, "papers", lambda _date, **_from: papers)
    post = Post(
        date="2021-06-18",
        status="published",
        published_at=PUBLISHED,
        updated_at=PUBLISHED,
        run=PUBLISHED,
        papers=9,
    )
    return read_day(Settings(), post, listed=9, sources={}, is_partial=False)


def test_what_is_asked_are_the_days_that_a_post_lives_and_that_of_the_change(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    day = read(monkeypatch, measured("2021-07-02T10:00:00Z", p00001=200))
    assert asked == [(["2106.00001"], [*(f"2021-06-{day}" for day in range(18, 26)), "2021-07-02"])]
    assert set(day.papers[0].history) == {"2021-06-20", "2021-06-21"}


def test_places_are_those_before_the_day_of_the_change(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # On the 21st it had 200: that is the change itself, and no place to have come from.
    day = read(monkeypatch, measured(p00001=200, p00002=100))
    assert told(day.papers) == [0, "new"]


@pytest.mark.parametrize("measured_at", ["2021-06-19T07:55:00Z", "2021-06-18T07:55:00Z"])
def test_a_post_that_has_not_changed_since_its_first_day_tells_no_movement(
    asked: list[Any], monkeypatch: pytest.MonkeyPatch, measured_at: str
) -> None:
    assert told(read(monkeypatch, measured(measured_at, p00001=60)).papers) == [None]
    asked.clear()
    assert read(monkeypatch, ()).papers == ()
    assert asked == []


def test_pages_tell_it_in_signs_and_in_words() -> None:
    papers = with_movement(
        hot(p00001=500, p00002=120, p00003=90, p00004=80),
        points(p00002={"2021-06-20": 99}, p00003={"2021-06-20": 100}, p00004={"2021-06-20": 98}),
        50,
    )
    assert told(papers) == ["new", 0, -2, -1]
    state = {"huggingface": SourceState(state="measured", measured_at=CHANGED)}
    day = Day(
        date="2021-06-18", published_at=PUBLISHED, listed=9, is_partial=False, sources=state, papers=papers
    )
    page = site.day_objects(Settings(), day, older="", newer="")["2021-06-18.html"].body.decode()
    assert page.count('class="moved"') == 6, "at a glance, and where the papers stand"
    assert '<span class="moved">new</span>' in page
    assert '<span aria-hidden="true">▼2</span><span class="unseen">down 2 since the day before</span>' in page
