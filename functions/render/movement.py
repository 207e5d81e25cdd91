"""How papers have moved within their day's post since the day before its numbers last changed.

Told of the moment of that change, not of now: a run that changes nothing tells the same again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from functions.render.day import HotPaper, in_order
from shared.history import HistoryPoint


def with_movement(
    papers: tuple[HotPaper, ...], histories: Mapping[str, Mapping[str, HistoryPoint]], threshold: float
) -> tuple[HotPaper, ...]:
    """Papers in their order now, each with the places gained since its newest point of history.

    Papers that have left the post since are not reckoned with.
    """
    scores = {paper_id: points[max(points)].score for paper_id, points in histories.items()}
    if not scores:
        # Nothing is known of the time before: that is no movement.
        return papers
    then = in_order((score, paper_id) for paper_id, score in scores.items() if score >= threshold)
    places = {paper_id: place for place, (_, paper_id) in enumerate(then, 1)}
    return tuple(
        replace(hot, movement=places[hot.paper.id] - hot.rank if hot.paper.id in places else "new")
        for hot in papers
    )
