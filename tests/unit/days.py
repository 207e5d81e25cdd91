"""Days, posts and shelves for tests of pages, made in a line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

import msgspec

from functions.render import edition, groups, pages, site
from functions.render.day import Day, hot_papers
from functions.render.edition import Edition
from functions.render.feed_content import Contents
from functions.render.objects import Objects
from shared.paper import Counts, Extras, Measured, Mention, Paper, SourceState
from shared.settings import Settings
from shared.shelf import Shelf
from shared.table import Post, PostRow

ATOM = "{http://www.w3.org/2005/Atom}"
RUN = "2021-06-19T07:55:00Z"
DATE = "2021-06-18"
MEASURED = SourceState(state="measured", measured_at=RUN)
PAPER = Paper(
    id="math/0703599", title="A <title>", authors=("Ada",), categories=("math.NA",), listed="2021-06-18"
)


def day(
    *,
    sources: dict[str, SourceState],
    mentions: tuple[Mention, ...] = (),
    extras: Extras | None = None,
    paper: Paper = PAPER,
    settings: Settings | None = None,
    uncounted: Any = (),
    **more: Any,
) -> Day:
    """A day whose one paper has some mentions; without any there is no paper."""
    measured = Measured(
        paper=paper,
        mentions=mentions,
        extras=extras,
        score=60,
        run=RUN,
        measured_at=RUN,
        uncounted=uncounted,
    )
    papers = [measured] if mentions else []
    values: dict[str, Any] = {"date": DATE, "published_at": RUN, "listed": 1234, "is_partial": False}
    return Day(sources=sources, papers=hot_papers(settings or Settings(), papers), **(values | more))


def mention(source: Any, number: int = 1, **counts: int) -> Mention:
    """A mention that nothing but its counts is known of."""
    return Mention(
        source=source, id=str(number), counts=Counts(**counts), url=f"https://example.org/{number}"
    )


def row(paper_id: str = "2106.00001", **more: Any) -> PostRow:
    """A paper of a post."""
    values: dict[str, Any] = {
        "title": "A <title>",
        "authors": ("Ada",),
        "categories": ("cs.LG",),
        "score": 60,
        "reposts": 1500,
        "likes": 0,
    }
    return PostRow(id=paper_id, **(values | more))


def post(date: str, *rows: PostRow, **more: Any) -> Post:
    """A published post; with one paper unless others are given."""
    values: dict[str, Any] = {
        "status": "published",
        "published_at": RUN,
        "updated_at": RUN,
        "run": RUN,
        "papers": 9,
    }
    return Post(date=date, rows=rows or (row(),), **(values | more))


def shelf_of(posts: Iterable[Post]) -> Shelf:
    """The shelf with some posts on it."""
    return Shelf().with_posts(posts)


def page(shown: Day, settings: Settings | None = None, **neighbours: str) -> str:
    """The page of a day."""
    near = {"older": "", "newer": ""} | neighbours
    objects = site.day_objects(settings or Settings(), shown, **near)
    return objects[f"{shown.date}.html"].body.decode()


def paper_page(shown: Day, settings: Settings | None = None) -> str:
    """The page of a day's one paper."""
    ((_, made),) = site.paper_objects(settings or Settings(), shown).items()
    return made.body.decode()


def published(settings: Settings, posts: list[Post], *days: Day, before: Shelf | None = None) -> Objects:
    """All objects of a publication of some days; `posts` are all there are, the newest days among them."""
    shown = {one.date: one for one in days}
    shelf_ = shelf_of(posts)
    rest = (day(sources={}, date=one.date) for one in posts if one.date not in shown)
    recent = sorted((*days, *rest), key=lambda one: one.date, reverse=True)[: edition.FEED_POSTS]
    made = Edition(
        days=shown,
        written={one.date: _written(settings, one, shelf_) for one in days},
        before={one.date: one for one in posts},
        left={},
        posts={one.date: one for one in posts},
        shelf_before=before if before is not None else shelf_,
        shelf=shelf_,
        recent=tuple(recent),
        exports={},
        entries={},
        contents={one.date: Contents(one) for one in recent},
    )
    return edition.objects(settings, made)


def _written(settings: Settings, shown: Day, shelf_: Shelf) -> Objects:
    older, newer = groups.neighbours(shown.date, shelf_.days)
    return site.day_objects(settings, shown, older=older, newer=newer)


class Tags(HTMLParser):
    """The elements of a page with their attributes, in order, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.tags if name == tag]


def scripts(text: str) -> list[str]:
    """What a page runs: the addresses of its scripts without the hashes; "" for one that stands in it."""
    return [re.sub(r"\.[0-9a-f]{12}\.", ".", one.get("src", "")) for one in Tags(text).of("script")]


def style_key() -> str:
    """The key of the style sheet."""
    (key,) = [key for key in pages.assets() if key.endswith(".css")]
    return key


def with_rows(one: Post, *slugs: tuple[str, ...], **more: Any) -> Post:
    """A post with a paper for each group of slugs: the filters that include it and highlight it."""
    rows = tuple(
        msgspec.structs.replace(row(f"2106.{number:05}", **more), filters=each, highlights=each)
        for number, each in enumerate(slugs, 1)
    )
    return msgspec.structs.replace(one, rows=rows)
