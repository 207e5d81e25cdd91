"""A day as it is shown: its hot papers in order, with their totals and the mentions to show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from shared import attention, identifiers
from shared.attention import SOCIAL_SOURCES
from shared.paper import SOURCE_LABELS, Counts, Measured, Mention, Paper, SourceState
from shared.settings import Settings
from shared.table import PostRow


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


class HotPaper(Struct, frozen=True, kw_only=True):
    """A paper of a day: its rank from 1, its totals by source, the mentions shown of it, and all of them."""

    rank: int
    paper: Paper
    score: float
    measured_at: str
    totals: dict[str, Counts]
    shown: tuple[Mention, ...]
    mentions: tuple[Mention, ...]

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
        """The Hacker News story with most points."""
        stories = [mention for mention in self.mentions if mention.source == "hackernews"]
        return max(stories, key=lambda story: (story.counts.points, story.id), default=None)


class Day(Struct, frozen=True, kw_only=True):
    """A listing date with its hot papers. `listed` counts all its papers; `sources` are its states."""

    date: str
    published_at: str
    listed: int
    is_partial: bool
    sources: dict[str, SourceState]
    papers: tuple[HotPaper, ...]

    def has_measured(self, *names: str) -> bool:
        """Whether any of some sources was ever measured for the day."""
        return any(name in self.sources and self.sources[name].ever_measured for name in names)

    def rows(self) -> tuple[PostRow, ...]:
        """The papers in few bytes, for pages over many days."""
        return tuple(
            PostRow(
                id=hot.paper.id,
                title=hot.paper.title,
                authors=hot.paper.authors,
                categories=hot.paper.categories,
                score=hot.score,
                reposts=hot.reposts if self.has_measured(*SOCIAL_SOURCES) else None,
                likes=hot.likes if self.has_measured(*SOCIAL_SOURCES) else None,
                points=hot.of("hackernews").points,
                upvotes=hot.of("huggingface").upvotes,
            )
            for hot in self.papers
        )


def hot_papers(settings: Settings, measured: Iterable[Measured]) -> tuple[HotPaper, ...]:
    """The papers from the threshold on, by score descending, ties by id ascending."""
    hot = [one for one in measured if one.score >= settings.paper_score_threshold]
    hot.sort(key=lambda one: (-one.score, identifiers.sort_key(one.paper.id)))
    return tuple(
        HotPaper(
            rank=rank,
            paper=one.paper,
            score=one.score,
            measured_at=one.measured_at,
            totals=attention.totals(one.mentions),
            shown=attention.shown(one.mentions, settings.weights, settings.mention_score_threshold),
            mentions=one.mentions,
        )
        for rank, one in enumerate(hot, 1)
    )
