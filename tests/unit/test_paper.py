"""The queue's message: what goes in comes out, and what is no message says where."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from shared.paper import (
    FULL_MENTIONS,
    MENTION_BYTES,
    MESSAGE_BYTES,
    MESSAGE_VERSION,
    Author,
    Counts,
    Entity,
    Mention,
    Message,
    MessageError,
    Paper,
    SourceState,
    decode_message,
    encode_message,
    room_in,
    trim,
)

PAPER = Paper(
    id="2106.09685",
    title="LoRA",
    authors=("Edward J. Hu",),
    categories=("cs.CL", "cs.AI"),
    abstract="Small matrices; 小さな行列.",
    listed="2021-06-18",
)
MENTION = Mention(
    source="x",
    id="1405891519247814656",
    counts=Counts(reposts=620, likes=2059, replies=14),
    url="https://x.com/i/status/1405891519247814656",
    author=Author(id="1000000001", name="Ada", username="example_ada"),
    created_at=datetime(2021, 6, 18, 14, 13, 53, tzinfo=UTC),
    text='A "quoted" <text> & 🧪\nin two lines https://t.co/exampleA01',
    lang="en",
    entities=(Entity(kind="url", start=37, end=60, target="https://t.co/exampleA01"),),
)
MESSAGE = Message(
    v=MESSAGE_VERSION,
    run="2021-06-19T07:55:00Z",
    paper=PAPER,
    mentions=(MENTION, MENTION.compact()),
    dropped=(("x", "1"),),
    sources={
        "x": SourceState(state="measured", capped=True, measured_at="2021-06-19T07:55:00Z"),
        "hackernews": SourceState(state="unavailable", reason="HTTP 503"),
    },
)


def changed(**fields: Any) -> str:
    return json.dumps(json.loads(encode_message(MESSAGE)) | fields)


def test_a_message_survives_the_queue() -> None:
    assert decode_message(encode_message(MESSAGE)) == MESSAGE


def test_a_message_without_mentions_survives_the_queue() -> None:
    bare = Message(v=MESSAGE_VERSION, run="2021-06-18T04:55:00Z", paper=PAPER)
    assert decode_message(encode_message(bare)) == bare


def test_characters_that_the_queue_refuses_pass_it_in_other_words() -> None:
    text = "".join(map(chr, [*range(0x100), 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x10FFFF]))
    message = msgspec.structs.replace(MESSAGE, mentions=(msgspec.structs.replace(MENTION, text=text),))
    body = encode_message(message)
    assert not re.search("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", body)
    assert decode_message(body) == message


def test_a_field_of_a_later_release_is_no_error() -> None:
    assert decode_message(changed(new="field")) == MESSAGE


@pytest.mark.parametrize("version", [0, 2, 10**30])
def test_another_version_is_refused_even_if_its_body_is_another(version: int) -> None:
    with pytest.raises(MessageError, match=r"version|`int`|range"):
        decode_message(json.dumps({"v": version, "something": "else"}))


def paper_with(**fields: Any) -> dict[str, Any]:
    paper: dict[str, Any] = msgspec.to_builtins(PAPER)
    return paper | fields


def mention_with(**fields: Any) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(MENTION) | fields]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("", "not a message"),
        ("nonsense", "not a message"),
        ("[]", "array"),
        ("null", "null"),
        ("{}", "`v`"),
        (changed(v="1"), r"\$\.v"),
        (changed(run=5), r"\$\.run"),
        (changed(paper=None), r"\$\.paper"),
        (changed(paper={"id": "2106.09685"}), r"`title`.*\$\.paper"),
        (changed(paper=paper_with(authors="Edward")), r"\$\.paper\.authors"),
        (changed(mentions={}), r"\$\.mentions"),
        (changed(mentions=mention_with(source="facebook")), r"\$\.mentions\[0\]\.source"),
        (changed(mentions=mention_with(counts={"likes": "5"})), r"\$\.mentions\[0\]\.counts\.likes"),
        (changed(mentions=mention_with(created_at="yesterday")), r"\$\.mentions\[0\]\.created_at"),
        (changed(sources={"x": {"state": "fine"}}), r"\$\.sources\[\.\.\.\]\.state"),
        (changed(dropped=[["x"]]), r"\$\.dropped\[0\]"),
        ('{"v": 1, "x": ' + "[" * 2_000, "not a message: maximum recursion"),
        ('{"v": 1, "x": "\ud800"}', "not a message: .*surrogates"),
        (changed(mentions=mention_with(counts={"likes": -1})), r"\$\.mentions\[0\]\.counts\.likes"),
        (changed(mentions=mention_with(counts={"likes": 10**40})), r"\$\.mentions\[0\]\.counts\.likes"),
        (changed(paper=paper_with(id="2106.09685v1")), "no identifier of a paper"),
        (changed(paper=paper_with(id="POST")), "no identifier of a paper"),
        (changed(paper=paper_with(listed="yesterday")), "yesterday"),
        (changed(paper=paper_with(listed="20210618")), "no listing date"),
        (changed(run="yesterday"), "yesterday"),
    ],
)
def test_what_is_no_message_says_where(body: str, named: str) -> None:
    with pytest.raises(MessageError, match=named):
        decode_message(body)


def test_a_time_without_a_zone_is_refused_because_it_cannot_be_compared() -> None:
    with pytest.raises(MessageError, match="created_at"):
        decode_message(changed(mentions=mention_with(created_at="2021-06-18T14:13:53")))


def test_a_compact_mention_keeps_source_id_counts_and_whose_it_is() -> None:
    compact = MENTION.compact()
    assert MENTION.author is not None
    author = Author(id=MENTION.author.id)
    assert compact == Mention(source="x", id=MENTION.id, counts=MENTION.counts, author=author)
    assert MENTION.is_full
    assert not compact.is_full
    assert compact.key == MENTION.key


def test_the_first_300_mentions_are_kept_in_full() -> None:
    small = msgspec.structs.replace(MENTION, text="", entities=())
    many = tuple(msgspec.structs.replace(small, id=str(number)) for number in range(FULL_MENTIONS + 5))
    kept = trim(many)
    assert kept[:FULL_MENTIONS] == many[:FULL_MENTIONS]
    assert kept[FULL_MENTIONS:] == tuple(mention.compact() for mention in many[FULL_MENTIONS:])


def test_long_texts_leave_fewer_mentions_in_full() -> None:
    long = msgspec.structs.replace(MENTION, text="語" * 1000)
    kept = trim(tuple(msgspec.structs.replace(long, id=str(number)) for number in range(300)))
    full = [mention for mention in kept if mention.is_full]
    assert 0 < len(full) < 300
    assert kept[: len(full)] == tuple(full)
    assert len(msgspec.json.encode(kept)) <= MENTION_BYTES + 2


@pytest.mark.parametrize("text", ["", "語" * 280, '"\\\n' * 90, "\uffff" * 280])
def test_however_many_mentions_there_are_their_message_fits_the_queue(text: str) -> None:
    mentions = tuple(msgspec.structs.replace(MENTION, text=text, id=str(10**18 + n)) for n in range(15_000))
    body = encode_message(msgspec.structs.replace(MESSAGE, mentions=trim(mentions)))
    assert len(body.encode()) <= MESSAGE_BYTES


def test_thousands_of_authors_leave_fewer_mentions_in_a_message() -> None:
    mentions = tuple(msgspec.structs.replace(MENTION, id=str(10**18 + n)) for n in range(15_000))
    large = msgspec.structs.replace(PAPER, authors=tuple(f"Author Number {n:05}" for n in range(15_000)))
    bare = msgspec.structs.replace(MESSAGE, paper=large, mentions=())
    kept = trim(mentions, room_in(bare))
    assert 4_000 < len(kept) < len(trim(mentions))
    body = encode_message(msgspec.structs.replace(bare, mentions=kept))
    assert len(body.encode()) <= MESSAGE_BYTES
    assert room_in(msgspec.structs.replace(MESSAGE, mentions=())) == MENTION_BYTES


def test_engagement_is_what_the_score_is_made_of() -> None:
    assert Counts(reposts=1, likes=2, replies=4, points=8, upvotes=16, comments=32).engagement == 27
    assert Counts(reposts=1, comments=3) + Counts(reposts=2, likes=1) == Counts(
        reposts=3, likes=1, comments=3
    )
