"""The charts of a year."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from defusedxml import ElementTree

from functions.render.year_chart import attention, categories
from shared.shelf import DayTotal

DAYS = {
    "2020-12-31": DayTotal(9_999, 9, {"cs.SE": 9}),
    "2021-01-01": DayTotal(50, 1, {"cs.LG": 1}),
    "2021-06-18": DayTotal(200, 3, {"cs.LG": 1, "cs.CV": 2}),
    "2021-06-21": DayTotal(0, 0),
    "2021-12-31": DayTotal(100, 2, {f"cs.{code}": 1 for code in ("AI", "CL", "DB", "HC", "IR", "RO")}),
}


def numbers(svg: str) -> list[float]:
    return [
        float(number) for path in re.findall(r' d="M([^"]+)"', svg) for number in re.findall(r"[\d.]+", path)
    ]


def test_each_day_has_its_bar_and_other_years_none() -> None:
    svg = attention("2021", DAYS)
    assert re.findall(r"<title>(.*?)</title>", svg) == [
        "2021-01-01: score 50",
        "2021-06-18: score 200",
        "2021-12-31: score 100",
    ]
    assert re.findall(r'd="M([\d.]+) 150v-([\d.]+)"', svg) == [
        ("1.0", "37.5"),
        ("331.5", "150.0"),
        ("717.0", "75.0"),
    ]
    assert 'aria-label="The attention of each day of 2021; most on 2021-06-18: score 200"' in svg


def test_each_month_has_its_categories_one_above_the_other() -> None:
    svg = categories("2021", DAYS)
    told = re.findall(r"<title>(.*?)</title>", svg)
    assert told[:3] == ["2021-01: cs.CV 1", "2021-01: cs.LG 1", "2021-06: cs.CV 2"] or told[:3] == [
        "2021-01: cs.LG 1",
        "2021-06: cs.CV 2",
        "2021-06: cs.LG 1",
    ]
    # Six have a colour, by how many papers they have and then by name; what is left is one.
    assert re.findall(r'<li class="c(\d)">(.*?)</li>', svg) == [
        ("0", "cs.CV"),
        ("1", "cs.LG"),
        ("2", "cs.AI"),
        ("3", "cs.CL"),
        ("4", "cs.DB"),
        ("5", "cs.HC"),
        ("6", "others"),
    ]
    assert told[-1] == "2021-12: others 2"
    tops = re.findall(r'd="M690.0 ([\d.]+)v-([\d.]+)"', svg)
    assert float(tops[0][0]) == 150
    for (bottom, height), (next_bottom, _) in pairwise(tops):
        assert float(bottom) - float(height) == pytest.approx(float(next_bottom), abs=0.2)


@pytest.mark.parametrize("draw", [attention, categories])
def test_it_is_well_formed_and_within_its_box(draw: object) -> None:
    svg = str(draw("2021", DAYS))  # type: ignore[operator]
    root = ElementTree.fromstring(f"<div>{svg}</div>")
    assert root[0].get("viewBox") == "0 0 720 172"
    assert all(0 <= number <= 720 for number in numbers(svg))


@pytest.mark.parametrize("draw", [attention, categories])
@pytest.mark.parametrize(
    "days",
    [{}, {"2021-06-18": DAYS["2021-06-18"]}, {"2021-05-18": DayTotal(0, 0), "2021-06-18": DayTotal(0, 0)}],
)
def test_nothing_is_drawn_of_too_little(draw: object, days: dict[str, DayTotal]) -> None:
    assert draw("2021", days) == ""  # type: ignore[operator]
