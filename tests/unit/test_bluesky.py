"""Bluesky: one login, few pages, each post once, and none that its author or the service keeps back."""

from __future__ import annotations

import io
import itertools
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.fetch.attention import bluesky
from functions.fetch.attention.bluesky_wire import parse_search, parse_session
from functions.fetch.attention.sweep import Span, Sweep
from shared import aws, settings
from shared.http import BadAnswerError
from shared.paper import Author, Counts, Entity, Mention, SourceState
from tests.conftest import VirtualTime
from tests.unit.recordings import Asked, Reply, Service, read, reference

NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
RUN = "2021-06-19T07:55:00Z"
LORA, JOKR = "2106.09685", "2106.09679"
PASSWORD = "abcd-efgh-ijkl-mnop"
ACCOUNT = {"BLUESKY_HANDLE": "ada.example", "BLUESKY_APP_PASSWORD": PASSWORD}
SESSION = read("bluesky/session.json")
EMPTY = b'{"posts": []}'
SEARCH, LOGIN = "/app.bsky.feed.searchPosts", "/com.atproto.server.createSession"
MEASURED = SourceState(state="measured", measured_at=RUN)


def did(letter: str) -> str:
    return f"did:plc:{letter * 24}"


def uri(letter: str, key: str) -> str:
    return f"at://{did(letter)}/app.bsky.feed.post/{key}"


def span(**more: Any) -> Span:
    values = {"since": NOW - timedelta(days=7), "until": NOW, "unmeasured": NOW}
    return Span(run=RUN, now=NOW, **(values | more))


def swept(service: Service, at: Span | None = None, /, **more: str) -> Sweep:
    return bluesky.sweep(settings.parse({"BLUESKY_URL": service.url} | ACCOUNT | more), at or span())


def searches(service: Service) -> list[dict[str, str]]:
    return [asked.params for asked in service.requests if asked.path == SEARCH]


class Search(Service):
    """Logs everybody in and has a function answer the searches, told their parameters."""

    def __init__(self, answer: Callable[[dict[str, str]], Reply | bytes]) -> None:
        super().__init__()
        self._answer = answer

    def take(self, asked: Asked) -> Reply:
        """The login, or what the function answers."""
        self.requests.append(asked)
        reply = SESSION if asked.path == LOGIN else self._answer(asked.params)
        return reply if isinstance(reply, Reply) else Reply(reply)


def post(number: int = 1, *, links: tuple[str, ...] = (f"https://arxiv.org/abs/{LORA}",), **more: Any) -> Any:
    """A post in the wire's form; `record` adds to its record, everything else to the post itself."""
    record = {
        "$type": "app.bsky.feed.post",
        "text": "x" * 9,
        "createdAt": "2021-06-18T12:00:00Z",
        "facets": [
            {
                "index": {"byteStart": 0, "byteEnd": 1},
                "features": [{"$type": "app.bsky.richtext.facet#link", "uri": link}],
            }
            for link in links
        ],
    }
    record |= more.pop("record", {})
    return {
        "uri": uri("a", f"3k{number}"),
        "cid": "bafy",
        "author": {"did": did("a"), "handle": "ada.example", "displayName": "Ada"},
        "record": record,
        "indexedAt": "2021-06-18T12:00:01Z",
        "likeCount": number,
    } | more


def page(*posts: Any, cursor: str = "") -> bytes:
    return json.dumps({"posts": list(posts)} | ({"cursor": cursor} if cursor else {})).encode()


def mentions_of(*posts: Any) -> list[Mention]:
    """What becomes of some posts about LoRA in one page."""
    with Service(SESSION, page(*posts)) as service:
        found = swept(service)
    assert found.state == MEASURED
    return found.mentions.get(LORA, [])


# --- posts as mentions -----------------------------------------------------------------------------------


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


# --- what is marked in a text ----------------------------------------------------------------------------


def facet(start: int, end: int, kind: str = "tag", **feature: Any) -> dict[str, Any]:
    values = feature or {"tag": "t"}
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **values}],
    }


def marked(text: str, *facets: Any) -> list[tuple[int, int, str]]:
    embed = {"external": {"uri": f"https://arxiv.org/abs/{LORA}"}}
    (mention,) = mentions_of(post(record={"text": text, "facets": list(facets), "embed": embed}))
    return [(one.start, one.end, one.target) for one in mention.entities]


def test_offsets_count_bytes() -> None:
    dice = random.Random(24)
    texts = ["".join(dice.choices("aé€😀\u0301\u200d界\n ", k=dice.randint(2, 30))) for _ in range(60)]
    for text in texts:
        start = dice.randrange(len(text))
        end = dice.randint(start + 1, len(text))
        first, last = (len(text[:place].encode()) for place in (start, end))
        assert marked(text, facet(first, last)) == [(start, end, "t")], text


def test_offsets_that_are_none_are_left_out_whatever_they_are() -> None:
    dice = random.Random(42)
    text = "a😀é界b"
    starts = {len(text[:place].encode()): place for place in range(len(text) + 1)}
    for _ in range(60):
        pairs = [(dice.randint(-2, 13), dice.randint(-2, 13)) for _ in range(4)]
        found = marked(text, *(facet(*pair) for pair in pairs))
        good = {(starts[a], starts[b]) for a, b in pairs if a in starts and b in starts and a < b}
        assert {(start, end) for start, end, _ in found} <= good
        assert bool(found) is bool(good)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("start", "end"),
    [(-1, 2), (0, 99), (2, 4), (1, 2), (4, 1), (1, 1), (6, 7), ("0", 1), (0.5, 1), (None, 1)],
)
def test_an_offset_outside_or_inside_a_character_costs_its_own_entity(start: Any, end: Any) -> None:
    assert marked("aé€", facet(start, end), facet(0, 1)) == [(0, 1, "t")]


def test_of_entities_that_overlap_the_first_holds() -> None:
    facets = (facet(4, 6, tag="c"), facet(2, 5, tag="b"), facet(0, 3, tag="a"))
    assert marked("abcdefgh", *facets) == [(0, 3, "a"), (4, 6, "c")]


def test_kinds_of_entities() -> None:
    text = "0123456789"
    assert marked(
        text,
        facet(0, 1, "link", uri="https://example.org/a b"),
        facet(1, 2, "link", uri="javascript:alert(1)"),
        facet(2, 3, "mention", did=did("b")),
        facet(3, 4, "mention", did="did:plc:../x"),
        facet(4, 5, "tag", tag="機械学習"),
        facet(5, 6, "tag", tag=""),
        facet(6, 7, "toCome", uri="https://example.org/"),
        {"index": {"byteStart": 7, "byteEnd": 8}, "features": "none"},
        {"index": {"byteStart": 7, "byteEnd": 8}, "features": [5, {"$type": 5}]},
        "no facet",
        {"features": []},
        # Of several readings the first that is known holds.
        facet(8, 9) | {"features": [{"$type": "x"}, *facet(0, 1, tag="known")["features"]]},
    ) == [
        (0, 1, "https://example.org/a b"),
        (2, 3, did("b")),
        (4, 5, "機械学習"),
        (8, 9, "known"),
    ]


# --- what is asked for -----------------------------------------------------------------------------------


def test_one_login_and_four_searches() -> None:
    with Service(SESSION, page(post())) as service:
        found = swept(service)
    login, *asked = service.requests
    assert (login.method, login.path) == ("POST", LOGIN)
    assert json.loads(login.body) == {"identifier": "ada.example", "password": PASSWORD}
    assert "authorization" not in login.headers
    assert {each.headers["authorization"] for each in asked} == {"Bearer access-of-the-sample"}
    assert [(each.params["domain"], each.params["sort"]) for each in asked] == [
        ("arxiv.org", "top"),
        ("arxiv.org", "latest"),
        ("alphaxiv.org", "latest"),
        ("huggingface.co", "latest"),
    ]
    assert asked[0].params == {
        "q": "*",
        "domain": "arxiv.org",
        "sort": "top",
        "limit": "100",
        "since": "2021-06-12T07:55:00Z",
    }
    assert all("hot-papers/" in each.headers["user-agent"] for each in service.requests)
    assert found.requests == 5
    assert len(found.mentions[LORA]) == 1, "found four times, it is one post"


def test_an_old_day_is_asked_for_with_both_ends() -> None:
    old = NOW - timedelta(days=30)
    with Service(SESSION, page(post())) as service:
        swept(service, span(since=old, until=old + timedelta(days=8)))
    for params in searches(service):
        assert (params["since"], params["until"]) == ("2021-05-20T07:55:00Z", "2021-05-28T07:55:00Z")


def test_cursors_are_followed_to_the_end() -> None:
    pages = {
        "": page(post(1), cursor="100"),
        "100": page(post(2), cursor="200"),
        "200": page(post(3)),
    }
    with Search(lambda params: pages[params.get("cursor", "")]) as service:
        found = swept(service, BLUESKY_PAGES="20")
    assert [params.get("cursor", "") for params in searches(service)][:6] == ["", "100", "200"] * 2
    assert found.state == MEASURED
    assert len(found.mentions[LORA]) == 3


@pytest.mark.parametrize("second", [page(cursor="100"), page(post(1), cursor="x"), page(cursor="y")])
def test_a_page_that_brings_nothing_new_is_the_end(second: bytes) -> None:
    with Search(lambda params: second if "cursor" in params else page(post(1), cursor="100")) as service:
        found = swept(service)
    assert found.state == MEASURED
    assert len(searches(service)) == 8


def test_empty_pages_with_cursors_are_not_followed_for_ever() -> None:
    with Search(lambda _: page(cursor="100")) as service:
        found = swept(service)
    assert (found.state, found.mentions) == (MEASURED, {})
    # Each domain by anything and by its word, arXiv's by its word twice.
    assert [params["q"] for params in searches(service)] == [
        *("*", "arxiv", "arxiv"),
        *("*", "alphaxiv"),
        *("*", "huggingface"),
    ]


@pytest.mark.parametrize(
    ("pages", "asked", "reason"),
    [
        (20, ["top"] * 10 + ["latest"] * 8 + ["alphaxiv.org", "huggingface.co"], "the first 20 pages"),
        (7, ["top"] * 3 + ["latest"] * 2 + ["alphaxiv.org", "huggingface.co"], "the first 7 pages"),
        (4, ["top"] * 2 + ["latest", "alphaxiv.org"], "the first 4 pages"),
        (2, ["top", "latest"], "the first 2 pages"),
        (1, ["latest"], "the first page"),
    ],
)
def test_the_pages_of_a_run_are_shared_out(pages: int, asked: list[str], reason: str) -> None:
    number = iter(range(1000))
    with Search(lambda _: page(post(next(number)), cursor=str(next(number)))) as service:
        found = swept(service, BLUESKY_PAGES=str(pages))
    assert [
        params["sort"] if params["domain"] == "arxiv.org" else params["domain"]
        for params in searches(service)
    ] == asked
    # A cap is about money; this is no such thing.
    assert found.state == SourceState(state="measured", reason=reason, measured_at=RUN)
    assert len(found.mentions[LORA]) == pages


def test_what_the_top_leaves_out_is_not_missed_when_the_latest_are_whole() -> None:
    number = iter(range(1000))

    def answer(params: dict[str, str]) -> bytes:
        return page(post(next(number)), cursor="more" if params["sort"] == "top" else "")

    with Search(answer) as service:
        assert swept(service, BLUESKY_PAGES="6").state == MEASURED
    assert [params["sort"] for params in searches(service)].count("top") == 3


# --- asking for anything, or by a word -------------------------------------------------------------------


def test_a_refusal_to_ask_for_anything_is_remembered() -> None:
    def answer(params: dict[str, str]) -> Reply | bytes:
        if params["q"] == "*":
            return Reply(read("bluesky/bad-query.json"), 400)
        return page(post())

    with Search(answer) as service:
        found = swept(service)
    assert [params["q"] for params in searches(service)] == [
        *("*", "arxiv", "arxiv"),
        "alphaxiv",
        "huggingface",
    ]
    assert found.state == MEASURED
    assert len(found.mentions[LORA]) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error": "InvalidRequest"}', b'{"error": 5}'])
def test_any_400_is_a_refusal_but_a_second_one_is_a_failure(body: bytes) -> None:
    with Search(lambda _: Reply(body, 400)) as service:
        found = swept(service)
    assert [params["q"] for params in searches(service)] == ["*", "arxiv"]
    assert found.state.state == "unavailable"
    assert found.state.reason.startswith("HTTP 400 Bad Request")


def test_a_400_to_a_later_page_is_not_about_the_question() -> None:
    with Search(
        lambda params: Reply(b"", 400) if "cursor" in params else page(post(), cursor="1")
    ) as service:
        found = swept(service)
    assert (found.state.state, found.mentions) == ("unavailable", {})
    assert [params["q"] for params in searches(service)] == ["*", "*"]


def test_a_domain_of_which_nothing_comes_is_asked_for_by_its_word() -> None:
    with Search(lambda params: EMPTY if params["q"] == "*" else page(post())) as service:
        found = swept(service)
    assert [params["q"] for params in searches(service)] == [
        *("*", "arxiv", "arxiv"),
        *("*", "alphaxiv"),
        *("*", "huggingface"),
    ]
    assert len(found.mentions[LORA]) == 1


def test_an_empty_answer_to_everything_is_an_honest_one() -> None:
    with Search(lambda _: EMPTY) as service:
        found = swept(service)
    assert (found.state, found.mentions, found.gone) == (MEASURED, {}, frozenset())


# --- logging in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401])
def test_an_expired_token_is_replaced_once(status: int) -> None:
    expired = Reply(read("bluesky/expired-token.json"), status)
    fresh = SESSION.replace(b"access-of-the-sample", b"another")
    with Service(SESSION, page(post()), expired, fresh, page(post())) as service:
        found = swept(service)
    assert found.state == MEASURED
    assert [asked.path for asked in service.requests] == [LOGIN, SEARCH, SEARCH, LOGIN, *[SEARCH] * 3]
    assert service.requests[4].headers["authorization"] == "Bearer another"
    assert service.requests[4].params == service.requests[2].params
    assert {params["q"] for params in searches(service)} == {"*"}, "it is no word about the question"


@pytest.mark.parametrize("status", [400, 401])
def test_a_token_that_expires_again_ends_it(status: int) -> None:
    with Search(lambda _: Reply(read("bluesky/expired-token.json"), status)) as service:
        found = swept(service)
    assert found.state.state == "unavailable"
    assert found.state.reason.endswith(": ExpiredToken")
    assert [asked.path for asked in service.requests] == [LOGIN, SEARCH, LOGIN, SEARCH]


def test_a_run_logs_in_twice_at_most() -> None:
    expired = Reply(read("bluesky/expired-token.json"), 400)
    with Service(SESSION, expired, SESSION, page(post()), expired) as service:
        found = swept(service)
    assert found.state.state == "unavailable"
    assert [asked.path for asked in service.requests] == [LOGIN, SEARCH, LOGIN, SEARCH, SEARCH]


def test_a_wrong_password_is_told_without_it(logged: io.StringIO) -> None:
    with Service(Reply(read("bluesky/wrong-credentials.json"), 401)) as service:
        found = swept(service)
    assert found.state == SourceState(
        state="unavailable", reason="the handle or the app password is wrong (HTTP 401 Unauthorized)"
    )
    assert found.requests == 1
    assert PASSWORD not in logged.getvalue()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            Reply(b'{"error": "AuthFactorTokenRequired"}', 401),
            "HTTP 401 Unauthorized: AuthFactorTokenRequired",
        ),
        (Reply(b'{"error": "AccountTakedown"}', 401), "HTTP 401 Unauthorized: AccountTakedown"),
        (Reply(b'{"error": "<b>", "message": "x"}', 400), "HTTP 400 Bad Request"),
        (Reply(b"<html>", 403), "HTTP 403 Forbidden"),
    ],
)
def test_a_login_that_is_refused_otherwise_is_told_in_the_services_words(reply: Reply, reason: str) -> None:
    with Service(reply) as service:
        found = swept(service)
    assert found.state.reason == f"the login was refused ({reason})"
    assert found.state.state == "unavailable"


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"accessJwt": ""}', b'{"accessJwt": "a b"}', b'{"accessJwt": "a\\nb"}', b"<html>", b"[]"],
)
def test_a_login_without_a_token_is_none(body: bytes, no_waiting: VirtualTime) -> None:
    with pytest.raises(BadAnswerError):
        parse_session(body)
    with Service(body) as service:
        found = swept(service)
    assert (found.state.state, found.requests) == ("unavailable", 4)


@pytest.mark.parametrize("name", ["@ada.example", " ada.example ", "ada.example"])
def test_a_handle_may_come_with_decoration(name: str) -> None:
    with Service(SESSION, EMPTY) as service:
        swept(service, BLUESKY_HANDLE=name, BLUESKY_APP_PASSWORD=f" {PASSWORD}\n")
    assert json.loads(service.requests[0].body) == {"identifier": "ada.example", "password": PASSWORD}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ada", "has no dot"),
        ("@ada", "has no dot"),
        ("ada@example.org", "is an e-mail address"),
        (did("a"), "is a DID"),
        ("ada example.org", "has characters that no handle has"),
        ("ada:bsky.social", "has characters that no handle has"),
    ],
)
def test_a_handle_that_is_none_is_told_before_anybody_is_asked(name: str, reason: str) -> None:
    with Service(SESSION) as service:
        found = swept(service, BLUESKY_HANDLE=name)
    assert found.state == SourceState(
        state="unavailable", reason=f"the handle {reason}; it is to be a full one, such as name.bsky.social"
    )
    assert service.requests == []


@pytest.mark.parametrize(
    ("more", "state", "reason"),
    [
        ({"BLUESKY_HANDLE": "", "BLUESKY_APP_PASSWORD": ""}, "off", "no app password is set"),
        (
            {"BLUESKY_APP_PASSWORD": ""},
            "unavailable",
            "BLUESKY_HANDLE is set and BLUESKY_APP_PASSWORD is not",
        ),
        (
            {"BLUESKY_HANDLE": "", "BLUESKY_CREDENTIALS_PARAMETER": "/a"},
            "unavailable",
            "BLUESKY_APP_PASSWORD is set and BLUESKY_HANDLE is not",
        ),
        (
            {"BLUESKY_URL": "http://bsky.example/xrpc"},
            "unavailable",
            "BLUESKY_URL is neither https nor this machine: the password is not sent there",
        ),
    ],
)
def test_credentials_that_are_not_whole(more: dict[str, str], state: str, reason: str) -> None:
    with Service(SESSION) as service:
        found = swept(service, **more)
    assert (found.state.state, found.state.reason, found.mentions) == (state, reason, {})
    assert service.requests == []


class Parameters:
    """SSM with one parameter."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_parameter(self, **asked: Any) -> Any:
        """Its value, for its name."""
        assert asked == {"Name": "/hot/bluesky", "WithDecryption": True}
        return {"Parameter": {"Value": self._value}}


OF_A_PARAMETER = {
    "BLUESKY_HANDLE": "",
    "BLUESKY_APP_PASSWORD": "",
    "BLUESKY_CREDENTIALS_PARAMETER": "/hot/bluesky",
}


def test_credentials_may_lie_in_a_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "client", lambda _: Parameters(f"@ada.example:{PASSWORD}\n"))
    with Service(SESSION, EMPTY) as service:
        assert swept(service, **OF_A_PARAMETER).state == MEASURED
    assert json.loads(service.requests[0].body) == {"identifier": "ada.example", "password": PASSWORD}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (PASSWORD, "the parameter /hot/bluesky is not of the form handle:app-password"),
        (f":{PASSWORD}", "the parameter /hot/bluesky is not of the form handle:app-password"),
        ("ada.example:", "the parameter /hot/bluesky is not of the form handle:app-password"),
        ("ada.example: ", "the parameter /hot/bluesky is not of the form handle:app-password"),
        (f"{did('a')}:{PASSWORD}", "the handle is a DID"),
        (f"{PASSWORD}:ada.example", "the handle has no dot"),
    ],
)
def test_a_parameter_of_another_form_is_told_without_its_value(
    value: str, reason: str, monkeypatch: pytest.MonkeyPatch, logged: io.StringIO
) -> None:
    monkeypatch.setattr(aws, "client", lambda _: Parameters(value))
    with Service(SESSION) as service:
        found = swept(service, **OF_A_PARAMETER)
    assert found.state.state == "unavailable"
    assert found.state.reason.startswith(reason)
    assert PASSWORD not in found.state.reason + logged.getvalue()
    assert service.requests == []


def test_a_parameter_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> str:
        raise aws.SecretError(f"the parameter {name} cannot be read: ParameterNotFound")

    monkeypatch.setattr(aws, "secret", refuse)
    with Service(SESSION) as service:
        found = swept(service, **OF_A_PARAMETER)
    assert found.state.reason == "the parameter /hot/bluesky cannot be read: ParameterNotFound"


# --- faults ----------------------------------------------------------------------------------------------


def test_what_the_edge_forbids_is_a_reason_and_no_more() -> None:
    html = {"Content-Type": "text/html"}
    with Search(lambda _: Reply(read("bluesky/forbidden.html"), 403, html)) as service:
        found = swept(service)
    assert found.state == SourceState(state="unavailable", reason="HTTP 403 Forbidden")
    assert len(service.requests) == 2


def test_a_refusal_names_its_error() -> None:
    with Search(lambda _: Reply(b'{"error": "AuthMissing", "message": "x"}', 401)) as service:
        assert swept(service).state.reason == "HTTP 401 Unauthorized: AuthMissing"


@pytest.mark.parametrize(
    "fault", [Reply(status=503), Reply(b"<html>"), Reply(b'{"error": "X"}'), Reply(b'{"posts": [{}]}')]
)
def test_a_fault_costs_a_try_and_a_lasting_one_the_source(fault: Reply, no_waiting: VirtualTime) -> None:
    with Service(SESSION, fault, page(post())) as service:
        assert len(swept(service).mentions[LORA]) == 1
    # Part of the pages is not what was asked for.
    with Service(SESSION, page(post(), cursor="1"), fault) as service:
        found = swept(service)
    assert (found.state.state, found.mentions, found.gone) == ("unavailable", {}, frozenset())
    assert found.state.reason.endswith("4 times")
    assert found.requests == 6


def test_a_rate_limit_is_waited_for(no_waiting: VirtualTime) -> None:
    reset = str(int(datetime.now(UTC).timestamp()) + 30)
    limited = Reply(b"{}", 429, {"ratelimit-remaining": "0", "ratelimit-reset": reset})
    with Service(SESSION, limited, page(post())) as service:
        assert swept(service).state == MEASURED
    assert no_waiting.slept == [pytest.approx(30, abs=2)]


def test_time_that_is_used_up_is_a_reason(no_waiting: VirtualTime) -> None:
    number = iter(range(1000))

    def slowly(_: dict[str, str]) -> bytes:
        no_waiting.now += 15
        return page(post(next(number)), cursor=str(next(number)))

    with Search(slowly) as service:
        found = swept(service, BLUESKY_PAGES="20")
    assert found.state.state == "unavailable"
    assert "the time for this source is used up" in found.state.reason


def test_nothing_secret_is_logged_or_told(logged: io.StringIO, no_waiting: VirtualTime) -> None:
    echo = json.dumps({"error": "Echo", "message": PASSWORD}).encode()
    for reply in (Reply(echo, 400), Reply(echo, 503), Reply(echo)):
        with Service(reply) as service:
            assert PASSWORD not in str(swept(service).state)
        with Service(SESSION, reply) as service:
            assert PASSWORD not in str(swept(service).state)
    assert PASSWORD not in logged.getvalue()
    assert "access-of-the-sample" not in logged.getvalue()


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"", b"<html>", b'{"posts": {}}', b'{"posts": [], "cursor": {}}']
)
def test_what_is_no_page_is_not_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        parse_search(body)
    assert parse_search(b'{"posts": [], "cursor": null}').posts == ()


# --- reference answers -----------------------------------------------------------------------------------


def test_reference_answers_are_read() -> None:
    with Service(
        reference("bluesky-createSession.json").replace("…".encode(), b"."),
        reference("bluesky-searchPosts.json"),
        reference("bluesky-searchPosts-last-page.json"),
    ) as service:
        found = swept(service)
    first, second = found.mentions["2609.17496"]
    assert found.state == MEASURED
    assert (first.counts, second.counts) == (Counts(reposts=12, likes=57, replies=3), Counts(likes=1))
    (entity,) = first.entities
    assert first.text[entity.start : entity.end] == "arxiv.org/abs/2609.17496"
    (entity,) = second.entities
    assert second.text[entity.start : entity.end] == "arxiv.org/pdf/2609.17…"


def test_a_recorded_post_is_read() -> None:
    thread = json.loads(reference("bluesky-getPostThread.json"))
    recorded = thread["thread"]["post"]
    recorded["record"]["embed"]["media"] = {"external": {"uri": f"https://arxiv.org/abs/{LORA}"}}
    (mention,) = mentions_of(recorded)
    assert mention.id == recorded["uri"]
    assert mention.cid == recorded["cid"]
    assert mention.author == Author(
        id=recorded["author"]["did"], name="Python SDK", username="test.marshal.dev"
    )


@pytest.mark.parametrize(
    "name", ["401_createSession", "400_expired_token", "400_bad_query", "403_public_host"]
)
def test_reference_errors_are_understood(name: str) -> None:
    error = json.loads(reference("bluesky-errors.json"))[name]
    body = error["body"]
    reply = Reply(body.encode() if isinstance(body, str) else json.dumps(body).encode(), error["status"])
    if name == "401_createSession":
        with Service(reply) as service:
            assert "the handle or the app password is wrong" in swept(service).state.reason
        return
    with Service(SESSION, reply, SESSION if "expired" in name else page(post()), page(post())) as service:
        state = swept(service).state
    assert state.state == ("unavailable" if error["status"] == 403 else "measured")
