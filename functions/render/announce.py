"""Tells the event bus that a post has appeared: at least once, and never again for what is refreshed.

The post remembers that it was told only after it was. A crash in between tells it twice; what listens can
know a repeat by `site` and `date`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from functions.render.day import plain_score
from functions.render.objects import post_key
from shared import aws, clock, table
from shared.log import logger
from shared.settings import Settings
from shared.table import Post

DETAIL_TYPE = "PostPublished"
# A day that is older when it appears was filled in later: nobody wants a mail for each of those.
_RECENT = timedelta(days=8)
_TOP = 3


class NotAnnouncedError(Exception):
    """Posts are published, and the event bus could not be told; the text says which and why."""


class _Paper(Struct, frozen=True):
    id: str
    title: str
    score: float


class Detail(Struct, frozen=True, kw_only=True):
    """The event's `detail`. `site` is the bucket, so that stacks of one account can be told apart."""

    v: int
    site: str
    date: str
    title: str
    url: str
    markdown: str
    papers: int
    listed: int
    published_at: str
    recent: bool
    top: tuple[_Paper, ...]


def unannounced(posts: list[Post], now: datetime) -> list[Post]:
    """The posts that nobody has been told of, oldest first; one that could not be told is tried for days."""
    return sorted(
        (post for post in posts if not post.announced and now - clock.parse_iso(post.published_at) < _RECENT),
        key=lambda post: post.date,
    )


def announce(settings: Settings, posts: list[Post]) -> None:
    """Tell of posts, each by itself; raises NotAnnouncedError in the end if one could not be told."""
    failures = []
    for post in posts:
        try:
            aws.put_event(DETAIL_TYPE, msgspec.json.encode(_detail(settings, post)).decode())
        except aws.EventError as error:
            logger.error("post not announced", extra={"date": post.date, "reason": str(error)})
            failures.append(f"{post.date}: {error}")
            continue
        table.put_post(msgspec.structs.replace(post, announced=True))
    if failures:
        raise NotAnnouncedError("; ".join(failures))


def _detail(settings: Settings, post: Post) -> Detail:
    age = clock.parse_iso(post.published_at) - clock.midnight(post.date)
    return Detail(
        v=1,
        site=settings.bucket_name,
        date=post.date,
        title=f"{settings.site_title} {post.date}",
        url=f"{settings.site_url}/{post.date}.html",
        markdown=post_key(post.date),
        papers=len(post.rows),
        listed=post.papers,
        published_at=post.published_at,
        recent=age < _RECENT,
        top=tuple(_Paper(row.id, row.title, plain_score(row.score)) for row in post.rows[:_TOP]),
    )
