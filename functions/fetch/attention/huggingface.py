"""Hugging Face's daily papers: the upvotes of the papers of each of the last 8 dates.

Facts: https://huggingface.co/docs/hub/api. A paper stands under the date on which somebody submitted it
there, one to several days after its announcement. Weekends are empty lists. No key is needed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct

from functions.fetch.attention.sweep import Mentions, Span, Sweep, open_session, unavailable
from shared import clock, http, identifiers
from shared.http import Session, SourceError
from shared.paper import Counts, Mention, SourceState
from shared.settings import Settings

_DATES = 8
_PAGE = 100
# A date has 25 papers; four full pages are not a date's list any more.
_MOST_PAGES = 4


class _Paper(Struct):
    id: str
    upvotes: int = 0
    title: str = ""


class _Item(Struct):
    paper: _Paper
    numComments: int = 0  # noqa: N815 - the name on the wire


def sweep(settings: Settings, span: Span) -> Sweep:
    """Upvotes and comments by paper. A paper is one mention, whatever number of dates it stands under."""
    session = open_session(settings)
    found: dict[str, Mention] = {}
    last = span.until.date()
    try:
        # The oldest date first: what a later date says is newer.
        for number in reversed(range(_DATES)):
            day = last - timedelta(days=number)
            for item in _items(session, settings.huggingface_url, day):
                if mention := _mention(item, day):
                    found[mention.id] = mention
    except SourceError as error:
        return unavailable(str(error), session.requests)
    mentions: Mentions = {paper_id: [mention] for paper_id, mention in found.items()}
    return Sweep(
        state=SourceState(state="measured", measured_at=clock.run_iso(span.run)),
        mentions=mentions,
        requests=session.requests,
    )


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
