"""A source that fails costs its own signal, and says so; arXiv failing costs nothing that was there."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from infra.local.standin import Fault, World
from infra.local.standin.schedule import working_day
from shared import http
from shared.paper import SOURCE_LABELS
from tests.steps.chain import (
    DAY,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    C,
    Chain,
    before,
    due,
    noon,
    paper,
    running,
    said,
    skeet,
    story,
    votes,
)

KINDS: tuple[tuple[str, dict[str, str], str], ...] = (
    ("401", {}, "HTTP 401"),
    ("402", {}, "HTTP 402"),
    ("403", {}, "HTTP 403"),
    ("429", {}, "HTTP 429"),
    ("429", {"Retry-After": "86400"}, "HTTP 429"),
    ("500", {}, "HTTP 500"),
    ("garbage", {}, "cannot be read"),
    ("html", {}, "cannot be read"),
    ("empty", {}, "cannot be read"),
    ("error_200", {}, ""),
    ("truncated", {}, "connection failed"),
    ("timeout", {}, "no answer within"),
)
# Which sources fail together; never all of them.
CASES = [
    (sources, *kind)
    for sources in (("x", "hackernews"), ("huggingface",), ("x", "bluesky"))
    for kind in KINDS
]


def days_of_cases() -> list[Any]:
    """As many listing dates as there are cases, so that one service can be asked for one after another."""
    days = [DAY]
    while len(days) < len(CASES):
        days.append(working_day(days[-1], 1))
    return days


@pytest.fixture(name="service", scope="class")
def _service() -> Iterator[Chain]:
    """A service with a day for each case, on each of which every source makes one paper hot."""
    worlds = []
    for number, day in enumerate(days_of_cases()):
        first = 1000 * (number + 1)
        on_x, on_hackernews, on_huggingface, on_bluesky = (
            paper(first + each, day) for each in (10, 20, 30, 40)
        )
        worlds.append(
            World(
                papers=(*before(day, first), on_x, on_hackernews, on_huggingface, on_bluesky),
                posts=(said(on_x, 60, serial=number),),
                stories=(story(number + 1, on_hackernews, 60),),
                upvotes=(votes(on_huggingface, 60),),
                bluesky=(skeet(on_bluesky, 60),),
            )
        )
    # Each day has the day before of its own: ids are what tells them apart.
    world = World(
        papers=tuple({one.id: one for each in worlds for one in each.papers}.values()),
        users=READERS,
        posts=tuple(one for each in worlds for one in each.posts),
        stories=tuple(one for each in worlds for one in each.stories),
        upvotes=tuple(one for each in worlds for one in each.upvotes),
        bluesky=tuple(one for each in worlds for one in each.bluesky),
    )
    with running(world) as chain, mock.patch.object(http, "REQUEST_SECONDS", 0.1):
        yield chain


class TestEachFailure:
    @pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{'+'.join(c[0])}-{c[1]}" for c in CASES])
    def test_a_post_appears_without_the_sources_that_fail(self, service: Chain, number: int) -> None:
        failing, kind, headers, reason = CASES[number]
        day = days_of_cases()[number]
        service.standin.faults[:] = [Fault(source, kind, headers=headers) for source in failing]
        outcome = service.order(due(day), date=str(day))
        status = {line["name"]: line for line in service.status()["sources"]}
        post, data, page = service.post(day), service.data(day), service.read(f"{day}.html")
        papers = len(SOURCE_LABELS) - len(failing)
        assert [one["score"] for one in data["papers"]] == [60] * papers
        assert post.count("unavailable") == papers * len(failing)
        assert ("- retweets: ?, favorites: ?" in post) is ({"x", "bluesky"} <= set(failing)), (
            "unknown is not 0"
        )
        assert {one["state"] for name, one in data["sources"].items() if name not in failing} == {"measured"}
        for source in failing:
            assert post.count(f"{SOURCE_LABELS[source]} unavailable") == papers
            assert f"{SOURCE_LABELS[source]} unavailable" in page
            told = status[source]["reason"]
            assert data["sources"][source] == {"state": "unavailable", "reason": told}, "never measured"
            assert reason in told != ""
            assert status[source]["state"] == "unavailable"
            assert told in html.unescape(service.read("status.html"))
            assert told in outcome["sources"][source]
            assert service.run(due(day)).run.sources[source].reason == told


@pytest.mark.parametrize("source", SOURCE_LABELS)
def test_an_empty_post_says_which_source_was_missing(source: str) -> None:
    hot: dict[str, dict[str, Any]] = {
        "x": {"posts": (said(A, 60),)},
        "bluesky": {"bluesky": (skeet(A, 60),)},
        "hackernews": {"stories": (story(1, A, 60),)},
        "huggingface": {"upvotes": (votes(A, 60),)},
    }
    with running(World(papers=(*before(DAY, 10000), A), users=READERS, **hot[source])) as chain:
        chain.standin.faults.append(Fault(source, "500"))
        chain.order(date=str(DAY))
        assert chain.post().endswith(f"\n---\n\n- also: {SOURCE_LABELS[source]} unavailable\n")
        assert f"{SOURCE_LABELS[source]} unavailable" in chain.read("index.html")
        # Once it can be had, the day is what it should have been.
        chain.standin.faults.clear()
        chain.order(NOW + timedelta(hours=1), date=str(DAY))
        assert chain.ranking() == [(A.id, 60)]
        assert "unavailable" not in chain.post()
        assert "date: 2021-06-19T07:55:00Z\n" in chain.post(), "the date is that of the first publication"


@pytest.mark.parametrize("source", SOURCE_LABELS)
def test_what_was_measured_before_stays_when_a_source_fails_later(source: str) -> None:
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        good = chain.post()
        chain.standin.faults.append(Fault(source, "500"))
        chain.tick(NOW + timedelta(days=1))
        assert chain.ranking() == list(SCORES.items())
        assert chain.post().count(f"{SOURCE_LABELS[source]} unavailable") == 3
        state = chain.data()["sources"][source]
        assert (state["state"], state["measured"]) == ("unavailable", True)
        (line,) = [line for line in chain.status()["sources"] if line["name"] == source]
        assert (line["measured_at"], line["age_hours"]) == ("2021-06-19T07:55:00Z", 24)
        chain.standin.faults.clear()
        chain.tick(NOW + timedelta(days=2))
        assert chain.post() == good


# --- caps, credits and names -------------------------------------------------------------------------


def test_a_cap_on_reads_is_kept_and_told() -> None:
    posts = tuple(
        said(A, 20 + number, serial=number, by=READERS[number % 5], words=f"Post {number}.")
        for number in range(60)
    )
    world = World(papers=(*before(DAY, 10000), A), users=READERS, posts=posts)
    settings = {"X_POSTS_PER_RUN": "40", "MENTIONS_PER_ACCOUNT": "0"}
    with running(world, settings=settings, page_sizes={"x": 10}) as chain:
        outcome = chain.order(date=str(DAY))
        assert (outcome["posts_read"], outcome["users_read"]) == (30, 5)
        assert "- also: X capped\n" in chain.post()
        assert len(chain.data()["papers"][0]["mentions"]) == 30
        assert chain.data()["sources"]["x"] == {
            "state": "measured",
            "capped": True,
            "reason": "X_POSTS_PER_RUN is reached",
            "measured": True,
        }
        assert chain.status()["sources"][0]["capped"] is True
        # A capped sweep says nothing about what it did not reach.
        newer = tuple(said(A, 12, serial=number, at=noon(DAY, 25)) for number in range(40))
        chain.standin.world = World(papers=world.papers, users=READERS, posts=(*posts, *newer))
        chain.order(NOW + timedelta(hours=1), date=str(DAY))
        mentions = {one["id"]: one["counts"]["reposts"] for one in chain.data()["papers"][0]["mentions"]}
        assert sorted(mentions.values())[-30:] == sorted(20 + number for number in range(30, 60))
        assert 10 <= sum(count == 12 for count in mentions.values()) <= 30


@pytest.mark.parametrize("kind", ["402", "402_credits_depleted", "429_usage_cap"])
def test_credits_that_end_in_a_sweep_keep_what_was_read(kind: str) -> None:
    posts = tuple(said(A, 20 + number, serial=number, words=f"Post {number}.") for number in range(40))
    world = World(papers=(*before(DAY, 10000), A), users=READERS, posts=posts)
    with running(world, page_sizes={"x": 10}) as chain:
        chain.standin.faults.append(Fault("x", kind, after=2))
        outcome = chain.order(date=str(DAY))
        assert outcome["sources"]["x"].startswith("measured, capped")
        assert len(chain.data()["papers"][0]["mentions"]) == 20
        assert "- also: X capped\n" in chain.post()
        assert chain.waits.slept == 0, "waiting does not bring credits"


def test_a_lookup_that_fails_costs_the_embeds_alone() -> None:
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault("x", "500", match="/tweets?"))
        chain.order(date=str(DAY))
        assert chain.ranking() == list(SCORES.items())
        assert "<blockquote" not in chain.post()
        chain.standin.faults.clear()
        chain.tick(NOW + timedelta(days=1))
        assert chain.post().count("<blockquote") == 3


def test_a_source_without_credentials_is_off_and_not_missed() -> None:
    settings = {"X_BEARER_TOKEN": "", "BLUESKY_HANDLE": "", "BLUESKY_APP_PASSWORD": ""}
    with running(SMALL, settings=settings) as chain:
        chain.order(date=str(DAY))
        assert [one for one, _ in chain.ranking()] == [C.id], "54 by the two others"
        assert "- retweets: ?, favorites: ? (" in chain.post()
        assert "unavailable" not in chain.post()
        assert chain.status()["sources"][0] | {"reason": ""} == {
            "name": "x",
            "state": "off",
            "capped": False,
            "reason": "",
            "measured_at": "",
            "age_hours": None,
            "since": "",
        }
        assert chain.standin.requests_to("x") == chain.standin.requests_to("bluesky") == []


def test_a_token_is_not_sent_over_the_open_internet() -> None:
    with running(SMALL, settings={"X_API_URL": "http://x.example.org/2"}) as chain:
        outcome = chain.order(date=str(DAY))
        assert "neither https" in outcome["sources"]["x"]


# --- all sources, and arXiv --------------------------------------------------------------------------


def test_a_day_that_no_source_measured_is_not_published() -> None:
    with running(SMALL) as chain:
        chain.standin.faults += [Fault(source, "500") for source in SOURCE_LABELS]
        chain.order(date=str(DAY))
        assert chain.published() == []
        assert {line["state"] for line in chain.status()["sources"]} == {"unavailable"}
        assert chain.day_status()[str(DAY)] == "failed"
        chain.standin.faults.clear()
        chain.tick(NOW + timedelta(days=1))
        assert chain.ranking() == list(SCORES.items())
        assert "date: 2021-06-20T07:55:00Z\n" in chain.post()


def test_a_good_post_never_becomes_empty() -> None:
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        before_ = chain.ranking()
        chain.standin.faults += [Fault(source, "500") for source in SOURCE_LABELS]
        chain.order(NOW + timedelta(hours=1), date=str(DAY))
        assert chain.ranking() == before_
        chain.standin.faults[:] = [Fault(source, "false_empty") for source in SOURCE_LABELS]
        chain.order(NOW + timedelta(hours=2), date=str(DAY))
        assert chain.ranking() == before_, "a sweep that does not return a mention says nothing about it"


ARXIV_KINDS = ("429", "error_200", "timeout")


@pytest.mark.parametrize("kind", ARXIV_KINDS)
def test_without_arxiv_nothing_is_overwritten_and_the_day_is_listed_later(kind: str) -> None:
    monday, tuesday = paper(10110, working_day(DAY, 1)), paper(10210, working_day(DAY, 2))
    world = World(
        papers=(*SMALL.papers, monday, tuesday), users=READERS, posts=(*SMALL.posts, said(monday, 77))
    )
    with running(world) as chain:
        chain.order(measure=True)
        good = chain.settled()
        chain.standin.faults += [Fault("oai", kind), Fault("query", kind)]
        with mock.patch.object(http, "REQUEST_SECONDS", 0.1):
            outcome = chain.tick(due(DAY) + timedelta(days=2))
        assert (outcome["kind"], outcome["awaited"]) == ("measure", [str(monday.listed)])
        assert chain.settled() == good
        status = chain.status()
        assert "OAI-PMH: " in status["failure"]
        assert "query API: " in status["failure"]
        assert chain.day_status()[str(monday.listed)] == "failed"
        assert chain.waits.slept < 240, "arXiv gets four minutes"
        chain.standin.faults.clear()
        outcome = chain.tick(due(DAY) + timedelta(days=2, hours=1))
        assert outcome["listed"] == [str(monday.listed)]
        assert chain.status()["failure"] == ""
        chain.tick(due(monday.listed))
        assert chain.ranking(monday.listed) == [(monday.id, 77)]


def test_a_first_run_without_arxiv_is_made_good_by_the_next_tick() -> None:
    with running(SMALL) as chain:
        chain.standin.faults += [Fault("oai", "500"), Fault("query", "500")]
        assert chain.tick(NOW)["sources"] == {}
        chain.standin.faults.clear()
        assert chain.tick(NOW + timedelta(hours=1))["kind"] == "measure"
        assert chain.ranking() == list(SCORES.items())
        assert chain.tick(NOW + timedelta(hours=2))["kind"] == "list"


def test_a_defect_in_one_source_costs_that_source_alone() -> None:
    with (
        running(SMALL) as chain,
        mock.patch("functions.fetch.attention.x.linked", side_effect=KeyError("x")),
    ):
        outcome = chain.order(date=str(DAY))
        assert outcome["sources"]["x"] == "unavailable: internal error (KeyError)"
        assert [one for one, _ in chain.ranking()] == [C.id]
        assert B.id not in chain.post()


def test_names_that_cannot_be_looked_up_cost_no_number_and_are_told() -> None:
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault("x", "403", match="/tweets?"))
        outcome = chain.order(date=str(DAY))
        assert chain.ranking() == list(SCORES.items())
        assert outcome["sources"]["x"].startswith("measured: names could not be looked up: HTTP 403")
        assert outcome["requests"]["x"] == len(chain.standin.requests_to("x"))


def test_the_feed_does_not_take_not_measured_for_nothing() -> None:
    with running(SMALL) as chain:
        chain.standin.faults += [Fault("x", "401"), Fault("bluesky", "403")]
        chain.order(date=str(DAY))
        feed = html.unescape(chain.read("feed.xml"))
        assert "not measured" in feed
        assert "X unavailable" in feed
        assert "0 reposts" not in feed
