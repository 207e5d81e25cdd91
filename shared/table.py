"""What lies in the table under which key, and how it is read and written.

    pk                  sk                     what
    DAY#2021-06-18      PAPER#2106.09685       Measured: a paper with its attention
    DAY#2021-06-18      POST                   Post: what was published about the day
    DAY#2021-06-18      SEARCH                 what a search finds the day's hot papers by
    DAY#2021-06-18      DATA                   the day as data, compressed
    ANNOUNCEMENT        2021-06-18             Announcement: its id block, how its sources were measured
    QUIET               2021-06-21             Quiet: that a past day was asked for and had no announcement
    RUN                 2021-06-19T07:55:00Z   Run, with what is pending of it (shared/run_states.py)
    PAPER#2106.09685    AT#2021-06-19          the paper's totals on a UTC date (shared/history.py)
    BUDGET#2021-06      X, X#<run>, ARCHIVE    what was read from X in a month, in a run, of its full archive
                                               in the month (shared/reads.py)
    AUTHOR              x#1234                 Author of mentions, looked up once
    LEASE               fetch, render          who works, until when
    SITE                FILTERS                PublishedFilters: whose pages there are

A day's POST, SEARCH and DATA have parts beside them where they are large (shared/parts.py).

The structs are kept as JSON in `document`, that of a long paper compressed; attributes beside it are those
that conditions, filters and the stream need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared import aws, clock, parts
from shared.paper import Author, Measured, SourceState, packed, unpacked

S = TypeVar("S", bound=Struct)

ANNOUNCEMENTS = "ANNOUNCEMENT"
QUIET = "QUIET"
AUTHORS = "AUTHOR"
POST = "POST"
FILTERS = ("SITE", "FILTERS")
SEARCH = "SEARCH"
DATA = "DATA"


class Announcement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An announcement that was listed: the first and last id of its block (within what is listed)."""

    listed: str
    low: str
    high: str
    papers: int
    via: Literal["oai", "query", "import"]
    sources: dict[str, SourceState] = {}


class Quiet(Struct, frozen=True, kw_only=True):
    """A past day without an announcement, and the run that found that."""

    listed: str
    run: str


class PostRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hot paper in few bytes, for pages over many days."""

    id: str
    title: str
    authors: tuple[str, ...]  # the first few
    categories: tuple[str, ...]
    score: float
    more_authors: int = 0
    # None where no source that has them was ever measured.
    reposts: int | None = None
    likes: int | None = None
    points: int = 0
    upvotes: int = 0
    # The slugs of the filters that include it, and of those among them that highlight it.
    filters: tuple[str, ...] = ()
    highlights: tuple[str, ...] = ()


class FeedEntry(Struct, frozen=True, array_like=True):
    """What a feed tells of a post: the SHA-256 of its content, and since which run."""

    digest: str
    updated_at: str


class Imported(Struct, frozen=True, kw_only=True):
    """What a post says that was not made here: its front matter and its papers' ids, in its order.

    `digest` is the SHA-256 of its text as it is published, in the form that this service gives it.
    """

    front_matter: str
    papers: tuple[str, ...]
    digest: str


class Post(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was published about a day. `objects` are the SHA-256 of what was written, by key.

    `published_at` is the run that published the day first, `updated_at` the one that last changed what it
    shows, `run` the newest one rendered. While its objects are being written for the first time it is
    `publishing`, and nothing links to them yet; it is `partial` while one of the `unfinished` runs still
    waits for papers. `filters` is the digest of the setting that its rows were marked by, `entries` is
    what the feeds tell of it, by their stems; `announced` is whether the event bus was told of it.
    One that was `imported` is `publishing` until it is published as it was imported last; what it says
    never changes by itself.
    """

    date: str
    status: Literal["publishing", "published", "partial"]
    published_at: str
    updated_at: str
    run: str
    papers: int
    sources: dict[str, SourceState] = {}
    rows: tuple[PostRow, ...] = ()
    unfinished: tuple[str, ...] = ()
    # It keeps papers that are not hot any more, because a source was missing when they cooled.
    is_behind: bool = False
    filters: str = ""
    objects: dict[str, str] = {}
    entries: dict[str, FeedEntry] = {}
    announced: bool = False
    imported: Imported | None = None


class PublishedFilters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The filters whose objects may be there, by slug, and the digest of the setting they all follow."""

    slugs: tuple[str, ...] = ()
    digest: str = ""


def encode(document: Struct) -> str:
    """A struct as the JSON that the table keeps."""
    return msgspec.json.encode(document, order="deterministic").decode()


def decode(item: aws.Item, type_: type[S]) -> S:
    return msgspec.json.decode(item["document"], type=type_)


def day_key(date: str) -> str:
    """The partition of a listing date."""
    return f"DAY#{date}"


def paper_key(date: str, paper_id: str) -> aws.Key:
    """The key of a paper."""
    return day_key(date), f"PAPER#{paper_id}"


# --- papers ------------------------------------------------------------------------------------------


def papers(date: str, *, least_score: float | None = None) -> Iterator[Measured]:
    """The papers of a day, all or those from a score on."""
    for item in aws.query(day_key(date), "PAPER#", least_score=least_score):
        yield unpacked(item["document"])


def expiry(start: datetime, days: int) -> int:
    """When something is to be forgotten, so many days after a moment: Unix seconds, as TTL takes them."""
    return int((start + timedelta(days=days)).timestamp())


class StoredPaper(Struct, frozen=True):
    """A paper's item: what it holds, its version (0: there is none), and when it expires (None: never)."""

    measured: Measured | None
    version: int = 0
    expires_at: int | None = None


def stored_papers(keys: Iterable[aws.Key]) -> dict[aws.Key, StoredPaper]:
    """The items of several papers; every key asked for has an answer."""
    keys = list(keys)
    items = aws.get_many(keys)
    return {
        key: StoredPaper(unpacked(item["document"]), item["version"], item.get("expires_at"))
        if (item := items.get(key))
        else StoredPaper(None)
        for key in keys
    }


def following(measured: Measured, stored: StoredPaper, *, hot_from: float, keep_days: int) -> StoredPaper:
    """A paper as its next version. One that was never hot (score below `hot_from`) expires.

    That is `keep_days` after its listing or its newest run.
    """
    was_hot = stored.version > 0 and stored.expires_at is None
    expires_at = None
    if measured.score < hot_from and not was_hot:
        newest = max(measured.paper.listed, measured.run[:10])
        expires_at = expiry(clock.midnight(newest), keep_days)
    return StoredPaper(measured, stored.version + 1, expires_at)


def paper_put(paper: StoredPaper, *, over: int) -> aws.Put:
    """How a paper is written over the version that it follows (0: there is none)."""
    measured = paper.measured
    if measured is None:
        raise ValueError("there is no paper to write")
    pk, sk = paper_key(measured.paper.listed, measured.paper.id)
    item: aws.Item = {
        "pk": pk,
        "sk": sk,
        "document": packed(measured),
        "score": measured.score,
        "version": paper.version,
    }
    if paper.expires_at is not None:
        item["expires_at"] = paper.expires_at
    if over:
        return aws.Put(item, "version = :version", {":version": over})
    return aws.Put(item, "attribute_not_exists(pk)")


# --- announcements, posts, authors ---------------------------------------------------------------------


def announcements(limit: int = 0) -> list[Announcement]:
    """The announcements listed so far, newest first."""
    return [decode(item, Announcement) for item in aws.query(ANNOUNCEMENTS, newest_first=True, limit=limit)]


def announced(dates: Iterable[str]) -> dict[str, Announcement]:
    """The announcements of some listing dates, as far as they are known, by date."""
    items = aws.get_many((ANNOUNCEMENTS, date) for date in dates)
    return {date: decode(item, Announcement) for (_, date), item in items.items()}


def put_announcement(announcement: Announcement) -> None:
    """Remember that an announcement was listed and its papers queued."""
    aws.put({"pk": ANNOUNCEMENTS, "sk": announcement.listed, "document": encode(announcement)})


def put_quiet(quiet: Quiet) -> None:
    """Remember for good that a past day had no announcement."""
    aws.put({"pk": QUIET, "sk": quiet.listed, "document": encode(quiet)})


def quiet_days(dates: Iterable[str]) -> frozenset[str]:
    """Which of some days are remembered as having had no announcement."""
    return frozenset(date for _, date in aws.get_many((QUIET, date) for date in dates))


def posts(dates: Iterable[str]) -> dict[str, Post]:
    """The posts that exist among some days, by date."""
    items = aws.get_many((day_key(date), POST) for date in dates)
    further = parts.further(items.values(), PostRow)
    found = ((decode(item, Post), further.get(key, ())) for key, item in items.items())
    return {post.date: replace(post, rows=post.rows + rows) if rows else post for post, rows in found}


def put_post(post: Post) -> None:
    """Remember what was published about a day."""
    rows, *further = parts.split(post.rows)
    parts.put((day_key(post.date), POST), encode(replace(post, rows=rows)), further)


def put_search_entries(date: str, entries: tuple[S, ...]) -> None:
    """Keep what a search finds a day's papers by."""
    _put_list(date, SEARCH, entries)


def search_entries(dates: Iterable[str], type_: type[S]) -> dict[str, tuple[S, ...]]:
    """What a search finds the papers of some days by, by date."""
    return _lists(dates, SEARCH, type_)


def put_export(date: str, pieces: tuple[S, ...]) -> None:
    """Keep a day as data."""
    _put_list(date, DATA, pieces)


def exports(dates: Iterable[str], type_: type[S]) -> dict[str, tuple[S, ...]]:
    """Some days as data, by date."""
    return _lists(dates, DATA, type_)


def _put_list(date: str, sk: str, values: tuple[S, ...]) -> None:
    first, *further = parts.split(values)
    parts.put((day_key(date), sk), msgspec.json.encode(first).decode(), further)


def _lists(dates: Iterable[str], sk: str, type_: type[S]) -> dict[str, tuple[S, ...]]:
    items = aws.get_many((day_key(date), sk) for date in dates)
    further = parts.further(items.values(), type_)
    return {
        key[0].removeprefix("DAY#"): (
            *msgspec.json.decode(item["document"], type=tuple[type_, ...]),  # type: ignore[valid-type]
            *further.get(key, ()),
        )
        for key, item in items.items()
    }


def published_filters() -> PublishedFilters:
    """Whose pages there are; nobody's before there was a filter."""
    item = aws.get(FILTERS)
    return decode(item, PublishedFilters) if item else PublishedFilters()


def put_published_filters(published: PublishedFilters) -> None:
    """Remember whose pages there are."""
    aws.put({"pk": FILTERS[0], "sk": FILTERS[1], "document": encode(published)})


def authors(ids: Iterable[str], source: str = "x") -> dict[str, Author]:
    """The authors already looked up, by id."""
    items = aws.get_many((AUTHORS, f"{source}#{author_id}") for author_id in ids)
    return {author.id: author for author in (decode(item, Author) for item in items.values())}


def put_authors(authors: Iterable[Author], source: str = "x") -> None:
    """Remember the names of authors, each once among them."""
    puts = [
        aws.Put({"pk": AUTHORS, "sk": f"{source}#{author.id}", "document": encode(author)})
        for author in authors
    ]
    for part in aws.together(puts, lambda put: [put]):
        aws.put_together(part)
