"""A day as it is shown: its hot papers in order, with their totals and the mentions to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from shared import attention, filters, identifiers
from shared.attention import SOCIAL_SOURCES
from shared.filters import Marks
from shared.history import HistoryPoint
from shared.paper import (
    SOURCE_LABELS,
    Counts,
    Extras,
    Frozen,
    Measured,
    Mention,
    Paper,
    SourceState,
    Uncounted,
)
from shared.settings import Settings
from shared.table import Imported, Post, PostRow


def missing(sources: Mapping[str, SourceState]) -> list[str]:
    """The sources that are on and were unavailable or capped, in words."""
    words = []
    for name, label in SOURCE_LABELS.items():
        state = sources.get(name)
        if state and state.state == "unavailable":
            words.append(f"{label} unavailable")
        elif state and state.capped:
            words.append(f"{label} capped")
    return words


# So many authors are named on pages over many days; with all of some papers, items would be too large.
_ROW_AUTHORS = 5


class HotPaper(Struct, frozen=True, kw_only=True):
    """A paper of a day: its rank from 1, its totals by source, the mentions shown of it, all of them, and
    which do not count, and why.
    """

    rank: int
    paper: Paper
    score: float
    measured_at: str
    totals: Mapping[str, Counts]
    shown: tuple[Mention, ...]
    mentions: tuple[Mention, ...]
    frozen: Frozen | None = None
    uncounted: dict[tuple[str, str], Uncounted] = {}
    extras: Extras | None = None
    # Places gained since the day before the post's last change; None where nothing can be told.
    movement: int | Literal["new"] | None = None
    history: dict[str, HistoryPoint] = {}
    marks: Marks = Marks()

    @property
    def reposts(self) -> int:
        """Reposts on all sources that have them."""
        return sum(counts.reposts for counts in self.totals.values())

    @property
    def likes(self) -> int:
        """Likes on all sources that have them."""
        return sum(counts.likes for counts in self.totals.values())

    def of(self, source: str) -> Counts:
        """The totals of a source, zero where there is no mention."""
        return self.totals.get(source, Counts())

    def top_story(self) -> Mention | None:
        """The Hacker News story with most points among those that count."""
        stories = [
            mention
            for mention in attention.counted(self.mentions, self.uncounted)
            if mention.source == "hackernews"
        ]
        return max(stories, key=lambda story: (story.counts.points, story.id), default=None)


class Day(Struct, frozen=True, kw_only=True):
    """A listing date with its hot papers. `listed` counts all its papers; `sources` are its states.

    Of an imported post nobody knows how many were `listed`: 0. Its `front_matter` is kept.
    """

    date: str
    published_at: str
    listed: int
    is_partial: bool
    sources: dict[str, SourceState]
    papers: tuple[HotPaper, ...]
    front_matter: str = ""

    def has_measured(self, *names: str) -> bool:
        """Whether any of some sources was ever measured for the day."""
        return any(name in self.sources and self.sources[name].ever_measured for name in names)

    def social(self, hot: HotPaper) -> tuple[int, int] | None:
        """A paper's reposts and likes on all sources that have them; None where nobody knows them.

        That is where none of these sources was ever measured for the day, or where nothing was found and one
        that is on was not: it may have all there is.
        """
        states = [state for name in SOCIAL_SOURCES if (state := self.sources.get(name))]
        is_missing = any(state.state != "off" and not state.ever_measured for state in states)
        is_known = self.has_measured(*SOCIAL_SOURCES) and (hot.reposts or hot.likes or not is_missing)
        return (hot.reposts, hot.likes) if is_known else None

    def rows(self) -> tuple[PostRow, ...]:
        """The papers in few bytes, for pages over many days."""
        return tuple(
            PostRow(
                id=hot.paper.id,
                title=hot.paper.title,
                authors=hot.paper.authors[:_ROW_AUTHORS],
                more_authors=len(hot.paper.authors[_ROW_AUTHORS:]),
                categories=hot.paper.categories,
                score=hot.score,
                reposts=social[0] if social else None,
                likes=social[1] if social else None,
                points=hot.of("hackernews").points,
                upvotes=hot.of("huggingface").upvotes,
                filters=hot.marks.filters,
                highlights=hot.marks.highlights,
            )
            for hot in self.papers
            for social in [self.social(hot)]
        )


def hot_papers(
    settings: Settings, measured: Iterable[Measured], *, threshold: float | None = None
) -> tuple[HotPaper, ...]:
    """The papers from a threshold on, the settings' unless named; by score descending, ties by id."""
    least = settings.paper_score_threshold if threshold is None else threshold
    hot = {one.paper.id: one for one in measured if one.score >= least}
    order = in_order((one.score, paper_id) for paper_id, one in hot.items())
    return _ranked(settings, [hot[paper_id] for _, paper_id in order])


def imported_day(settings: Settings, post: Post, imported: Imported, measured: Iterable[Measured]) -> Day:
    """A day as its imported post has it, in its order: it has no history, and is always whole."""
    ordered = sorted(measured, key=lambda one: one.frozen.rank if one.frozen else 0)
    return Day(
        date=post.date,
        published_at=post.published_at,
        listed=post.papers,
        is_partial=False,
        sources=post.sources,
        papers=_ranked(settings, ordered),
        front_matter=imported.front_matter,
    )


def _ranked(settings: Settings, ordered: Iterable[Measured]) -> tuple[HotPaper, ...]:
    return tuple(
        HotPaper(
            rank=rank,
            paper=one.paper,
            score=one.score,
            measured_at=one.measured_at,
            totals=attention.totals_of(one),
            shown=attention.shown(one, settings.rules),
            mentions=one.mentions,
            frozen=one.frozen,
            uncounted=attention.reasons(one),
            extras=one.extras if one.extras != Extras() else None,
            marks=filters.marks(settings.named_filters, one.paper),
        )
        for rank, one in enumerate(ordered, 1)
    )


def plain_score(score: float) -> float:
    """A score as data has it: 107, not 107.0."""
    return int(score) if score == int(score) else score


def in_order(papers: Iterable[tuple[float, str]]) -> list[tuple[float, str]]:
    """Scores with their papers' ids in the order of a post: score descending, ties by id ascending."""
    return sorted(papers, key=lambda paper: (-paper[0], identifiers.sort_key(paper[1])))
