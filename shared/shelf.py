"""What the site's pages over many days need to know of all days, in a few small items of the table.

    pk      sk                what
    SITE    YEAR#2021         of each published day its total attention, how many papers of which categories
    SITE    CATEGORY#cs.LG    the months in which a hot paper had the category
    SITE    TOP               the papers with the highest scores ever
    SITE    MAKING            the days whose first publication has begun, with the runs that began it

Only render writes them, under its lease: they can be made again from the days' own items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from shared import aws, parts
from shared.table import Post, PostRow

_PK = "SITE"
# So many papers stand on the page of the highest scores ever.
TOP = 100


class DayTotal(Struct, frozen=True, array_like=True):
    """A published day: the sum of its papers' scores, how many there are, and of which primary categories."""

    total: float
    papers: int
    categories: dict[str, int] = {}


class Best(Struct, frozen=True):
    """A paper among the highest scores ever, with its day and rank there."""

    date: str
    rank: int
    row: PostRow


class Shelf(Struct, frozen=True):
    """All items together; `days` by date, `categories` by code, `making` the run of each date."""

    days: dict[str, DayTotal] = {}
    categories: dict[str, tuple[str, ...]] = {}
    top: tuple[Best, ...] = ()
    making: dict[str, str] = {}

    def with_posts(self, posts: Iterable[Post]) -> Shelf:
        """The shelf once some days are as their posts say."""
        days, categories, top = dict(self.days), dict(self.categories), list(self.top)
        for post in posts:
            primary = Counter(row.categories[0] for row in post.rows if row.categories)
            days[post.date] = DayTotal(
                sum(row.score for row in post.rows), len(post.rows), dict(sorted(primary.items()))
            )
            for code in {code for row in post.rows for code in row.categories}:
                categories[code] = tuple(sorted({*categories.get(code, ()), post.date[:7]}))
            top = [one for one in top if one.date != post.date]
            top += [Best(post.date, rank, row) for rank, row in enumerate(post.rows, 1)]
        top.sort(key=lambda one: (-one.row.score, one.date, one.rank))
        return Shelf(days, categories, tuple(top[:TOP]), self.making)


def read() -> Shelf:
    """The shelf as the table has it."""
    days: dict[str, DayTotal] = {}
    categories: dict[str, tuple[str, ...]] = {}
    top: tuple[Best, ...] = ()
    making: dict[str, str] = {}
    for item in aws.query(_PK):
        kind, _, name = item["sk"].partition("#")
        if kind == "YEAR":
            days |= msgspec.json.decode(item["document"], type=dict[str, DayTotal])
        elif kind == "CATEGORY":
            categories[name] = msgspec.json.decode(item["document"], type=tuple[str, ...])
        elif kind == "TOP":
            first = msgspec.json.decode(item["document"], type=tuple[Best, ...])
            top = first + parts.further([item], Best).get((_PK, "TOP"), ())
        elif kind == "MAKING":
            making = msgspec.json.decode(item["document"], type=dict[str, str])
    return Shelf(days, categories, top, making)


def write_making(making: dict[str, str]) -> None:
    """Note which days are about to be published for the first time, and by which runs; {} once they are.

    Whoever finds a day here that is not on the shelf knows that its publication was interrupted.
    """
    _put("MAKING", msgspec.json.encode(making))


def write_lists(before: Shelf, after: Shelf) -> None:
    """Write the items of categories and of the top that differ: before the days' own items.

    What is told of a day too early does no harm; a day whose own item is written is not read again.
    """
    for code, months in after.categories.items():
        if months != before.categories.get(code):
            _put(f"CATEGORY#{code}", msgspec.json.encode(months))
    if after.top != before.top:
        first, *further = parts.split(after.top)
        parts.put((_PK, "TOP"), msgspec.json.encode(first).decode(), further)


def write_days(before: Shelf, after: Shelf) -> None:
    """Write the years that differ, last of all: what is told of a day there is told everywhere."""
    for year in sorted({date[:4] for date in after.days}):
        of_year = {date: day for date, day in sorted(after.days.items()) if date.startswith(year)}
        if of_year != {date: day for date, day in sorted(before.days.items()) if date.startswith(year)}:
            _put(f"YEAR#{year}", msgspec.json.encode(of_year))


def _put(sk: str, document: bytes) -> None:
    aws.put({"pk": _PK, "sk": sk, "document": document.decode()})
