"""What pages over many days know of all days: put together day by day, and kept in a few items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from functions.render import search
from shared import aws, shelf
from shared.shelf import Best, DayTotal, Shelf
from shared.table import Post
from tests.unit.days import PAPER, day, mention, post, row, shelf_of

FIRST = post("2021-06-18", row("2106.00001", score=90), row("2106.00002", score=60.5, categories=("cs.CL",)))
SECOND = post("2021-07-01", row("2107.00001", score=75, categories=("cs.CL", "cs.LG")))
EMPTY = msgspec.structs.replace(post("2022-01-03"), rows=())


def test_a_shelf_has_each_day_its_categories_and_the_top() -> None:
    found = Shelf().with_posts([FIRST, SECOND, EMPTY])
    assert found.days == {
        "2021-06-18": DayTotal(150.5, 2, {"cs.CL": 1, "cs.LG": 1}),
        "2021-07-01": DayTotal(75, 1, {"cs.CL": 1}),
        "2022-01-03": DayTotal(0, 0),
    }
    assert found.categories == {"cs.LG": ("2021-06", "2021-07"), "cs.CL": ("2021-06", "2021-07")}
    assert [(one.date, one.rank, one.row.id) for one in found.top] == [
        ("2021-06-18", 1, "2106.00001"),
        ("2021-07-01", 1, "2107.00001"),
        ("2021-06-18", 2, "2106.00002"),
    ]


def test_days_may_come_one_by_one_in_any_order_and_again() -> None:
    together = Shelf().with_posts([FIRST, SECOND, EMPTY])
    for order in ([EMPTY], [FIRST], [SECOND], [FIRST]), ([SECOND, FIRST], [EMPTY, SECOND]):
        found = Shelf()
        for posts in order:
            found = found.with_posts(posts)
        assert found == together


def test_a_day_that_changed_is_as_it_is_now() -> None:
    before = Shelf().with_posts([FIRST, SECOND])
    changed = post("2021-06-18", row("2106.00002", score=200, categories=("stat.ML",)))
    after = before.with_posts([changed])
    assert after.days["2021-06-18"] == DayTotal(200, 1, {"stat.ML": 1})
    assert [one.row.id for one in after.top] == ["2106.00002", "2107.00001"]
    # The page of a category's month is there, and stays: what stood on it once is all that is known.
    assert after.categories["cs.LG"] == ("2021-06", "2021-07")
    assert after.categories["stat.ML"] == ("2021-06",)
    assert before.days["2021-06-18"].total == 150.5, "the shelf before is as it was"


def test_the_top_is_of_a_hundred() -> None:
    posts = [
        post(f"2021-{month:02}-{day:02}", row(f"21{month:02}.{day:05}", score=100 * month + day))
        for month in range(1, 8)
        for day in range(1, 21)
    ]
    found = Shelf().with_posts(posts)
    assert len(found.top) == shelf.TOP == 100
    scores = [one.row.score for one in found.top]
    assert scores == sorted(scores, reverse=True)
    assert (scores[0], scores[-1]) == (720, 301)


# --- in the table ------------------------------------------------------------------------------------


@pytest.fixture(name="items")
def _items(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The table's partition by sort key, in the order in which the items were written last."""
    items: dict[str, Any] = {}

    def put(item: dict[str, Any]) -> None:
        assert item["pk"] == "SITE"
        items.pop(item["sk"], None)
        items[item["sk"]] = item

    def query(pk: str) -> Iterator[Any]:
        assert pk == "SITE"
        yield from (items[sk] for sk in sorted(items))

    monkeypatch.setattr(aws, "put", put)
    monkeypatch.setattr(aws, "query", query)
    return items


def write(before: Shelf, after: Shelf) -> None:
    shelf.write_lists(before, after)
    shelf.write_days(before, after)


def test_what_is_written_is_read(items: dict[str, Any]) -> None:
    whole = Shelf().with_posts([FIRST, SECOND, EMPTY])
    write(Shelf(), whole)
    items["FILTERS"] = {"pk": "SITE", "sk": "FILTERS", "document": '{"slugs":["a"]}'}
    assert shelf.read() == whole
    assert set(items) == {
        *("CATEGORY#cs.LG", "CATEGORY#cs.CL", "TOP", "YEAR#2021", "YEAR#2022"),
        "FILTERS",
    }


def test_there_is_nothing_before_the_first_day(items: dict[str, Any]) -> None:
    assert shelf.read() == Shelf()
    write(Shelf(), Shelf())
    assert items == {}


@pytest.mark.parametrize(
    ("more", "written"),
    [
        ([FIRST], []),
        ([EMPTY], ["YEAR#2022"]),
        ([SECOND], ["CATEGORY#cs.CL", "CATEGORY#cs.LG", "TOP", "YEAR#2021"]),
        ([post("2021-06-18", row("2106.00001", score=91), *FIRST.rows[1:])], ["TOP", "YEAR#2021"]),
    ],
)
def test_only_what_differs_is_written_and_the_years_last(
    items: dict[str, Any], more: list[Post], written: list[str]
) -> None:
    before = Shelf().with_posts([FIRST])
    write(Shelf(), before)
    items.clear()
    write(before, before.with_posts(more))
    assert sorted(items) == written
    # A day that is in its year is everywhere: so a crash in between is made good.
    assert list(items)[-1:] == written[-1:]


def test_an_item_is_small(items: dict[str, Any]) -> None:
    days = {
        f"2021-{month:02}-{day:02}": DayTotal(12345.5, 60) for month in range(1, 13) for day in range(1, 24)
    }
    top = tuple(
        Best("2021-06-18", 1, row(f"2106.{number:05}", authors=("Some Author",) * 30))
        for number in range(100)
    )
    write(Shelf(), Shelf(days, {"cs.LG": tuple(day[:7] for day in days)}, top))
    # DynamoDB takes 400 KB.
    assert max(len(item["document"]) for item in items.values()) < 100_000


def test_items_of_many_papers_stay_below_the_limit_of_an_item() -> None:
    # A hundred papers of a collaboration.
    authors = tuple(f"Author Number {number:04}" for number in range(500))
    paper = msgspec.structs.replace(PAPER, authors=authors)
    hot = msgspec.structs.replace(day(sources={}, mentions=(mention("x", likes=60),)).papers[0], paper=paper)
    papers = tuple(
        msgspec.structs.replace(hot, paper=msgspec.structs.replace(paper, id=f"2106.{number:05}"))
        for number in range(100)
    )
    rows = msgspec.structs.replace(day(sources={}), papers=papers).rows()
    assert rows[0].more_authors == 495
    shelf_ = shelf_of([post("2021-06-18", *rows)])
    assert len(msgspec.json.encode(shelf_.top)) < 400_000
    entries = tuple(search.entry(one.paper, 1, 60, "2021-06-18") for one in papers[:50])
    assert len(msgspec.json.encode(entries)) < 400_000
