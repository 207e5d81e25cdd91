"""X's full archive: for days by hand too old for recent search, by a budget of its own, and never unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from functions.fetch.attention import x
from functions.fetch.attention.budget import Budget
from functions.fetch.attention.sweep import Span, Sweep
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import post, user
from shared import http, reads, settings
from shared.reads import Reads
from shared.settings import Settings
from tests.conftest import VirtualTime
from tests.unit.ledger import Ledger

LORA = "2106.09685"
ADA = user("example_ada", "Ada Example")
MEASURED = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
"""When the day of 2021-06-18 was due to be measured."""
NOW = MEASURED + timedelta(days=100)
RUN = "2021-09-27T07:55:00Z#2021-06-18"
HOURS = (MEASURED - timedelta(hours=48), MEASURED)
SPAN = Span(
    run=RUN,
    now=NOW,
    since=MEASURED - timedelta(days=2),
    until=MEASURED + timedelta(days=7),
    unmeasured=MEASURED,
    archive=HOURS,
)
POSTS = tuple(
    post(
        MEASURED - timedelta(minutes=place + 1),
        ADA,
        f"post {place}",
        [f"https://arxiv.org/abs/{LORA}"],
        likes=20,
    )
    for place in range(1_200)
)


@pytest.fixture(name="standin")
def _standin(no_waiting: VirtualTime) -> Iterator[Standin]:
    with Standin(World(users=(ADA,), posts=POSTS), now=NOW) as running:
        yield running


@pytest.fixture(autouse=True, name="ledger")
def _ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    return Ledger(monkeypatch)


def configured(standin: Standin, **more: str) -> Settings:
    own = {"X_BEARER_TOKEN": "very-secret", "X_ARCHIVE_POSTS": "9000", "X_POSTS_PER_RUN": "4000"}
    return settings.parse(standin.environment | own | more)


def swept(standin: Standin, at: Span | None = None, /, **more: str) -> Sweep:
    return x.sweep(configured(standin, **more), at or SPAN)


# --- which days ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "more", "hours"),
    [
        (timedelta(days=100), {}, HOURS),
        (x.REACH, {}, HOURS),
        (x.REACH - timedelta(seconds=1), {}, None),  # recent search sees the measuring yet
        (timedelta(0), {}, None),
        (timedelta(days=9), {"X_SWEEP_HOURS": "24"}, (MEASURED - timedelta(hours=24), MEASURED)),
        (
            timedelta(days=9),
            {"MEASURE_HOUR_UTC": "0", "PUBLISH_AFTER_HOURS": "0"},
            (datetime(2021, 6, 16, 0, 55, tzinfo=UTC), datetime(2021, 6, 18, 0, 55, tzinfo=UTC)),
        ),
    ],
)
def test_the_hours_are_those_that_the_days_own_measuring_would_have_asked_for(
    after: timedelta, more: dict[str, str], hours: Any
) -> None:
    assert x.archive_hours(settings.parse(more), "2021-06-18", MEASURED + after) == hours


def test_there_is_nothing_to_ask_for_before_x_began() -> None:
    assert x.archive_hours(Settings(), "1995-06-16", NOW) is None
    began = datetime(2006, 3, 21, tzinfo=UTC)
    assert x.archive_hours(Settings(), "2006-03-21", NOW) == (began, began + timedelta(hours=31, minutes=55))


# --- what is asked ---------------------------------------------------------------------------------------


def test_every_post_of_the_hours_is_read_by_the_same_query_in_pages_of_500(
    standin: Standin, ledger: Ledger
) -> None:
    late = post(MEASURED + timedelta(hours=1), ADA, "late", [f"https://arxiv.org/abs/{LORA}"], likes=20)
    standin.world = World(users=(ADA,), posts=(*POSTS, late))
    found = swept(standin)
    assert (found.state.state, found.state.capped, found.requests) == ("measured", False, 3)
    assert len(found.mentions[LORA]) == 1_200
    for asked in standin.requests_to("x"):
        assert asked.path == "/2/tweets/search/all"
        assert asked.params["query"] == x.query(10)
        assert asked.params["start_time"] == "2021-06-17T07:55:00Z"
        assert asked.params["end_time"] == "2021-06-19T07:55:00Z"
        assert asked.params["max_results"] == "500"
        assert not {"expansions", "user.fields"} & asked.params.keys()
    assert ledger.of("2021-09", RUN) == Reads(posts=1_200, units=1_200)


def test_requests_keep_a_second_apart(
    standin: Standin, no_waiting: VirtualTime, sent: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    swept(standin)
    assert no_waiting.slept == [], "this machine is not waited for"
    sent.clear()
    monkeypatch.setattr(http, "is_loopback", lambda _url: False)
    monkeypatch.setattr(http, "may_carry_credentials", lambda _url: True)
    found = swept(standin)
    x.look_up(found.api, [POSTS[0].id, POSTS[1].id], with_authors=True)
    assert [after - before for before, after in pairwise(sent)] == [1, 1, 1]


# --- what it may cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("allowed", "more"), [("0", {}), ("9", {})])
def test_unless_the_setting_allows_it_nothing_is_asked_and_the_reason_names_it(
    standin: Standin, allowed: str, more: dict[str, str]
) -> None:
    found = swept(standin, SPAN, X_ARCHIVE_POSTS=allowed, **more)
    assert (found.state.state, found.requests) == ("unavailable", 0)
    assert found.state.reason == "recent search reaches back 7 days only, and X_ARCHIVE_POSTS is below 10"
    assert standin.requests == []


def test_without_hours_the_archive_is_never_asked(standin: Standin) -> None:
    found = swept(standin, replace(SPAN, archive=None))
    assert found.state.reason == "recent search reaches back 7 days only"
    recent = swept(standin, replace(SPAN, archive=None, now=MEASURED + timedelta(hours=1)))
    assert recent.state.state == "unavailable", "nothing of 100 days ago: the stand-in's time is later"
    assert {each.path for each in standin.requests_to("x")} == {"/2/tweets/search/recent"}


def test_a_cap_of_a_run_below_the_smallest_page_is_off(standin: Standin) -> None:
    assert swept(standin, X_POSTS_PER_RUN="9").state.state == "off"
    assert swept(standin, X_POSTS_PER_MONTH="0").state.state == "measured", "that is the daily runs'"


def test_the_daily_runs_budget_is_neither_used_nor_asked_for(standin: Standin, ledger: Ledger) -> None:
    found = swept(standin, X_POSTS_PER_MONTH="10")
    x.look_up(found.api, [each.id for each in POSTS[:5]], with_authors=True)
    assert len(found.mentions[LORA]) == 1_200
    assert ledger.of("2021-09") == ledger.read == Reads()
    # An author is billed as two posts; the five posts were read in this run.
    read = Reads(posts=1_200, users=1, units=1_202)
    assert reads.stored(reads.archive_key("2021-09")) == ledger.of("2021-09", RUN) == read
    daily = Budget(configured(standin, X_POSTS_PER_MONTH="10"), "2021-09-28T07:55:00Z")
    assert daily.left() == 10


@pytest.mark.parametrize(
    ("more", "sizes", "reason"),
    [
        ({"X_POSTS_PER_RUN": "500"}, [375], "X_POSTS_PER_RUN is reached"),
        ({"X_ARCHIVE_POSTS": "900"}, [500, 175], "X_ARCHIVE_POSTS is reached"),
        ({"X_ARCHIVE_POSTS": "10"}, [10], "X_ARCHIVE_POSTS is reached"),
    ],
)
def test_at_a_cap_the_day_is_measured_and_capped(
    standin: Standin, more: dict[str, str], sizes: list[int], reason: str
) -> None:
    found = swept(standin, SPAN, **more)
    assert [int(each.params["max_results"]) for each in standin.requests_to("x")] == sizes
    assert (found.state.state, found.state.capped, found.state.reason) == ("measured", True, reason)


def test_days_of_a_month_share_the_cap_whatever_crashes(standin: Standin) -> None:
    caps = {"X_ARCHIVE_POSTS": "1000", "X_POSTS_PER_RUN": "400"}
    states = []
    for place in range(6):
        standin.faults = [Fault("x", "truncated")] if place == 1 else []
        states.append(
            swept(standin, replace(SPAN, run=f"2021-09-27T0{place}:55:00Z#2021-06-18"), **caps).state
        )
    # Nobody knows whether the answer that was lost was billed; 300 + 300 + 300 + 75 + 19.
    assert reads.stored(reads.archive_key("2021-09")).units == 994
    assert [state.state for state in states] == ["measured", "unavailable", *["measured"] * 3, "unavailable"]
    assert states[-1].reason == "X_ARCHIVE_POSTS is reached"
    following = swept(standin, replace(SPAN, run="2021-10-01T07:55:00Z#2021-06-18"), X_ARCHIVE_POSTS="1000")
    assert following.state.state == "measured"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("403", "HTTP 403 Forbidden: Client Forbidden"),
        ("402_credits_depleted", "HTTP 402 Payment Required: Payment Required"),
    ],
)
def test_an_account_without_access_is_told_in_the_services_words(
    standin: Standin, kind: str, reason: str
) -> None:
    standin.faults = [Fault("x", kind, match="search/all")]
    found = swept(standin)
    assert (found.state.state, found.state.reason, found.requests) == ("unavailable", reason, 1)
    assert reads.stored(reads.archive_key("2021-09")) == Reads()
