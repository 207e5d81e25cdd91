"""Papers and posts made in code: what tests and the sample day are built from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.local.standin import bluesky_ids
from infra.local.standin.bluesky_post import BlueskyLink, BlueskyMention, BlueskyPost
from infra.local.standin.records import Tag
from infra.local.standin.schedule import submitted
from infra.local.standin.world import Mention, Paper, Post, Url, User

# What arXiv announces beside the chosen categories is in the block too, and must be left out.
MIXTURE = (
    ("cs.LG", "stat.ML"),
    ("cs.CV",),
    ("math.AG",),
    ("cs.CL", "cs.AI"),
    ("hep-th", "gr-qc"),
    ("stat.ML", "cs.LG"),
    ("math.NA", "cs.NA"),
    ("physics.optics",),
    ("eess.SY", "cs.SY"),
    ("quant-ph", "cs.CC"),
)
# How much of a link Bluesky shows.
SHOWN = 27
# X's ids hold the time: milliseconds since this one, above 22 bits (x.com's "snowflake").
EPOCH_MS = 1288834974657


def arxiv_id(month: str, number: int) -> str:
    """An id of five digits: month as YYMM."""
    if not 0 < number < 100_000:
        raise ValueError(f"{month} has no paper {number}")
    return f"{month}.{number:05}"


def cold_papers(
    listed: date,
    ids: Iterable[str],
    *,
    categories: Sequence[tuple[str, ...]] = MIXTURE,
    title: str = "Sample paper",
    abstract: str = "A filler that nobody talks about.",
) -> tuple[Paper, ...]:
    """Plausible papers of a listing date that nobody mentions, submitted in its window in order of id."""
    ordered = sorted(ids)
    return tuple(
        Paper(
            id=each,
            title=f"{title} {each.replace('.', '-')}",
            authors=(f"Ada Example {place % 7 + 1}", "O'Neil Example"),
            categories=categories[place % len(categories)],
            abstract=abstract,
            listed=listed,
            versions=(time,),
        )
        for place, (each, time) in enumerate(zip(ordered, submitted(listed, len(ordered)), strict=True))
    )


def post_id(at: datetime, serial: int = 0) -> str:
    """The id of a post sent then; `serial` (below 2**22) tells posts of one millisecond apart."""
    since = (at - datetime.fromtimestamp(0, at.tzinfo)) // timedelta(milliseconds=1)
    return str(((since - EPOCH_MS) << 22) + serial)


def sent_at(post: str) -> datetime:
    """When a post was sent, UTC, from its id."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(post) >> 22) + EPOCH_MS)


def user(username: str, name: str) -> User:
    """An account whose id follows from both names, so that worlds made apart can be merged."""
    digest = hashlib.sha256(f"{username}\n{name}".encode()).hexdigest()
    return User(id=str(int(digest[:12], 16) + 10**9), name=name, username=username)


def short_link(seed: str) -> str:
    """A t.co link that follows from `seed`."""
    return "https://t.co/" + hashlib.sha256(seed.encode()).hexdigest()[:10]


def post(
    at: datetime, author: User, words: str, links: Sequence[str] = (), *, serial: int = 0, **more: Any
) -> Post:
    """A post of these words with its links behind them; `@name`, `#tag` and `$TAG` become entities.

    `more` are the other fields of `Post`: counts, lang, state and so on.
    """
    number = post_id(at, serial)
    text, urls = words, []
    for place, link in enumerate(links):
        short = short_link(f"{number}/{place}")
        text += f" {short}"
        shown = re.sub(r"^https?://(www\.)?", "", link)
        urls.append(
            Url(
                start=len(text) - len(short),
                end=len(text),
                url=short,
                expanded_url=link,
                display_url=shown[:30],
            )
        )
    return Post(
        id=number,
        author_id=author.id,
        created_at=at,
        text=text,
        urls=tuple(urls),
        mentions=tuple(
            Mention(start=found.start(), end=found.end(), username=found[1])
            for found in re.finditer(r"(?<!\w)@(\w+)", words)
        ),
        hashtags=_tags(r"(?<!\w)#(\w+)", words),
        cashtags=_tags(r"(?<!\w)\$([A-Z]{1,6})\b", words),
        **more,
    )


def bluesky_post(
    at: datetime,
    handle: str,
    name: str | None,
    words: str,
    links: Sequence[str] = (),
    *,
    serial: int = 0,
    card: str | None = None,
    **more: Any,
) -> BlueskyPost:
    """A post on Bluesky of these words with its links, cut short, behind them.

    `@handle.tld` and `#tag` become facets; `serial` (below 1024) tells an author's posts of one microsecond
    apart; `more` are the other fields of `BlueskyPost`.
    """
    text, facets = words, []
    for link in links:
        shown = re.sub(r"^https?://(www\.)?", "", link)
        shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
        text += f" {shown}"
        facets.append(BlueskyLink(start=len(text) - len(shown), end=len(text), uri=link))
    return BlueskyPost(
        did=bluesky_ids.did(handle),
        handle=handle,
        name=name,
        rkey=bluesky_ids.rkey(at, serial),
        created_at=at,
        text=text,
        links=tuple(facets),
        mentions=tuple(
            BlueskyMention(start=found.start(), end=found.end(), did=bluesky_ids.did(found[1]))
            for found in re.finditer(r"(?<![\w.])@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})", words)
        ),
        tags=_tags(r"(?<!\w)#(\w+)", words),
        card=card,
        **more,
    )


def _tags(pattern: str, words: str) -> tuple[Tag, ...]:
    return tuple(Tag(start=m.start(), end=m.end(), tag=m[1]) for m in re.finditer(pattern, words))
