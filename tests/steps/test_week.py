"""The week that was written down beforehand (tests/week): posts, counts, statuses, reads and movement."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from shared import aws, reads, table
from shared.clock import iso
from tests.steps.chain import Chain, running
from tests.week import world
from tests.week.world import FIRST, HOUR, LAST, SETTINGS, at

WEEK = Path(__file__).parents[1] / "week"
EXPECTED: dict[str, Any] = json.loads((WEEK / "expected.json").read_text(encoding="utf-8"))


@contextmanager
def week() -> Iterator[Chain]:
    with running(world.world(FIRST), FIRST, settings=SETTINGS) as chain:
        yield chain


def happen(chain: Chain, moment: datetime) -> None:
    """Let the world be what it is at a moment."""
    chain.standin.world = world.world(moment)
    chain.standin.faults[:] = world.faults(moment)
    chain.at(moment)


def hours(skipped: Callable[[datetime], bool] = lambda _moment: False) -> Iterable[datetime]:
    moment = FIRST
    while moment <= LAST:
        if not skipped(moment):
            yield moment
        moment += HOUR


def found(chain: Chain) -> dict[str, Any]:
    """The posts there are, each with its papers and their scores."""
    return {day: [list(pair) for pair in chain.ranking(day)] for day in chain.published()}


def stored(chain: Chain) -> mock._patch_dict:
    return mock.patch.dict("os.environ", TABLE_NAME=chain.cloud.stack.outputs["TableName"])


def test_the_week_comes_out_as_it_was_written_down() -> None:
    told: list[str] = []
    put_event = aws.put_event

    def noted(detail_type: str, detail: str) -> None:
        told.append(json.loads(detail)["date"])
        put_event(detail_type, detail)

    with week() as chain, mock.patch.object(aws, "put_event", noted):
        for moment in hours():
            happen(chain, moment)
            outcome = chain.tick(moment)
            wanted = EXPECTED["runs"].get(iso(moment))
            if wanted is None:
                assert moment.hour != 7
                continue
            assert found(chain) == wanted["posts"], moment
            assert [outcome["posts_read"], outcome["users_read"]] == wanted["read"], moment
            states = chain.day_status()
            assert {day: states[day] for day in wanted["days"]} == wanted["days"], moment
            missing = {
                name: "capped" if state["capped"] else state["state"]
                for name, state in ((line["name"], line) for line in chain.status()["sources"])
                if state["capped"] or state["state"] != "measured"
            }
            assert missing == wanted["missing"], moment
            movement = EXPECTED["movement"].get(iso(moment), {})
            assert {day: moved(chain, day) for day in movement} == movement, moment
        assert states == wanted["days"], "no day is left out"
        for path in sorted((WEEK / "posts").glob("*.md")):
            assert chain.read(f"posts/{path.stem}---Hot-Papers.md") == path.read_text(encoding="utf-8")
        assert chain.published() == EXPECTED["published"]
        assert history(chain) == EXPECTED["history"]
        month = chain.status()["x"]
        assert {name: month[name] for name in ("posts", "users", "bill")} == EXPECTED["month"]
        assert told == EXPECTED["published"], "each post is announced once"


def moved(chain: Chain, day: str) -> dict[str, Any]:
    return {paper["id"]: paper["movement"] for paper in chain.data(day)["papers"]}


def history(chain: Chain) -> dict[str, dict[str, float]]:
    dates = [f"2026-11-{day}" for day in range(20, 31)]
    with stored(chain):
        points = table.histories(EXPECTED["history"], dates)
    return {
        paper: {date: point.score for date, point in sorted(of_paper.items())}
        for paper, of_paper in points.items()
    }


# --- the same week, with what can go wrong -----------------------------------------------------------------


def twice(bodies: Iterable[str]) -> Iterator[str]:
    for body in bodies:
        yield body
        yield body


@pytest.mark.parametrize("seed", range(4))
def test_lost_doubled_and_late_ticks_and_messages_that_come_twice_change_nothing_in_the_end(
    seed: int,
) -> None:
    chance = random.Random(seed)
    send = aws.send
    with week() as chain, mock.patch.object(aws, "send", lambda bodies: send(twice(bodies))):
        for moment in hours():
            fate = chance.random()
            # The last measuring run is what is compared after; the other hours' ticks matter little.
            if moment < LAST and (fate < 0.3 or (fate < 0.8 and moment.hour not in (3, 4, 7, 8, 9))):
                continue
            late = timedelta(minutes=chance.choice([0, 0, 7, 40])) if moment < LAST else timedelta()
            happen(chain, moment + late)
            for _ in range(chance.choice([1, 1, 2])):
                chain.cloud.triggers.send("fetch", {"time": iso(moment)})
                chain.cloud.triggers.drain()
        assert_same_end(chain)


def test_two_days_without_a_single_tick_change_nothing_in_the_end() -> None:
    with week() as chain:
        for moment in hours(skipped=lambda moment: at(26, 7) <= moment < at(28, 7)):
            happen(chain, moment)
            chain.tick(moment)
        assert_same_end(chain)


def assert_same_end(chain: Chain) -> None:
    """The posts, their counts and the states of the days; the times of the runs are what may differ.

    And what a post that rests already says of sources: that is told of its own last measuring.
    """
    wanted = EXPECTED["runs"][iso(LAST)]
    assert found(chain) == wanted["posts"]
    assert chain.day_status() == wanted["days"]
    for path in sorted((WEEK / "posts").glob("*.md")):
        post = chain.read(f"posts/{path.stem}---Hot-Papers.md")
        wanted_post = path.read_text(encoding="utf-8")
        if path.stem == "2026-11-20":
            post, wanted_post = (text.partition("\n- also: ")[0] for text in (post, wanted_post))
        assert timeless(post) == timeless(wanted_post)
    with stored(chain):
        assert reads.stored(reads.key("2026-11")).posts <= 8 * int(SETTINGS["X_POSTS_PER_RUN"])


def timeless(post: str) -> str:
    """A post without the times of its runs."""
    post = re.sub(r"\(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\)", "(when)", post)
    return re.sub(r"^date: .*$", "date: when", post, flags=re.MULTILINE)
