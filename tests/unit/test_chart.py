"""Attention over time as SVG."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree

from functions.render.chart import Points, chart, points, spark
from shared.history import HistoryPoint

RISING = [("2021-06-19", 50.0), ("2021-06-21", 75.0), ("2021-06-22", 200.0)]


def coordinates(svg: Any) -> list[tuple[float, float]]:
    (line,) = [one for one in svg.iter() if one.tag == "polyline"]
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in line.get("points", "").split())]


@pytest.mark.parametrize("draw", [spark, chart])
@pytest.mark.parametrize("scores", [[], RISING[:1]])
def test_one_point_is_no_line(draw: Any, scores: Points) -> None:
    assert draw(scores) == ""


@pytest.mark.parametrize(
    "scores",
    [
        RISING,
        RISING[::-1],
        [("2021-06-19", 0.0), ("2021-06-20", 0.0)],
        [("2021-06-19", 0.1), ("2021-06-20", 1e9)],
        [(f"2021-06-{day:02}", float(day)) for day in range(1, 31)],
    ],
)
@pytest.mark.parametrize("draw", [spark, chart])
def test_it_is_svg_that_stays_within_its_box(draw: Any, scores: Points) -> None:
    svg = ElementTree.fromstring(draw(scores))
    assert svg.tag == "svg"
    assert svg.get("role") == "img"
    left, top, width, height = map(float, svg.get("viewBox", "").split())
    line = coordinates(svg)
    assert len(line) == len(scores)
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert all(left <= x <= left + width and top <= y <= top + height for x, y in line)
    # Styles that stand in a page are forbidden by its policy.
    assert [one for one in svg.iter() if one.get("style")] == []


@pytest.mark.parametrize("draw", [spark, chart])
def test_the_highest_score_is_at_the_top_and_zero_at_the_bottom(draw: Any) -> None:
    line = coordinates(ElementTree.fromstring(draw([("2021-06-19", 0.0), *RISING])))
    heights = [y for _, y in line]
    assert heights == sorted(heights, reverse=True)
    bottom, top = heights[0], heights[-1]
    # 50 of 200 is a quarter of the way up.
    assert bottom - heights[1] == pytest.approx((bottom - top) / 4, abs=0.1)
    flat = coordinates(ElementTree.fromstring(draw([("2021-06-19", 0.0), ("2021-06-20", 0.0)])))
    assert {y for _, y in flat} == {bottom}


def test_it_says_in_words_what_it_shows() -> None:
    assert ElementTree.fromstring(spark(RISING)).get("aria-label") == "Score from 50 to 200 since 2021-06-19"
    svg = ElementTree.fromstring(chart([*RISING, ("2021-06-23", 1234.5)]))
    assert svg.get("aria-label") == "Score by date, from 50 to 1,234.5, at most 1,234.5"
    titles = [one.text for one in svg.iter() if one.tag == "title"]
    assert titles == ["2021-06-19: 50", "2021-06-21: 75", "2021-06-22: 200", "2021-06-23: 1,234.5"]
    assert [one.text for one in svg.iter() if one.tag == "text"] == [
        *("50", "1,234", "2021-06-19", "2021-06-23"),
    ]


def test_points_are_the_history_up_to_now_and_what_is_now() -> None:
    history = {
        day: HistoryPoint(score=score)
        for day, score in (("2021-06-22", 60), ("2021-06-20", 50), ("2021-06-23", 10))
    }
    assert points(history, "2021-06-22", 80) == [("2021-06-20", 50), ("2021-06-22", 80)]
    assert points({}, "2021-06-22", 80) == [("2021-06-22", 80)]
