"""Hacker News by Algolia's search: every story of the last days that links a paper, in 3 requests.

Facts: https://hn.algolia.com/api. A query reaches 1,000 hits; beyond that, as for a bad filter, the answer
is HTTP 200 with no hits and a message. Matching is by words, so ids are taken from each hit's own link.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from functions.fetch.attention.sweep import Span, Sweep, by_paper, measured, open_session, unavailable
from shared import http, identifiers
from shared.http import BadAnswerError, Exhausted, Session, SourceError
from shared.paper import Author, Count, Counts, Mention
from shared.settings import Settings

# The words that stories linking a paper have in their address.
_QUERIES = ("arxiv.org", "alphaxiv.org", "huggingface.co/papers")
_MOST_HITS = 1000
# A window with more hits than can be had is halved; a second is the smallest there is.
_MOST_SLICES = 20

# Since 1970, up to the year 9999: beyond it there is no time.
_Seconds = Annotated[int, Meta(ge=0, lt=253_402_300_800)]


class _Hit(Struct):
    objectID: str  # noqa: N815 - the name on the wire
    url: str = ""
    title: str = ""
    author: str = ""
    points: Count | None = None
    num_comments: Count = 0
    created_at_i: _Seconds | None = None


class _Answer(Struct):
    hits: list[Any]
    nbHits: int  # noqa: N815
    message: str = ""


class Hits(Struct, frozen=True):
    """An answer of the search: the stories that can be read, and how many there are."""

    stories: tuple[_Hit, ...]
    total: int


def sweep(settings: Settings, span: Span) -> Sweep:
    """Stories since `span.since` by the paper they link."""
    session = open_session(settings)
    hits: dict[str, _Hit] = {}
    try:
        for query in _QUERIES:
            for hit in _window(session, settings.hackernews_url, query, span):
                hits[hit.objectID] = hit
    except SourceError as error:
        return unavailable(str(error), session.requests)
    found = by_paper((_linked(hit), _mention(hit)) for hit in hits.values())
    return measured(span, found, requests=session.requests)


def _window(session: Session, url: str, query: str, span: Span) -> list[_Hit]:
    """All hits of a query within the span, in slices where there are more than one answer can hold."""
    last = int(span.until.timestamp())
    todo = [(int(span.since.timestamp()), last)]
    hits: list[_Hit] = []
    for _ in range(_MOST_SLICES):
        if not todo:
            return hits
        start, end = todo.pop()
        # In whole seconds, the ends included; up to the present there is no upper end to ask for.
        window = f"created_at_i>{start - 1}"
        if end < last or span.until < span.now:
            window += f",created_at_i<{end + 1}"
        answer = session.get(
            f"{url}/search_by_date",
            params={
                "query": query,
                "restrictSearchableAttributes": "url",
                "tags": "story",
                "typoTolerance": "false",
                "numericFilters": window,
                "hitsPerPage": str(_MOST_HITS),
                "attributesToHighlight": "none",
            },
            parse=parse,
        )
        if answer.total > _MOST_HITS and end > start:
            middle = (start + end) // 2
            todo += [(start, middle), (middle + 1, end)]
        else:
            hits += answer.stories
    raise Exhausted(f"more stories than {_MOST_SLICES} answers hold")


def parse(body: bytes) -> Hits:
    """An answer of the search; raises BadAnswerError, also for HTTP 200 with a message and no hits."""
    answer = http.json_body(body, _Answer)
    if not answer.hits and (answer.message or answer.nbHits):
        raise BadAnswerError(f"no stories in the answer: {answer.message or answer.nbHits}"[:120])
    return Hits(tuple(http.readable(answer.hits, _Hit)), answer.nbHits)


def _linked(hit: _Hit) -> list[str]:
    paper_id = identifiers.from_url(hit.url)
    return [paper_id] if paper_id else []


def _mention(hit: _Hit) -> Mention | None:
    # Points that are not told are not 0: what was known of the story stands.
    if not re.fullmatch("[0-9]{1,20}", hit.objectID) or hit.created_at_i is None or hit.points is None:
        return None
    return Mention(
        source="hackernews",
        id=hit.objectID,
        counts=Counts(points=max(0, hit.points), comments=max(0, hit.num_comments)),
        url=f"https://news.ycombinator.com/item?id={hit.objectID}",
        author=Author(id=hit.author, name=hit.author, username=hit.author) if hit.author else None,
        created_at=datetime.fromtimestamp(hit.created_at_i, UTC),
        text=hit.title[:500],
    )
