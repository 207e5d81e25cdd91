"""Days by hand that ask X's full archive: for a price that is told and agreed to, and that no day exceeds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest

from infra.local.standin import Fault
from infra.local.standin.schedule import working_day
from infra.local.standin.world import World
from infra.ops import backfill
from shared.clock import iso
from tests.steps.chain import DAY, READERS, SMALL, Chain, due, noon, paper, running, said
from tests.steps.operator import Operator, Terminal

BEFORE, NEXT = working_day(DAY, -1), working_day(DAY, 1)
ON_NEXT = paper(20010, NEXT)
WORLD = World(papers=(*SMALL.papers, ON_NEXT), users=READERS, posts=(*SMALL.posts, said(ON_NEXT, 70)))
"""Thursday cold, Friday with three hot papers, Monday with one."""
LATER = noon(DAY, 30 * 24 + 9)
PARAMETERS = {"XBearerTokenParameter": "/hot-papers/x", "XArchivePosts": "1000"}
RANGE = ("run", "--from", str(BEFORE), "--to", str(NEXT), "--x")
ALL, RECENT = "/2/tweets/search/all", "/2/tweets/search/recent"


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(WORLD, parameters=PARAMETERS) as chain:
        chain.at(LATER)
        yield chain


def searches(chain: Chain) -> list[str]:
    """Where X was searched."""
    return [each.path for each in chain.standin.requests_to("x") if "query" in each.params]


def budgets(chain: Chain) -> dict[str, int]:
    """What was read by the month, in posts' prices."""
    items = [item for item in chain.items() if item["pk"]["S"].startswith("BUDGET#")]
    return {item["sk"]["S"]: int(item["units"]["N"]) for item in items if "#" not in item["sk"]["S"]}


# --- the price -------------------------------------------------------------------------------------------


def test_a_range_is_begun_when_its_price_is_agreed_to(chain: Chain, ops: Operator) -> None:
    done = ops(*RANGE, "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("x       full archive: 3 days, at most 1,000 posts, $5.00\n")
    assert chain.published() == [str(BEFORE), str(DAY), str(NEXT)]
    assert dict(chain.ranking())["2106.10010"] == 100, "what was said on X a month ago"
    assert "X unavailable" not in chain.post()
    assert searches(chain) == [ALL] * 3
    windows = [each.params for each in chain.standin.requests_to("x") if "query" in each.params]
    assert [each["end_time"] for each in windows] == [iso(due(day)) for day in (BEFORE, DAY, NEXT)]
    assert [each["start_time"] for each in windows] == [
        iso(due(day) - timedelta(hours=48)) for day in (BEFORE, DAY, NEXT)
    ]
    assert budgets(chain).keys() == {"ARCHIVE"}, "the daily run's budget is whole"


@pytest.mark.parametrize("arguments", [RANGE, ("run", "--date", str(DAY))])
@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (io.StringIO("y\n"), "here is no terminal to ask at: --yes agrees to it"),
        (Terminal("n\n"), "the price is not agreed to: nothing is begun for it"),
        (Terminal("\n"), "the price is not agreed to: nothing is begun for it"),
        (Terminal(""), "the price is not agreed to: nothing is begun for it"),
    ],
)
def test_unless_the_price_is_agreed_to_nothing_is_begun(
    chain: Chain, ops: Operator, arguments: tuple[str, ...], stdin: io.StringIO, reason: str
) -> None:
    stdin.seek(0)
    before = chain.items()
    refused = ops(*arguments, stdin=stdin)
    assert refused.code == 1
    assert reason in refused.err
    assert "$2.50" in refused.out or "$5.00" in refused.out
    assert chain.cloud.triggers.invocations == []
    assert chain.standin.requests == []
    assert chain.items() == before


def test_whoever_says_yes_at_the_terminal_goes_on(chain: Chain, ops: Operator) -> None:
    done = ops("run", "--date", str(DAY), stdin=Terminal("y\n"))
    assert (done.code, done.err) == (0, "")
    assert "x       full archive: 1 day, at most 500 posts, $2.50\ngo on? [y/N] " in done.out
    assert searches(chain) == [ALL]
    assert chain.published() == [str(DAY)]


def test_in_another_month_its_price_is_asked_for_anew(chain: Chain, ops: Operator) -> None:
    begun: list[date] = []

    def turning() -> None:
        begun.append(chain.cloud.clock.now().date())
        if len(begun) == 2:
            chain.cloud.triggers.drain()
            chain.at(LATER + timedelta(days=20))

    with mock.patch.object(backfill, "let_the_tick_begin", turning):
        done = ops(*RANGE, stdin=Terminal("y\nn\n"))
    assert done.code == 1
    assert "full archive: 3 days, at most 1,000 posts, $5.00\n" in done.out
    assert "full archive: 2 days, at most 1,000 posts, $5.00\n" in done.out
    assert "the price is not agreed to: nothing is begun for it" in done.err
    assert chain.published() == [str(BEFORE)], "nor was the day for which the month turned in the wait"
    assert [item["pk"]["S"] for item in chain.items() if item["sk"]["S"] == "ARCHIVE"] == [
        f"BUDGET#{LATER:%Y-%m}"
    ]
    assert ops(*RANGE, stdin=Terminal("y\n")).code == 0
    assert chain.published() == [str(BEFORE), str(DAY), str(NEXT)]


def test_days_that_are_there_cost_nothing_and_what_was_read_counts(chain: Chain, ops: Operator) -> None:
    ops("run", "--date", str(DAY), "--yes")
    read = budgets(chain)["ARCHIVE"]
    done = ops(*RANGE, "--yes")
    assert f"full archive: 2 days, at most {min(1000, 1000 - read):,} posts" in done.out
    assert ops(*RANGE).out == "there   3 of 3 days\n", "and there is nothing to agree to"


def test_where_nothing_is_left_the_days_go_without_x(ops: Operator, chain: Chain) -> None:
    key = {"pk": {"S": f"BUDGET#{LATER:%Y-%m}"}, "sk": {"S": "ARCHIVE"}}
    chain.cloud.client("dynamodb").put_item(
        TableName=chain.cloud.stack.outputs["TableName"], Item=key | {"units": {"N": "995"}}
    )
    done = ops(*RANGE)
    assert done.code == 0
    assert "full archive: 3 days without X, as X_ARCHIVE_POSTS is reached\n" in done.out
    assert searches(chain) == []
    assert "X unavailable" in chain.post()


@pytest.mark.parametrize(
    ("arguments", "parameters"), [(RANGE[:-1], PARAMETERS), (RANGE, PARAMETERS | {"XArchivePosts": "0"})]
)
def test_without_x_or_the_setting_there_is_no_price_and_nothing_is_asked(
    arguments: tuple[str, ...],
    parameters: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with running(WORLD, parameters=parameters) as chain:
        chain.at(LATER)
        done = Operator(chain, capsys)(*arguments)
        assert (done.code, searches(chain), budgets(chain)) == (0, [], {})
        assert "archive" not in done.out
        calls = [call.result for call in chain.cloud.triggers.invocations if call.step == "fetch"]
        told = {call["runs"][0]["sources"]["x"] for call in calls}
        # Nothing of a setting: the event has no word of the archive, which an older stack would refuse.
        assert told == {"unavailable: recent search reaches back 7 days only"}
        assert chain.status()["x"] is None or chain.status()["x"]["posts"] == 0


# --- the days --------------------------------------------------------------------------------------------


def test_a_day_that_recent_search_reaches_is_the_daily_budgets(capsys: pytest.CaptureFixture[str]) -> None:
    with running(WORLD, due(DAY) + timedelta(days=6), parameters=PARAMETERS) as chain:
        done = Operator(chain, capsys)("run", "--date", str(DAY))
        assert (done.code, done.err) == (0, "")
        assert searches(chain) == [RECENT]
        assert budgets(chain).keys() == {"X"}


@pytest.mark.parametrize("names", [("date",), ("from", "to")])
def test_an_event_without_the_word_never_asks_the_archive(chain: Chain, names: tuple[str, ...]) -> None:
    def order(day: date, **more: Any) -> None:
        chain.order(LATER, **dict.fromkeys(names, str(day)), **more)

    asking = {"x": True} if "to" in names else {}
    order(DAY, **asking)
    assert searches(chain) == []
    order(NEXT, **asking, archive=f"{LATER - timedelta(days=31):%Y-%m}")
    assert searches(chain) == [], "that was agreed to for another month's budget"
    order(BEFORE, **asking, archive=f"{LATER:%Y-%m}")
    assert searches(chain) == [ALL]


@pytest.mark.parametrize("kind", ["403", "402", "500"])
def test_an_archive_that_refuses_costs_x_and_not_the_day(chain: Chain, ops: Operator, kind: str) -> None:
    chain.standin.faults = [Fault("x", kind, match="search/all")]
    done = ops(*RANGE, "--yes")
    assert (done.code, done.err) == (0, "")
    assert chain.published() == [str(BEFORE), str(DAY), str(NEXT)]
    assert "X unavailable" in chain.post()
    assert ALL in searches(chain)
    assert budgets(chain) == {"ARCHIVE": 0}


def test_a_cap_that_is_reached_is_told_and_never_exceeded(capsys: pytest.CaptureFixture[str]) -> None:
    posts = tuple(said(SMALL.papers[-1], 60, serial=number, words=f"Post {number}.") for number in range(60))
    world = World(papers=WORLD.papers, users=READERS, posts=posts)
    with running(world, parameters=PARAMETERS | {"XArchivePosts": "40"}) as chain:
        chain.at(LATER)
        done = Operator(chain, capsys)(*RANGE, "--yes")
        assert "full archive: 3 days, at most 40 posts, $0.20\n" in done.out
        assert 30 <= budgets(chain)["ARCHIVE"] <= 40
        told = [call.result for call in chain.cloud.triggers.invocations if call.step == "fetch"]
        states = [one["runs"][0]["sources"]["x"] for one in told]
        assert "measured, capped: X_ARCHIVE_POSTS is reached" in states


def test_the_status_tells_what_was_read_of_the_archive_beside_the_daily_runs(
    chain: Chain, ops: Operator
) -> None:
    ops("run", "--date", str(DAY), "--yes")
    chain.order(LATER, measure=True)
    told = chain.status()["x"]
    read = told["archive"]
    assert (read["posts"], read["cap"]) == (3, 1_000)
    assert read["bill"] == round(read["posts"] * 0.005 + read["users"] * 0.01, 2) > 0
    assert f"Of its full archive, for days by hand: {read['posts']} posts" in chain.read("status.html")
