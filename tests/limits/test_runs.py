"""Runs of more papers than one run's item has room for: none is lost, and no day is published by halves."""

from __future__ import annotations

from datetime import date
from typing import Any
from unittest import mock

import msgspec
import pytest

from functions.fetch import execution
from infra.local.standin import Fault, World
from infra.local.standin.build import cold_papers
from shared import aws, run_states, table
from shared.clock import iso
from shared.paper import Message, decode_message
from tests.simulator import properties
from tests.simulator.explore import BY_TICK
from tests.simulator.faults import AwsFault, Call
from tests.simulator.simulate import Outcome, simulate
from tests.steps.chain import DAY, NOW, READERS, Chain, before, due, paper, running, said

# Wednesday to Friday, after a Tuesday that is known.
KNOWN, MISSED = date(2021, 6, 15), [date(2021, 6, 16), date(2021, 6, 17), DAY]
LARGEST_DAY = 3_000


def ends(outcome: Outcome) -> tuple[object, object]:
    """What a simulation came to: all objects but the status, and the papers' scores."""
    bucket, items = outcome.bucket, outcome.items
    return properties.exact(bucket, items)[0], properties.without_moments(bucket, items)[1]


@pytest.fixture(name="of_two_parts", scope="module")
def _of_two_parts() -> Outcome:
    """The small world's day by runs of two papers each."""
    with mock.patch.object(execution, "MOST_PAPERS", 2):
        return simulate(BY_TICK)


def test_a_fetch_that_is_cut_off_between_two_parts_is_made_good_by_its_repeat(of_two_parts: Outcome) -> None:
    assert [sk for pk, sk in sorted(of_two_parts.items) if pk == run_states.RUNS] == [
        "2021-06-19T07:55:00Z",
        "2021-06-19T07:55:00Z#2",
    ]
    calls = [call for call in of_two_parts.calls if call.step == "fetch" and _ends_a_part(call)]
    assert len(calls) == 7
    with mock.patch.object(execution, "MOST_PAPERS", 2):
        for call in calls:
            cut_off = msgspec.structs.replace(BY_TICK, aws=(AwsFault(at=call.at, kind="crash after"),))
            assert ends(simulate(cut_off)) == ends(of_two_parts), call


def _ends_a_part(call: Call) -> bool:
    writes = call.what in ("PutItem", "UpdateItem") and call.key.startswith(
        (run_states.RUNS, table.ANNOUNCEMENTS)
    )
    return writes or call.what == "SendMessageBatch"


# --- after days without ticks ------------------------------------------------------------------------------


def papers_of(chain: Chain, day: date) -> set[str]:
    """The papers of a day that the table has."""
    pk = table.day_key(str(day))
    items = (item for item in chain.items() if item["pk"]["S"] == pk)
    return {item["sk"]["S"].removeprefix("PAPER#") for item in items if "PAPER#" in item["sk"]["S"]}


def test_what_was_missed_goes_by_runs_of_whole_days_and_is_published_once_each() -> None:
    known = paper(10010, KNOWN)
    missed = {
        day: [paper(10020 + 10 * place + each, day) for each in range(3)] for place, day in enumerate(MISSED)
    }
    world = World(
        papers=(*before(KNOWN, 10000), known, *(each for of_day in missed.values() for each in of_day)),
        users=READERS,
        posts=tuple(said(each, 60, 5) for of_day in missed.values() for each in of_day),
    )
    with mock.patch.object(execution, "MOST_PAPERS", 5), running(world) as chain:
        chain.order(due(KNOWN), date=str(KNOWN))
        assert chain.tick(NOW)["queued"] == 9
        for day, of_day in missed.items():
            assert papers_of(chain, day) == {each.id for each in of_day}
            assert len(chain.ranking(day)) == len(of_day)
        states = [state for state in _runs(chain) if state.run.id.startswith(iso(NOW))]
        assert [state.run.queued for state in reversed(states)] == [3, 3, 3]
        assert sorted(day.date for state in states for day in state.run.days if day.date != str(KNOWN)) == [
            str(day) for day in MISSED
        ], "each day is published by one run"
        assert {state.status for state in states} == {"complete"}


def _runs(chain: Chain) -> list[run_states.RunState]:
    with mock.patch.dict("os.environ", TABLE_NAME=chain.cloud.stack.outputs["TableName"]):
        return run_states.recent(100)


# --- as many as there ever were ----------------------------------------------------------------------------


def fetched(chain: Chain, **order: Any) -> tuple[Any, list[Message]]:
    """What fetch answers, and the messages that it sends; the queue of moto takes minutes for so many."""
    messages: list[Message] = []

    def send(bodies: Any) -> int:
        messages.extend(map(decode_message, bodies))
        return 1

    chain.at(NOW)
    with mock.patch.object(aws, "send", send):
        done = chain.cloud.triggers.invoke("fetch", {"time": iso(NOW), **order})
    assert done.exception is None
    return done.result, messages


def announced(day: date, first: int, number: int) -> tuple[Any, ...]:
    return cold_papers(day, [f"2106.{first + each:05}" for each in range(number)], categories=(("cs.LG",),))


def test_the_sixth_thousand_of_a_catching_up_is_queued_by_a_second_run() -> None:
    papers = {
        day: announced(day, first, number)
        for day, first, number in zip(
            MISSED, (20_000, 23_000, 25_000), (LARGEST_DAY, 2_000, 1_000), strict=True
        )
    }
    world = World(
        papers=(*before(KNOWN, 10000), paper(10010, KNOWN), *(one for of in papers.values() for one in of))
    )
    with running(world) as chain:
        chain.order(due(KNOWN), date=str(KNOWN))
        answer, messages = fetched(chain)
        assert answer["listed"] == list(map(str, MISSED))
        assert answer["papers"] == 6_000
        for day, of_day in papers.items():
            sent = [message.paper.id for message in messages if message.paper.listed == str(day)]
            assert sorted(sent) == [one.id for one in of_day]
        by_run: dict[str, set[str]] = {}
        for message in messages:
            by_run.setdefault(message.run, set()).add(message.paper.id)
        states = {state.run.id: state for state in _runs(chain)}
        assert {run: len(ids) for run, ids in by_run.items()} == {iso(NOW): 5_000, f"{iso(NOW)}#2": 1_000}
        assert all(states[run].pending == ids for run, ids in by_run.items())


def test_the_largest_day_is_listed_whole_by_the_query_api_too() -> None:
    of_day = announced(DAY, 20_000, LARGEST_DAY)
    with running(World(papers=(*before(DAY, 10000), *of_day))) as chain:
        chain.standin.faults.append(Fault("oai", "500"))
        answer, messages = fetched(chain, date=str(DAY))
        assert answer["listed"] == [str(DAY)]
        assert [message.paper.id for message in messages] == [one.id for one in of_day]
