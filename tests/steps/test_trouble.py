"""Whatever is given up begins the alarm: a step fails until it is, and the ticks after it tell."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from functions.fetch import listing
from functions.render import publication
from infra.local.standin import Fault
from shared import aws, metrics
from shared.clock import iso
from tests.steps.chain import DAY, NOW, SMALL, A, Chain, running

HOUR = timedelta(hours=1)


class Told:
    """What was told to the alarms: names by runs."""

    def __init__(self, tell: mock.Mock) -> None:
        self._tell = tell

    def of(self, at: datetime) -> list[str]:
        """What the run of a time has told."""
        calls = [call.args for call in self._tell.call_args_list if call.args[0] == iso(at)]
        return [name for _, names in calls for name in names]


@pytest.fixture(name="told")
def _told() -> Iterator[Told]:
    with mock.patch.object(metrics, "tell") as tell:
        yield Told(tell)


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(SMALL) as chain:
        yield chain


def failing(chain: Chain, at: datetime, module: Any, name: str) -> None:
    """A tick at which a function of a step fails, until the step gives it up."""
    with mock.patch.object(module, name, side_effect=RuntimeError("broken")):
        chain.at(at)
        chain.cloud.triggers.tick(at)
        chain.cloud.triggers.drain()


def test_where_all_is_well_nothing_is_told(chain: Chain, told: Told) -> None:
    for hours in range(4):
        chain.tick(NOW + hours * HOUR)
        assert told.of(NOW + hours * HOUR) == []


def test_a_paper_that_score_gives_up_is_told(chain: Chain, told: Told, logged: io.StringIO) -> None:
    put_together = aws.put_together

    def poisoned(puts: Sequence[aws.Put]) -> None:
        if any(put.item["sk"] == f"PAPER#{A.id}" for put in puts):
            raise aws.RefusedError("poisoned")
        put_together(puts)

    with mock.patch.object(aws, "put_together", poisoned):
        chain.tick(NOW)
    assert told.of(NOW) == [], "it may still come"
    chain.tick(NOW + HOUR)
    assert told.of(NOW) == ["Trouble"]
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [line for line in lines if line["message"] == "trouble" and line["run"] == iso(NOW)]
    assert line["reasons"] == ["papers did not arrive"]


def test_a_tick_that_fetch_gives_up_is_told(chain: Chain, told: Told) -> None:
    chain.tick(NOW)
    failing(chain, NOW + HOUR, listing, "list_awaited")
    chain.tick(NOW + 2 * HOUR)
    assert told.of(NOW + 2 * HOUR) == ["Trouble"]


def test_a_run_that_render_gives_up_is_told(chain: Chain, told: Told) -> None:
    chain.tick(NOW)
    # Something is new about the day, so that it is to be rendered.
    chain.standin.faults.append(Fault("huggingface", "500"))
    by_hand = NOW + HOUR / 2
    with mock.patch.object(publication, "read_day", side_effect=RuntimeError("broken")):
        chain.at(by_hand)
        chain.cloud.triggers.send("fetch", {"time": iso(by_hand), "date": str(DAY)})
        chain.cloud.triggers.drain()
    ticks = [NOW + hours * HOUR for hours in range(1, 5)]
    for at in ticks:
        chain.tick(at)
    assert [told.of(at) for at in ticks] == [[], [], [], ["Trouble"]]
    chain.order(NOW + 4.5 * HOUR, date=str(DAY))
    chain.tick(NOW + 5 * HOUR)
    assert told.of(NOW + 5 * HOUR) == [], "another run of the day has made it good"


def test_a_post_that_render_gives_up_at_first_is_made_good_by_the_next_tick(chain: Chain, told: Told) -> None:
    failing(chain, NOW, publication, "read_day")
    assert chain.published() == []
    for hours in range(1, 4):
        chain.tick(NOW + hours * HOUR)
        assert told.of(NOW + hours * HOUR) == []
    assert chain.published() == [str(DAY)]


def test_an_arxiv_that_is_down_is_told_when_it_lasts(chain: Chain, told: Told) -> None:
    chain.standin.faults += [Fault(service, "500") for service in ("oai", "query")]
    for hours in range(21):
        chain.tick(NOW + hours * HOUR)
    found = [told.of(NOW + hours * HOUR) for hours in (19, 20)]
    assert found == [[], ["Trouble"]]


@pytest.mark.parametrize(("cap", "spent"), [("10", True), ("6000", False)])
def test_a_budget_of_x_without_a_page_left_is_told(told: Told, cap: str, spent: bool) -> None:
    with running(SMALL, settings={"X_POSTS_PER_MONTH": cap}) as chain:
        chain.tick(NOW)
    assert told.of(NOW) == ["BudgetSpent"] * spent
