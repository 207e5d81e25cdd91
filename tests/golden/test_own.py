"""Days of our own making through the whole chain, with the posts that were written for them by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from infra.local import sample
from infra.local.standin import Fault, World, load
from infra.local.standin.build import cold_papers, post, user
from infra.local.standin.neighbours import neighbours
from infra.local.standin.schedule import submitted
from infra.local.standin.world import Paper, Story, Upvotes
from tests.steps.chain import Chain, due, running

OWN = Path(__file__).with_name("own")
DAY = date(2021, 11, 10)
EMPTY_DAY = date(2021, 11, 11)
OLD_DAY = date(2007, 3, 21)
LONG_AFTER = datetime(2021, 11, 12, 7, 55, tzinfo=UTC)

ADA, BOB, NOBODY = user("ada_example", "Ada & Ada"), user("bob_example", "Bob"), user("nobody", "Nobody")
TIME = submitted(DAY, 1)[0]
NOON = datetime(2021, 11, 10, 12, tzinfo=UTC)


def paper(
    number: int, title: str, authors: tuple[str, ...], categories: tuple[str, ...], abstract: str
) -> Paper:
    return Paper(
        id=f"2111.{number:05}",
        title=title,
        authors=authors,
        categories=categories,
        abstract=abstract,
        listed=DAY,
        versions=(TIME,),
    )


def link(number: int) -> str:
    return f"https://arxiv.org/abs/2111.{number:05}v1"


PAPERS = (
    paper(
        5010,
        "On <b>tags</b> & [links](https://example.org) where $a<b$ &amp; more",
        ("Ada Example", "Bob O'Neil"),
        ("cs.NA", "math.NA", "math.IT", "cs.IT", "cs.LG"),
        "# Not a heading: R&D of x < y.",
    ),
    paper(
        5020,
        r"Two   spaces and $\alpha$",
        ("1. Number Example",),
        ("stat.ML",),
        r"1. Not a list. $\sum_{i} x_i$ & *this* stays.",
    ),
    paper(5030, "Discussed elsewhere", ("Ada Example",), ("cs.CR",), ""),
    paper(5035, "First of a tie", ("Ada Example",), ("cs.CR",), "> Not a quotation."),
    paper(5040, "Second of a tie", ("- Dash Example", "Ada Example"), ("cs.CV",), "```not a fence"),
    paper(5050, "Loved by somebody unknown", ("Ada Example",), ("cs.CL",), "2021 is no list."),
    paper(5060, "Not quite hot", ("Ada Example",), ("cs.CL",), "49 is less than 50."),
)
TWO_AT_ONCE = post(
    NOON,
    ADA,
    "Two at once: \"a\" < 'b' & more\n@bob_example #ML $ABC",
    [link(5010), link(5020)],
    reposts=100,
    likes=50,
)
POSTS = (
    TWO_AT_ONCE,
    post(NOON + timedelta(hours=1), BOB, "ورقة جديدة", [link(5010)], lang="ar", reposts=20, likes=6),
    post(NOON + timedelta(hours=2), BOB, "Too little to be shown.", [link(5010)], reposts=12, likes=12),
    post(NOON + timedelta(hours=3), BOB, "", retweet_of=TWO_AT_ONCE.id),
    post(NOON, NOBODY, "Whose?", [link(5050)], serial=1, state="authorless", reposts=30, likes=25),
    post(NOON, BOB, "Almost.", [link(5060)], serial=2, reposts=29, likes=20),
)


def story(number: int, paper_number: int, points: int, comments: int) -> Story:
    return Story(
        id=number,
        title=f"Story {number}",
        author="hn",
        created_at=NOON,
        url=link(paper_number),
        points=points,
        comments=comments,
    )


EVERYTHING = World(
    papers=PAPERS,
    users=(ADA, BOB, NOBODY),
    posts=POSTS,
    stories=(story(101, 5030, 30, 10), story(102, 5030, 45, 5), story(103, 5035, 51, 0)),
    upvotes=(
        Upvotes(paper="2111.05020", date=DAY, upvotes=3),
        Upvotes(paper="2111.05040", date=EMPTY_DAY, upvotes=51, comments=4),
    ),
)
EMPTY = World(papers=cold_papers(EMPTY_DAY, [f"2111.{number:05}" for number in range(6000, 6010)]))
# Ids of before April 2007 are numbered by archive; X and its like look back a week, Hacker News for ever.
OLD = World(
    papers=tuple(
        Paper(
            id=paper_id,
            title=f"An old paper {paper_id}",
            authors=("Ada Example",),
            categories=(category,),
            abstract="Old.",
            listed=OLD_DAY,
            versions=(submitted(OLD_DAY, 1)[0],),
        )
        for paper_id, category in (
            ("cs/0703101", "cs.CC"),
            ("math/0703599", "cs.NA"),
            ("cs/0703102", "cs.DS"),
        )
    ),
    stories=(
        Story(
            id=7,
            title="Old",
            author="hn",
            created_at=datetime(2007, 3, 22, 10, tzinfo=UTC),
            url="https://arxiv.org/abs/math.NA/0703599v2",
            points=61,
            comments=2,
        ),
        Story(
            id=8,
            title="Years later",
            author="hn",
            created_at=datetime(2021, 11, 11, 10, tzinfo=UTC),
            url="https://arxiv.org/abs/cs/0703102",
            points=500,
        ),
    ),
)


def check(chain: Chain, day: date) -> None:
    expected = (OWN / f"{day}.md").read_text(encoding="utf-8")
    assert chain.post(day).split("\n") == expected.split("\n")


@pytest.mark.parametrize(
    ("listed_by", "vocabulary", "offsets"),
    [
        ("oai", "tweet", "escaped"),
        ("oai", "post", "unescaped"),
        ("query", "post", "escaped"),
        ("query", "tweet", "unescaped"),
    ],
)
def test_a_day_with_everything(listed_by: str, vocabulary: str, offsets: str) -> None:
    with running(
        neighbours(EVERYTHING, DAY), due(DAY), vocabulary=vocabulary, entity_offsets=offsets
    ) as chain:
        if listed_by == "query":
            chain.standin.faults.append(Fault("oai", "500"))
        chain.order(due(DAY), date=str(DAY))
        check(chain, DAY)


def test_a_day_without_a_hot_paper() -> None:
    with running(neighbours(EMPTY, EMPTY_DAY), due(EMPTY_DAY)) as chain:
        chain.order(due(EMPTY_DAY), date=str(EMPTY_DAY))
        check(chain, EMPTY_DAY)


def test_a_day_of_old_identifiers() -> None:
    with running(OLD, LONG_AFTER) as chain:
        chain.order(LONG_AFTER, date=str(OLD_DAY))
        check(chain, OLD_DAY)


def test_the_sample_day() -> None:
    world = load(sample.WORLD)
    day = date(2021, 6, 18)
    with running(world, due(day), settings=sample.SETTINGS) as chain:
        chain.order(due(day), measure=True)
        check(chain, day)
        assert "# 1. LoRA: Low-Rank Adaptation" in chain.post(day)
        assert chain.post(day).index("- retweets: 2059, favorites: 229 (") < chain.post(day).index("# 2. ")
