"""Hacker News: every story of the window that links a paper, and no empty answer believed that is a lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.fetch.attention import hackernews
from functions.fetch.attention.sweep import Span, Sweep
from infra.local.standin import Fault, Standin, World
from infra.local.standin.world import Story
from shared import settings
from shared.http import BadAnswerError
from shared.paper import Author, Counts, Mention
from tests.conftest import VirtualTime
from tests.unit.recordings import Service, read, reference

NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
LORA, JOKR = "2106.09685", "2106.09679"


def span(**more: Any) -> Span:
    values = {"since": NOW - timedelta(days=7), "until": NOW, "unmeasured": NOW}
    return Span(run="2021-06-19T07:55:00Z", now=NOW, **(values | more))


def swept(upstream: Standin | Service, at: Span | None = None) -> Sweep:
    url = upstream.environment["HACKERNEWS_URL"] if isinstance(upstream, Standin) else upstream.url
    return hackernews.sweep(settings.parse({"HACKERNEWS_URL": url}), at or span())


def story(number: int, url: str | None = f"https://arxiv.org/abs/{LORA}", **more: Any) -> Story:
    values: dict[str, Any] = {"title": f"Story {number}", "author": "ada", "points": 10, "comments": 1}
    created_at = more.pop("created_at", NOW - timedelta(minutes=number))
    return Story(id=number, created_at=created_at, url=url, **(values | more))


@pytest.fixture(name="standin")
def _standin(no_waiting: VirtualTime) -> Iterator[Standin]:
    with Standin(World(), now=NOW) as running:
        yield running


def test_stories_become_mentions_of_the_papers_they_link() -> None:
    with Service(read("hackernews/stories.json")) as service:
        found = swept(service)
    assert found.state.state == "measured"
    assert found.state.measured_at == "2021-06-19T07:55:00Z"
    assert {paper: [m.id for m in mentions] for paper, mentions in found.mentions.items()} == {
        LORA: ["99000005", "99000004"],
    }, "the points of old and dead stories are not told, which is not 0"
    assert found.mentions[LORA][1] == Mention(
        source="hackernews",
        id="99000004",
        counts=Counts(points=121, comments=62),
        url="https://news.ycombinator.com/item?id=99000004",
        author=Author(id="example_user", name="example_user", username="example_user"),
        created_at=datetime(2021, 6, 18, 13, 0, tzinfo=UTC),
        text="A paper",
    )


def test_a_window_is_asked_for_in_three_requests_with_all_that_matters() -> None:
    with Service(read("hackernews/stories.json")) as service:
        swept(service)
    assert [asked.params["query"] for asked in service.requests] == [
        "arxiv.org",
        "alphaxiv.org",
        "huggingface.co/papers",
    ]
    params = service.requests[0].params
    since = int((NOW - timedelta(days=7)).timestamp())
    assert service.requests[0].path == "/search_by_date"
    assert params["numericFilters"] == f"created_at_i>{since - 1}"
    assert params["restrictSearchableAttributes"] == "url"
    assert (params["tags"], params["typoTolerance"], params["hitsPerPage"]) == ("story", "false", "1000")


def test_an_old_day_is_asked_for_with_both_ends(standin: Standin) -> None:
    old = NOW - timedelta(days=30)
    standin.world = World(
        stories=(
            story(1, created_at=old),
            story(2, created_at=old - timedelta(days=8)),
            story(3, created_at=old + timedelta(days=9)),
            story(4, created_at=old + timedelta(days=8)),
        )
    )
    found = swept(standin, span(since=old - timedelta(days=1), until=old + timedelta(days=8)))
    assert sorted(mention.id for mention in found.mentions[LORA]) == ["1", "4"]


def test_the_same_story_found_by_two_queries_counts_once(standin: Standin) -> None:
    standin.world = World(
        stories=(story(1), story(2, f"https://huggingface.co/papers/{LORA}?from=arxiv.org"))
    )
    assert len(swept(standin).mentions[LORA]) == 2


def test_what_only_matches_by_words_is_dropped(standin: Standin) -> None:
    standin.world = World(
        stories=(
            story(1, "https://arxiv.org/list/math/new"),
            story(2, f"https://notarxiv.org/abs/{LORA}"),
            story(3, f"https://org.example/arxiv/{LORA}"),
            story(4, None, text=f"https://arxiv.org/abs/{LORA}"),
        )
    )
    assert swept(standin).mentions == {}


def test_more_stories_than_an_answer_holds_come_in_slices(standin: Standin) -> None:
    # Half of them on the last day, so that halving has to go on; some where the first halves meet.
    since, last = (NOW - timedelta(days=7)).timestamp(), NOW.timestamp()
    middle = datetime.fromtimestamp((since + last) // 2, UTC)
    standin.world = World(
        stories=tuple(
            story(number, created_at=NOW - timedelta(minutes=1 if number < 1250 else 6) * number)
            for number in range(1, 1648)
        )
        + tuple(story(2000 + s, created_at=middle + timedelta(seconds=s)) for s in range(3))
    )
    found = swept(standin)
    assert found.state.state == "measured"
    assert len({mention.id for mention in found.mentions[LORA]}) == len(found.mentions[LORA]) == 1650


def test_more_stories_than_can_be_asked_for_are_said(standin: Standin) -> None:
    crowd = {"hits": [], "nbHits": 9_999}
    hit = json.loads(read("hackernews/stories.json"))["hits"][:1]
    with Service(json.dumps(crowd | {"hits": hit}).encode()) as service:
        found = swept(service)
    assert (found.state.state, found.mentions) == ("unavailable", {})
    assert len(service.requests) <= 20


@pytest.mark.parametrize(
    "body",
    [
        read("hackernews/over-limit.json"),
        b'{"hits": [], "nbHits": 7}',
        b'{"message": "Not found", "status": 404}',
        b"{}",
        b"[]",
        b"",
        b"<html>",
    ],
)
def test_an_empty_answer_with_a_message_or_a_number_is_a_lie(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        hackernews.parse(body)
    assert hackernews.parse(b'{"hits": [], "nbHits": 0}').stories == ()


@pytest.mark.parametrize("kind", ["500", "error_200", "truncated", "garbage", "html", "429"])
def test_a_fault_costs_a_try_and_a_lasting_one_the_source(standin: Standin, kind: str) -> None:
    standin.world = World(stories=(story(1),))
    standin.faults = [Fault("hackernews", kind, times=1)]
    assert len(swept(standin).mentions[LORA]) == 1
    standin.faults = [Fault("hackernews", kind)]
    found = swept(standin)
    assert (found.state.state, found.mentions, found.requests) == ("unavailable", {}, 4)
    assert found.state.reason
    assert found.state.measured_at == ""


@pytest.mark.parametrize("change", [{"objectID": "x1"}, {"created_at_i": None}, {"url": "http://[::1"}])
def test_a_hit_that_cannot_be_read_takes_nothing_with_it(change: dict[str, Any]) -> None:
    answer = json.loads(read("hackernews/stories.json"))
    answer["hits"][0] |= change
    with Service(json.dumps(answer).encode()) as service:
        assert [mention.id for mention in swept(service).mentions[LORA]] == ["99000004"]


def test_reference_answers_are_read() -> None:
    with Service(reference("hackernews-search-by-date.json")) as service:
        found = swept(service)
    assert [(m.id, m.counts.points) for m in found.mentions["2609.17496"]] == [
        ("99000004", 121),
        ("99000003", 34),
    ]
    with pytest.raises(BadAnswerError):
        hackernews.parse(reference("hackernews-over-limit.json"))


def test_a_list_of_which_nothing_can_be_read_is_no_answer() -> None:
    with pytest.raises(BadAnswerError):
        hackernews.parse(b'{"hits": [{"foo": 1}, {}], "nbHits": 2}')
    one = b'{"hits": [{"foo": 1}, {"objectID": "7", "points": null}], "nbHits": 2}'
    assert [story.objectID for story in hackernews.parse(one).stories] == ["7"]
