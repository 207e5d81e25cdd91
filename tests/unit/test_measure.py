"""Measuring: which papers get a message, who is named, what is looked up again, and what it may cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from moto import mock_aws

from functions.fetch import measure as measuring
from functions.fetch.attention import SOURCES
from functions.fetch.attention.sweep import Span, Sweep
from functions.fetch.candidates import Candidate
from functions.fetch.measure import Measurement
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import post, user
from infra.local.standin.world import Post, Story, Upvotes
from shared import attention, settings, table
from shared.paper import MESSAGE_BYTES, Measured, Message, Paper, encode_message
from shared.reads import Reads
from shared.settings import Settings
from shared.table import Announcement
from tests.conftest import VirtualTime

NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
ADA, BOB = user("example_ada", "Ada Example"), user("example_bob", "Bob Example")
LORA, JOKR, COLD = (
    Paper(id=f"2106.{number}", title=number, authors=("A",), categories=("cs.LG",), listed="2021-06-18")
    for number in ("09685", "09679", "09467")
)
PAPERS = (LORA, JOKR, COLD)
DAY = Announcement(listed="2021-06-18", low="2106.09017", high="2106.09707", papers=3, via="oai")


def tweet(paper: Paper, likes: int, *, hours: float = 5, by: Any = ADA, **more: Any) -> Post:
    link = f"https://arxiv.org/abs/{paper.id}"
    words = f"{hours} hours before, on {paper.title}"
    return post(NOW - timedelta(hours=hours), by, words, [link], likes=likes, **more)


class Run:
    """Measures against the stand-in, run after run, and keeps what score would have stored."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin
        self.stored: dict[str, Measured] = {}
        self.more: dict[str, str] = {}
        self.days = [DAY]

    @property
    def settings(self) -> Settings:
        more = {"X_BEARER_TOKEN": "secret", "MENTIONS_PER_ACCOUNT": "0"} | self.more
        return settings.parse(self.standin.environment | more)

    def world(self, *posts: Post, **more: Any) -> None:
        self.standin.world = World(users=(ADA, BOB), posts=posts, **more)

    def at(self, now: datetime = NOW, papers: tuple[Paper, ...] = PAPERS) -> Measurement:
        self.standin.now = now
        self.standin.forget()
        candidates = [Candidate(paper=paper, stored=self.stored.get(paper.id)) for paper in papers]
        run = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        found = measuring.measure(self.settings, run, now, candidates, self.days, is_first=False)
        for message in found.messages:
            paper_id = message.paper.id
            stored = self.stored.get(paper_id)
            self.stored[paper_id] = attention.apply(stored, message, self.settings.rules)
        return found

    @property
    def searches(self) -> list[dict[str, str]]:
        return [each.params for each in self.standin.requests_to("x") if "query" in each.params]

    @property
    def lookups(self) -> list[dict[str, str]]:
        return [each.params for each in self.standin.requests_to("x") if "ids" in each.params]

    def shown(self, paper: Paper) -> list[str]:
        mentions = attention.shown(self.stored[paper.id], self.settings.rules)
        return [mention.id for mention in mentions]


@pytest.fixture(name="_aws", scope="module")
def _aws_in_memory(aws_account: None) -> Iterator[None]:
    # One for all tests: the SDK reads its descriptions of the services once.
    with mock_aws():
        yield


@pytest.fixture(name="run")
def _run(no_waiting: VirtualTime, _aws: None, papers_table: None) -> Iterator[Run]:
    with Standin(World(), now=NOW) as standin:
        yield Run(standin)


def by_paper(found: Measurement) -> dict[str, Message]:
    return {message.paper.id: message for message in found.messages}


# --- which papers ------------------------------------------------------------------------------------------


def test_a_new_paper_is_queued_even_if_nobody_talks_about_it(run: Run) -> None:
    found = run.at()
    assert by_paper(found).keys() == {paper.id for paper in PAPERS}
    assert all(message.mentions == () for message in found.messages)
    assert {name: state.state for name, state in found.sources.items()} == {
        "x": "measured",
        "bluesky": "off",
        "hackernews": "measured",
        "huggingface": "measured",
    }


def test_a_paper_is_queued_again_only_if_its_mentions_changed(run: Run) -> None:
    run.world(tweet(LORA, 80), tweet(JOKR, 12, hours=4))
    run.at()
    run.world(tweet(LORA, 80), tweet(JOKR, 13, hours=4))
    assert by_paper(run.at(NOW + timedelta(days=1))).keys() == {JOKR.id}
    assert run.at(NOW + timedelta(days=1, hours=1)).messages == ()


def test_all_sources_are_summed_and_other_papers_are_left_out(run: Run) -> None:
    other = msgspec.structs.replace(LORA, id="2105.00001")
    run.world(
        tweet(LORA, 40),
        tweet(other, 900, hours=6),
        stories=(
            Story(
                id=1,
                title="LoRA",
                author="ada",
                created_at=NOW - timedelta(hours=9),
                url=f"https://arxiv.org/abs/{LORA.id}",
                points=30,
            ),
        ),
        upvotes=(Upvotes(paper=LORA.id, date=date(2021, 6, 18), upvotes=7),),
    )
    found = run.at()
    assert by_paper(found).keys() == {paper.id for paper in PAPERS}
    assert run.stored[LORA.id].score == 77
    assert {mention.source for mention in run.stored[LORA.id].mentions} == {"x", "hackernews", "huggingface"}


def test_a_post_about_two_papers_counts_for_both(run: Run) -> None:
    links = [f"https://arxiv.org/abs/{paper.id}" for paper in (LORA, JOKR)]
    run.world(post(NOW - timedelta(hours=5), ADA, "two", links, likes=60))
    run.at()
    assert (run.stored[LORA.id].score, run.stored[JOKR.id].score, run.stored[COLD.id].score) == (60, 60, 0)
    assert len(run.lookups) == 1


def test_a_source_that_fails_costs_its_own_signal_and_no_number(run: Run) -> None:
    run.world(tweet(LORA, 80), upvotes=(Upvotes(paper=LORA.id, date=date(2021, 6, 18), upvotes=7),))
    run.at()
    run.standin.faults = [Fault("huggingface", "500"), Fault("x", "503")]
    found = run.at(NOW + timedelta(days=1))
    states = {name: state.state for name, state in found.sources.items()}
    assert states == {
        "x": "unavailable",
        "bluesky": "off",
        "hackernews": "measured",
        "huggingface": "unavailable",
    }
    assert found.messages == ()
    assert run.stored[LORA.id].score == 87


def test_a_defect_in_a_source_is_told_and_costs_no_other(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: Settings, _span: Span) -> Sweep:
        raise KeyError("secret detail")

    sources = tuple((name, broken if name == "hackernews" else sweep) for name, sweep in SOURCES)
    monkeypatch.setattr(measuring, "SOURCES", sources)
    run.world(tweet(LORA, 80))
    found = run.at()
    assert found.sources["hackernews"].state == "unavailable"
    assert "KeyError" in found.sources["hackernews"].reason
    assert "secret" not in found.sources["hackernews"].reason
    assert run.stored[LORA.id].score == 80


def test_without_a_token_x_is_off_and_names_nobody(run: Run) -> None:
    run.more = {"X_BEARER_TOKEN": ""}
    assert run.at().sources["x"].state == "off"
    assert run.standin.requests_to("x") == []


def test_a_message_with_very_many_mentions_fits_the_queue(run: Run) -> None:
    posts = [
        post(
            NOW - timedelta(minutes=number),
            ADA,
            f"{number}{'語' * 270}",
            [f"https://arxiv.org/abs/{LORA.id}"],
            likes=20,
        )
        for number in range(1, 451)
    ]
    run.world(*posts)
    run.more = {"X_POSTS_PER_RUN": "1000"}
    message = by_paper(run.at())[LORA.id]
    assert len(message.mentions) == 450
    assert len(encode_message(message).encode()) <= MESSAGE_BYTES


# --- who is named ------------------------------------------------------------------------------------------


def test_who_is_shown_is_named_by_one_lookup(run: Run) -> None:
    first, second = tweet(LORA, 80), tweet(LORA, 30, hours=6, by=BOB)
    quiet, cold = tweet(LORA, 20, hours=7, by=BOB), tweet(JOKR, 20, hours=8)
    run.world(first, second, quiet, cold)
    found = run.at()
    (lookup,) = run.lookups
    # Neither what is below the mention's threshold nor what belongs to a paper that is not hot.
    assert set(lookup["ids"].split(",")) == {first.id, second.id}
    assert lookup["expansions"] == "author_id"
    assert run.shown(LORA) == [first.id, second.id]
    named = {mention.id: mention for mention in run.stored[LORA.id].mentions}
    authors = {one.id: one.author.name for one in named.values() if one.author}
    assert named[first.id].url == f"https://x.com/example_ada/status/{first.id}"
    # Bob's quiet post gets his name for nothing, since it is known now.
    assert authors == {first.id: "Ada Example", second.id: "Bob Example", quiet.id: "Bob Example"}
    # Reading a post again within a day is not billed; a user costs as much as two posts.
    assert found.reads == Reads(posts=4, users=2, units=8)
    assert found.requests["x"] == 2


def test_an_author_is_looked_up_once_whatever_the_post_and_the_day(run: Run) -> None:
    run.world(tweet(LORA, 80))
    run.at()
    assert table.authors([ADA.id])[ADA.id].username == "example_ada"
    run.world(tweet(LORA, 80), tweet(JOKR, 90, hours=4))
    run.at(NOW + timedelta(hours=1))
    assert run.lookups == []
    assert len(run.shown(JOKR)) == 1


def test_who_cannot_be_named_is_counted_and_not_shown(run: Run) -> None:
    authorless, named = tweet(LORA, 80, state="authorless"), tweet(LORA, 30, hours=6, by=BOB)
    run.world(authorless, named)
    run.at()
    assert run.stored[LORA.id].score == 110
    assert run.shown(LORA) == [named.id]


def test_a_lookup_that_fails_costs_the_names_and_no_number(run: Run) -> None:
    run.world(tweet(LORA, 80))
    run.standin.faults = [Fault("x", "503", match="ids=")]
    found = run.at()
    assert found.sources["x"].state == "measured"
    assert run.stored[LORA.id].score == 80
    assert run.shown(LORA) == []
    run.standin.faults.clear()
    run.at(NOW + timedelta(days=1))
    assert len(run.shown(LORA)) == 1


# --- what is shown is looked at again -----------------------------------------------------------------------


def later(run: Run, *posts: Post, days: int = 4) -> Measurement:
    """A run when the sweep no longer reaches the posts of the first one."""
    run.world(*posts)
    run.days = [
        msgspec.structs.replace(DAY, sources=run.at(NOW + timedelta(days=days - 1), papers=()).sources)
    ]
    return run.at(NOW + timedelta(days=days))


def test_the_sweep_reaches_back_to_a_day_before_the_last_measuring(run: Run) -> None:
    run.days = [msgspec.structs.replace(DAY, sources=run.at(papers=()).sources)]
    starts = {
        timedelta(days=1): "2021-06-18T07:55:00Z",  # 48 hours
        timedelta(hours=5): "2021-06-17T12:55:00Z",
        timedelta(days=4): "2021-06-18T07:55:00Z",
        timedelta(days=6): "2021-06-18T08:55:00Z",  # as far as X goes
    }
    for later, start in starts.items():
        run.at(NOW + later)
        assert run.searches[0]["start_time"] == start, later


def test_what_is_shown_is_read_again_by_id_without_paying_for_its_author(run: Run) -> None:
    run.world(tweet(LORA, 80), tweet(LORA, 20, hours=6))
    run.at()
    found = later(run, tweet(LORA, 95), tweet(LORA, 24, hours=6))
    (lookup,) = run.lookups
    assert "expansions" not in lookup
    assert "," not in lookup["ids"]
    # What is not shown and out of the sweep keeps its last numbers.
    assert run.stored[LORA.id].score == 115
    assert found.reads == Reads(posts=1, units=1)
    assert run.shown(LORA) == [tweet(LORA, 95).id]


@pytest.mark.parametrize("state", ["deleted", "protected"])
def test_what_is_gone_is_dropped_and_the_next_one_takes_its_place(run: Run, state: str) -> None:
    first, second = tweet(LORA, 80), tweet(LORA, 60, hours=6, by=BOB)
    run.world(first, second)
    run.at()
    found = later(run, tweet(LORA, 80, state=state), second)
    assert by_paper(found)[LORA.id].dropped == (("x", first.id),)
    assert run.shown(LORA) == [second.id]
    assert run.stored[LORA.id].score == 60
    assert run.at(NOW + timedelta(days=4, hours=1)).messages == ()


def test_one_that_moves_up_is_named_in_the_same_run(run: Run) -> None:
    ten = [tweet(LORA, 90, hours=5 + place / 10) for place in range(10)]
    eleventh = tweet(LORA, 70, hours=8, by=BOB)
    run.world(*ten, eleventh)
    run.at()
    assert eleventh.id not in run.shown(LORA)
    later(run, *ten[1:], eleventh)
    assert run.shown(LORA)[-1] == eleventh.id
    assert len(run.shown(LORA)) == 10


def test_a_sweep_that_does_not_return_a_mention_drops_nothing(run: Run) -> None:
    run.world(tweet(LORA, 30), tweet(JOKR, 20, hours=6))
    run.at()
    assert later(run).messages == ()
    assert (run.stored[LORA.id].score, run.stored[JOKR.id].score) == (30, 20)


# --- what it may cost ---------------------------------------------------------------------------------------


def crowd(number: int, likes: int = 60) -> list[Post]:
    return [tweet(LORA, likes, hours=1 + place / 60) for place in range(number)]


def test_reads_are_left_for_what_is_shown(run: Run) -> None:
    run.world(tweet(LORA, 80), tweet(LORA, 60, hours=6), *crowd(40))
    run.more = {"X_POSTS_PER_RUN": "40"}
    found = run.at()
    assert [search["max_results"] for search in run.searches] == ["30"]
    (lookup,) = run.lookups
    # Of ten posts by one account one is asked for, and it need not be paid for again.
    assert len(lookup["ids"].split(",")) == 1
    assert found.reads == Reads(posts=30, users=1, units=32)
    assert len(run.shown(LORA)) == 10


@pytest.mark.parametrize("cap", [10, 20, 40, 150])
def test_search_and_lookups_together_keep_the_cap(run: Run, cap: int) -> None:
    run.world(*[tweet(LORA, 60, hours=1 + place) for place in range(8)])
    run.at()
    run.more = {"X_POSTS_PER_RUN": str(cap)}
    new = [tweet(JOKR, 60, hours=-70 - place / 60) for place in range(200)]
    found = later(run, *[tweet(LORA, 70, hours=1 + place) for place in range(8)], *new)
    assert found.sources["x"].capped
    assert 10 <= found.reads.units <= cap
    ids = {one for lookup in run.lookups for one in lookup["ids"].split(",")}
    assert len(ids - {each.id for each in new}) + sum(int(s["max_results"]) for s in run.searches) <= cap


def test_the_sweep_reaches_back_to_a_day_that_was_never_measured(run: Run) -> None:
    run.days = [
        msgspec.structs.replace(DAY, listed="2021-06-18", sources={}),
        msgspec.structs.replace(DAY, listed="2021-06-15", sources={}),
    ]
    run.at()
    assert run.searches[0]["start_time"] == "2021-06-15T00:00:00Z"


def test_an_old_day_costs_x_nothing_and_asks_others_for_its_own_time(run: Run) -> None:
    run.at(NOW + timedelta(days=60))
    assert run.standin.requests_to("x") == []
    dates = [each.params["date"] for each in run.standin.requests_to("huggingface")]
    assert dates == [f"2021-06-{number}" for number in range(19, 27)]
    (stories, *_) = run.standin.requests_to("hackernews")
    since = int(datetime(2021, 6, 18, tzinfo=UTC).timestamp())
    until = int(datetime(2021, 6, 26, tzinfo=UTC).timestamp())
    assert stories.params["numericFilters"] == f"created_at_i>{since - 1},created_at_i<{until + 1}"


def test_papers_that_were_only_listed_need_no_source() -> None:
    began = time.monotonic()
    messages = measuring.listed_only("2021-06-18T04:55:00Z", list(PAPERS))
    assert [message.paper for message in messages] == list(PAPERS)
    assert all(message.mentions == () and message.sources == {} for message in messages)
    assert time.monotonic() - began < 1
