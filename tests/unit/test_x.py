"""X: one sweep in either vocabulary, originals only, and never a read more than the cap allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.fetch.attention import x
from functions.fetch.attention.sweep import Span, Sweep
from functions.fetch.attention.x_wire import linked, mention_of, parse_search
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import post, user
from infra.local.standin.world import Post
from infra.local.standin.x_posts import Vocabulary
from shared import settings
from shared.http import BadAnswerError
from shared.paper import Author, Counts
from shared.reads import Reads
from shared.settings import Settings
from tests.conftest import VirtualTime
from tests.unit.ledger import Ledger
from tests.unit.recordings import Reply, Service, read, reference

NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
LORA, JOKR = "2106.09685", "2106.09679"
ADA, BOB = user("example_ada", "Ada Example"), user("example_bob", "Bob Example")
RECORDED = [read("x/tweet-vocabulary.json"), read("x/post-vocabulary.json")]


def configured(upstream: Standin | Service, **more: str) -> Settings:
    url = upstream.environment["X_API_URL"] if isinstance(upstream, Standin) else upstream.url
    return settings.parse({"X_API_URL": url, "X_BEARER_TOKEN": "very-secret"} | more)


def span(**more: Any) -> Span:
    values: dict[str, Any] = {
        "run": "2021-06-19T07:55:00Z",
        "since": NOW - timedelta(days=7),
        "until": NOW,
        "unmeasured": NOW,
    }
    return Span(now=NOW, **(values | more))


def thread(number: int, **more: Any) -> tuple[Post, ...]:
    """So many posts about one paper, the newest a minute old."""
    return tuple(
        post(
            NOW - timedelta(minutes=place + 1),
            ADA,
            f"post {place}",
            [f"https://arxiv.org/abs/{LORA}"],
            likes=20,
            **more,
        )
        for place in range(number)
    )


@pytest.fixture(name="standin")
def _standin(no_waiting: VirtualTime) -> Iterator[Standin]:
    with Standin(World(users=(ADA, BOB), posts=thread(250)), now=NOW) as running:
        yield running


def asked(standin: Standin) -> list[dict[str, str]]:
    return [each.params for each in standin.requests_to("x")]


@pytest.fixture(autouse=True, name="ledger")
def _ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    return Ledger(monkeypatch)


def swept(upstream: Standin | Service, at: Span | None = None, **more: str) -> Sweep:
    return x.sweep(configured(upstream, **more), at or span())


# --- what is read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", RECORDED)
def test_both_vocabularies_tell_the_same_mentions(body: bytes, ledger: Ledger) -> None:
    with Service(body) as service:
        found = swept(service)
    assert found.state.state == "measured"
    assert not found.state.capped
    assert {paper: [m.id for m in mentions] for paper, mentions in found.mentions.items()} == {
        LORA: ["1405925000000000001", "1405895000000000001", "1405891519247814656"],
        JOKR: ["1405891519247814656"],
    }
    mention = found.mentions[JOKR][0]
    assert mention.counts == Counts(reposts=620, likes=2059, replies=14)
    assert mention.author == Author(id="1000000001")
    assert mention.created_at == datetime(2021, 6, 18, 14, 13, 53, tzinfo=UTC)
    assert (mention.lang, mention.url) == ("en", "")
    # All that is returned is billed, whatever becomes of it.
    assert ledger.read == Reads(posts=6, units=6)


def test_a_post_counts_fully_for_each_of_its_papers_and_once_for_one() -> None:
    page = parse_search(RECORDED[0])
    links = {each.id: linked(each) for each in page.posts}
    assert links["1405891519247814656"] == (LORA, JOKR)
    assert links["1405915368366542848"] == ()  # notarxiv.org
    assert links["1405925000000000001"] == (LORA,)  # through a shortener
    twice = json.loads(RECORDED[0])["data"][-1]
    twice["entities"]["urls"][1]["expanded_url"] = f"https://arxiv.org/pdf/{LORA}v2.pdf"
    (one,) = parse_search(json.dumps({"data": [twice], "meta": {"result_count": 1}}).encode()).posts
    assert linked(one) == (LORA,)


def test_a_retweet_is_dropped_by_its_reference_and_by_its_text_and_a_quote_is_not() -> None:
    by_id = {each.id: mention_of(each) for each in parse_search(RECORDED[1]).posts}
    assert by_id["1405905000000000003"] is None
    assert by_id["1405900000000000002"] is None
    assert by_id["1405895000000000001"] is not None


def test_no_hits_is_an_honest_answer(ledger: Ledger) -> None:
    with Service(read("x/empty.json")) as service:
        found = swept(service)
    assert (found.state.state, found.mentions, ledger.read) == ("measured", {}, Reads())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"meta": {"result_count": 3}}',
        b'{"errors": [{"title": "Service Unavailable", "type": "about:blank"}]}',
        RECORDED[0][:500],
    ],
)
def test_what_is_no_answer_is_not_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        parse_search(body)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "not-a-number"},
        {"public_metrics": "many"},
        {"entities": {"urls": [{"start": 0}]}},
    ],
)
def test_a_post_that_cannot_be_read_takes_nothing_with_it(change: dict[str, Any], ledger: Ledger) -> None:
    answer = json.loads(RECORDED[0])
    answer["data"][0] |= change
    with Service(json.dumps(answer).encode()) as service:
        found = swept(service)
    assert [m.id for m in found.mentions[LORA]] == ["1405895000000000001", "1405891519247814656"]
    assert ledger.read.posts == 6


def test_a_post_without_a_readable_time_has_the_time_that_its_id_holds() -> None:
    # Milliseconds since 2010-11-04, above 22 bits (X's "snowflake" ids).
    answer = json.loads(RECORDED[0])
    answer["data"][-1]["created_at"] = "yesterday"
    mention = mention_of(parse_search(json.dumps(answer).encode()).posts[-1])
    assert mention
    assert mention.created_at
    assert abs(mention.created_at - datetime(2021, 6, 18, 14, 13, 53, tzinfo=UTC)) < timedelta(seconds=1)


def test_nonsense_in_counts_and_language_does_no_harm() -> None:
    answer = json.loads(RECORDED[0])
    answer["data"][0] |= {"lang": '"><script>', "public_metrics": {"retweet_count": -5, "like_count": 12}}
    mention = mention_of(parse_search(json.dumps(answer).encode()).posts[0])
    assert mention
    assert (mention.lang, mention.counts) == ("und", Counts(likes=12))


@pytest.mark.parametrize(
    ("name", "papers"),
    [
        ("x-search-recent.json", {LORA: 2, "2106.09578": 1}),
        ("x-search-recent-post-vocabulary.json", {LORA: 2, "2106.09578": 1}),
        ("x-search-recent-empty.json", {}),
        ("x-search-recent-default.json", {}),
        ("x-search-all-default.json", {}),
    ],
)
def test_reference_answers_are_read(name: str, papers: dict[str, int]) -> None:
    found: dict[str, int] = {}
    for each in parse_search(reference(name)).posts:
        for paper in linked(each) if mention_of(each) else ():
            found[paper] = found.get(paper, 0) + 1
    assert found == papers


# --- what is asked ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("least", [0, 1, 10, 999, 10**6, 2**63 - 1])
def test_the_query_is_short_enough_and_has_its_floor(least: int) -> None:
    text = x.query(least)
    assert len(text) <= x.LONGEST_QUERY == 512
    assert ("min_likes" in text) == ("min_reposts" in text) == bool(least)
    assert text.count("(") == text.count(")")
    assert 'url:"arxiv.org"' in text


def test_the_sweep_asks_for_no_users_and_stays_inside_seven_days(standin: Standin) -> None:
    swept(standin, span(unmeasured=NOW - timedelta(days=30)))
    assert len(asked(standin)) == 3
    for params in asked(standin):
        assert not {"expansions", "user.fields"} & params.keys()
        assert params["start_time"] == "2021-06-12T08:55:00Z"  # 6 days and 23 hours before
    assert standin.requests[0].headers["Authorization"] == "Bearer very-secret"


@pytest.mark.parametrize(
    ("hours", "unmeasured", "start"),
    [
        ("48", 0, "2021-06-17T07:55:00Z"),
        ("48", 60, "2021-06-16T19:55:00Z"),
        ("12", 0, "2021-06-18T19:55:00Z"),
        ("167", 0, "2021-06-12T08:55:00Z"),
    ],
)
def test_the_sweep_reaches_back_to_the_oldest_day_never_measured(
    standin: Standin, hours: str, unmeasured: int, start: str
) -> None:
    swept(standin, span(unmeasured=NOW - timedelta(hours=unmeasured)), X_SWEEP_HOURS=hours)
    assert asked(standin)[0]["start_time"] == start


def test_a_day_that_x_no_longer_sees_is_not_paid_for(standin: Standin) -> None:
    found = swept(standin, span(until=NOW - timedelta(days=8)))
    assert (found.state.state, found.requests) == ("unavailable", 0)
    assert standin.requests == []


@pytest.mark.parametrize("vocabulary", ["tweet", "post"])
def test_every_page_is_read_in_whatever_vocabulary_comes(standin: Standin, vocabulary: Vocabulary) -> None:
    standin.vocabulary = vocabulary
    found = swept(standin)
    assert (len(found.mentions[LORA]), found.requests) == (250, 3)


def test_the_newer_vocabulary_is_asked_when_the_older_is_refused(standin: Standin) -> None:
    standin.faults.append(Fault("x", "400", match="tweet.fields"))
    found = swept(standin)
    assert found.state.state == "measured"
    assert found.mentions[LORA][0].counts.likes == 20
    assert found.mentions[LORA][0].author == Author(id=ADA.id)


# --- what it may cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cap", "sizes", "capped"),
    [
        (500, [100, 100, 100], False),
        (334, [100, 100, 51], False),
        (267, [100, 100], True),  # fewer than 10 cannot be asked for
        (280, [100, 100, 10], True),
        (40, [30], True),  # a quarter is left for looking up what is shown
        (12, [10], True),  # a page at least
    ],
)
def test_the_cap_of_a_run_is_kept(
    standin: Standin, ledger: Ledger, cap: int, sizes: list[int], capped: bool
) -> None:
    found = swept(standin, X_POSTS_PER_RUN=str(cap))
    assert [int(params["max_results"]) for params in asked(standin)] == sizes
    assert found.state.capped is capped
    assert found.state.reason == ("X_POSTS_PER_RUN is reached" if capped else "")
    assert found.state.state == "measured"
    assert ledger.read.posts == min(sum(sizes), 250) <= cap
    assert len(found.mentions[LORA]) == ledger.read.posts


def test_a_repeat_of_a_run_has_what_the_first_left(standin: Standin, ledger: Ledger) -> None:
    first = swept(standin, X_POSTS_PER_RUN="80")
    assert first.state.capped
    again = swept(standin, X_POSTS_PER_RUN="80")
    assert (again.state.state, again.state.capped) == ("measured", True)
    assert ledger.read.posts == 60 + 15
    third = swept(standin, X_POSTS_PER_RUN="80")
    assert (third.state.state, third.state.reason) == ("unavailable", "X_POSTS_PER_RUN is reached")
    another = swept(standin, span(run="2021-06-19T08:55:00Z"), X_POSTS_PER_RUN="80")
    assert another.state.state == "measured"


def test_the_cap_of_a_month_is_kept_over_its_runs(standin: Standin, ledger: Ledger) -> None:
    states = []
    for day in range(19, 23):
        found = swept(standin, span(run=f"2021-06-{day}T07:55:00Z"), X_POSTS_PER_MONTH="620")
        states.append((found.state.state, found.state.capped, found.state.reason))
    assert states == [
        ("measured", False, ""),
        ("measured", False, ""),
        ("measured", True, "X_POSTS_PER_MONTH is reached"),
        ("measured", True, "X_POSTS_PER_MONTH is reached"),
    ]
    # What is left is kept for looking up what is shown.
    assert ledger.of("2021-06").posts == 250 + 250 + 90 + 23
    following = swept(standin, span(run="2021-07-01T07:55:00Z"), X_POSTS_PER_MONTH="620")
    assert following.state.state == "measured"


@pytest.mark.parametrize("name", ["X_POSTS_PER_RUN", "X_POSTS_PER_MONTH"])
def test_a_cap_below_the_smallest_page_turns_x_off(standin: Standin, name: str) -> None:
    assert x.sweep(configured(standin, **{name: "5"}), span()).state.state == "off"
    assert standin.requests == []


def test_a_cap_of_nothing_turns_x_off(standin: Standin) -> None:
    assert swept(standin, X_POSTS_PER_RUN="0").state.state == "off"
    assert standin.requests == []


@pytest.mark.parametrize("kind", ["402", "402_credits_depleted", "429_usage_cap"])
def test_credits_that_are_gone_make_a_first_page_unavailable_and_a_later_one_capped(
    standin: Standin, ledger: Ledger, kind: str
) -> None:
    standin.faults = [Fault("x", kind, after=1)]
    found = swept(standin)
    assert (found.state.state, found.state.capped) == ("measured", True)
    assert "HTTP 4" in found.state.reason
    assert len(found.mentions[LORA]) == 100
    # What was reserved for the page that was refused is given back.
    assert ledger.read == Reads(posts=100, units=100)
    standin.faults = [Fault("x", kind)]
    standin.forget()
    found = swept(standin)
    assert (found.state.state, found.mentions) == ("unavailable", {})
    assert len(standin.requests) == 1  # waiting does not help
    assert "HTTP 4" in found.state.reason


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("x/credits-depleted.json", 402, "Payment Required"),
        ("x/usage-capped.json", 429, "UsageCapExceeded"),
    ],
)
def test_the_reason_is_told_in_the_services_words(name: str, status: int, reason: str) -> None:
    with Service(Reply(read(name), status)) as service:
        found = swept(service)
    assert len(service.requests) == 1
    assert str(status) in found.state.reason
    assert reason in found.state.reason


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("503", 100),
        ("500", 100),
        # Nobody knows whether the page that never came, or could not be read, was billed.
        ("truncated", 200),
        ("garbage", 200),
    ],
)
def test_a_page_that_fails_for_good_makes_the_sweep_unavailable(
    standin: Standin, ledger: Ledger, kind: str, read: int
) -> None:
    standin.faults = [Fault("x", kind, after=1)]
    found = swept(standin)
    assert (found.state.state, found.mentions, found.requests) == ("unavailable", {}, 5)
    assert ledger.read.posts == read


@pytest.mark.parametrize(("cap", "posts"), [("10", 10), ("40", 30), ("100", 75)])
def test_a_small_cap_of_a_month_is_used(standin: Standin, ledger: Ledger, cap: str, posts: int) -> None:
    found = swept(standin, X_POSTS_PER_MONTH=cap)
    assert (found.state.state, found.state.reason) == ("measured", "X_POSTS_PER_MONTH is reached")
    assert ledger.read.posts == posts


@pytest.mark.parametrize("kind", ["503", "429", "truncated", "garbage", "error_200"])
def test_a_passing_fault_costs_a_try(standin: Standin, kind: str) -> None:
    headers = {"x-rate-limit-reset": "1"} if kind == "429" else {}
    standin.faults = [Fault("x", kind, times=1, after=1, headers=headers)]
    assert len(swept(standin).mentions[LORA]) == 250
