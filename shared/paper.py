"""The words of the service as data: paper, mention, source state, and the queue's message.

Everything here is frozen; what validates on the way in is msgspec, so a wrong type or a missing field is
an error that names the field. JSON is the wire form of both contracts: the message in the queue and the
`document` of a paper's item in the table (see shared/table.py).
"""

from __future__ import annotations

import zlib
from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from shared import clock, identifiers

# The version of the message; score refuses any other.
MESSAGE_VERSION = 1

# Mentions kept with text and author; the others keep source, id, counts and the author's id.
FULL_MENTIONS = 300
# In bytes: an SQS message may have 1 MiB, an item 400 KB, keys and numbers included.
MESSAGE_BYTES = 1_000_000
DOCUMENT_BYTES = 400_000
# All mentions of a paper together, in bytes of JSON; a fifth is for those in full.
MENTION_BYTES = 800_000
# A paper of more bytes of JSON is compressed in the table.
_LONG = 200_000

# A count as a service tells it. No post has more; the table and JavaScript take no number of any length.
Count = Annotated[int, Meta(le=1_000_000_000)]
# A post as a service tells it: X's longest have 25,000 characters.
Text = Annotated[str, Meta(max_length=30_000)]
# What counts may come to, a paper's taken together.
Sum = Annotated[int, Meta(ge=0, le=10**15)]

SourceName = Literal["x", "bluesky", "hackernews", "huggingface"]
# How each source is called on a page.
SOURCE_LABELS: dict[str, str] = {
    "x": "X",
    "bluesky": "Bluesky",
    "hackernews": "Hacker News",
    "huggingface": "Hugging Face",
}
# Why a mention adds nothing to its paper's numbers: its account is ignored, the account said the same
# before, or it has said enough about this paper.
Uncounted = Literal["ignored", "repeated", "account"]


class Paper(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper as arXiv lists it. `id` has no version; `categories` are canonical, the primary first."""

    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abstract: str = ""
    listed: str  # listing date, YYYY-MM-DD


class Counts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a source counts: reposts, likes and replies (X, Bluesky), points (Hacker News), upvotes
    (Hugging Face), comments (both).
    """

    reposts: Sum = 0
    likes: Sum = 0
    replies: Sum = 0
    points: Sum = 0
    upvotes: Sum = 0
    comments: Sum = 0

    @property
    def engagement(self) -> int:
        """What the score is made of, before the source's weight."""
        return self.reposts + self.likes + self.points + self.upvotes

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            reposts=self.reposts + other.reposts,
            likes=self.likes + other.likes,
            replies=self.replies + other.replies,
            points=self.points + other.points,
            upvotes=self.upvotes + other.upvotes,
            comments=self.comments + other.comments,
        )


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wrote a mention. On X `name` and `username` are empty until they were looked up; on Bluesky `id`
    is the account's DID and `username` its handle.
    """

    id: str
    name: str = ""
    username: str = ""


class Entity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A marked piece of a mention's text; `start` and `end` are code points of the unescaped text."""

    kind: Literal["url", "mention", "hashtag", "cashtag"]
    start: int
    end: int
    target: str  # the t.co or plain link, the user's name (on Bluesky the DID) or the tag
    shown: str = ""  # what stands for it, where that is not the text itself (pictures)


class Mention(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One post or story on one source that links a paper. Text is plain, not HTML.

    `id` is the source's own: on Bluesky the at:// URI, with `cid` the version of the post. Past the first
    300 only `source`, `id`, `counts` and the author's id are kept.
    """

    source: SourceName
    id: str
    counts: Counts
    url: str = ""
    cid: str = ""
    author: Author | None = None
    created_at: Annotated[datetime, Meta(tz=True)] | None = None
    text: str = ""
    lang: str = ""
    entities: tuple[Entity, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same mention: source and id."""
        return self.source, self.id

    @property
    def is_full(self) -> bool:
        """Whether more than source, id and counts is known of it."""
        return self.created_at is not None

    def compact(self) -> Mention:
        """The mention with source, id, counts and whose it is."""
        author = Author(id=self.author.id) if self.author else None
        return Mention(source=self.source, id=self.id, counts=self.counts, author=author)


class SourceState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How measuring a source went. `measured_at` is the run that last measured it, "" if none did."""

    state: Literal["measured", "unavailable", "off"]
    capped: bool = False
    reason: str = ""
    measured_at: str = ""

    @property
    def ever_measured(self) -> bool:
        """Whether numbers of this source exist, however old."""
        return bool(self.measured_at)


class Extras(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What Hugging Face tells of a paper beside its votes; what it does not tell is empty or None."""

    code: str = ""  # address of the code repository
    stars: int | None = None  # that repository's
    project: str = ""  # address of the project page
    summary: str = ""  # one or two sentences, written by a model


class Frozen(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an imported post says of a paper, which nothing changes: its rank, and its totals by source.

    What each of its mentions came to is not known. `has_pdf` is whether the post links the PDF.
    """

    rank: int
    totals: dict[str, Counts] = {}
    has_pdf: bool = True


class Measured(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper with its attention, as the table keeps it.

    `run` is the newest run applied and `sources` are its states; `measured_at` is the run that last
    changed the numbers; `dropped` are mentions that were seen gone (source, id), `uncounted` those that
    add nothing to the numbers (source, id, why). `frozen` is there for a paper of an imported post.
    """

    paper: Paper
    mentions: tuple[Mention, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    uncounted: tuple[tuple[str, str, Uncounted], ...] = ()
    extras: Extras | None = None
    sources: dict[str, SourceState] = {}
    score: float = 0
    run: str = ""
    measured_at: str = ""
    frozen: Frozen | None = None


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One paper on its way from fetch to score. `dropped` are mentions that are gone (source, id)."""

    v: int
    run: str
    paper: Paper
    mentions: tuple[Mention, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()
    extras: Extras | None = None
    sources: dict[str, SourceState] = {}


class MessageError(Exception):
    """A message that is not of the contract; the text says where."""


def encode_message(message: Message) -> str:
    """The message as JSON."""
    return _encoded(message).decode()


def decode_message(body: str) -> Message:
    """The message that a JSON text is; raises MessageError for any other text or version."""
    try:
        version = msgspec.json.decode(body, type=_Versioned).v
        if version != MESSAGE_VERSION:
            raise MessageError(f"message version {version} is not {MESSAGE_VERSION}")
        message = msgspec.json.decode(body, type=Message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise MessageError(f"not a message: {error}") from None
    try:
        # What the other steps order and look papers up by.
        clock.run_time(message.run)
        if date.fromisoformat(message.paper.listed).isoformat() != message.paper.listed:
            raise ValueError("no listing date")
        if identifiers.normalise(message.paper.id) != message.paper.id:
            raise ValueError("no identifier of a paper")
    except ValueError as error:
        raise MessageError(f"not a message: {error}") from None
    return message


class _Versioned(Struct):
    v: int


def _encoded(part: Struct) -> bytes:
    """JSON of characters that SQS takes; of those that JSON may have, it refuses a batch with one of these:
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
    """
    encoded = msgspec.json.encode(part)
    return encoded.replace("\ufffe".encode(), b"\\ufffe").replace("\uffff".encode(), b"\\uffff")


def packed(measured: Measured) -> str | bytes:
    """A paper as the table keeps it: JSON, compressed where it is long. Ids of mentions are most of that."""
    document = msgspec.json.encode(measured, order="deterministic")
    return document.decode() if len(document) <= _LONG else zlib.compress(document)


def unpacked(document: str | bytes) -> Measured:
    """The paper that the table keeps so."""
    text = zlib.decompress(document) if isinstance(document, bytes) else document
    return msgspec.json.decode(text, type=Measured)


def is_storable(measured: Measured) -> bool:
    """Whether a paper fits an item."""
    document = packed(measured)
    return len(document.encode() if isinstance(document, str) else document) <= DOCUMENT_BYTES


def room_in(message: Message) -> int:
    """Bytes that a message without mentions has for them; one with thousands of authors leaves fewer."""
    return min(MENTION_BYTES, MESSAGE_BYTES - len(_encoded(message)))


def trim(mentions: tuple[Mention, ...], room: int = MENTION_BYTES) -> tuple[Mention, ...]:
    """The mentions with the first 300 in full, as far as all of them fit together, and the others compact.

    The order given is the order of importance; it is kept. Should the compact ones take more than four fifths
    (from some 4,000 on), the last are left out, so that there is always something to show.
    """
    compact = [mention.compact() for mention in mentions]
    sizes = [len(_encoded(mention)) + 1 for mention in compact]
    total = sum(sizes)
    while total > room * 4 // 5:
        compact.pop()
        total -= sizes.pop()
    kept: list[Mention] = []
    for position, short in enumerate(compact):
        full = mentions[position]
        more = len(_encoded(full)) + 1 - sizes[position] if position < FULL_MENTIONS else 0
        is_kept = position < FULL_MENTIONS and total + more <= room
        total += more if is_kept else 0
        kept.append(full if is_kept else short)
    return tuple(kept)
