"""The archive as data: a JSON text a day, those of a month in one compressed file (docs/data.md).

Mentions are ids and counts, nothing that anybody wrote: so X's terms want it of data that is passed on.
https://docs.x.com/x-api/fundamentals/post-cap#redistribution-of-x-content
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from functions.render.day import Day, HotPaper, plain_score
from shared.paper import Counts, SourceName, SourceState, Uncounted

VERSION = 1
# A piece of a day, in bytes: as text of JSON several of them fit an item of the table.
_PIECE = 90_000


class MentionCounts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A mention, and why it adds nothing to the totals where it does not."""

    source: SourceName
    id: str
    counts: Counts
    uncounted: Uncounted | None = None


class PaperData(Struct, frozen=True, kw_only=True):
    """A hot paper by its rank. `totals` are by source, without those that nobody knows (`?`)."""

    rank: int
    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abstract: str
    score: float
    measured_at: str
    totals: dict[SourceName, Counts]
    mentions: tuple[MentionCounts, ...]


class DayData(Struct, frozen=True, kw_only=True):
    """A line of a month's file. `listed` is 0 where it is not known, as for an `imported` day."""

    v: int
    date: str
    published_at: str
    listed: int
    partial: bool
    imported: bool
    sources: dict[SourceName, SourceState]
    papers: tuple[PaperData, ...]


class Piece(Struct, frozen=True, array_like=True):
    """A piece of a day's compressed line, as the table keeps it."""

    body: bytes


def month_key(month: str) -> str:
    """The key of a month's file; `month` is YYYY-MM."""
    return f"data/{month}.jsonl.gz"


def pieces(day: Day) -> tuple[Piece, ...]:
    """A day's line, compressed by itself: one after the other, such are a file of gzip's."""
    line = msgspec.json.encode(_day(day), order="deterministic") + b"\n"
    # No time in it, so that the same day is the same bytes.
    body = gzip.compress(line, mtime=0)
    return tuple(Piece(body[start : start + _PIECE]) for start in range(0, len(body), _PIECE))


def month(days: Mapping[str, Iterable[Piece]]) -> bytes:
    """The file of a month: its days by date."""
    return b"".join(piece.body for _, of_day in sorted(days.items()) for piece in of_day)


def _day(day: Day) -> DayData:
    return DayData(
        v=VERSION,
        date=day.date,
        published_at=day.published_at,
        listed=day.listed,
        partial=day.is_partial,
        imported=bool(day.front_matter),
        sources=dict(sorted(day.sources.items())),  # type: ignore[arg-type]
        papers=tuple(map(_paper, day.papers)),
    )


def _paper(hot: HotPaper) -> PaperData:
    paper = hot.paper
    return PaperData(
        rank=hot.rank,
        id=paper.id,
        title=paper.title,
        authors=paper.authors,
        categories=paper.categories,
        abstract=paper.abstract,
        score=plain_score(hot.score),
        measured_at=hot.measured_at,
        totals=dict(sorted(hot.totals.items())),  # type: ignore[arg-type]
        mentions=tuple(
            MentionCounts(
                source=mention.source,
                id=mention.id,
                counts=mention.counts,
                uncounted=hot.uncounted.get(mention.key),
            )
            for mention in hot.mentions
        ),
    )
