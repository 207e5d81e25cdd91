"""A post on Bluesky as the world holds it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from infra.local.standin.bluesky_ids import post_uri
from infra.local.standin.records import Count, Instant, Record, Span, Tag


class BlueskyLink(Span, frozen=True):
    uri: str


class BlueskyMention(Span, frozen=True):
    did: str


class BlueskyPost(Record, frozen=True):
    """A post on Bluesky; `name` None has no displayName on the wire, an empty one an empty one.

    `card` is the link of the preview below the text, `quoted` the uri of another post: both together are one
    embed of two parts. `unknown_types` adds a facet and an embed of kinds that nobody knows. A deleted post
    is still found but not shown, which makes pages short.
    """

    did: str
    handle: str
    rkey: str
    created_at: Instant  # what the author's program says
    text: str
    indexed_at: Instant | None = None  # at once unless it says otherwise
    name: str | None = ""
    langs: tuple[str, ...] = ("en",)
    links: tuple[BlueskyLink, ...] = ()
    mentions: tuple[BlueskyMention, ...] = ()
    tags: tuple[Tag, ...] = ()
    card: str | None = None
    quoted: str | None = None
    unknown_types: bool = False
    reposts: Count = 0
    likes: Count = 0
    replies: Count = 0
    quotes: Count = 0
    labels: tuple[str, ...] = ()
    author_labels: tuple[str, ...] = ()
    state: Literal["ok", "deleted"] = "ok"

    @property
    def uri(self) -> str:
        """The post's name."""
        return post_uri(self.did, self.rkey)

    @property
    def indexed(self) -> datetime:
        """When the service learnt of it."""
        return self.indexed_at or self.created_at

    @property
    def sort_at(self) -> datetime:
        """The time it is sorted and searched by: the earlier of the two."""
        return min(self.created_at, self.indexed)


def spans(post: BlueskyPost) -> Iterator[tuple[str, Span]]:
    """Everything in the text that means something, and what it is."""
    for kind, found in (("link", post.links), ("mention", post.mentions), ("tag", post.tags)):
        for each in found:
            yield kind, each
