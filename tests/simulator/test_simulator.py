"""The simulator itself: what it promises to do to the functions, and that it notices what it is there for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from tests.simulator.explore import BY_HAND, BY_TICK, at_random, with_fault
from tests.simulator.faults import LASTING, AwsFault, Call, Event, HttpFault, Schedule
from tests.simulator.mutants import MUTANTS
from tests.simulator.properties import ViolationError
from tests.simulator.simulate import Outcome, reference, simulate, verify

_ROOT = Path(__file__).parents[2]


@pytest.fixture(name="good", scope="module")
def _good() -> Outcome:
    """The day by hand, with nothing wrong."""
    good = reference(BY_HAND)
    assert good.announced == ["2021-06-18"]
    return good


def _first(outcome: Outcome, what: str, step: str) -> Call:
    return next(call for call in outcome.calls if (call.what, call.step) == (what, step))


def test_the_same_schedule_is_the_same_run(good: Outcome) -> None:
    schedule = msgspec.structs.replace(BY_TICK, seed=7, interleave=0.5, doubled=1.0, late=0.5, batches=1.0)
    first, second = simulate(schedule), simulate(schedule)
    assert [call[:4] for call in first.calls] == [call[:4] for call in second.calls]
    assert first.bucket == second.bucket
    other = simulate(msgspec.structs.replace(schedule, seed=8))
    assert [call[:4] for call in other.calls] != [call[:4] for call in first.calls]
    assert good.given_up == 0


def test_a_function_that_crashed_does_nothing_more(good: Outcome) -> None:
    put = _first(good, "PutItem", "render")
    crashed = simulate(with_fault(BY_HAND, AwsFault(at=put.at, kind="crash before")))
    # Its lease is not let go: the repeat takes that over when its time is up.
    assert crashed.calls[put.at] == put
    assert crashed.calls[put.at + 1].what == "GetItem", "the next call is the repeat's, asking for the lease"
    assert len(crashed.calls) > len(good.calls)


def test_the_sdk_tries_again_by_itself_what_functions_never_hear_of(good: Outcome) -> None:
    put = _first(good, "TransactWriteItems", "score")
    for kind in ("refused", "failed", "throttled"):
        once = simulate(with_fault(BY_HAND, AwsFault(at=put.at, kind=kind)))
        assert len(once.calls) == len(good.calls), kind
    lasting = simulate(with_fault(BY_HAND, AwsFault(at=put.at, kind="refused", times=LASTING)))
    assert len(lasting.calls) > len(good.calls)


def test_what_was_given_up_is_redriven(good: Outcome) -> None:
    outage = AwsFault(at=_first(good, "PutItem", "fetch").at, kind="outage", seconds=1200.0)
    assert verify(with_fault(BY_HAND, outage)).given_up == 1


def test_a_source_that_is_down_leaves_a_gap_which_is_filled(good: Outcome) -> None:
    asked = next(request for request in good.requests if "/hn/" in request.key)
    down = verify(with_fault(BY_HAND, HttpFault(at=asked.at, kind="500", times=LASTING)))
    assert down.has_gaps
    assert not verify(with_fault(BY_HAND, HttpFault(at=asked.at, kind="500"))).has_gaps


def test_faults_can_be_chosen_call_by_call() -> None:
    seen: list[Call] = []

    def choose(call: Call) -> AwsFault | None:
        if call.what != "PutObject" or len(seen) == 2:
            return None
        seen.append(call)
        return AwsFault(at=0, kind="crash after")

    outcome = verify(BY_TICK, choose)
    assert len(seen) == 2
    assert outcome.given_up == 0, "the stream repeats often enough"


def test_a_broken_promise_names_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.render.writer.Writer.delete", lambda *_: None)
    monkeypatch.setattr("functions.render.writer.WAYS_IN", ("index.html",))
    monkeypatch.setattr("functions.render.site.day_objects", lambda *_, **__: {})
    with pytest.raises(ViolationError, match=r'in \{"events"'):
        simulate(BY_TICK)


def test_a_schedule_is_what_it_is_printed_as() -> None:
    for seed in range(20):
        schedule = at_random(seed, 140, 23)
        assert msgspec.json.decode(str(schedule), type=Schedule) == schedule


def test_events_may_come_twice() -> None:
    twice = msgspec.structs.replace(BY_TICK, events=(Event(after=60.0, times=2),))
    outcome = verify(twice)
    assert outcome.announced == ["2021-06-18"]


_RANGE: dict[str, str | bool] = {"from": "2021-06-17", "to": "2021-06-18", "x": True}
# What has failed once, in few words: what was wrong, and the schedule.
FOUND: Mapping[str, Schedule] = {
    "a transaction that was cancelled left the stream without a reader": Schedule(
        world="growing",
        events=(Event(after=60.0, order={"date": "2021-06-18", "time": "2021-06-19T07:55:00Z"}),),
        then=(Event(after=86_400.0),),
        seed=58,
        interleave=0.5,
        doubled=0.5,
        late=0.5,
        batches=1.0,
        hasty=5,
    ),
    "a neighbour's render wrote a post with new numbers, and without what had become hot": Schedule(
        world="growing",
        events=(Event(after=60.0), Event(after=136.0, order=_RANGE)),
        then=(Event(after=86_400.0),),
        http=(HttpFault(at=2, kind="redirect", times=2),),
    ),
    "names that could not be looked up are a gap, which the next run fills": msgspec.structs.replace(
        BY_TICK, http=(HttpFault(at=22, kind="time-out", times=LASTING),)
    ),
    "a second tick measures a world that has grown meanwhile": Schedule(
        world="growing",
        events=(Event(after=60.0, times=2),),
        then=(Event(after=86_400.0),),
        aws=(AwsFault(at=11, kind="time-out before"),),
    ),
}


@pytest.mark.parametrize("what", list(FOUND))
def test_what_failed_once(what: str) -> None:
    verify(FOUND[what])


def test_a_tick_that_broke_off_before_it_remembered_does_so_when_it_is_repeated() -> None:
    good = reference(BY_TICK)
    put = next(call for call in good.calls if call.what == "PutItem" and "ANNOUNCEMENT" in call.key)
    verify(with_fault(BY_TICK, AwsFault(at=put.at, kind="crash before")))


def test_a_tick_that_broke_off_when_all_was_remembered_knows_what_it_had_listed() -> None:
    day = msgspec.structs.replace(BY_TICK, world="day")
    marked = next(call for call in reference(day).calls if call.what == "UpdateItem" and "RUN|" in call.key)
    assert marked.step == "fetch", "the run is marked queued before score takes anything off"
    verify(with_fault(day, AwsFault(at=marked.at, kind="outage")))


# A schedule, what is struck in it each time (step, operation or method, a part of the key), and by what.
STRANGE: Mapping[str, tuple[Schedule, tuple[str, str, str], AwsFault | HttpFault]] = {
    "a source is down, and nobody says what comes then": (
        Schedule(),
        ("fetch", "GET", "/hn/"),
        HttpFault(at=0, kind="500", times=LASTING),
    ),
    "a source is down for a tick of the night, too": (
        Schedule(events=(Event(after=60.0), Event(after=72_060.0))),
        ("fetch", "GET", "/hn/"),
        HttpFault(at=0, kind="500", times=LASTING),
    ),
    "only the day before is ordered, and its pages crash at the front page": (
        Schedule(events=(Event(after=60.0, order={"date": "2021-06-17"}),)),
        ("render", "PutObject", "index.html"),
        AwsFault(at=0, kind="crash after"),
    ),
    "a paper cannot be written until all is well": (
        Schedule(),
        ("score", "TransactWriteItems", "DAY#"),
        AwsFault(at=0, kind="failed", times=LASTING),
    ),
    "no answer about the budget arrives, to a tick that comes three times": (
        Schedule(events=(Event(after=60.0, times=3),), interleave=0.5),
        ("fetch", "", "BUDGET"),
        AwsFault(at=0, kind="lost", times=LASTING),
    ),
}


@pytest.mark.parametrize("what", list(STRANGE))
def test_what_strikes_again_and_again(what: str) -> None:
    schedule, (step, operation, key), fault = STRANGE[what]
    struck: list[Call] = []

    def choose(call: Call) -> AwsFault | HttpFault | None:
        if call.step != step or operation not in call.what or key not in call.key:
            return None
        struck.append(call)
        return fault

    verify(schedule, choose)
    assert struck


def test_a_schedule_that_starts_nothing_is_named() -> None:
    with pytest.raises(ViolationError, match="no event starts a run"):
        verify(Schedule(events=()))


# --- as on the command line ---------------------------------------------------------------------------


def _simulator(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.simulator", "--jobs", "1", *arguments],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--singles", "--world", "small", "--every", "151"),
        ("--singles", "--world", "day", "--every", "601"),
        ("--random", "25"),
    ],
    ids=["single faults of a small day", "single faults of a day", "at random"],
)
def test_a_slice_of_the_long_run(arguments: tuple[str, ...]) -> None:
    done = _simulator(*arguments)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert ", 0 failed, " in done.stdout


def test_each_protection_that_is_taken_away_is_noticed() -> None:
    done = _simulator("--mutants")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == list(MUTANTS)
    assert all(": noticed: ViolationError: " in line for line in done.stdout.splitlines()), done.stdout


def test_wrong_use_is_named() -> None:
    assert _simulator("--mutants", "gravity").returncode == 2
    assert "nothing to play" in _simulator().stderr
