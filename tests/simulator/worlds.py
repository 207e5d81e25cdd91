"""The worlds that simulations play in."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import msgspec

from infra.local.standin import World
from tests.steps.chain import (
    COLD,
    DAY,
    NOW,
    READERS,
    SMALL,
    A,
    B,
    C,
    before,
    paper,
    said,
    skeet,
    story,
    votes,
)

BEGIN = NOW - timedelta(minutes=1)
PAPERS = 60
_FIRST = 10010


# When the numbers of the growing world grow: between two runs of a schedule.
_GROWN = NOW + timedelta(minutes=4)


def world_at(name: str, moment: datetime) -> World:
    """A world as it is at a moment."""
    return world("grown" if name == "growing" and moment >= _GROWN else name)


@cache
def world(name: str) -> World:
    """A world by its name: "small" has three hot papers of four, "day" ten of sixty; "growing" is small."""
    if name in ("small", "growing"):
        return SMALL
    if name == "grown":
        posts = (said(A, 75, 52), said(B, 31, 44), said(C, 14, 5), said(COLD, 80, 9))
        return msgspec.structs.replace(SMALL, posts=posts)
    papers = tuple(paper(_FIRST + number) for number in range(PAPERS))
    hot = papers[5:15]
    return World(
        papers=(*before(DAY, 10000), *papers),
        users=READERS,
        posts=tuple(said(each, 60 + place, 5) for place, each in enumerate(hot[:6])),
        stories=tuple(story(place + 1, each, 70 + place, 3) for place, each in enumerate(hot[4:8])),
        upvotes=tuple(votes(each, 55 + place) for place, each in enumerate(hot[7:])),
        bluesky=(skeet(hot[0], 20, 4), skeet(hot[9], 30)),
    )
