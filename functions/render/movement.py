"""How papers have moved within their day's post since the day before its numbers last changed.

Told from the history, and of the moment of that change: a run that changes nothing tells the same again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec.structs import replace

from functions.render.day import HotPaper, in_order
from shared import table
from shared.table import HistoryPoint

# A post lives for a week; what a day by hand was before that is no movement.
_DAYS_BACK = 7


def moved(papers: tuple[HotPaper, ...], *, published_at: str, threshold: float) -> tuple[HotPaper, ...]:
    """The papers with their movement, where the post had been published before their numbers changed.

    Reads the history of these papers; papers that have left the post since are not reckoned with.
    """
    changed = max((hot.measured_at[:10] for hot in papers), default="")
    if changed <= published_at[:10]:
        return papers
    dates = [
        (date.fromisoformat(changed) - timedelta(days=back)).isoformat() for back in range(1, _DAYS_BACK + 1)
    ]
    return with_movement(papers, table.histories((hot.paper.id for hot in papers), dates), threshold)


def with_movement(
    papers: tuple[HotPaper, ...], histories: Mapping[str, Mapping[str, HistoryPoint]], threshold: float
) -> tuple[HotPaper, ...]:
    """Papers in their order now, each with the places gained since its newest point of history."""
    scores = {paper_id: points[max(points)].score for paper_id, points in histories.items()}
    then = in_order((score, paper_id) for paper_id, score in scores.items() if score >= threshold)
    places = {paper_id: place for place, (_, paper_id) in enumerate(then, 1)}
    return tuple(
        replace(hot, movement=places[hot.paper.id] - hot.rank if hot.paper.id in places else "new")
        for hot in papers
    )
