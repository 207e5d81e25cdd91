"""X's answers, in either vocabulary, as posts, users and ids that are gone; and posts as mentions. Pure.

Facts: https://docs.x.com/x-api. A post that cannot be read is left out with a warning; an answer that is not
one raises BadAnswerError.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from functions.fetch.attention.entities import place, unescape
from shared import clock, http, identifiers
from shared.http import BadAnswerError
from shared.log import logger
from shared.paper import Author, Count, Counts, Entity, Mention, Text

_RETWEET = re.compile(r"RT @\w{1,20}: ")
# In characters, an id or a name; X's own have 50 at most. The table's keys have 1024 bytes.
_LONGEST = 200
# Marked pieces of a text that are looked for; each may have to be, in all of it.
_MOST_MARKED = 500
_PICTURE = re.compile(r"pic\.(?:twitter|x)\.com/")


class _Metrics(Struct, frozen=True):
    retweet_count: Count | None = None
    repost_count: Count | None = None
    like_count: Count = 0
    reply_count: Count = 0


class _Url(Struct, frozen=True):
    url: str = ""
    start: int = 0
    end: int = 0
    expanded_url: str = ""
    unwound_url: str = ""
    display_url: str = ""


class _Name(Struct, frozen=True):
    username: str = ""
    start: int = 0
    end: int = 0


class _Tag(Struct, frozen=True):
    tag: str = ""
    start: int = 0
    end: int = 0


class Entities(Struct, frozen=True):
    urls: tuple[_Url, ...] = ()
    mentions: tuple[_Name, ...] = ()
    hashtags: tuple[_Tag, ...] = ()
    cashtags: tuple[_Tag, ...] = ()


class _Note(Struct, frozen=True):
    entities: Entities = Entities()


class _Reference(Struct, frozen=True):
    type: str = ""


class Post(Struct, frozen=True):
    id: str
    text: Text = ""
    author_id: str = ""
    created_at: str = ""
    lang: str = ""
    public_metrics: _Metrics = _Metrics()
    entities: Entities = Entities()
    referenced_tweets: tuple[_Reference, ...] = ()
    referenced_posts: tuple[_Reference, ...] = ()
    note_tweet: _Note = _Note()
    note_post: _Note = _Note()


class _User(Struct, frozen=True):
    id: str = ""
    username: str = ""
    name: str = ""


class _Includes(Struct, frozen=True):
    users: tuple[_User, ...] = ()


class _Error(Struct, frozen=True):
    resource_id: str = ""
    resource_type: str = ""
    value: Any = None
    type: str = ""
    title: str = ""
    detail: str = ""


class _Meta(Struct, frozen=True):
    result_count: int = 0
    next_token: str = ""


class _Wire(Struct, frozen=True):
    data: list[Any] | None = None
    includes: _Includes = _Includes()
    errors: tuple[_Error, ...] = ()
    meta: _Meta | None = None


class Page(Struct, frozen=True):
    """One answer: how many posts and users came, those that can be read, ids that are gone, the token."""

    count: int
    user_count: int
    posts: tuple[Post, ...]
    users: tuple[Author, ...]
    gone: tuple[str, ...]
    next_token: str


def parse_search(body: bytes) -> Page:
    """A page of search. No hits is an answer without `data`, but with a count of 0 in `meta`."""
    wire = http.json_body(body, _Wire)
    if wire.data is None and (wire.meta is None or wire.meta.result_count):
        raise BadAnswerError(f"no posts in the answer{_first_error(wire)}")
    return _page(wire)


def parse_lookup(body: bytes) -> Page:
    """An answer to a lookup: posts, and errors for those that are gone."""
    wire = http.json_body(body, _Wire)
    page = _page(wire)
    if wire.data is None and not page.gone:
        raise BadAnswerError(f"no posts in the answer{_first_error(wire)}")
    return page


def _first_error(wire: _Wire) -> str:
    return f": {wire.errors[0].title} {wire.errors[0].detail}"[:120] if wire.errors else ""


def _page(wire: _Wire) -> Page:
    gone = [
        error.resource_id or str(error.value or "")
        for error in wire.errors
        if error.type.rpartition("/")[2] in ("resource-not-found", "not-authorized-for-resource")
        # A post whose author is gone is still there.
        and error.resource_type != "user"
    ]
    return Page(
        count=len(wire.data or ()),
        user_count=len(wire.includes.users),
        posts=tuple(http.readable(wire.data or (), Post)),
        users=tuple(
            Author(id=user.id, name=user.name or user.username, username=user.username)
            for user in wire.includes.users
            if _is_name(user)
        ),
        gone=tuple(gone),
        next_token=wire.meta.next_token if wire.meta else "",
    )


def _is_name(user: _User) -> bool:
    """Whether somebody is called so: names are kept, and an item has its limit."""
    return bool(user.id and user.username) and max(map(len, (user.id, user.username, user.name))) <= _LONGEST


def linked(post: Post) -> tuple[str, ...]:
    """The papers that a post's own links lead to, each once, however often and in whatever form."""
    urls = (*post.entities.urls, *post.note_tweet.entities.urls, *post.note_post.entities.urls)
    ids = (identifiers.from_url(address) for url in urls for address in (url.unwound_url, url.expanded_url))
    return tuple(dict.fromkeys(paper_id for paper_id in ids if paper_id))


def mention_of(post: Post) -> Mention | None:
    """A post as a mention; None for a retweet, whose counts are the original's, and for nonsense.

    It has no address yet: whether one without the user's name leads anywhere is not documented.
    """
    references = (*post.referenced_tweets, *post.referenced_posts)
    if any(reference.type in ("retweeted", "reposted") for reference in references):
        return None
    if not references and _RETWEET.match(post.text):
        return None
    if not re.fullmatch(r"[0-9]{1,20}", post.id):
        logger.warning("post left out", extra={"post": post.id[:40], "reason": "no valid id"})
        return None
    metrics = post.public_metrics
    reposts = metrics.retweet_count if metrics.retweet_count is not None else metrics.repost_count
    return Mention(
        source="x",
        id=post.id,
        counts=Counts(
            reposts=max(0, reposts or 0),
            likes=max(0, metrics.like_count),
            replies=max(0, metrics.reply_count),
        ),
        author=Author(id=post.author_id) if 0 < len(post.author_id) <= _LONGEST else None,
        created_at=_sent_at(post),
        text=unescape(post.text),
        lang=post.lang if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?", post.lang) else "und",
        entities=place(post.text, _marked(post.entities)),
    )


def _sent_at(post: Post) -> datetime:
    try:
        return clock.parse_iso(post.created_at)
    except ValueError:
        # The id tells it, too: milliseconds since X's own epoch, above 22 bits of serial number.
        return datetime.fromtimestamp(((int(post.id) >> 22) + 1_288_834_974_657) / 1000, UTC)


def _marked(entities: Entities) -> list[tuple[Entity, tuple[str, ...]]]:
    marked: list[tuple[Entity, tuple[str, ...]]] = []
    for url in entities.urls:
        picture = url.display_url if _PICTURE.match(url.display_url) else ""
        entity = Entity(kind="url", start=url.start, end=url.end, target=url.url, shown=picture)
        marked.append((entity, (url.url,)))
    for name in entities.mentions:
        entity = Entity(kind="mention", start=name.start, end=name.end, target=name.username)
        marked.append((entity, (f"@{name.username}", f"＠{name.username}")))
    for tag in entities.hashtags:
        entity = Entity(kind="hashtag", start=tag.start, end=tag.end, target=tag.tag)
        marked.append((entity, (f"#{tag.tag}", f"＃{tag.tag}")))
    for tag in entities.cashtags:
        entity = Entity(kind="cashtag", start=tag.start, end=tag.end, target=tag.tag)
        marked.append((entity, (f"${tag.tag}",)))
    return [(entity, own) for entity, own in marked if entity.target][:_MOST_MARKED]
