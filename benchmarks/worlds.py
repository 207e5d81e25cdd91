"""Days of arXiv as they are, in the size of their texts and in how much is said about how many papers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from infra.local.standin import World
from infra.local.standin.bluesky_post import BlueskyPost
from infra.local.standin.build import MIXTURE, user
from infra.local.standin.schedule import submitted, working_day
from infra.local.standin.world import Paper, Story, Upvotes
from tests.steps.chain import before, noon, said, skeet, story, votes

HOT = 11
"""Hot papers of a day, as the predecessor's posts have."""
_MENTIONED = 60  # papers of a day that anybody mentions at all
_WORDS = re.findall(
    r"\w+",
    "we present a method that learns representations of sparse graphs from few labelled examples and show "
    "on several benchmarks that it needs less data than models of its size while its bounds are tighter",
)
# Papers that are linked on X, and by how many.
_ON_X, _READERS = 200, 400
# What is mentioned is so again on the days after, by fewer.
_AGAIN = 3
_ABSTRACT_BYTES = 1300


def papers_of(listed: date, number: int, first: int) -> tuple[Paper, ...]:
    """So many papers of a listing date, with consecutive ids, their texts as long as real ones."""
    return tuple(
        Paper(
            id=f"2106.{first + place:05}",
            title=" ".join(_words(place, 10)).capitalize(),
            authors=tuple(f"{chr(65 + each)}da Example {(place + each) % 97}" for each in range(5)),
            categories=MIXTURE[place % 2],
            abstract=" ".join(_words(place, _ABSTRACT_BYTES // 6))[:_ABSTRACT_BYTES],
            listed=listed,
            versions=(time,),
        )
        for place, time in enumerate(submitted(listed, number))
    )


def _words(start: int, number: int) -> Iterator[str]:
    return (_WORDS[(start + each * 7) % len(_WORDS)] for each in range(number))


def week(last: date, days: int, papers: int) -> World:
    """So many announcements up to a date, each of so many papers, talked about everywhere but on X."""
    dates = [last]
    while len(dates) < days:
        dates.insert(0, working_day(dates[0], -1))
    listed: list[Paper] = []
    skeets: list[BlueskyPost] = []
    stories: list[Story] = []
    upvotes: list[Upvotes] = []
    for place, day in enumerate(dates):
        of_day = papers_of(day, papers, 10_010 + place * papers)
        listed += of_day
        for rank, paper in enumerate(islice(of_day, 5, 5 + min(_MENTIONED, papers - 5))):
            skeets += _skeets(paper, rank, place)
            if rank < HOT:
                stories.append(story(place * HOT + rank + 1, paper, 20))
                upvotes.append(votes(paper, 15))
    return World(
        papers=(*before(dates[0], 10_000), *listed),
        bluesky=tuple(skeets),
        stories=tuple(stories),
        upvotes=tuple(upvotes),
    )


def _skeets(paper: Paper, rank: int, place: int) -> Iterable[BlueskyPost]:
    for later in range(_AGAIN if rank < HOT else 1):
        yield skeet(
            paper,
            40 if rank < HOT else 1,
            20,
            at=noon(paper.listed + timedelta(days=later)),
            serial=(place * _AGAIN + later) * 64 + rank,
        )


def busy_day(listed: date, papers: int, mentions: int) -> World:
    """A day that is talked about everywhere, with so many posts on X, whatever number of papers it has."""
    of_day = papers_of(listed, papers, 10_010)
    # From all over the list.
    linked = of_day[:: max(1, papers // _ON_X)][:_ON_X]
    hot, others = linked[:HOT], linked[HOT:]
    readers = tuple(user(f"reader_{number}", f"Reader {number}") for number in range(_READERS))
    of_hot = mentions * 2 // 3
    posts = (
        said(
            hot[place % HOT] if place < of_hot else others[place % len(others)],
            place % 12 if place < of_hot else 0,
            10 + place % 50 if place < of_hot else 10,
            by=readers[place % _READERS],
            words=f"Number {place} of what is worth reading.",
            serial=place,
        )
        for place in range(mentions)
    )
    return World(
        papers=(*before(listed, 10_000), *of_day),
        users=readers,
        posts=tuple(posts),
        bluesky=tuple(one for rank, paper in enumerate(linked) for one in _skeets(paper, rank, 0)),
        stories=tuple(story(rank + 1, paper, 20) for rank, paper in enumerate(hot)),
        upvotes=tuple(votes(paper, 15) for paper in hot),
    )
