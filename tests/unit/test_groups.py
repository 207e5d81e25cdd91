"""Days and papers by week, month, year and category."""

from __future__ import annotations

import pytest

from functions.render import groups
from functions.render.groups import Cell, Placed
from tests.unit.days import post, row


@pytest.mark.parametrize(
    ("day", "week", "days"),
    [
        ("2021-06-18", "2021-W24", ("2021-06-14", "2021-06-18")),
        ("2021-01-01", "2020-W53", ("2020-12-28", "2021-01-01")),
        ("2021-01-04", "2021-W01", ("2021-01-04", "2021-01-08")),
        ("2024-12-30", "2025-W01", ("2024-12-30", "2025-01-03")),
        ("2022-12-30", "2022-W52", ("2022-12-26", "2022-12-30")),
    ],
)
def test_a_week_belongs_to_the_year_that_has_most_of_it(day: str, week: str, days: tuple[str, str]) -> None:
    assert groups.week(day) == week
    assert groups.week_days(week) == days


def test_weeks_stand_in_the_order_of_time() -> None:
    days = ["2020-12-24", "2021-01-01", "2021-01-08", "2021-03-05", "2021-12-31", "2022-01-03"]
    weeks = [groups.week(day) for day in days]
    assert weeks == sorted(weeks)


def test_neighbours_are_the_nearest_of_what_there_is() -> None:
    names = ["2021-06-18", "2021-06-25", "2021-06-15", "2021-06-21"]
    assert groups.neighbours("2021-06-18", names) == ("2021-06-15", "2021-06-21")
    assert groups.neighbours("2021-06-15", names) == ("", "2021-06-18")
    assert groups.neighbours("2021-06-25", names) == ("2021-06-21", "")
    assert groups.neighbours("2021-06-19", names) == ("2021-06-18", "2021-06-21"), "one that is not there yet"
    assert groups.neighbours("2021-06-19", []) == ("", "")


# --- papers ------------------------------------------------------------------------------------------

POSTS = [
    post("2021-06-17", row("2106.00001", score=90), row("2106.00002", score=60)),
    post("2021-06-18", row("2106.00003", score=80, categories=("cs.CL", "stat.ML")), row("2106.00009")),
]


def ids(placed: list[Placed]) -> list[tuple[str, str, int]]:
    return [(one.row.id, one.date, one.rank) for one in placed]


@pytest.mark.parametrize(
    ("day", "days", "found"),
    [
        ("2022-06-17", ["2021-06-10", "2021-06-17", "2021-06-18"], "2021-06-17"),
        ("2022-06-20", ["2021-06-17", "2021-06-21"], "2021-06-17"),
        ("2022-06-20", ["2021-06-13", "2021-06-21"], ""),
        ("2024-02-29", ["2023-02-27", "2023-02-28", "2023-03-01"], "2023-02-28"),
        ("2022-06-17", [], ""),
    ],
)
def test_a_year_before_is_the_last_day_of_the_week_up_to_then(day: str, days: list[str], found: str) -> None:
    assert groups.year_before(day, days) == found


def test_papers_keep_their_day_and_their_rank_there() -> None:
    assert ids(groups.placed(POSTS)) == [
        ("2106.00001", "2021-06-17", 1),
        ("2106.00002", "2021-06-17", 2),
        ("2106.00003", "2021-06-18", 1),
        ("2106.00009", "2021-06-18", 2),
    ]


def test_the_top_stands_by_score_and_ties_by_id() -> None:
    order = ["2106.00001", "2106.00003", "2106.00002", "2106.00009"]
    assert [one.row.id for one in groups.top(groups.placed(POSTS))] == order
    assert [one.row.id for one in groups.top(groups.placed(reversed(POSTS)))] == order
    assert [one.row.id for one in groups.top(groups.placed(POSTS), 2)] == order[:2]


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (70, 95, ("2021-06-18", 1)),
        (95, 70, ("2021-06-17", 1)),
        (80, 80, ("2021-06-18", 1)),
    ],
)
def test_a_paper_on_two_days_stands_once_where_it_came_highest(
    then: int, now: int, expected: tuple[str, int]
) -> None:
    posts = [
        post("2021-06-17", row("2106.00001", score=then), row("2106.00002", score=60)),
        post("2021-06-18", row("2106.00001", score=now)),
    ]
    for order in (posts, posts[::-1]):
        first, second = groups.top(groups.placed(order))
        assert (first.row.id, first.date, first.rank) == ("2106.00001", *expected)
        assert second.row.id == "2106.00002"
    assert len(groups.top(groups.placed(posts), 1)) == 1


def test_days_stand_newest_first_and_their_papers_by_rank() -> None:
    days = groups.by_day(reversed(groups.placed(POSTS)))
    assert [(date, [one.rank for one in placed]) for date, placed in days] == [
        ("2021-06-18", [1, 2]),
        ("2021-06-17", [1, 2]),
    ]


def test_a_category_has_its_cross_lists() -> None:
    assert ids(groups.of_category(POSTS, "stat.ML")) == [("2106.00003", "2021-06-18", 1)]
    assert len(groups.of_category(POSTS, "cs.LG")) == 3
    assert groups.of_category(POSTS, "cs") == [], "an archive is no category"


# --- the calendar ------------------------------------------------------------------------------------


def test_a_month_has_the_weeks_of_its_working_days() -> None:
    (month,) = groups.calendar("2021", {"2021-06-18": (100, 3)})
    assert month.name == "2021-06"
    dates = [[cell.date[8:] if cell else "" for cell in week] for week in month.weeks]
    assert dates == [
        ["", "01", "02", "03", "04"],
        ["07", "08", "09", "10", "11"],
        ["14", "15", "16", "17", "18"],
        ["21", "22", "23", "24", "25"],
        ["28", "29", "30", "", ""],
    ]


def test_a_week_that_has_only_its_weekend_in_the_month_is_left_out() -> None:
    # The 1st and 2nd of May 2021 are Saturday and Sunday; January 2021 begins with a Friday.
    (may,) = groups.calendar("2021", {"2021-05-03": (1, 1)})
    assert [cell and cell.date for cell in may.weeks[0]] == [f"2021-05-0{day}" for day in range(3, 8)]
    (january,) = groups.calendar("2021", {"2021-01-04": (1, 1)})
    assert [bool(cell) for cell in january.weeks[0]] == [False, False, False, False, True]
    assert january.weeks[-1][0] == Cell("2021-01-25")


def test_a_month_with_a_post_of_a_weekend_has_weekends() -> None:
    days = {"2021-05-01": (1.0, 1), "2021-05-03": (2.0, 1), "2021-06-18": (1.0, 1)}
    june, may = groups.calendar("2021", days)
    assert [bool(cell) for cell in may.weeks[0]] == [False] * 5 + [True, True]
    assert may.weeks[0][5] == Cell("2021-05-01", 1.0, 1, 1)
    assert {len(week) for week in may.weeks} == {7}
    assert {len(week) for week in june.weeks} == {5}


def test_months_stand_newest_first_and_only_where_there_are_posts() -> None:
    days = {"2021-06-18": (1.0, 1), "2021-01-04": (1.0, 1), "2021-12-31": (1.0, 1), "2022-01-03": (1.0, 1)}
    assert [month.name for month in groups.calendar("2021", days)] == ["2021-12", "2021-06", "2021-01"]
    assert [month.name for month in groups.calendar("2022", days)] == ["2022-01"]
    assert groups.calendar("2020", days) == ()


def cells(year: str, days: dict[str, tuple[float, int]]) -> dict[str, Cell]:
    shown = groups.calendar(year, days)
    return {cell.date: cell for month in shown for week in month.weeks for cell in week if cell}


def test_the_shades_part_the_days_with_papers_in_four() -> None:
    days = {f"2021-06-{14 + number:02}": (10.0 * (number + 1), number + 1) for number in range(4)}
    days |= {f"2021-06-{21 + number:02}": (50.0 + 10 * number, 9) for number in range(4)}
    found = cells("2021", days)
    assert [found[day].shade for day in days] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert found["2021-06-15"] == Cell("2021-06-15", 20.0, 2, 1)


def test_days_alike_have_one_shade_and_empty_ones_none() -> None:
    days = {"2021-06-17": (0.0, 0), "2021-06-18": (50.0, 2), "2021-06-21": (50.0, 1)}
    found = cells("2021", days)
    assert [found[day].shade for day in days] == [0, 1, 1]
    assert found["2021-06-17"] == Cell("2021-06-17", 0.0, 0, 0), "it has a post"
    assert found["2021-06-16"].total is None, "it has none"
    assert cells("2021", {"2021-06-17": (0.0, 0)})["2021-06-17"].shade == 0


def test_a_years_shades_do_not_change_with_other_years() -> None:
    days = {f"2021-06-{14 + number}": (10.0 * (number + 1), 1) for number in range(4)}
    later = {f"2022-06-{13 + number}": (1000.0, 1) for number in range(5)}
    assert cells("2021", days) == cells("2021", days | later)
