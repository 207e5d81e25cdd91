"""How Bluesky sends a post: the record its author wrote, and what the service makes of it.

Shapes: https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (feed, embed, richtext).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from infra.local.standin.bluesky_ids import cid, did
from infra.local.standin.bluesky_post import BlueskyPost
from infra.local.standin.records import Span

LABELLER = did("labeller.example.com")
JOINED = "2023-04-26T19:05:34.249Z"
UNKNOWN_FACET = {"$type": "com.example.richtext.facet#novelty", "colour": "red"}
UNKNOWN_EMBED = "com.example.embed.novelty"


def view(post: BlueskyPost, others: dict[str, BlueskyPost]) -> dict[str, Any]:
    """The post as a search shows it; `others` are the posts that a quote can show, by uri."""
    sent: dict[str, Any] = {
        "uri": post.uri,
        "cid": cid(post.uri),
        "author": _author(post),
        "record": _record(post),
        "bookmarkCount": 0,
        **_counts(post),
        "labels": _labels(LABELLER, post.uri, post.labels),
    }
    if shown := _embed_view(post, others):
        sent["embed"] = shown
    return sent


def _author(post: BlueskyPost) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "did": post.did,
        "handle": post.handle,
        "avatar": f"https://cdn.bsky.app/img/avatar/plain/{post.did}/{cid(post.did)}@jpeg",
        "associated": {"chat": {"allowIncoming": "all"}},
        # What authors say of themselves, `!no-unauthenticated` say, is a label by their own hand.
        "labels": _labels(post.did, f"at://{post.did}/app.bsky.actor.profile/self", post.author_labels),
        "createdAt": JOINED,
    }
    return sent if post.name is None else sent | {"displayName": post.name}


def _counts(post: BlueskyPost) -> dict[str, Any]:
    return {
        "replyCount": post.replies,
        "repostCount": post.reposts,
        "likeCount": post.likes,
        "quoteCount": post.quotes,
        "indexedAt": _time(post.indexed),
    }


def _labels(source: str, uri: str, values: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"src": source, "uri": uri, "cid": cid(uri), "val": each, "cts": JOINED} for each in values]


def _record(post: BlueskyPost) -> dict[str, Any]:
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.post",
        "createdAt": _time(post.created_at),
        "text": post.text,
    }
    if post.langs:
        record["langs"] = list(post.langs)
    if facets := _facets(post):
        record["facets"] = facets
    if embed := _embed(post):
        record["embed"] = embed
    return record


def _facets(post: BlueskyPost) -> list[dict[str, Any]]:
    found: list[tuple[Span, dict[str, str]]] = [
        *((each, {"$type": "app.bsky.richtext.facet#link", "uri": each.uri}) for each in post.links),
        *((each, {"$type": "app.bsky.richtext.facet#mention", "did": each.did}) for each in post.mentions),
        *((each, {"$type": "app.bsky.richtext.facet#tag", "tag": each.tag}) for each in post.tags),
    ]
    found.sort(key=lambda each: each[0].start)
    # A kind that nobody knows stands alone over the text, and before the others where they are.
    novel = [UNKNOWN_FACET] if post.unknown_types else []
    alone = [_facet(post.text, Span(start=0, end=len(post.text)), novel)] if novel else []
    return alone + [_facet(post.text, span, [*novel, feature]) for span, feature in found]


def _facet(text: str, span: Span, features: list[dict[str, str]]) -> dict[str, Any]:
    """Facets count bytes of UTF-8 where the world counts code points."""
    start, end = (len(text[:place].encode()) for place in (span.start, span.end))
    return {"features": features, "index": {"byteStart": start, "byteEnd": end}}


def _external(link: str | None, suffix: str = "") -> dict[str, Any] | None:
    """The preview of a page, as written or with `#view` as shown."""
    if link is None:
        return None
    page = {"uri": link, "title": "Example card", "description": "What the page says about itself."}
    return {"$type": f"app.bsky.embed.external{suffix}", "external": page}


def _embed(post: BlueskyPost) -> dict[str, Any] | None:
    """The embed as the author wrote it."""
    media = _external(post.card)
    if post.quoted is None:
        return media or ({"$type": UNKNOWN_EMBED} if post.unknown_types else None)
    record = {"$type": "app.bsky.embed.record", "record": {"cid": cid(post.quoted), "uri": post.quoted}}
    if media is None:
        return record
    return {"$type": "app.bsky.embed.recordWithMedia", "media": media, "record": record}


def _embed_view(post: BlueskyPost, others: dict[str, BlueskyPost]) -> dict[str, Any] | None:
    """The embed as the service shows it."""
    media = _external(post.card, "#view")
    if post.quoted is None:
        return media or ({"$type": f"{UNKNOWN_EMBED}#view"} if post.unknown_types else None)
    record = _quoted_view(post.quoted, others)
    if media is None:
        return {"$type": "app.bsky.embed.record#view", "record": record}
    return {"$type": "app.bsky.embed.recordWithMedia#view", "media": media, "record": {"record": record}}


def _quoted_view(uri: str, others: dict[str, BlueskyPost]) -> dict[str, Any]:
    """The quoted post, whose links are its own and not the quoting one's; what it quotes is left out."""
    quoted = others.get(uri)
    if quoted is None:
        return {"$type": "app.bsky.embed.record#viewNotFound", "uri": uri, "notFound": True}
    media = _external(quoted.card, "#view")
    return {
        "$type": "app.bsky.embed.record#viewRecord",
        "uri": uri,
        "cid": cid(uri),
        "author": _author(quoted),
        "value": _record(quoted),
        "labels": _labels(LABELLER, uri, quoted.labels),
        **_counts(quoted),
        "embeds": [media] if media else [],
    }


def _time(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03}Z"
