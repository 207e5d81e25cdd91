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
from functions.fetch.attention.bluesky_wire import parse_search
from functions.fetch.attention.sweep import Span, Sweep
from shared import settings
from shared.http import BadAnswerError
from shared.paper import Author, Counts, Mention, SourceState
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
