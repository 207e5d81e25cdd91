"""A line of the archive as data (docs/data.md) as its day."""

from __future__ import annotations

import re

import msgspec

from functions.render import markdown
from functions.render.export import VERSION, DayData, PaperData
from infra.archive.lines import CATEGORY, FormError, check_lengths, is_moment
from infra.archive.post import OldPost, imported_as, imported_post
from shared import identifiers
from shared.paper import Frozen, Measured, Mention, Paper, SourceState
from shared.settings import Settings

_CATEGORY = re.compile(CATEGORY)
# Of Markdown, too: https://spec.commonmark.org/0.31.2/#line-ending
_LINE_END = re.compile("[\r\n]")
# More than any paper has; neither the table nor JSON takes a number of any size.
_HIGHEST_SCORE = 10**18


class _Versioned(msgspec.Struct):
    v: int


def parse(line: bytes, number: int, settings: Settings) -> OldPost:
    """The day of a line; raises FormError for what is none, with its number in the file.

    What its post said of itself is not in the data: its front matter is made by the settings. No mention is
    shown, as their words are not there either.
    """
    try:
        version = msgspec.json.decode(line, type=_Versioned).v
        if version != VERSION:
            raise FormError(number, f"version {version} is not {VERSION}")
        day = msgspec.json.decode(line, type=DayData)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise FormError(number, str(error)) from None
    if not is_moment(day.published_at):
        raise FormError(number, f"{day.published_at!r} is no time")
    for name, state in day.sources.items():
        if state.measured_at and not is_moment(state.measured_at):
            raise FormError(number, f"{name}: {state.measured_at!r} is no time")
    papers = tuple(_paper(one, day, number) for one in day.papers)
    if len({one.paper.id for one in papers}) != len(papers):
        raise FormError(number, "a paper is there twice")
    if [one.rank for one in day.papers] != list(range(1, len(papers) + 1)):
        raise FormError(number, "its ranks are not 1, 2 and so on")
    front_matter = markdown.front_matter(settings, day.date, day.published_at)
    imported = imported_as(front_matter, papers, of=line)
    sources: dict[str, SourceState] = dict(day.sources)  # type: ignore[arg-type]
    return OldPost(post=imported_post(day.date, day.published_at, sources, imported), papers=papers)


def _paper(one: PaperData, day: DayData, number: int) -> Measured:
    if identifiers.normalise(one.id) != one.id:
        raise FormError(number, f"{one.id!r} is no identifier of arXiv")
    if wrong := [code for code in one.categories if not _CATEGORY.fullmatch(code)]:
        raise FormError(number, f"{one.id}: {wrong[0]!r} is no category")
    if not is_moment(one.measured_at):
        raise FormError(number, f"{one.id}: {one.measured_at!r} is no time")
    if not 0 <= one.score <= _HIGHEST_SCORE:
        raise FormError(number, f"{one.id}: {one.score!r} is no score")
    if any(_LINE_END.search(text) for text in (one.title, one.abstract, *one.authors)):
        raise FormError(number, f"{one.id}: a text has more than one line")
    check_lengths(number, one.id, one.title, one.abstract, one.authors)
    return Measured(
        paper=Paper(
            id=one.id,
            title=one.title,
            authors=one.authors,
            categories=one.categories,
            abstract=one.abstract,
            listed=day.date,
        ),
        mentions=tuple(Mention(source=each.source, id=each.id, counts=each.counts) for each in one.mentions),
        uncounted=tuple((each.source, each.id, each.uncounted) for each in one.mentions if each.uncounted),
        sources=dict(day.sources),  # type: ignore[arg-type]
        score=round(one.score, 6),
        measured_at=one.measured_at,
        frozen=Frozen(rank=one.rank, totals=dict(one.totals)),  # type: ignore[arg-type]
    )
