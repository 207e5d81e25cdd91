"""A range of past days: resumable, without harm to the daily run, and at peace with days that had nothing."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from functions.fetch import handler, listing, runs
from infra.local.standin import Fault
from infra.local.standin.schedule import working_day
from infra.local.standin.world import World
from infra.ops import backfill
from shared import run_states, table
from shared.clock import TICK_MINUTE, iso
from tests.steps.chain import DAY, READERS, SMALL, Chain, due, noon, paper, running, story
from tests.steps.killing import Killed, killing
from tests.steps.operator import Operator

BEFORE, QUIET, LAST = working_day(DAY, -1), working_day(DAY, 1), working_day(DAY, 2)
ON_LAST = paper(20010, LAST)
WORLD = World(
    papers=(*SMALL.papers, ON_LAST),
    users=READERS,
    posts=SMALL.posts,
    stories=(*SMALL.stories, story(3, ON_LAST, 80)),
    upvotes=SMALL.upvotes,
)
"""Thursday cold, Friday with three hot papers, Monday without an announcement, Tuesday with a hot paper."""
LATER = noon(DAY, 30 * 24 + 9)
RANGE = ("run", "--from", str(BEFORE), "--to", str(LAST))
PUBLISHED = [str(BEFORE), str(DAY), str(LAST)]


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(WORLD) as chain:
        chain.at(LATER)
        yield chain


def asked(chain: Chain) -> list[str]:
    """The days that fetch had runs for by hand, in order."""
    calls = [call.result for call in chain.cloud.triggers.invocations if call.step == "fetch"]
    outcomes = [one for answer in calls if answer for one in answer.get("runs", [answer])]
    return [one["run"].partition("#")[2] for one in outcomes]


def quiet(chain: Chain) -> list[str]:
    return [item["sk"]["S"] for item in chain.items() if item["pk"]["S"] == table.QUIET]


def hold(chain: Chain, seconds: int) -> None:
    """Somebody else has the lease of fetch, for so long."""
    ends = int(chain.cloud.clock.timestamp()) + seconds
    item = {"pk": "LEASE", "sk": "fetch", "holder": "another"}
    chain.cloud.client("dynamodb").put_item(
        TableName=chain.cloud.stack.outputs["TableName"],
        Item={name: {"S": value} for name, value in item.items()} | {"ends": {"N": str(ends)}},
    )


# --- what is there ---------------------------------------------------------------------------------------


def test_a_range_is_filled_and_a_day_without_announcement_is_quiet_for_good(
    chain: Chain, ops: Operator
) -> None:
    done = ops(*RANGE)
    assert (done.code, done.err) == (0, "")
    assert [line for line in done.out.splitlines() if line.startswith("day")] == [
        f"day     {BEFORE}: 3 papers",
        f"day     {DAY}: 4 papers",
        f"day     {QUIET}: quiet: arXiv announced nothing",
        f"day     {LAST}: 1 papers",
    ]
    assert chain.published() == PUBLISHED
    assert quiet(chain) == [str(QUIET)]
    assert not [item for item in chain.items() if item["pk"]["S"] == table.QUIET and "expires_at" in item]


def test_what_is_there_is_not_asked_for_again_but_by_its_date(chain: Chain, ops: Operator) -> None:
    ops(*RANGE)
    site, requests, days = chain.settled(), len(chain.standin.requests), asked(chain)
    again = ops(*RANGE)
    assert (again.code, again.err, again.out) == (0, "", "there   4 of 4 days\n")
    assert chain.order(LATER, **{"from": str(BEFORE), "to": str(LAST)}) == {"runs": [], "remaining": []}
    assert (len(chain.standin.requests), asked(chain)) == (requests, days)
    assert ops("run", "--date", str(DAY)).code == ops("run", "--date", str(QUIET)).code == 0
    assert asked(chain)[len(days) :] == [str(DAY), str(QUIET)]
    assert len(chain.standin.requests) > requests
    assert chain.settled() == site


def test_an_imported_day_counts_as_there(chain: Chain, ops: Operator, tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "golden/own/2021-11-10.md").read_text(encoding="utf-8")
    (tmp_path / f"{DAY}---Hot-Papers.md").write_text(text.replace("2021-11-1", "2021-06-1"))
    assert ops("import", str(tmp_path)).code == 0
    assert ops(*RANGE).code == 0
    assert asked(chain) == [str(BEFORE), str(QUIET), str(LAST)]


def test_a_day_that_could_not_be_listed_is_not_quiet_and_stops_no_other(chain: Chain, ops: Operator) -> None:
    dated = runs.dated

    def failing(settings: Any, run: str, day: Any, *arguments: Any, **more: Any) -> Any:
        if day not in (DAY, QUIET):
            return dated(settings, run, day, *arguments, **more)
        with mock.patch.object(chain.standin, "faults", [Fault("query", "500")]):
            return dated(settings, run, day, *arguments, **more)

    with mock.patch.object(runs, "dated", failing):
        done = ops(*RANGE)
    assert done.code == 1
    assert f"2 of 4 days could not be had, begin again for them: {DAY}, {QUIET}" in done.err
    assert f"day     {DAY}: failed: arXiv could not be listed (query API: HTTP 500" in done.out
    assert chain.published() == [str(BEFORE), str(LAST)]
    assert quiet(chain) == []
    assert ops(*RANGE).code == 0
    assert chain.published() == PUBLISHED


def test_a_range_ends_where_arxiv_is_away(
    chain: Chain, ops: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.outcome.MOST_FAILURES", 2)
    with mock.patch.object(chain.standin, "faults", [Fault("query", "500")]):
        done = ops(*RANGE)
    assert done.code == 1
    assert "2 more days were not asked for: arXiv seems to be away; 2 of 4 days could not be had" in done.err
    assert f"begin again for them: {BEFORE}, {DAY}" in done.err
    assert asked(chain) == [str(BEFORE), str(DAY)]
    assert ops(*RANGE).code == 0
    assert chain.published() == PUBLISHED


@pytest.mark.parametrize(
    ("after", "is_quiet"), [(timedelta(hours=23), []), (timedelta(hours=25), [str(QUIET)])]
)
def test_a_young_day_may_still_be_announced(after: timedelta, is_quiet: list[str]) -> None:
    with running(WORLD) as chain:
        chain.order(noon(QUIET, 4) - timedelta(minutes=15) + after, date=str(QUIET))
        assert quiet(chain) == is_quiet


# --- broken off ------------------------------------------------------------------------------------------


def lasting(chain: Chain) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """The site and the table's keys, but for moments and who worked when."""
    moment = re.compile(rb"\d\d:\d\d(:\d\d)?")
    plain = {
        key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in chain.settled().items()
    }
    site = {key: moment.sub(b"T", body) for key, body in plain.items()}
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in chain.items()]
    return site, sorted(key for key in keys if key[0] not in (run_states.RUNS, "LEASE"))


@pytest.fixture(name="unbroken", scope="module")
def _unbroken() -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    with running(WORLD) as chain:
        for day in (BEFORE, DAY, QUIET, LAST):
            chain.order(LATER, date=str(day))
        return lasting(chain)


def tick(chain: Chain, at: datetime) -> None:
    """A tick with nothing to list: it closes what is overdue."""
    with mock.patch.object(listing, "awaited", return_value=[]):
        chain.tick(at)


@pytest.mark.parametrize("calls", [0, 9, 12, 15, 20, 26, 33])
def test_killed_at_any_call_and_begun_again_it_ends_the_same(
    unbroken: Any, chain: Chain, ops: Operator, calls: int
) -> None:
    # The command, or what follows from it.
    with killing(calls, Killed), suppress(Killed):
        ops(*RANGE)
    assert chain.published() != PUBLISHED
    # What was queued is scored and published, whoever is there.
    chain.cloud.triggers.drain()
    tick(chain, LATER + timedelta(hours=2, minutes=55))
    done = ops(*RANGE)
    assert (done.code, done.err) == (0, "")
    assert lasting(chain) == unbroken
    assert not [item for item in chain.items() if item.get("status") == {"S": "open"}]


@pytest.mark.parametrize("calls", [5, 8])
def test_where_fetch_breaks_off_the_other_days_are_done_and_it_is_begun_again(
    unbroken: Any, chain: Chain, ops: Operator, calls: int
) -> None:
    dated = runs.dated

    def failing(settings: Any, run: str, day: Any, *arguments: Any, **more: Any) -> Any:
        if day != DAY:
            return dated(settings, run, day, *arguments, **more)
        with killing(calls, MemoryError):
            return dated(settings, run, day, *arguments, **more)

    with mock.patch.object(runs, "dated", failing):
        done = ops(*RANGE)
    assert done.code == 1
    assert f"day     {DAY}: failed: fetch failed: MemoryError" in done.out
    assert f"day     {QUIET}: quiet" in done.out, "and not with the papers of the day before"
    tick(chain, LATER + timedelta(hours=2, minutes=55))
    assert ops(*RANGE).code == 0
    assert lasting(chain) == unbroken
    assert not [item for item in chain.items() if item.get("status") == {"S": "open"}]


# --- the daily run ---------------------------------------------------------------------------------------


def test_a_tick_waits_for_a_day_by_hand_to_end(chain: Chain) -> None:
    hold(chain, handler.LEASE_WAIT - 20)
    begun = chain.cloud.clock.now()
    chain.cloud.triggers.invoke("fetch", {"measure": True})
    assert chain.cloud.triggers.invocations[-1].exception is None
    assert timedelta(0) < chain.cloud.clock.now() - begun < timedelta(seconds=handler.LEASE_WAIT)


def test_the_repeats_of_a_tick_outlast_a_day_that_crashed_as_late_as_it_may_begin(chain: Chain) -> None:
    tick_ = LATER.replace(minute=TICK_MINUTE)
    assert chain.cloud.triggers.latest_tick("fetch", LATER + timedelta(hours=1)) == tick_
    chain.at(tick_ - timedelta(minutes=backfill.BEFORE_TICK))
    hold(chain, handler.LEASE_SECONDS)
    chain.at(tick_)
    with mock.patch.object(listing, "awaited", return_value=[]):
        chain.cloud.triggers.tick(tick_)
        chain.cloud.triggers.drain()
    assert chain.run(tick_).is_queued


def test_the_command_waits_for_whoever_is_at_work(chain: Chain, ops: Operator) -> None:
    hold(chain, 300)
    refused = chain.cloud.triggers.invoke("fetch", {"date": str(DAY)})
    assert type(refused.exception).__name__ == "LeaseHeldError"
    begun = chain.cloud.clock.now()
    assert ops("run", "--from", str(DAY), "--to", str(DAY)).code == 0
    assert timedelta(seconds=300) <= chain.cloud.clock.now() - begun < timedelta(seconds=400)
    hold(chain, 3_000)
    given_up = ops("run", "--date", str(DAY))
    assert given_up.code == 1
    assert "LeaseHeldError" in given_up.err


@pytest.mark.parametrize(("minute", "waits"), [(44, 0), (45, 13), (57, 1), (58, 0)])
def test_no_day_is_begun_while_a_tick_is_about_to_come(chain: Chain, minute: int, waits: int) -> None:
    chain.at(LATER.replace(minute=minute))
    begun = chain.cloud.clock.now()
    backfill.let_the_tick_begin()
    assert chain.cloud.clock.now() - begun == timedelta(minutes=waits)


def test_a_range_leaves_x_to_the_daily_run_unless_told() -> None:
    with running(WORLD) as chain:
        days = {"from": str(DAY), "to": str(DAY)}
        (done,) = chain.order(due(DAY), **days)["runs"]
        assert done["posts_read"] == 0
        assert done["sources"]["x"] == "unavailable: a range of days leaves X to the daily run"
        told = chain.order(due(DAY) + timedelta(hours=1), measure=True)
        assert told["posts_read"] == 3, "the daily run measures what was left to it"
    with running(WORLD) as chain:
        (asking,) = chain.order(due(DAY), x=True, **days)["runs"]
        assert asking["posts_read"] == 3


def test_many_days_by_hand_do_not_hide_that_today_was_measured() -> None:
    with running(WORLD) as chain:
        assert chain.tick(due(DAY))["kind"] == "measure"
        with mock.patch.dict("os.environ", TABLE_NAME=chain.cloud.stack.outputs["TableName"]):
            for number in range(60):
                run_states.put(run_states.Run(id=f"{iso(due(DAY))}#by-hand-{number:02}", kind="date"), set())
        assert chain.tick(due(DAY) + timedelta(hours=1))["kind"] == "list"
        assert chain.status()["next_measuring"] == iso(due(DAY) + timedelta(days=1))
