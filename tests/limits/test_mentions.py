"""A paper that 2,000 posts link: its numbers, its page, its data."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from functions.render import public, site
from functions.render.day import Day, hot_papers
from infra.local.standin import World
from infra.local.standin.build import user
from shared import attention
from shared.attention import Rules
from shared.paper import FULL_MENTIONS, MESSAGE_VERSION, Author, Message, room_in, trim
from shared.settings import Settings
from tests.limits.large import DATE, RUN, SOURCES, largest_paper, mentions
from tests.steps.chain import DAY, Chain, before, paper, running, said

POSTS = 2_000
TALKED_ABOUT = paper(10010)


@pytest.fixture(name="chain", scope="module")
def _chain() -> Iterator[Chain]:
    """Its day, published."""
    people = tuple(user(f"reader_{number}", f"Reader {number}") for number in range(POSTS))
    world = World(
        papers=(*before(DAY, 10000), TALKED_ABOUT),
        users=people,
        posts=tuple(
            said(TALKED_ABOUT, 10, number % 50, by=by, serial=number, words=f"{number} {'words ' * 10}")
            for number, by in enumerate(people)
        ),
    )
    with running(world, settings={"X_POSTS_PER_RUN": "4000"}) as chain:
        chain.order(date=str(DAY))
        yield chain


def test_each_of_its_mentions_counts(chain: Chain) -> None:
    score = sum(10 + number % 50 for number in range(POSTS))
    assert chain.ranking() == [(TALKED_ABOUT.id, score)]
    (told,) = chain.data()["papers"]
    assert told["totals"] == {"x": {"reposts": 10 * POSTS, "likes": score - 10 * POSTS}}
    assert len(told["mentions"]) == POSTS
    assert sum(sum(one["counts"].values()) for one in told["mentions"]) == score


def test_its_page_shows_the_strongest_and_adds_up_the_others(chain: Chain) -> None:
    page = chain.read(f"paper/{TALKED_ABOUT.id}.html")
    assert page.count("<blockquote") == attention.SHOWN_MENTIONS
    (listed,) = re.findall(r'<ul class="others">\n(.*?)</ul>', page, re.DOTALL)
    assert listed.count("<li>") == FULL_MENTIONS + 1
    left = POSTS - attention.SHOWN_MENTIONS - FULL_MENTIONS
    # The weakest by far: likes go from 0 to 49, each as often as the other.
    likes = sum(number % 50 for number in range(POSTS)) - 40 * sum(range(43, 50)) - 30 * 42
    assert f"<li>{left:,} more on X: {10 * left:,} reposts, {likes:,} likes</li>" in listed
    assert len(page) < 100_000


def test_a_day_of_papers_with_all_that_is_kept_has_a_page_and_data_of_bounded_size() -> None:
    about = largest_paper()
    bare = Message(v=MESSAGE_VERSION, run=RUN, paper=about, sources=SOURCES)
    kept = attention.apply(
        None, replace(bare, mentions=trim(tuple(mentions(3_000, 1_000)), room_in(bare))), Rules(weights={})
    )
    assert len(kept.mentions) > 4_000
    named = tuple(
        replace(one, author=Author(id="1", name="Ada", username="example_ada")) if one.source == "x" else one
        for one in kept.mentions
    )
    day = Day(
        date=DATE,
        published_at=RUN,
        listed=1,
        is_partial=False,
        sources=SOURCES,
        papers=hot_papers(Settings(), [replace(kept, mentions=named)]),
    )
    (page,) = site.paper_objects(Settings(), day).values()
    assert len(page.body) < 500_000
    assert len(public.day_json(Settings(), day)) < 3_000_000
    assert all(
        len(one.body) < 3_000_000 for one in site.day_objects(Settings(), day, older="", newer="").values()
    )
