"""What surrounds a day in the real world and must not leak into it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import msgspec

from infra.local.standin.build import arxiv_id, cold_papers, post, user
from infra.local.standin.schedule import window, working_day
from infra.local.standin.world import Paper, Post, World

# How far the block reaches beyond the day's own papers, and how long those of the days around it are.
MARGIN = 12
AROUND = 60
# Where the block lies on a day without papers of its own.
MIDDLE = 2000
# A score that would be hot, one that would not, and how far apart ids of cold papers are.
LOUD, QUIET, STEP = 300, 20, 5

CROWD = tuple(user(f"example_neighbour_{number}", f"Example Neighbour {number}") for number in (1, 2, 3))


def neighbours(world: World, listed: date) -> World:
    """The world with all that makes a day hard to tell from the days around it.

    Cold papers fill the id block of `listed`, one of them held for weeks, one that the query API misses, one
    talked about too little. The working days before and after have announcements with hot papers. An old
    paper with edited metadata and a replaced one have the day's datestamp and are hot. A post with a
    notarxiv.org link and retweets carry counts that belong to no paper.
    """
    own = sorted(paper.id for paper in world.papers if paper.listed == listed)
    month = own[0].partition(".")[0] if own else f"{listed:%y%m}"
    numbers = [int(each.rpartition(".")[2]) for each in own] or [MIDDLE]
    low, high = min(numbers) - MARGIN, max(numbers) + MARGIN
    free = [arxiv_id(month, number) for number in range(low, high + 1, STEP)]
    block = cold_papers(listed, [each for each in free if each not in set(own)])
    before, after = working_day(listed, -1), working_day(listed, 1)
    previous = cold_papers(before, _ids(month, low - AROUND, low))
    # A new month counts from 1.
    newer, first = (month, high + 1) if (after.month == listed.month) else (f"{after:%y%m}", 1)
    following = cold_papers(after, _ids(newer, first, first + AROUND))
    edited, replaced = _old(listed)
    return msgspec.structs.replace(
        world,
        users=(*world.users, *CROWD),
        papers=(*world.papers, *_odd(block, listed), *previous, *following, edited, replaced),
        posts=(
            *world.posts,
            *_quiet(block[len(block) // 2], listed),
            *_loud(previous[len(previous) // 2], (before, listed), 10),
            *_loud(following[len(following) // 2], (after,), 20),
            *_loud(edited, (listed,), 30),
            *_loud(replaced, (listed,), 40),
            *_noise(world, own[0] if own else block[0].id, listed),
        ),
    )


def _ids(month: str, first: int, end: int) -> list[str]:
    return [arxiv_id(month, number) for number in range(first, end, STEP)]


def _odd(block: tuple[Paper, ...], listed: date) -> tuple[Paper, ...]:
    """The block with one paper that was held for weeks and one that the query API does not find."""
    opening, _ = window(listed)
    held = msgspec.structs.replace(block[1], held=True, versions=(opening - timedelta(days=20),))
    missed = msgspec.structs.replace(block[3], queryable=False)
    return (block[0], held, block[2], missed, *block[4:])


def _old(listed: date) -> tuple[Paper, Paper]:
    """Two papers of half a year ago that carry the day's datestamp: one edited, one replaced."""
    then = working_day(listed - timedelta(days=180), 1)
    edited, replaced = cold_papers(
        then, [f"{then:%y%m}.00101", f"{then:%y%m}.00102"], categories=[("cs.LG",)]
    )
    _, closing = window(listed)
    again = (*replaced.versions, closing - timedelta(hours=3))
    return (
        msgspec.structs.replace(edited, datestamp=listed),
        msgspec.structs.replace(replaced, datestamp=listed, versions=again),
    )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, tzinfo=UTC))


def _link(paper: str) -> str:
    return f"https://arxiv.org/abs/{paper}"


def _quiet(paper: Paper, listed: date) -> tuple[Post, ...]:
    return tuple(
        post(
            _at(listed, 9),
            each,
            "Not so loud.",
            [_link(paper.id)],
            serial=number,
            reposts=12,
            likes=QUIET - 12,
        )
        for number, each in enumerate(CROWD[:2], start=1)
    )


def _loud(paper: Paper, days: tuple[date, ...], serial: int) -> tuple[Post, ...]:
    """A hot post on each of the days, about a paper that is of another day."""
    return tuple(
        post(
            _at(day, 10),
            CROWD[0],
            "Of another day.",
            [_link(paper.id)],
            serial=serial,
            reposts=LOUD,
            likes=LOUD,
        )
        for day in days
    )


def _noise(world: World, paper: str, listed: date) -> tuple[Post, ...]:
    """A link that only looks like arXiv's, and retweets of the loudest post."""
    fake = post(
        _at(listed, 11),
        CROWD[1],
        "Not what it seems.",
        [f"https://notarxiv.org/abs/{paper}"],
        serial=50,
        reposts=LOUD,
        likes=LOUD,
    )
    loudest = max(
        (each for each in world.posts if each.state == "ok"),
        key=lambda each: (each.reposts + each.likes, each.id),
        default=None,
    )
    if loudest is None:
        return (fake,)
    retweets = (
        post(
            loudest.created_at + timedelta(minutes=number),
            each,
            "",
            serial=50 + number,
            retweet_of=loudest.id,
        )
        for number, each in enumerate(CROWD, start=1)
    )
    return (fake, *retweets)
