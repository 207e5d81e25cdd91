"""OAI-PMH: a pure parser of its pages, and the client that follows a chain of them.

Facts: https://info.arxiv.org/help/oa/index.html. Every protocol error comes with HTTP 200, a page has
2,500 records, and the element of the token says whether more follow: absent, with text, or empty.
"""

from __future__ import annotations

import email.utils
from datetime import UTC, date, datetime
from xml.etree.ElementTree import Element

from msgspec import Struct

from functions.fetch.arxiv import xml
from functions.fetch.arxiv.record import Record, category_list, one_line, split_authors
from shared import http, identifiers
from shared.http import BadAnswerError, Exhausted, Refused, Session
from shared.log import logger

_OAI = "{http://www.openarchives.org/OAI/2.0/}"
_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_RECORD = (f"{_OAI}OAI-PMH", f"{_OAI}ListRecords", f"{_OAI}record")
# Days have 1 or 2 pages, catching up two weeks 12; a chain that goes on and on is a loop.
_MOST_PAGES = 60
# How often an empty answer is asked for again.
_ASK_AGAIN = 1
# A set is group:archive:SUBJECT, or less of that for a whole archive.
_PARTS_OF_A_CATEGORY = 2


class Page(Struct, frozen=True):
    """One page of ListRecords: how many records came and those that count, `token` empty at the end."""

    count: int
    records: tuple[Record, ...]
    token: str = ""


class TokenError(Exception):
    """The service no longer knows the resumption token: the chain has to be begun again."""


def parse_page(body: bytes) -> Page:
    """A page of ListRecords in the arXivRaw format.

    Raises BadAnswerError for what is no such page, TokenError for a stale token, Refused for any other
    protocol error. A record that cannot be read is left out with a warning that names it.
    """
    elements = _Elements()
    try:
        root = xml.parse(body, _RECORD, elements.take)
    except xml.XmlError as unreadable:
        raise BadAnswerError(f"not an OAI-PMH answer: {_start(body) or unreadable}") from None
    if root.tag != f"{_OAI}OAI-PMH":
        raise BadAnswerError(f"not an OAI-PMH answer: <{root.tag[:60]}>")
    error = root.find(f"{_OAI}error")
    if error is not None:
        code = error.get("code", "")
        if code == "noRecordsMatch":
            return Page(0, ())
        if code == "badResumptionToken":
            raise TokenError
        raise Refused(f"OAI-PMH error {code}: {one_line(error.text)[:120]}")
    listing = root.find(f"{_OAI}ListRecords")
    if listing is None or not elements.count:
        # An empty list is said by noRecordsMatch; a page without records hides them.
        raise BadAnswerError("an OAI-PMH page without records")
    if elements.count > elements.deleted and not elements.records:
        raise BadAnswerError("an OAI-PMH page without a record that can be read")
    token = listing.find(f"{_OAI}resumptionToken")
    text = (token.text or "").strip() if token is not None else ""
    return Page(elements.count, tuple(elements.records), text)


class _Elements:
    """The records of a page as they come: how many, how many of them deleted, and those that can be read."""

    def __init__(self) -> None:
        self.count = self.deleted = 0
        self.records: list[Record] = []

    def take(self, element: Element) -> None:
        """Read one; raises BadAnswerError for one too many."""
        self.count += 1
        http.check_entries(self.count)
        if _is_deleted(element):
            self.deleted += 1
        elif record := _record(element):
            self.records.append(record)


def _is_deleted(element: Element) -> bool:
    header = element.find(f"{_OAI}header")
    return header is not None and header.get("status") == "deleted"


def _record(element: Element) -> Record | None:
    header = element.find(f"{_OAI}header")
    if header is None:
        return None
    identifier = header.findtext(f"{_OAI}identifier", "")
    raw = element.find(f"{_OAI}metadata/{_RAW}arXivRaw")
    try:
        if raw is None:
            raise ValueError("no arXivRaw metadata")
        paper_id = identifiers.normalise(raw.findtext(f"{_RAW}id", ""))
        if paper_id is None:
            raise ValueError("no valid id")
        versions = raw.findall(f"{_RAW}version")
        return Record(
            id=paper_id,
            title=_required(raw, "title"),
            authors=split_authors(raw.findtext(f"{_RAW}authors", "")),
            categories=category_list(_required(raw, "categories").split()),
            abstract=one_line(raw.findtext(f"{_RAW}abstract")),
            submitted=_first_version(versions),
            versions=len(versions),
            datestamp=date.fromisoformat(header.findtext(f"{_OAI}datestamp", "").strip()[:10]).isoformat(),
        )
    except (ValueError, OverflowError) as error:
        # A zone can be more hours than a date has room for.
        logger.warning("record left out", extra={"identifier": identifier[:60], "reason": str(error)[:200]})
        return None


def _required(raw: Element, name: str) -> str:
    text = one_line(raw.findtext(f"{_RAW}{name}"))
    if not text:
        raise ValueError(f"no {name}")
    return text


def _first_version(versions: list[Element]) -> datetime:
    for version in versions:
        if version.get("version") == "v1":
            return email.utils.parsedate_to_datetime(version.findtext(f"{_RAW}date", "")).astimezone(UTC)
    raise ValueError("no version v1")


def _start(body: bytes) -> str:
    """The first words of a body that is plain text, such as "Rate exceeded."."""
    words = body[:80].decode("utf-8", "replace").strip()
    return words if words.isprintable() and not words.startswith("<") else ""


def list_records(
    session: Session, url: str, *, sets: tuple[str, ...], start: date, until: date
) -> list[Record]:
    """All records of some sets with a datestamp from `start` to `until`, each once (the newest of two).

    Raises SourceError when any page of any set cannot be had: a part of a list is not a list. The dates must
    hold a day of an announcement, so that a whole archive without a record in them is a lie.
    """
    records: dict[str, Record] = {}
    for oai_set in sets:
        for record in _asked_again(session, url, oai_set, start, until):
            known = records.get(record.id)
            if known is None or (record.versions, record.datestamp) > (known.versions, known.datestamp):
                records[record.id] = record
    return list(records.values())


def _asked_again(session: Session, url: str, oai_set: str, start: date, until: date) -> list[Record]:
    """A set's records; an empty answer is asked for again, and only believed of a single category."""
    for _ in range(1 + _ASK_AGAIN):
        if records := _chain(session, url, oai_set, start, until):
            return records
    if oai_set.count(":") < _PARTS_OF_A_CATEGORY:
        raise Exhausted(f"OAI-PMH has no record of {oai_set} since {start}")
    return []


def _chain(session: Session, url: str, oai_set: str, start: date, until: date) -> list[Record]:
    first = {
        "verb": "ListRecords",
        "metadataPrefix": "arXivRaw",
        "set": oai_set,
        "from": start.isoformat(),
        "until": until.isoformat(),
    }
    try:
        return _follow(session, url, first)
    except TokenError:
        logger.info("resumption token expired, beginning again", extra={"set": oai_set})
    try:
        return _follow(session, url, first)
    except TokenError:
        raise Refused("OAI-PMH error badResumptionToken, twice") from None


def _follow(session: Session, url: str, params: dict[str, str]) -> list[Record]:
    records: list[Record] = []
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        page = session.get(url, params=params, parse=parse_page)
        if seen and not page.count:
            raise Refused("OAI-PMH pages that end before their end")
        records += page.records
        if not page.token:
            return records
        if page.token in seen:
            break
        seen.add(page.token)
        # The token travels alone with the verb; it is encoded once more on the way, as it must be.
        params = {"verb": "ListRecords", "resumptionToken": page.token}
    raise Refused("OAI-PMH pages without an end")
