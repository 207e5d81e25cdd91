"""The query API: a pure parser of its feeds, and the client that asks for a window or for ids.

Facts: https://info.arxiv.org/help/api/user-manual.html. HTTP 200 proves nothing here: errors come as an
entry, empty pages lie, missing ids are left out in silence. So what comes is counted against what the
service says there is.
"""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element

from msgspec import Struct

from functions.fetch.arxiv import xml
from functions.fetch.arxiv.record import Record, category_list, one_line
from shared import clock, http, identifiers
from shared.http import BadAnswerError, Exhausted, Refused, Session
from shared.log import logger

_ATOM = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
# 300 entries have about 0.8 MB and take the service 7 s; 10,000 is the end of what it pages through.
SLICE = 300
IDS_AT_ONCE = 100
_MOST_RESULTS = 10_000
# How often an empty or short answer is asked for again before it is believed or given up.
_ASK_AGAIN = 2


class Window(Struct, frozen=True):
    """The papers whose v1 was submitted in a window.

    `by_version`: the service goes by the current version's time, so papers replaced since are missing.
    """

    records: tuple[Record, ...]
    by_version: bool


class Feed(Struct, frozen=True):
    """One answer: how many results the service counts, how many entries came, and the readable ones."""

    total: int
    entries: int
    records: tuple[Record, ...]


def parse_feed(body: bytes) -> Feed:
    """An answer of the query API.

    Raises BadAnswerError for what is no such feed, Refused for an error entry. An entry that cannot be
    read is left out with a warning that names it.
    """
    try:
        root = xml.parse(body)
    except xml.XmlError as error:
        words = one_line(body[:80].decode("utf-8", "replace"))
        raise BadAnswerError(
            f"not an Atom feed: {error if words.startswith('<') else words or error}"
        ) from None
    if root.tag != f"{_ATOM}feed":
        raise BadAnswerError(f"not an Atom feed: <{root.tag[:60]}>")
    entries = root.findall(f"{_ATOM}entry")
    http.check_entries(len(entries))
    for entry in entries:
        if "/api/errors" in entry.findtext(f"{_ATOM}id", ""):
            raise Refused(f"query API error: {one_line(entry.findtext(f'{_ATOM}summary'))[:120]}")
    try:
        total = int(root.findtext(f"{_OPENSEARCH}totalResults", ""))
    except ValueError:
        raise BadAnswerError("a feed without totalResults") from None
    return Feed(total, len(entries), tuple(record for entry in entries if (record := _record(entry))))


def _record(entry: Element) -> Record | None:
    address = entry.findtext(f"{_ATOM}id", "").strip()
    try:
        paper_id = identifiers.from_url(address)
        if paper_id is None:
            raise ValueError("no valid id")
        title = one_line(entry.findtext(f"{_ATOM}title"))
        codes = [term for element in entry.findall(f"{_ATOM}category") if (term := element.get("term"))]
        primary = entry.find(f"{_ARXIV}primary_category")
        if primary is not None and (term := primary.get("term")):
            codes = [term, *(code for code in codes if code != term)]
        if not title or not codes:
            raise ValueError("no title or no category")
        names = (one_line(author.findtext(f"{_ATOM}name")) for author in entry.findall(f"{_ATOM}author"))
        published = entry.findtext(f"{_ATOM}published", "").strip()
        return Record(
            id=paper_id,
            title=title,
            authors=tuple(name for name in names if name),
            categories=category_list(codes),
            abstract=one_line(entry.findtext(f"{_ATOM}summary")),
            submitted=clock.parse_iso(published),
            versions=1 if entry.findtext(f"{_ATOM}updated", "").strip() == published else 2,
        )
    except ValueError as error:
        logger.warning("entry left out", extra={"entry": address[:80], "reason": str(error)[:200]})
        return None


def submitted_between(
    session: Session, url: str, *, codes: tuple[str, ...], start: datetime, end: datetime
) -> Window:
    """All announced papers of some categories whose v1 was submitted in [start, end).

    Raises SourceError, also when fewer came than the service says there are.
    """
    terms = " OR ".join(f"cat:{code}" for code in codes)
    window = f"{start:%Y%m%d%H%M} TO {end:%Y%m%d%H%M}"
    params = {
        "search_query": f"({terms}) AND submittedDate:[{window}]",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "max_results": str(SLICE),
    }
    found: dict[str, Record] = {}
    seen = promised = 0
    while True:
        feed = _get(session, url, {**params, "start": str(seen)})
        for _ in range(_ASK_AGAIN):
            # Nothing at all, or nothing though more was promised: such empty pages have been lies.
            if feed.entries:
                break
            feed = _get(session, url, {**params, "start": str(seen)})
        promised = max(promised, feed.total)
        if promised > _MOST_RESULTS:
            raise Refused(f"{promised} papers in one window is more than the query API pages through")
        found.update((record.id, record) for record in feed.records)
        seen += feed.entries
        if seen >= promised:
            break
        if not feed.entries:
            raise Exhausted(f"the listing is incomplete: {seen} of {promised} papers came")
    # The window tested may be the current version's; v1's decides when a paper was announced.
    return Window(
        tuple(record for record in found.values() if start <= record.submitted < end),
        # The window's last minute is asked for whole.
        any(not start <= record.submitted <= end for record in found.values()),
    )


def by_ids(session: Session, url: str, ids: list[str]) -> list[Record]:
    """The papers that exist among some ids. Raises SourceError."""
    found: dict[str, Record] = {}
    # For the whole call: ids that do not exist make an honest empty answer, and there may be many.
    again = _ASK_AGAIN
    for position in range(0, len(ids), IDS_AT_ONCE):
        part = ids[position : position + IDS_AT_ONCE]
        params = {"id_list": ",".join(part), "max_results": str(len(part)), "start": "0"}
        feed = _get(session, url, params)
        while again and not feed.entries >= feed.total > 0:
            again -= 1
            feed = _get(session, url, params)
        if feed.entries < feed.total:
            raise Exhausted(f"the listing is incomplete: {feed.entries} of {feed.total} papers by id came")
        found.update((record.id, record) for record in feed.records)
    wanted = set(ids)
    return [record for record in found.values() if record.id in wanted]


def _get(session: Session, url: str, params: dict[str, str]) -> Feed:
    return session.get(url, params=params, parse=parse_feed)
