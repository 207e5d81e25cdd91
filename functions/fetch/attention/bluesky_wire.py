"""Bluesky's answers as posts, and posts as mentions. Pure.

Facts: https://github.com/bluesky-social/atproto, lexicons/app/bsky/feed. A record is what its author's
software made of it: nothing in it is believed unseen, and what of it cannot be read costs no other post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from shared import clock, http, identifiers
from shared.http import BadAnswerError
from shared.log import logger
from shared.paper import Author, Count, Counts, Entity, Mention, Text

T = TypeVar("T")

_POST = "app.bsky.feed.post"
_FACET = "app.bsky.richtext.facet"
# https://atproto.com/specs/did, and the same site's pages on record keys and handles.
_DID = r"did:(?:plc:[a-z2-7]{24}|web:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?)"
_URI = re.compile(
    rf"at://(?P<did>{_DID})/{re.escape(_POST)}/(?P<key>(?!\.{{1,2}}\Z)[A-Za-z0-9._:~-]{{1,512}})"
)
_CID = re.compile(r"[A-Za-z0-9]{1,128}")
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HANDLE = re.compile(rf"(?=.{{1,253}}\Z)(?:{_PART}\.)+(?![0-9]){_PART}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
# https://docs.bsky.app/docs/advanced-guides/moderation: not to be shown without a login, or not at all.
_FORBIDDING = frozenset({"!no-unauthenticated", "!hide", "!takedown"})


class _Token(Struct, frozen=True):
    accessJwt: str  # noqa: N815 - the name on the wire


class _Problem(Struct, frozen=True):
    error: str = ""


class _Label(Struct, frozen=True):
    val: str = ""
    neg: bool = False


class _Account(Struct, frozen=True):
    handle: str = ""
    displayName: str = ""  # noqa: N815
    labels: tuple[_Label, ...] = ()


class Post(Struct, frozen=True):
    """A post as the service shows it: `record` as its author sent it, `embed` as the service made it up."""

    uri: str
    record: Any = None
    embed: Any = None
    cid: str = ""
    author: _Account = _Account()
    labels: tuple[_Label, ...] = ()
    indexedAt: str = ""  # noqa: N815
    repostCount: Count = 0  # noqa: N815
    likeCount: Count = 0  # noqa: N815
    replyCount: Count = 0  # noqa: N815


class _Wire(Struct, frozen=True):
    posts: list[Any]
    cursor: str = ""


class _Record(Struct, frozen=True):
    type: str = msgspec.field(name="$type", default="")
    text: Text = ""
    createdAt: Any = ""  # noqa: N815
    langs: Any = ()
    facets: Any = ()
    embed: Any = None


class _Index(Struct, frozen=True):
    byteStart: int  # noqa: N815
    byteEnd: int  # noqa: N815


class _Feature(Struct, frozen=True):
    type: str = msgspec.field(name="$type", default="")
    uri: str = ""
    did: str = ""
    tag: str = ""


class _Facet(Struct, frozen=True):
    features: list[Any]
    index: _Index


class Page(Struct, frozen=True):
    """One answer: the posts that can be read, and where the next ones begin ("": there are none)."""

    posts: tuple[Post, ...]
    cursor: str


def parse_search(body: bytes) -> Page:
    """A page of search; raises BadAnswerError for anything else."""
    wire = http.json_body(body, _Wire)
    return Page(tuple(http.readable(wire.posts, Post)), wire.cursor)


def parse_session(body: bytes) -> str:
    """The access token of a login; raises BadAnswerError when there is none that a header can carry."""
    token = http.json_body(body, _Token).accessJwt
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise BadAnswerError("no access token in the answer")
    return token


def problem(body: bytes) -> str:
    """The name of the error that a body tells; "" when it tells none (the edge answers in HTML)."""
    try:
        name = http.json_body(body, _Problem).error
    except BadAnswerError:
        return ""
    return name if re.fullmatch(r"[A-Za-z]{1,40}", name) else ""


def is_forbidden(post: Post) -> bool:
    """Whether a label on the post or its account forbids that it is shown to everybody."""
    return any(label.val in _FORBIDDING and not label.neg for label in (*post.labels, *post.author.labels))


def linked(post: Post) -> tuple[str, ...]:
    """The papers that a post's own links lead to, each once, however often and in whatever form.

    What a quoted post links is that one's.
    """
    record = _convert(post.record, _Record) or _Record()
    uris = [feature.uri for facet in _facets(record) for feature in _features(facet, "link")]
    for embed in (record.embed, post.embed):
        for outer in (embed, _inner(embed, "media")):
            uri = _inner(_inner(outer, "external"), "uri")
            uris += [uri] if isinstance(uri, str) else []
    ids = (identifiers.from_url(uri) for uri in uris)
    return tuple(dict.fromkeys(paper_id for paper_id in ids if paper_id))


def mention_of(post: Post) -> Mention | None:
    """A post as a mention; None for what is no post and, with a warning, for nonsense."""
    record = _convert(post.record, _Record)
    if record is None:
        _warn(post, "its record cannot be read")
        return None
    if record.type != _POST:
        return None
    uri = _URI.fullmatch(post.uri)
    if uri is None:
        _warn(post, "no valid address")
        return None
    created_at = min(filter(None, (_moment(record.createdAt), _moment(post.indexedAt))), default=None)
    if created_at is None:
        _warn(post, "no valid time")
        return None
    return Mention(
        source="bluesky",
        id=post.uri,
        cid=post.cid if _CID.fullmatch(post.cid) else "",
        counts=Counts(
            reposts=max(0, post.repostCount), likes=max(0, post.likeCount), replies=max(0, post.replyCount)
        ),
        url=f"https://bsky.app/profile/{uri['did']}/post/{uri['key']}",
        author=_author(uri["did"], post.author),
        # The time in the record is the author's to choose; the earlier is what the service sorts by.
        created_at=created_at,
        text=record.text,
        lang=_language(record.langs),
        entities=_entities(record),
    )


def _warn(post: Post, reason: str) -> None:
    logger.warning("post left out", extra={"post": post.uri[:120], "reason": reason})


def _author(did: str, account: _Account) -> Author:
    # An account whose handle does not hold is shown by the name that does.
    is_valid = _HANDLE.fullmatch(account.handle) and not account.handle.lower().endswith(".invalid")
    handle = account.handle if is_valid else did
    return Author(id=did, name=account.displayName.strip() or handle, username=handle)


def _moment(text: Any) -> datetime | None:
    try:
        return clock.parse_iso(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _language(langs: Any) -> str:
    first = langs[0] if isinstance(langs, list) and langs else ""
    return first if isinstance(first, str) and _LANGUAGE.fullmatch(first) else "und"


def _entities(record: _Record) -> tuple[Entity, ...]:
    """What is marked in the text, in order. Of facets that overlap the first one holds."""
    places = _places(record.text)
    entities: list[Entity] = []
    free_from = 0
    for facet in sorted(_facets(record), key=lambda facet: facet.index.byteStart):
        start, end = places.get(facet.index.byteStart), places.get(facet.index.byteEnd)
        if start is None or end is None or not free_from <= start < end:
            continue
        entity = next((entity for one in facet.features if (entity := _entity(one, start, end))), None)
        if entity:
            entities.append(entity)
            free_from = end
    return tuple(entities)


def _places(text: str) -> dict[int, int]:
    """Where each character begins, and where the text ends: code points by UTF-8 bytes, as facets count."""
    places: dict[int, int] = {}
    position = 0
    for number, character in enumerate(text):
        places[position] = number
        position += len(character.encode())
    places[position] = len(text)
    return places


def _entity(value: Any, start: int, end: int) -> Entity | None:
    feature = _convert(value, _Feature) or _Feature()
    match feature.type.removeprefix(_FACET):
        case "#link" if re.match(r"https?://", feature.uri):
            return Entity(kind="url", start=start, end=end, target=feature.uri)
        case "#mention" if re.fullmatch(_DID, feature.did):
            return Entity(kind="mention", start=start, end=end, target=feature.did)
        case "#tag" if feature.tag:
            return Entity(kind="hashtag", start=start, end=end, target=feature.tag)
    return None


def _facets(record: _Record) -> Iterator[_Facet]:
    for value in record.facets if isinstance(record.facets, list) else ():
        if facet := _convert(value, _Facet):
            yield facet


def _features(facet: _Facet, kind: str) -> Iterator[_Feature]:
    for value in facet.features:
        feature = _convert(value, _Feature)
        if feature and feature.type == f"{_FACET}#{kind}":
            yield feature


def _inner(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _convert(value: Any, type_: type[T]) -> T | None:
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return None
