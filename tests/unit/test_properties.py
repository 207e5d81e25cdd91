"""What holds whatever comes: of links, marked texts, messages and their merging. Made up by hypothesis.

Bytes that are hostile are the fuzzer's (tests/fuzz); here inputs are well formed, and the answer is known.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from functions.fetch.attention import bluesky_wire, x_wire
from shared import attention, http, identifiers
from shared.attention import Rules
from shared.paper import (
    MESSAGE_VERSION,
    Author,
    Counts,
    Measured,
    Mention,
    Message,
    Paper,
    decode_message,
    encode_message,
)

PAPER = Paper(id="2106.09685", title="LoRA", authors=("Ada",), categories=("cs.CL",), listed="2021-06-18")
RULES = Rules(weights={"x": 2}, per_account=2, ignored=frozenset({"x:7"}))
NOON = datetime(2021, 6, 18, 12, tzinfo=UTC)

# Texts with what is counted differently: characters of two units, accents on their own, what X escapes.
words = st.text(st.sampled_from("ab é🔥e\u0301&<>;#@$\n"), max_size=12)


# --- links -------------------------------------------------------------------------------------------

months = st.integers(1, 12)
new_ids = st.one_of(
    st.builds("{:02}{:02}.{:04}".format, st.integers(7, 14), months, st.integers(0, 9_999)),
    st.builds("{:02}{:02}.{:05}".format, st.integers(15, 99), months, st.integers(0, 99_999)),
)
old_ids = st.builds(
    "{}/{:02}{:02}{:03}".format,
    st.sampled_from(["math", "hep-th", "cs", "cond-mat"]),
    st.integers(91, 99),
    months,
    st.integers(0, 999),
)
ids = st.one_of(new_ids, old_ids)
PLACES = (
    "arxiv.org/abs/",
    "www.arxiv.org/pdf/",
    "export.arxiv.org/abs/",
    "alphaxiv.org/abs/",
    "hf.co/papers/",
)


@given(
    ids,
    st.sampled_from(["https://", "HTTP://", "", "https://me@", "https://me:x@"]),
    st.sampled_from(PLACES),
    st.sampled_from(["", "v1", "v12", ".pdf", "v3.pdf", "/", "?a=b", "#c", "v2?a=/abs/2106.00001"]),
)
def test_a_link_is_the_papers_however_it_is_written(
    paper_id: str, scheme: str, place: str, after: str
) -> None:
    found = identifiers.from_url(f"{scheme}{place}{paper_id}{after}")
    assert found == paper_id
    assert identifiers.normalise(f"arXiv:{paper_id}") == paper_id


@given(
    ids,
    st.sampled_from(PLACES),
    st.sampled_from(["{}.evil.example/", "evil.example/{}", "evil-{}", "evil.example#{}", "evil.example?{}"]),
)
def test_a_link_to_somebody_else_is_no_papers(paper_id: str, place: str, around: str) -> None:
    host, slash, path = place.partition("/")
    assert identifiers.from_url(f"https://{around.format(host)}{slash}{path}{paper_id}") is None


LOOK_ALIKES = {"a": "а", "r": "г", "x": "х", "i": "і", "v": "ν", "o": "о", "g": "ɡ", ".": "。", "/": "⁄"}


@given(ids, st.integers(0, 20))
def test_a_letter_that_only_looks_alike_makes_another_host(paper_id: str, position: int) -> None:
    link = "arxiv.org/abs/"
    position %= len("arxiv.org")
    letter = LOOK_ALIKES[link[position]]
    assert identifiers.from_url(f"https://{link[:position]}{letter}{link[position + 1 :]}{paper_id}") is None
    assert identifiers.normalise(paper_id.replace(paper_id[-1], "\u0660")) is None


near_ids = st.builds("2106.{:05}".format, st.integers(0, 300))


@given(st.lists(near_ids, min_size=2, max_size=2), st.sets(near_ids, max_size=5))
def test_what_is_between_two_ids_is_between_them(ends: list[str], known: set[str]) -> None:
    low, high = sorted(ends)
    missing = identifiers.between(low, high, known)
    assert missing == sorted(set(missing) - known)
    assert all(low <= one <= high for one in missing)
    inside = {one for one in known if low <= one <= high}
    assert len(missing) + len(inside) == identifiers.distance(low, high) + 1


# --- what is marked in a text ------------------------------------------------------------------------


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(
    st.lists(words, min_size=1, max_size=6),
    st.sampled_from([len, lambda text: len(escaped(text)), units, lambda _text: 0]),
)
def test_x_marks_links_where_they_stand_whatever_its_offsets_count(parts: list[str], count: Any) -> None:
    urls, text = [], parts[0]
    for number, part in enumerate(parts[1:]):
        url = f"https://t.co/{number}"
        urls.append({"url": url, "start": count(text), "end": count(text + url)})
        text += url + part
    post = {
        "id": "1",
        "text": escaped(text),
        "created_at": "2021-06-18T12:00:00Z",
        "entities": {"urls": urls},
    }
    mention = x_wire.mention_of(msgspec.convert(post, x_wire.Post))
    assert mention is not None
    assert mention.text == text
    assert [text[one.start : one.end] for one in mention.entities] == [one["url"] for one in urls]


@given(st.lists(words, min_size=1, max_size=6))
def test_bluesky_marks_links_where_they_stand(parts: list[str]) -> None:
    facets, text = [], parts[0]
    for number, part in enumerate(parts[1:]):
        shown = f"é{number}"
        index = {"byteStart": len(text.encode()), "byteEnd": len((text + shown).encode())}
        link = {"$type": "app.bsky.richtext.facet#link", "uri": f"https://a.example/{quote(shown)}"}
        facets.append({"index": index, "features": [link]})
        text += shown + part
    record = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": "2021-06-18T12:00:00Z",
        "facets": facets,
    }
    post = {"uri": f"at://did:plc:{'a' * 24}/app.bsky.feed.post/3k", "record": record}
    (read,) = bluesky_wire.parse_search(json.dumps({"posts": [post]}).encode()).posts
    mention = bluesky_wire.mention_of(read)
    assert mention is not None
    assert [text[one.start : one.end] for one in mention.entities] == [f"é{n}" for n in range(len(parts) - 1)]


# --- messages ----------------------------------------------------------------------------------------

numbers = st.integers(0, 10**9)
mentions = st.builds(
    Mention,
    source=st.sampled_from(["x", "bluesky", "hackernews", "huggingface"]),
    id=st.sampled_from("123456"),
    counts=st.builds(Counts, reposts=numbers, likes=numbers, points=numbers),
    author=st.one_of(
        st.none(), st.builds(Author, id=st.sampled_from("789"), username=st.sampled_from(["", "ada"]))
    ),
    created_at=st.integers(0, 10**6).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    text=words,
)
unlike = st.lists(mentions, max_size=6, unique_by=lambda one: one.key).map(tuple)


def said(run: int, of: tuple[Mention, ...], dropped: tuple[tuple[str, str], ...] = ()) -> Message:
    return Message(
        v=MESSAGE_VERSION, run=f"2021-06-{run:02}T07:55:00Z", paper=PAPER, mentions=of, dropped=dropped
    )


@given(unlike)
def test_a_message_comes_out_as_it_went_in(of: tuple[Mention, ...]) -> None:
    message = said(19, of)
    assert decode_message(encode_message(message)) == message


@given(unlike, unlike)
def test_a_message_that_comes_again_changes_nothing(
    first: tuple[Mention, ...], then: tuple[Mention, ...]
) -> None:
    stored = attention.apply(None, said(19, first), RULES)
    assert attention.apply(stored, said(19, first), RULES) == stored
    after = attention.apply(stored, said(20, then), RULES)
    assert attention.apply(after, said(20, then), RULES) == after
    # An older one, late, tells nothing that is not known.
    assert attention.apply(after, said(19, first), RULES) == after


@given(st.lists(unlike, min_size=3, max_size=3))
def test_the_newest_counts_stand_in_whatever_order_messages_come(three: list[tuple[Mention, ...]]) -> None:
    newest: dict[tuple[str, str], Counts] = {}
    for of in three:
        newest |= {one.key: one.counts for one in of}
    for order in permutations(enumerate(three, 19)):
        stored: Measured | None = None
        for run, of in order:
            stored = attention.apply(stored, said(run, of), RULES)
        assert stored is not None
        # Of two older ones, the one that came last is not known to be the newer.
        run, of = order[-1]
        sure = {one.key for one in three[2]}
        assert {one.key: one.counts for one in stored.mentions if one.key in sure} == {
            key: counts for key, counts in newest.items() if key in sure
        }
        assert {one.key for one in stored.mentions} == newest.keys()


# --- answers -------------------------------------------------------------------------------------------


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=15,
)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value if inner is not None]
    return value


@given(st.lists(json_values, max_size=4))
def test_null_is_as_good_as_absent_at_any_depth(value: list[Any]) -> None:
    assert http.json_body(json.dumps(value).encode(), list[Any]) == without_nulls(value)
