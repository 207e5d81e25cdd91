"""Counts, held against limits.json: one that has changed, to the better, too, is a line of that file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.worlds import busy_day
from infra.local.standin import World
from shared import aws
from shared.clock import iso
from tests.counts.counted import calls_of, packages_of
from tests.steps.chain import DAY, NOW, READERS, SMALL, before, due, paper, running, said

LIMITS: dict[str, Any] = json.loads(Path(__file__).with_name("limits.json").read_text("utf-8"))
# Each would take as long to import as a handler may.
NEVER = {"pydantic", "aws_xray_sdk", "feedparser", "lxml"}
_FEW, _MANY = 50, 250


def _day_of(papers: int) -> World:
    """A day of so many papers, of which ten are hot and ten are mentioned."""
    listed = tuple(paper(10010 + number) for number in range(papers))
    hot = tuple(said(one, 60, 5, serial=place) for place, one in enumerate(listed[:10]))
    mentioned = tuple(said(one, 12, 5, serial=100 + place) for place, one in enumerate(listed[10:20]))
    return World(papers=(*before(DAY, 10000), *listed), users=READERS, posts=(*hot, *mentioned))


def _counts(world: World) -> Counter[str]:
    with running(world) as chain:
        aws.reset()
        with calls_of(chain.cloud.guard) as counts:
            chain.tick(due(DAY))
        asked = Counter(f"requests to {request.service}" for request in chain.standin.requests)
    return counts + asked


@pytest.mark.parametrize("step", ["fetch", "score", "render"])
def test_a_handler_imports_what_it_needs_and_nothing_else(step: str) -> None:
    packages = packages_of(step)
    assert packages <= set(LIMITS["packages"][step])
    assert not packages & NEVER


def test_what_a_day_asks_of_aws_and_of_the_internet() -> None:
    assert dict(sorted(_counts(_day_of(_FEW)).items())) == LIMITS[f"a day of {_FEW} papers"]


def test_what_grows_with_the_papers_is_what_is_stored_and_queued() -> None:
    few, many = _counts(_day_of(_FEW)), _counts(_day_of(_MANY))
    more = {name: number - few[name] for name, number in many.items() if number != few[name]}
    assert dict(sorted(more.items())) == LIMITS[f"{_MANY - _FEW} papers more"]
    assert not any(name.startswith("requests to") for name in more)


def test_what_a_thousand_mentions_ask_of_x_and_of_the_table() -> None:
    with running(busy_day(DAY, 60, 1_000), settings={"X_POSTS_PER_RUN": "2000"}) as chain:
        aws.reset()
        with calls_of(chain.cloud.guard) as counts:
            done = chain.cloud.triggers.invoke("fetch", {"time": iso(NOW), "measure": True})
        assert done.result["posts_read"] == 1_000
        asked = Counter(f"requests to {request.service}" for request in chain.standin.requests)
    assert dict(sorted((counts + asked).items())) == LIMITS["1,000 mentions of 60 papers on X"]


def test_a_repeated_tick_costs_next_to_nothing() -> None:
    with running(SMALL) as chain:
        chain.tick(NOW)
        aws.reset()
        chain.standin.forget()
        with calls_of(chain.cloud.guard) as counts:
            chain.tick(NOW)
        assert dict(sorted(counts.items())) == LIMITS["a tick that comes again"]
        assert chain.standin.requests == []
