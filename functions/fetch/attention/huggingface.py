"""Hugging Face's daily papers: the upvotes of the papers of each of the last 8 dates, and what else it tells.

Facts: https://huggingface.co/docs/hub/api. A paper stands under the date on which somebody submitted it
there, one to several days after its announcement. Weekends are empty lists. No key is needed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from functions.fetch.attention.sweep import Mentions, Span, Sweep, measured, open_session, unavailable
from shared import http, identifiers
from shared.http import Refused, Session, SourceError
from shared.paper import Count, Counts, Extras, Mention
from shared.settings import Settings

_DATES = 8
_PAGE = 100
_NOT_YET = 400
# A date has 25 papers; four full pages are not a date's list any more.
_MOST_PAGES = 4
_LONGEST_ADDRESS = 500
_LONGEST_SUMMARY = 600
_MOST_STARS = 1_000_000_000


class _Paper(Struct):
    id: str
    upvotes: Count = 0
    title: str = ""
    # Beside the point: one of the wrong kind costs itself, not the paper.
    githubRepo: Any = None  # noqa: N815 - the name on the wire
    githubStars: Any = None  # noqa: N815
    projectPage: Any = None  # noqa: N815
    ai_summary: Any = None


class _Item(Struct):
    paper: _Paper
    numComments: Count = 0  # noqa: N815


def sweep(settings: Settings, span: Span) -> Sweep:
    """Upvotes and comments by paper. A paper is one mention, whatever number of dates it stands under."""
    session = open_session(settings)
    found: dict[str, Mention] = {}
    extras: dict[str, Extras] = {}
    last = span.until.date()
    try:
        # The oldest date first: what a later date says is newer.
        for number in reversed(range(_DATES)):
            day = last - timedelta(days=number)
            try:
                items = _items(session, settings.huggingface_url, day)
            except Refused as error:
                # Where the service's day begins later than ours, today is a date in the future.
                if error.status != _NOT_YET or day < span.now.date():
                    raise
                items = []
            for item in items:
                if mention := _mention(item, day):
                    found[mention.id] = mention
                    # A date that tells nothing takes nothing back that another tells; none that does, all.
                    told = _extras(item.paper)
                    if told != Extras() or mention.id not in extras:
                        extras[mention.id] = told
    except SourceError as error:
        return unavailable(str(error), session.requests)
    mentions: Mentions = {paper_id: [mention] for paper_id, mention in found.items()}
    return measured(span, mentions, extras=extras, requests=session.requests)


def _items(session: Session, url: str, day: date) -> list[_Item]:
    items: list[_Item] = []
    for page in range(_MOST_PAGES):
        params = {"date": day.isoformat(), "limit": str(_PAGE)} | ({"p": str(page)} if page else {})
        part = session.get(f"{url}/daily_papers", params=params, parse=parse)
        items += part
        if len(part) < _PAGE:
            break
    return items


def parse(body: bytes) -> list[_Item]:
    """A date's list; raises BadAnswerError for anything else, an error with HTTP 200 included."""
    return http.readable(http.json_body(body, list[Any]), _Item)


def _mention(item: _Item, day: date) -> Mention | None:
    paper_id = identifiers.normalise(item.paper.id)
    if paper_id is None:
        return None
    return Mention(
        source="huggingface",
        id=paper_id,
        counts=Counts(upvotes=max(0, item.paper.upvotes), comments=max(0, item.numComments)),
        url=f"https://huggingface.co/papers/{paper_id}",
        created_at=datetime.combine(day, time(), UTC),
        text=item.paper.title[:500],
    )


def _extras(paper: _Paper) -> Extras:
    code, stars = _address(paper.githubRepo), paper.githubStars
    # True is an int to Python and no number of stars; nor are stars anything without their repository.
    is_count = bool(code) and type(stars) is int and 0 <= stars < _MOST_STARS
    return Extras(
        code=code,
        stars=stars if is_count else None,
        project=_address(paper.projectPage),
        summary=_summary(paper.ai_summary),
    )


def _address(value: Any) -> str:
    """A web address as people may be sent to it; "" for anything else."""
    # A browser takes a backslash for a slash, and what stands before an @ for no part of the host.
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS or re.search(r"[\s\\]", value):
        return ""
    if not value.isprintable():
        return ""
    try:
        parts = urlsplit(value)
        is_web = (
            value.startswith(("https://", "http://")) and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return ""
    return value if is_web else ""


def _summary(value: Any) -> str:
    """A summary on one line, cut at a word where it is long."""
    if not isinstance(value, str):
        return ""
    text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", value).split())
    if len(text) <= _LONGEST_SUMMARY:
        return text
    # The last word may be cut; without it there is room for the ellipsis.
    words, _, rest = text[:_LONGEST_SUMMARY].rpartition(" ")
    return f"{words or rest[:-1]}…"
