"""Days and papers put together by week, month, year and category: plain functions over compact rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec import Struct

from functions.render.day import in_order
from shared import clock
from shared.table import Post, PostRow


class Placed(Struct, frozen=True):
    """A hot paper with the day it belongs to and its rank there."""

    date: str
    rank: int
    row: PostRow


def placed(posts: Iterable[Post]) -> list[Placed]:
    """All papers of some posts."""
    return [Placed(post.date, rank, row) for post in posts for rank, row in enumerate(post.rows, 1)]


def top(papers: Iterable[Placed], most: int = 0) -> list[Placed]:
    """Papers by score, ties by id, as in a post; the highest only, if `most` is given. Each paper once."""
    best: dict[str, Placed] = {}
    for one in papers:
        known = best.get(one.row.id)
        if known is None or (one.row.score, one.date) > (known.row.score, known.date):
            best[one.row.id] = one
    order = in_order((one.row.score, paper_id) for paper_id, one in best.items())
    return [best[paper_id] for _, paper_id in (order[:most] if most else order)]


def by_day(papers: Iterable[Placed]) -> list[tuple[str, list[Placed]]]:
    """Papers by their days, the newest day first, in a day by rank."""
    days: dict[str, list[Placed]] = {}
    for one in papers:
        days.setdefault(one.date, []).append(one)
    return [(day, sorted(days[day], key=lambda one: one.rank)) for day in sorted(days, reverse=True)]


def of_category(posts: Iterable[Post], category: str) -> list[Placed]:
    """The papers of some posts that have a category, cross-lists included."""
    return [
        Placed(post.date, rank, row)
        for post in posts
        for rank, row in enumerate(post.rows, 1)
        if category in row.categories
    ]


def week(day: str) -> str:
    """The ISO week of a date: 2021-W24."""
    year, number, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{number:02}"


def week_days(name: str) -> tuple[str, str]:
    """Monday and Friday of an ISO week."""
    year, number = name.split("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    return monday.isoformat(), (monday + timedelta(days=4)).isoformat()


def month(day: str) -> str:
    """The month of a date: 2021-06."""
    return day[:7]


def year_before(day: str, days: Iterable[str]) -> str:
    """The last of some days up to a year before one, if it is of the same week; "" if there is none."""
    try:
        then = date.fromisoformat(f"{int(day[:4]) - 1:04}{day[4:]}")
    except ValueError:
        # 29 February.
        then = date.fromisoformat(day) - timedelta(days=366)
    first = (then - timedelta(days=6)).isoformat()
    return max((other for other in days if first <= other <= then.isoformat()), default="")


def neighbours(name: str, names: Iterable[str]) -> tuple[str, str]:
    """What stands before and after a name in order; "" where nothing does."""
    others = [other for other in names if other != name]
    return (
        max((other for other in others if other < name), default=""),
        min((other for other in others if other > name), default=""),
    )


# --- the calendar --------------------------------------------------------------------------------------


class Cell(Struct, frozen=True):
    """A date in the calendar: `total` is None where there is no post, `shade` goes from 0 to 4."""

    date: str
    total: float | None = None
    papers: int = 0
    shade: int = 0


class CalendarMonth(Struct, frozen=True):
    """A month as weeks, of seven days where a post is of a weekend, else of the five working days.

    None stands for days of other months.
    """

    name: str
    weeks: tuple[tuple[Cell | None, ...], ...]


def calendar(year: str, days: dict[str, tuple[float, int]]) -> tuple[CalendarMonth, ...]:
    """A year's months, the newest first, as far as there are posts; `days` are total and papers by date.

    The shades part the year's days with papers into four of equal number.
    """
    of_year = {day: shown for day, shown in days.items() if day.startswith(year)}
    totals = sorted(total for total, _ in of_year.values() if total)
    months = sorted({day[:7] for day in of_year}, reverse=True)
    return tuple(CalendarMonth(name, _weeks(name, of_year, totals)) for name in months)


def _weeks(
    name: str, days: dict[str, tuple[float, int]], totals: list[float]
) -> tuple[tuple[Cell | None, ...], ...]:
    first = date.fromisoformat(f"{name}-01")
    monday = first - timedelta(days=first.weekday())
    in_weekend = any(day[:7] == name and not clock.is_working_day(date.fromisoformat(day)) for day in days)
    weeks = []
    while monday.isoformat()[:7] <= name:
        dates = [(monday + timedelta(days=number)).isoformat() for number in range(7 if in_weekend else 5)]
        cells = tuple(_cell(one, days, totals) if one[:7] == name else None for one in dates)
        if any(cells):
            weeks.append(cells)
        monday += timedelta(days=7)
    return tuple(weeks)


def _cell(day: str, days: dict[str, tuple[float, int]], totals: list[float]) -> Cell:
    if day not in days:
        return Cell(day)
    total, papers = days[day]
    below = sum(other < total for other in totals)
    return Cell(day, total, papers, 1 + 4 * below // len(totals) if total else 0)
