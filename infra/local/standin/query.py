"""arXiv's query API as https://export.arxiv.org/api/query speaks it (github.com/arXiv/arxiv-search)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from infra.local.standin import boolean, query_xml
from infra.local.standin.answer import Answer, Params
from infra.local.standin.readings import LIKELY, Readings
from infra.local.standin.world import Paper, World, announced, versions

DEFAULT_RESULTS = 10
MOST_RESULTS = 2000
WINDOW = 10_000
SORTS = ("relevance", "lastUpdatedDate", "submittedDate")
ORDERS = ("ascending", "descending")

NEW_ID = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
OLD_ID = r"[a-z]+(?:-[a-z]+)?(?:\.[A-Za-z-]{2,})?/\d{7}"
ID = re.compile(rf"(?P<id>{NEW_ID}|{OLD_ID})(?:v(?P<version>[1-9]\d*))?")
# The service calls `0000.0000` well formed, so the shape alone decides, not the month.
SHAPE = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z.A-Z-]+/\d{7}(?:v\d+)?")
RANGE = re.compile(r"[\[\"](\d{12}) TO (\d{12})[\]\"]")


class RequestError(ValueError):
    """The request is no good: the service answers 400 with this text."""


def answer(params: Params, world: World, now: datetime, readings: Readings = LIKELY) -> Answer:
    """The answer to one request at `now`: only announced papers, entries as Atom."""
    values = dict(params)
    try:
        start, size = _number(values, "start", 0), _number(values, "max_results", DEFAULT_RESULTS)
        if size > MOST_RESULTS or start + size > WINDOW:
            raise RequestError(
                f"max_results must be no more than {MOST_RESULTS}, start + max_results {WINDOW}"
            )
        found = _sorted(_found(values, world, now, readings), values, now)
    except RequestError as error:
        return failure(400, str(error), now)
    page = found[start : start + size]
    entries = [query_xml.entry(paper, shown) for paper, shown in page]
    return _atom(200, query_xml.feed(values, entries, now, start=start, size=size, total=len(found)))


def failure(status: int, text: str, now: datetime) -> Answer:
    """An error: a feed with one entry named Error. The older service sent it with a 200."""
    return _atom(status, query_xml.error(text, now))


def empty(params: Params, now: datetime) -> Answer:
    """A valid answer without results."""
    return _atom(200, query_xml.feed(dict(params), [], now, start=0, size=DEFAULT_RESULTS, total=0))


Found = tuple[Paper, int]
"""A paper and the number of the version to show."""


def _found(values: dict[str, str], world: World, now: datetime, readings: Readings) -> list[Found]:
    """What the ids name and the query matches, with the version to show of each."""
    wanted, query = values.get("id_list", ""), values.get("search_query", "")
    if not wanted and not query:
        raise RequestError("search_query or id_list is required")
    test = _test(query, now, readings) if query else None
    public = {paper.id: paper for paper in world.papers if announced(paper, now)}
    if not wanted:
        papers = [paper for paper in public.values() if paper.queryable]
        return [(paper, len(versions(paper, now))) for paper in papers if test is None or test(paper)]
    found: dict[str, Found] = {}
    for each in filter(None, (part.strip() for part in wanted.split(","))):
        if not SHAPE.fullmatch(each):
            raise RequestError(f"incorrect id format for {each}")
        match = ID.fullmatch(each)
        paper = public.get(match["id"]) if match else None
        if match is None or paper is None:
            continue  # a missing id is left out without a word
        current = len(versions(paper, now))
        version = int(match["version"] or current)
        if version <= current and (test is None or test(paper)):
            found[each] = (paper, version)
    return list(found.values())


def _test(query: str, now: datetime, readings: Readings) -> Callable[[Paper], bool]:
    try:
        return boolean.parse(query, lambda token: _term(token, now, readings), adjacent="OR")
    except boolean.QueryError as error:
        raise RequestError(f"search_query: {error}") from error


def _term(token: str, now: datetime, readings: Readings) -> Callable[[Paper], bool]:
    field, colon, value = token.partition(":")
    if not colon:
        field, value = "all", token
    if field in {"submittedDate", "lastUpdatedDate"}:
        match = RANGE.fullmatch(value)
        if not match:
            raise RequestError(f"incorrect date range {value}")
        first, last = _minute(match[1]), _minute(match[2])
        # Both fields mean the same time.
        which = 0 if readings.query_dates == "first" else -1
        return lambda paper: first <= versions(paper, now)[which] <= last
    value = value.strip('"')
    if field == "cat":
        # The service does not expand `cs.*`: a wildcard is the name of no category.
        count = None if readings.query_categories == "all" else 1
        return lambda paper: value in paper.categories[:count]
    if field == "id":
        return lambda paper: paper.id == value
    parts: dict[str, Callable[[Paper], str]] = {
        "ti": lambda paper: paper.title,
        "au": lambda paper: " ".join(paper.authors),
        "abs": lambda paper: paper.abstract,
        "all": lambda paper: " ".join((paper.title, *paper.authors, paper.abstract)),
    }
    if field not in parts:
        raise RequestError(f"unknown field {field}")
    read = parts[field]
    return lambda paper: value.casefold() in read(paper).casefold()


def _sorted(found: list[Found], values: dict[str, str], now: datetime) -> list[Found]:
    by, order = values.get("sortBy", "relevance"), values.get("sortOrder", "descending")
    if by not in SORTS:
        raise RequestError(f"sortBy must be in: {', '.join(SORTS)}")
    if order not in ORDERS:
        raise RequestError(f"sortOrder must be in: {', '.join(ORDERS)}")
    if by == "relevance":
        return found

    def key(each: Found) -> tuple[datetime, str]:
        paper, _ = each
        return (paper.versions[0] if by == "submittedDate" else versions(paper, now)[-1], paper.id)

    return sorted(found, key=key, reverse=order == "descending")


def _number(values: dict[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    try:
        number = int(text)
    except ValueError as error:
        raise RequestError(f"{name} must be an integer") from error
    if number < 0:
        raise RequestError(f"{name} must be non-negative")
    return number


def _minute(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise RequestError(f"incorrect date {text}") from error


def _atom(status: int, body: str) -> Answer:
    return Answer(status, {"Content-Type": "application/atom+xml; charset=utf-8"}, body.encode())
