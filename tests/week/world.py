"""The week that README.md tells of, as the stand-in serves it at each moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from infra.local.standin import Fault, World
from infra.local.standin.bluesky_post import BlueskyPost
from infra.local.standin.build import bluesky_post, cold_papers, post, user
from infra.local.standin.schedule import submitted
from infra.local.standin.world import Paper, Post, Story, Upvotes, User

ONE, TWO, THREE, FOUR = (
    user(f"reader_{word}", f"Reader {word.title()}") for word in ("one", "two", "three", "four")
)
SPAMMER = user("spam_example", "Spam Example")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of a day of November 2026, in UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def _paper(number: int, day: int, title: str) -> Paper:
    listed = date(2026, 11, day)
    return Paper(
        id=f"2611.{number}",
        title=title,
        authors=("Ada Example", "Bob Example"),
        categories=("cs.LG", "cs.CL"),
        abstract=f"What {title} is about.",
        listed=listed,
        versions=(submitted(listed, 1)[0],),
    )


M1, M2, M3 = (_paper(12000 + number, 23, f"Monday {number}") for number in (1, 2, 3))
T1, T2 = (_paper(13000 + number, 24, f"Tuesday {number}") for number in (1, 2))
W1, W2 = (_paper(14000 + number, 25, f"Wednesday {number}") for number in (1, 2))
F1 = _paper(15001, 27, "Friday 1")
N1 = _paper(16001, 30, "Next Monday 1")
# Thursday the 19th is there so that Friday's block has a lower end; each list has its cold papers.
COLD = tuple(
    paper
    for day, first in ((19, 10000), (20, 11000), (23, 12004), (25, 14003), (27, 15002), (30, 16002))
    for paper in cold_papers(date(2026, 11, day), [f"2611.{first + number}" for number in range(3)])
)


def _said(when: datetime, by: User, about: Paper, reposts: int, likes: int, words: str) -> Post:
    return post(when, by, words, [f"https://arxiv.org/abs/{about.id}"], reposts=reposts, likes=likes)


X1 = _said(at(23, 12), ONE, M1, 60, 40, "Read the first of Monday.")
X2 = _said(at(23, 13), TWO, M1, 20, 10, "So did I.")
X3 = _said(at(23, 14), THREE, M2, 15, 5, "A quiet one.")
X4 = _said(at(24, 14), ONE, T1, 40, 20, "Worth the wait.")
X5 = _said(at(26, 9), FOUR, M2, 500, 300, "How did this go unnoticed?")
X6 = _said(at(25, 12), ONE, W1, 33, 22, "Once more: good.")
X7 = _said(at(25, 13), ONE, W1, 30, 10, "Once more: good.")
X8 = _said(at(27, 12), TWO, F1, 25, 30, "For the weekend.")
X9 = _said(at(30, 5), THREE, N1, 12, 3, "Early.")
SPAM = tuple(
    post(at(25, 5, minute), SPAMMER, f"Buy now {minute}", ["https://arxiv.org/abs/2101.00001"], likes=10)
    for minute in range(35)
)


def _skeet(when: datetime, about: Paper, reposts: int, likes: int, words: str) -> BlueskyPost:
    link = f"https://arxiv.org/abs/{about.id}"
    return bluesky_post(when, "reader.example.com", "A Reader", words, [link], reposts=reposts, likes=likes)


B1 = _skeet(at(23, 16), M1, 5, 15, "On Monday:")
B2 = _skeet(at(24, 18), T2, 30, 40, "The second of Tuesday:")


def _story(number: int, when: datetime, about: Paper, points: int, comments: int) -> Story:
    return Story(
        id=number,
        title=about.title,
        author=f"poster{number}",
        created_at=when,
        url=f"https://arxiv.org/abs/{about.id}",
        points=points,
        comments=comments,
    )


S1 = _story(4601, at(23, 15), M3, 45, 12)
S2 = _story(4602, at(24, 15), T1, 10, 0)


def world(now: datetime) -> World:
    """What there is at a moment."""
    papers = [M1, M2, M3, W1, W2, F1, N1, *COLD]
    if now >= at(24, 8, 30):
        papers += [T1, T2]
    upvotes = [Upvotes(paper=M3.id, date=date(2026, 11, 23), upvotes=30)] if now >= at(23, 15) else []
    if now >= at(25, 10):
        upvotes.append(Upvotes(paper=W2.id, date=date(2026, 11, 25), upvotes=52))
    return World(
        papers=tuple(papers),
        users=(ONE, TWO, THREE, FOUR, SPAMMER),
        posts=(
            X1,
            _deleted(X2, now >= at(25, 12)),
            *(X3, X4, X5, X6, X7, X8, X9),
            *(_deleted(one, now >= at(25, 20)) for one in SPAM),
        ),
        bluesky=(B1, B2),
        stories=(replace(S1, points=60) if now >= at(26, 0) else S1, S2),
        upvotes=tuple(upvotes),
    )


def _deleted(one: Post, is_gone: bool) -> Post:
    return replace(one, state="deleted") if is_gone else one


def faults(now: datetime) -> list[Fault]:
    """What is out of order at a moment: Hacker News on Thursday and Friday."""
    return [Fault("hackernews", "503")] if at(26, 0) <= now < at(28, 0) else []


SETTINGS: dict[str, Any] = {"X_POSTS_PER_RUN": "40"}
FIRST, LAST = at(23, 3, 55), at(30, 7, 55)
HOUR = timedelta(hours=1)
