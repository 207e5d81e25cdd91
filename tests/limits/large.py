"""Papers and mentions as large as they can be, made without end and each time the same."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from functions.fetch.arxiv.record import LONGEST_ABSTRACT, LONGEST_TITLE
from shared import aws, clock, table
from shared.paper import Author, Counts, Measured, Mention, Paper, SourceState

RUN = "2021-06-19T07:55:00Z"
DATE = "2021-06-18"
SOURCES = {
    name: SourceState(state="measured", measured_at=RUN)
    for name in ("x", "bluesky", "hackernews", "huggingface")
}
_AT = datetime(2021, 6, 18, 12, tzinfo=UTC)
_BASE_32 = "abcdefghijklmnopqrstuvwxyz234567"
_IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0x9FA6)))


def paper(number: int = 1, *, authors: int = 3, **more: Any) -> Paper:
    """A paper of the day with so many authors."""
    values: dict[str, Any] = {
        "title": f"A study of the thing that has the number {number} among many others",
        "authors": tuple(f"Wolfgang A. Author-{each:05}" for each in range(authors)),
        "categories": ("cs.LG", "stat.ML"),
        "abstract": " ".join(f"word{number}x{each}" for each in range(80)),
        "listed": DATE,
    }
    return Paper(id=f"2106.{number:05}", **(values | more))


def largest_paper(number: int = 1) -> Paper:
    """One with 3,000 authors, and as long a title and abstract as there can be."""
    return paper(number, authors=3_000, title="t" * LONGEST_TITLE, abstract="ab " * (LONGEST_ABSTRACT // 3))


def words(chance: random.Random, length: int) -> str:
    """A text that no compression makes much of."""
    return "".join(chance.choices(_IDEOGRAPHS, k=length))


def on_x(number: int, text: str = "Read this.", **counts: int) -> Mention:
    """A post on X by an account of its own, its ids as long as they are and as random."""
    chance = random.Random(number)
    return Mention(
        source="x",
        id=str(1_405_000_000_000_000_000 + chance.randrange(10**15)),
        counts=Counts(**(counts or {"reposts": 3, "likes": 10 + number % 7, "replies": 1})),
        author=Author(id=str(1_300_000_000_000_000_000 + chance.randrange(10**17))),
        created_at=_AT,
        text=text,
        lang="en",
    )


def on_bluesky(number: int, text: str = "Seen here.", **counts: int) -> Mention:
    """The same on Bluesky, where names come along."""
    chance = random.Random(number)
    did = f"did:plc:{''.join(chance.choices(_BASE_32, k=24))}"
    key = "".join(chance.choices(_BASE_32, k=13))
    return Mention(
        source="bluesky",
        id=f"at://{did}/app.bsky.feed.post/{key}",
        cid=f"bafyrei{''.join(chance.choices(_BASE_32, k=52))}",
        url=f"https://bsky.app/profile/{did}/post/{key}",
        counts=Counts(**(counts or {"reposts": 2, "likes": 5 + number % 5})),
        author=Author(id=did, name=f"Reader {number}", username=f"reader-{number}.bsky.social"),
        created_at=_AT,
        text=text,
        lang="en",
    )


def mentions(each: int, length: int) -> list[Mention]:
    """So many mentions on each of X and Bluesky, their texts of so many characters."""
    chance = random.Random(0)
    # Far more than a compression looks back.
    text = words(chance, 200_000)
    made: list[Mention] = []
    for number in range(each):
        start = chance.randrange(len(text) - length)
        said = text[start : start + length]
        made += [on_x(number, said), on_bluesky(number, said[::-1])]
    return made


def measured_at(number: int) -> str:
    """The time of a run, an hour apart each."""
    return clock.iso(datetime.fromtimestamp(clock.run_time(RUN).timestamp() + 3600 * number, UTC))


def keep(measured: Measured, *, version: int = 1) -> None:
    """Write a paper into the table, over the version before."""
    aws.put_together([table.paper_put(table.StoredPaper(measured, version), over=version - 1)])
