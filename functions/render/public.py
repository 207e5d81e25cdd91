"""A day as JSON: what others may build on. Each number can be traced to its mentions."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from functions.render.day import Day, HotPaper, plain_score
from shared.attention import SOCIAL_SOURCES
from shared.paper import Counts, Extras, Mention
from shared.settings import Settings


class _Source(Struct, frozen=True, omit_defaults=True):
    state: str
    capped: bool = False
    reason: str = ""
    measured: bool = False  # whether it was measured for this day by any run


class _Mention(Struct, frozen=True, omit_defaults=True):
    source: str
    id: str
    url: str = ""
    author: str = ""
    name: str = ""
    created_at: datetime | None = None
    text: str = ""
    counts: Counts = Counts()
    shown: bool = False
    uncounted: str = ""  # why it adds nothing to the totals, where it does not


class _Extras(Struct, frozen=True, omit_defaults=True):
    source: str  # who tells it
    code: str = ""
    stars: int | None = None
    project: str = ""
    summary: str = ""


class _Paper(Struct, frozen=True):
    rank: int
    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abstract: str
    abs: str
    pdf: str
    score: float
    totals: dict[str, Counts]
    measured_at: str
    movement: int | str | None  # places gained since the day before; "new"; null where nothing can be told
    mentions: tuple[_Mention, ...]
    extras: _Extras | UnsetType = UNSET


class _Day(Struct, frozen=True):
    v: int
    date: str
    title: str
    notice: str
    published_at: str
    listed: int
    partial: bool
    sources: dict[str, _Source]
    papers: tuple[_Paper, ...]
    imported: bool | UnsetType = UNSET


def day_json(settings: Settings, day: Day) -> bytes:
    """The day's data as UTF-8 JSON; ages of sources are the status page's business."""
    document = _Day(
        v=1,
        date=day.date,
        title=f"{settings.site_title} {day.date}",
        notice=settings.site_notice,
        published_at=day.published_at,
        listed=day.listed,
        partial=day.is_partial,
        sources={
            name: _Source(
                state=state.state, capped=state.capped, reason=state.reason, measured=state.ever_measured
            )
            for name, state in sorted(day.sources.items())
        },
        papers=tuple(_paper(hot) for hot in day.papers),
        imported=True if day.front_matter else UNSET,
    )
    return msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=1) + b"\n"


def _paper(hot: HotPaper) -> _Paper:
    paper = hot.paper
    shown = {mention.key for mention in hot.shown}
    return _Paper(
        rank=hot.rank,
        id=paper.id,
        title=paper.title,
        authors=paper.authors,
        categories=paper.categories,
        abstract=paper.abstract,
        abs=f"https://arxiv.org/abs/{paper.id}",
        pdf=f"https://arxiv.org/pdf/{paper.id}",
        score=plain_score(hot.score),
        totals=dict(sorted(hot.totals.items())),
        measured_at=hot.measured_at,
        movement=hot.movement,
        mentions=tuple(
            _mention(mention, is_shown=mention.key in shown, uncounted=hot.uncounted.get(mention.key, ""))
            for mention in hot.mentions
        ),
        extras=_extras(hot.extras) if hot.extras else UNSET,
    )


def _extras(extras: Extras) -> _Extras:
    return _Extras(
        source="huggingface",
        code=extras.code,
        stars=extras.stars,
        project=extras.project,
        summary=extras.summary,
    )


def _mention(mention: Mention, *, is_shown: bool, uncounted: str) -> _Mention:
    """A mention by its numbers; what people wrote only where it is shown, which is looked after."""
    author = mention.author
    is_told = is_shown or mention.source not in SOCIAL_SOURCES
    return _Mention(
        source=mention.source,
        id=mention.id,
        url=mention.url,
        author=author.username if author and is_told else "",
        name=author.name if author and is_told else "",
        created_at=mention.created_at,
        text=mention.text if is_told else "",
        counts=mention.counts,
        shown=is_shown,
        uncounted=uncounted,
    )
