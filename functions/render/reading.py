"""Days as the table has them: their hot papers with history and movement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from msgspec.structs import replace

from functions.render import search
from functions.render.day import Day, HotPaper, hot_papers, imported_day, plain_score
from functions.render.movement import with_movement
from shared import history, table
from shared.filters import Marks
from shared.history import HistoryPoint
from shared.paper import Measured, SourceState
from shared.settings import Settings
from shared.table import Post

# A post lives for a week; its history is of these dates, and of the one on which it was made by hand.
_DAYS_OF_LIFE = 8


def read_day(
    settings: Settings, post: Post, *, listed: int, sources: dict[str, SourceState], is_partial: bool
) -> Day:
    """A day with the papers that are hot now, whatever was published of it; an imported one as it is."""
    if post.imported:
        return imported_day(settings, post, post.imported, papers_of(post, post.imported.papers))
    papers = hot_papers(settings, table.papers(post.date, least_score=settings.paper_score_threshold))
    return Day(
        date=post.date,
        published_at=post.published_at,
        listed=listed,
        is_partial=is_partial,
        sources=sources,
        papers=_with_history(settings, post, papers),
    )


def published_day(settings: Settings, post: Post, *, with_history: bool = True) -> Day:
    """A day as it was published: the papers of the post's rows, those that have cooled since among them."""
    if post.imported:
        return imported_day(settings, post, post.imported, papers_of(post, post.imported.papers))
    papers = hot_papers(settings, papers_of(post, (row.id for row in post.rows)), threshold=0)
    return Day(
        date=post.date,
        published_at=post.published_at,
        listed=post.papers,
        is_partial=post.status == "partial",
        sources=post.sources,
        papers=_with_history(settings, post, papers) if with_history else papers,
    )


def papers_of(post: Post, paper_ids: Iterable[str]) -> list[Measured]:
    """Some papers of a day by their ids; only those that are still there."""
    stored = table.stored_papers(table.paper_key(post.date, paper_id) for paper_id in paper_ids)
    return [one.measured for one in stored.values() if one.measured]


def left(settings: Settings, post: Post, day: Day) -> tuple[HotPaper, ...]:
    """The papers that were in a day's post and are not hot any more: their rank is 0.

    They lead to no filter, as their pages are not written again when a filter goes.
    """
    now = {hot.paper.id for hot in day.papers}
    gone = papers_of(post, (row.id for row in post.rows if row.id not in now))
    papers = hot_papers(settings, gone, threshold=0)
    return tuple(replace(hot, rank=0, marks=Marks()) for hot in _with_history(settings, post, papers))


def search_entries(dates: Iterable[str]) -> dict[str, tuple[search.Entry, ...]]:
    """What a search finds the papers of some days by, by date: as search.entry makes it."""
    return {
        day: tuple(replace(one, score=plain_score(one.score)) for one in entries)
        for day, entries in table.search_entries(dates, search.Entry).items()
    }


def _with_history(settings: Settings, post: Post, papers: tuple[HotPaper, ...]) -> tuple[HotPaper, ...]:
    if not papers:
        return papers
    first = date.fromisoformat(post.date)
    dates = {(first + timedelta(days=number)).isoformat() for number in range(_DAYS_OF_LIFE)}
    dates |= {hot.measured_at[:10] for hot in papers}
    histories = history.of_papers((hot.paper.id for hot in papers), sorted(dates))
    with_points = tuple(replace(hot, history=histories.get(hot.paper.id, {})) for hot in papers)
    changed = max(hot.measured_at[:10] for hot in papers)
    if changed <= post.published_at[:10]:
        return with_points
    before: dict[str, dict[str, HistoryPoint]] = {}
    for paper_id, points in histories.items():
        earlier = {day: point for day, point in points.items() if day < changed}
        if earlier:
            before[paper_id] = earlier
    return with_movement(with_points, before, settings.paper_score_threshold)
