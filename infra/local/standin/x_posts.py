"""How X sends a post: fields, the two vocabularies, escaped text, and where its entities stand."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from infra.local.standin.records import Span, Tag
from infra.local.standin.world import Post, User, World

Vocabulary = Literal["tweet", "post"]
Offsets = Literal["escaped", "unescaped"]

# How much of a retweet's text is sent.
RETWEET_LENGTH = 140


def shape(
    post: Post, world: World, fields: set[str], vocabulary: Vocabulary, offsets: Offsets
) -> dict[str, Any]:
    """The post in the fields asked for; always id, text, edit history, in the newer words the author."""
    posts = {each.id: each for each in world.posts}
    users = {each.id: each for each in world.users}
    whole = as_sent(post, posts, users)
    sent: dict[str, Any] = {
        "id": post.id,
        "text": escaped(whole.text),
        f"edit_history_{vocabulary}_ids": [post.id],
    }
    if "author_id" in fields or vocabulary == "post":
        sent["author_id"] = post.author_id
    if "created_at" in fields:
        sent["created_at"] = f"{post.created_at:%Y-%m-%dT%H:%M:%S}.{post.created_at.microsecond // 1000:03}Z"
    if "lang" in fields:
        sent["lang"] = post.lang
    if "conversation_id" in fields:
        sent["conversation_id"] = post.id
    if "public_metrics" in fields:
        sent["public_metrics"] = _metrics(whole, vocabulary)
    if "entities" in fields and (found := _entities(whole, world, offsets)):
        sent["entities"] = found
    referenced = [
        {"type": kind, "id": each}
        for kind, each in (("retweeted", post.retweet_of), ("quoted", post.quote_of))
        if each is not None
    ]
    if referenced and fields & {"referenced_tweets", "referenced_posts"}:
        sent[f"referenced_{vocabulary}s"] = referenced
    return sent


def escaped(text: str) -> str:
    """Text as X sends it: three characters escaped, quotes not."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_sent(post: Post, posts: dict[str, Post], users: dict[str, User]) -> Post:
    """A retweet as X shows it: the original's words cut short, its reposts as if they were its own."""
    original = posts.get(post.retweet_of or "")
    if original is None or post.text:
        return post
    author = users.get(original.author_id)
    name = author.username if author else "someone"
    prefix = f"RT @{name}: "
    text = prefix + original.text
    end = len(text)
    if end > RETWEET_LENGTH:
        end = RETWEET_LENGTH - 1
        text = text[:end] + "…"
    moved = {
        kind: tuple(
            msgspec.structs.replace(each, start=each.start + len(prefix), end=each.end + len(prefix))
            for each in getattr(original, kind)
            if each.end + len(prefix) <= end
        )
        for kind in ("urls", "mentions", "hashtags", "cashtags")
    }
    return msgspec.structs.replace(
        post, text=text, lang=original.lang, reposts=post.reposts or original.reposts, **moved
    )


def _metrics(post: Post, vocabulary: Vocabulary) -> dict[str, int]:
    return {
        "retweet_count" if vocabulary == "tweet" else "repost_count": post.reposts,
        "reply_count": post.replies,
        "like_count": post.likes,
        "quote_count": post.quotes,
        "bookmark_count": 0,
        "impression_count": 0,
    }


def _entities(post: Post, world: World, offsets: Offsets) -> dict[str, list[dict[str, Any]]]:
    def place(offset: int) -> int:
        return len(escaped(post.text[:offset])) if offsets == "escaped" else offset

    def span(each: Span) -> dict[str, Any]:
        return {"start": place(each.start), "end": place(each.end)}

    def tags(values: tuple[Tag, ...]) -> list[dict[str, Any]]:
        return [span(each) | {"tag": each.tag} for each in values]

    ids = {user.username: user.id for user in world.users}
    found: dict[str, list[dict[str, Any]]] = {
        "urls": [
            span(each)
            | {"url": each.url, "expanded_url": each.expanded_url, "display_url": each.display_url}
            | ({"status": 200, "unwound_url": each.unwound_url} if each.unwound_url else {})
            for each in post.urls
        ],
        "mentions": [
            span(each)
            | {"username": each.username}
            | ({"id": ids[each.username]} if each.username in ids else {})
            for each in post.mentions
        ],
        "hashtags": tags(post.hashtags),
        "cashtags": tags(post.cashtags),
    }
    return {kind: values for kind, values in found.items() if values}
