"""Bluesky: what becomes of posts in the wire's form, whatever is in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.paper import Author, Counts, Entity, Mention
from tests.unit.recordings import Service, read
from tests.unit.test_bluesky import (
    EMPTY,
    JOKR,
    LORA,
    MEASURED,
    SESSION,
    did,
    mentions_of,
    page,
    post,
    swept,
    uri,
)


def test_posts_become_mentions_of_the_papers_they_link() -> None:
    with Service(
        SESSION, read("bluesky/page.json"), read("bluesky/last-page.json"), b'{"posts": []}'
    ) as service:
        found = swept(service)
    assert found.state == MEASURED
    assert {paper: [m.id for m in mentions] for paper, mentions in found.mentions.items()} == {
        LORA: [uri("a", "3kexampleaaa2"), uri("b", "3kexamplebbb2")],
        JOKR: [uri("b", "3kexamplebbb2"), uri("f", "3kexamplefff2")],
    }
    text = "“LoRA” 🎉 arxiv.org/abs/2106.0… with @bob.example #ML\nGood."
    assert found.mentions[LORA][0] == Mention(
        source="bluesky",
        id=uri("a", "3kexampleaaa2"),
        cid="bafyreiexampleexampleexampleexampleexampleexampleexampleexa",
        counts=Counts(reposts=12, likes=57, replies=3),
        url=f"https://bsky.app/profile/{did('a')}/post/3kexampleaaa2",
        author=Author(id=did("a"), name="Ada Example", username="ada.example"),
        created_at=datetime(2021, 6, 18, 12, 0, tzinfo=UTC),
        text=text,
        lang="en",
        entities=(
            Entity(kind="url", start=9, end=30, target=f"https://arxiv.org/abs/{LORA}"),
            Entity(kind="mention", start=36, end=48, target=did("b")),
            Entity(kind="hashtag", start=49, end=52, target="ML"),
        ),
    )
    assert [text[one.start : one.end] for one in found.mentions[LORA][0].entities] == [
        "arxiv.org/abs/2106.0…",
        "@bob.example",
        "#ML",
    ]


def test_what_is_not_known_of_an_account_is_its_did() -> None:
    with Service(SESSION, read("bluesky/last-page.json")) as service:
        (mention,) = swept(service).mentions[JOKR]
    assert mention.author == Author(id=did("f"), name=did("f"), username=did("f"))
    # The author's clock is ten years ahead, the identifier of the version is none, nobody counted replies.
    assert mention.created_at == datetime(2021, 6, 18, 16, 0, 0, 1000, tzinfo=UTC)
    assert (mention.cid, mention.counts, mention.lang) == ("", Counts(likes=4), "ar")


def test_a_post_that_may_not_be_shown_is_no_mention_and_a_stored_one_is_gone() -> None:
    with Service(SESSION, read("bluesky/page.json"), EMPTY) as service:
        found = swept(service)
    assert found.gone == {uri("d", "3kexampleddd2")}
    assert uri("d", "3kexampleddd2") not in {m.id for mentions in found.mentions.values() for m in mentions}


@pytest.mark.parametrize(
    ("label", "is_shown"),
    [
        ({"val": "!no-unauthenticated"}, False),
        ({"val": "!hide"}, False),
        ({"val": "!takedown"}, False),
        ({"val": "!hide", "neg": False}, False),
        ({"val": "!hide", "neg": None}, False),
        ({"val": "!hide", "neg": True}, True),
        ({"val": "!warn"}, True),
        ({"val": "!no-promote"}, True),
        ({"val": "spam"}, True),
        ({"val": "hide"}, True),
        ({}, True),
    ],
)
def test_labels_of_a_post_or_its_account_forbid(label: dict[str, Any], is_shown: bool) -> None:
    labels = [{"val": "spam"}, label]
    account = {"did": did("a"), "handle": "ada.example", "labels": labels}
    for labelled in (post(2, labels=labels), post(2, author=account)):
        with Service(SESSION, page(post(1), labelled)) as service:
            found = swept(service)
        assert len(found.mentions[LORA]) == 1 + is_shown
        assert found.gone == (set() if is_shown else {uri("a", "3k2")})


def test_labels_that_cannot_be_read_are_not_taken_for_none() -> None:
    assert len(mentions_of(post(1), post(2, labels=["!hide"]), post(3, labels="!hide"))) == 1


@pytest.mark.parametrize(
    "where",
    [
        {"record": {"embed": {"$type": "app.bsky.embed.external", "external": {"uri": "URI"}}}},
        {"record": {"embed": {"media": {"external": {"uri": "URI"}}}}},
        {"embed": {"$type": "app.bsky.embed.external#view", "external": {"uri": "URI"}}},
        {"embed": {"$type": "of.another.time", "media": {"external": {"uri": "URI"}}}},
    ],
)
def test_a_card_counts_as_a_link(where: dict[str, Any]) -> None:
    filled = json.loads(json.dumps(where).replace("URI", f"https://arxiv.org/pdf/{LORA}v3"))
    assert len(mentions_of(post(links=(), **filled))) == 1


def test_what_is_in_the_text_alone_or_in_a_quoted_post_is_no_link() -> None:
    quoted = {"record": {"embed": {"external": {"uri": f"https://arxiv.org/abs/{LORA}"}}}}
    assert (
        mentions_of(
            post(1, links=(), record={"text": f"https://arxiv.org/abs/{LORA}"}),
            post(2, links=(), embed=quoted),
            post(3, links=("https://arxiv.org.example/abs/2106.09685", "arxiv.org/list/cs/new", "at://x")),
        )
        == []
    )


def test_a_post_counts_once_for_a_paper_and_fully_for_each() -> None:
    links = (
        f"https://arxiv.org/abs/{LORA}",
        f"https://arxiv.org/pdf/{LORA}v2",
        f"https://hf.co/papers/{JOKR}",
    )
    with Service(SESSION, page(post(7, links=links))) as service:
        found = swept(service)
    assert {paper: [m.counts.likes for m in mentions] for paper, mentions in found.mentions.items()} == {
        LORA: [7],
        JOKR: [7],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"uri": f"at://{did('a')}/app.bsky.feed.like/3k1"},
        {"uri": "at://did:plc:short/app.bsky.feed.post/3k1"},
        {"uri": f"at://{did('A')}/app.bsky.feed.post/3k1"},
        {"uri": "at://did:key:abc/app.bsky.feed.post/3k1"},
        {"uri": "at://ada.example/app.bsky.feed.post/3k1"},
        {"uri": uri("a", "..")},
        {"uri": uri("a", "3k1/2")},
        {"uri": uri("a", '3k1"onload=')},
        {"uri": uri("a", "3k1\n")},
        {"uri": uri("a", "k" * 513)},
        {"uri": f"https://bsky.app/profile/{did('a')}/post/3k1"},
        {"record": {"createdAt": "soon"}, "indexedAt": "later"},
        {"record": {"createdAt": "2021-06-18T12:00:00"}, "indexedAt": None},
        {"record": {"text": 5}},
        {"record": {"$type": "app.bsky.feed.repost"}},
        {"record": {"$type": None}},
        {"likeCount": "many"},
        {"uri": None},
    ],
)
def test_a_post_that_cannot_be_read_takes_nothing_with_it(change: dict[str, Any]) -> None:
    assert [m.counts.likes for m in mentions_of(post(1, **change), post(2))] == [2]


@pytest.mark.parametrize("record", [None, 5, "text", [], {}])
def test_a_record_of_any_kind_costs_its_own_post_even_when_it_stands_alone(record: Any) -> None:
    alone = {**post(1, embed={"external": {"uri": f"https://arxiv.org/abs/{LORA}"}}), "record": record}
    assert mentions_of(alone) == []


def test_an_address_by_the_web_is_one_too() -> None:
    (mention,) = mentions_of(post(uri="at://did:web:ada.example.org/app.bsky.feed.post/a.b_c:d~e-f"))
    assert mention.url == "https://bsky.app/profile/did:web:ada.example.org/post/a.b_c:d~e-f"
    assert mention.author
    assert mention.author.id == "did:web:ada.example.org", "as its address has it, whatever the account says"


@pytest.mark.parametrize(
    ("created", "indexed", "expected"),
    [
        ("2021-06-18T12:00:00Z", "2021-06-18T12:00:05Z", "2021-06-18T12:00:00+00:00"),
        ("2021-06-18T14:00:00.123456789+02:00", "2021-06-18T12:00:05Z", "2021-06-18T12:00:00.123456+00:00"),
        ("2031-06-18T12:00:00Z", "2021-06-18T12:00:05Z", "2021-06-18T12:00:05+00:00"),
        ("yesterday", "2021-06-18T12:00:05Z", "2021-06-18T12:00:05+00:00"),
        (5, "2021-06-18T12:00:05Z", "2021-06-18T12:00:05+00:00"),
        (None, "2021-06-18T12:00:05Z", "2021-06-18T12:00:05+00:00"),
        ("0001-01-01T00:00:00+14:00", "2021-06-18T12:00:05Z", "2021-06-18T12:00:05+00:00"),
        ("2021-06-18T12:00:00Z", "broken", "2021-06-18T12:00:00+00:00"),
    ],
)
def test_the_earlier_of_the_two_times_holds(created: Any, indexed: str, expected: str) -> None:
    (mention,) = mentions_of(post(record={"createdAt": created}, indexedAt=indexed))
    assert mention.created_at == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("langs", "expected"),
    [
        (["fr", "en"], "fr"),
        (["pt-BR"], "pt-BR"),
        (["zh-Hant-TW"], "zh-Hant-TW"),
        ([], "und"),
        (["english!"], "und"),
        (['en"><b>'], "und"),
        ([5], "und"),
        ("en", "und"),
        (None, "und"),
    ],
)
def test_the_first_language_holds_where_it_is_one(langs: Any, expected: str) -> None:
    (mention,) = mentions_of(post(record={"langs": langs}))
    assert mention.lang == expected


@pytest.mark.parametrize(
    ("account", "name", "username"),
    [
        ({"handle": "ada.example", "displayName": " "}, "ada.example", "ada.example"),
        ({"handle": "ada.example"}, "ada.example", "ada.example"),
        ({"handle": "handle.invalid", "displayName": "Ada"}, "Ada", did("a")),
        ({"handle": "ada", "displayName": "Ada"}, "Ada", did("a")),
        ({"handle": "ada.example/../x", "displayName": "Ada"}, "Ada", did("a")),
        ({"handle": "-ada.example", "displayName": "Ada"}, "Ada", did("a")),
        ({"handle": "a." * 130 + "example", "displayName": "Ada"}, "Ada", did("a")),
        ({}, did("a"), did("a")),
    ],
)
def test_names_are_those_that_hold(account: dict[str, str], name: str, username: str) -> None:
    (mention,) = mentions_of(post(author=account))
    assert mention.author == Author(id=did("a"), name=name, username=username)


def test_counts_are_never_negative_and_a_missing_one_is_none() -> None:
    mentions = mentions_of(post(1, likeCount=-1, repostCount=None), post(2, likeCount=3, replyCount=-7))
    assert [m.counts for m in mentions] == [Counts(), Counts(likes=3)]
