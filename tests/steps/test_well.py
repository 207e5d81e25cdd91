"""What the status says while the week goes on: when a day is quiet, and whether all is well."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest

from infra.local.standin import Fault, World
from shared import aws
from shared.paper import decode_message
from tests.steps.chain import READERS, A, B, Chain, before, noon, paper, running, story

HOUR = timedelta(hours=1)
THURSDAY, FRIDAY, SUNDAY, MONDAY = (date(2021, 6, day) for day in (17, 18, 20, 21))
ON_THURSDAY, ON_FRIDAY, ON_MONDAY = paper(10010, THURSDAY), paper(10110, FRIDAY), paper(10210, MONDAY)
WORLD = World(
    papers=(*before(THURSDAY, 10000), ON_THURSDAY, ON_FRIDAY, ON_MONDAY),
    users=READERS,
    stories=(story(1, ON_THURSDAY, 80), story(2, ON_FRIDAY, 70), story(3, ON_MONDAY, 60)),
)
# Friday is a holiday, or as it seems.
HOLIDAY = msgspec.structs.replace(WORLD, papers=tuple(one for one in WORLD.papers if one is not ON_FRIDAY))
# Two sources are enough, and need no credentials.
NO_X = {"X_BEARER_TOKEN": "", "BLUESKY_HANDLE": "", "BLUESKY_APP_PASSWORD": ""}


def at(day: date, hour: int) -> datetime:
    """A tick."""
    return noon(day, hour) + timedelta(minutes=55)


def fails(chain: Chain, *services: str) -> None:
    chain.standin.faults[:] = [Fault(service, "500") for service in services]


def told(chain: Chain, day: date) -> tuple[str, str]:
    """The state of a day with its reason."""
    (line,) = [line for line in chain.status()["days"] if line["date"] == str(day)]
    return line["status"], line["reason"]


# --- a day without an announcement -----------------------------------------------------------------------


def test_a_day_is_quiet_a_day_after_it_was_due_and_listed_if_it_comes_after_all() -> None:
    with running(HOLIDAY, noon(FRIDAY, 0), settings=NO_X) as chain:
        for tick in (at(FRIDAY, 0), at(FRIDAY, 3), at(FRIDAY, 7), at(FRIDAY, 23), at(FRIDAY, 26)):
            chain.tick(tick)
            assert told(chain, FRIDAY) == ("waiting", "not announced yet"), tick
        for tick in (at(FRIDAY, 27), at(FRIDAY, 31), at(SUNDAY, 7)):
            assert chain.tick(tick)["quiet"] == [str(FRIDAY)], "it is looked for still"
            assert told(chain, FRIDAY) == ("quiet", "no announcement"), tick
            assert chain.status()["ok"] is True
        chain.standin.world = WORLD
        assert chain.tick(at(SUNDAY, 8))["listed"] == [str(FRIDAY)]
        assert told(chain, FRIDAY) == ("waiting", "listed; its post is due 2021-06-21 07:55 UTC")
        chain.tick(at(MONDAY, 3))
        chain.tick(at(MONDAY, 7))
        assert told(chain, FRIDAY) == ("published", "")
        assert chain.ranking(FRIDAY) == [(ON_FRIDAY.id, 70)]
        assert chain.status()["ok"] is True


def test_a_day_is_quiet_at_the_next_announcement() -> None:
    wednesday, tomorrow = THURSDAY - timedelta(days=1), FRIDAY
    holiday = msgspec.structs.replace(
        WORLD, papers=tuple(one for one in WORLD.papers if one is not ON_THURSDAY)
    )
    with running(holiday, noon(wednesday, 8), settings=NO_X) as chain:
        chain.tick(at(wednesday, 8))
        chain.tick(at(THURSDAY, 7))
        assert told(chain, THURSDAY) == ("waiting", "not announced yet")
        chain.tick(at(tomorrow, 3))
        assert told(chain, THURSDAY) == ("quiet", "no announcement")


def test_a_listing_that_fails_turns_no_day_quiet() -> None:
    with running(HOLIDAY, noon(FRIDAY, 0), settings=NO_X) as chain:
        chain.tick(at(FRIDAY, 0))
        chain.tick(at(FRIDAY, 7))
        fails(chain, "oai", "query")
        for tick in (at(FRIDAY, 8), at(FRIDAY, 28), at(SUNDAY, 12)):
            chain.tick(tick)
            status, reason = told(chain, FRIDAY)
            assert status == "failed"
            assert "OAI-PMH: HTTP 500" in reason
            assert chain.status()["ok"] is False
        fails(chain)
        chain.tick(at(SUNDAY, 13))
        assert told(chain, FRIDAY) == ("quiet", "no announcement")
        # What has been found to have had nothing is not failed by the next failure, which is told itself.
        fails(chain, "oai", "query")
        chain.tick(at(SUNDAY, 14))
        assert told(chain, FRIDAY) == ("quiet", "no announcement")
        (problem,) = chain.status()["problems"]
        assert problem.startswith("arXiv could not be listed")


# --- whether all is well ---------------------------------------------------------------------------------


def test_all_is_well_again_when_arxiv_can_be_listed_again() -> None:
    with running(WORLD, noon(FRIDAY, 0), settings=NO_X) as chain:
        chain.tick(at(FRIDAY, 0))
        assert (chain.status()["ok"], chain.status()["problems"]) == (True, [])
        fails(chain, "oai", "query")
        chain.tick(at(FRIDAY, 3))
        status = chain.status()
        assert status["ok"] is False
        assert status["problems"] == [f"{status['failure']}."]
        assert "Something is wrong" in chain.read("status.html")
        fails(chain)
        chain.tick(at(FRIDAY, 4))
        assert (chain.status()["ok"], chain.status()["problems"]) == (True, [])
        assert "All is well" in chain.read("status.html")


def test_one_source_that_is_down_is_told_and_no_problem_and_all_of_them_are_one() -> None:
    with running(WORLD, noon(FRIDAY, 0), settings=NO_X) as chain:
        chain.tick(at(FRIDAY, 0))
        fails(chain, "huggingface")
        chain.tick(at(FRIDAY, 7))
        status = chain.status()
        (line,) = [line for line in status["sources"] if line["state"] == "unavailable"]
        assert (status["ok"], line["name"], line["since"]) == (True, "huggingface", "2021-06-18T07:55:00Z")
        fails(chain, "huggingface", "hackernews")
        chain.tick(at(FRIDAY, 31))
        status = chain.status()
        assert status["problems"][-1].startswith("At the last measuring: no source could be measured (")
        assert told(chain, FRIDAY)[0] == "published", "its numbers of Friday stand"
        fails(chain)
        chain.tick(at(SUNDAY, 7))
        assert chain.status()["ok"] is True
        assert {line["since"] for line in chain.status()["sources"]} == {""}


def test_a_day_that_no_source_measured_in_time_is_failed_until_one_does() -> None:
    with running(WORLD, noon(FRIDAY, 8), settings=NO_X) as chain:
        fails(chain, "huggingface", "hackernews")
        chain.tick(at(FRIDAY, 8))
        assert told(chain, FRIDAY)[0] == "waiting", "it is not due yet"
        chain.tick(at(FRIDAY, 31))
        status, reason = told(chain, FRIDAY)
        assert status == "failed"
        assert "Hacker News: HTTP 500" in reason
        assert f"{FRIDAY} is failed: {reason}." in chain.status()["problems"]
        fails(chain)
        chain.tick(at(SUNDAY, 7))
        assert (told(chain, FRIDAY), chain.status()["ok"]) == (("published", ""), True)


def test_a_paper_that_is_missing_is_a_problem_until_it_comes() -> None:
    sent: list[str] = []
    send = aws.send

    def lossy(bodies: Any) -> int:
        sent.extend(bodies)
        return send(body for body in sent if decode_message(body).paper.id != B.id)

    world = World(papers=(*before(A.listed, 10000), A, B), stories=(story(1, A, 60), story(2, B, 60)))
    with running(world, settings=NO_X) as chain:
        with mock.patch.object(aws, "send", lossy):
            chain.tick(at(FRIDAY, 31))
        chain.tick(at(FRIDAY, 32))
        assert told(chain, FRIDAY) == ("partial", "papers of the run 2021-06-19T07:55:00Z did not arrive")
        assert chain.status()["ok"] is False
        assert [line["status"] for line in chain.status()["runs"]] == ["quiet", "partial"]
        chain.send(*sent)
        chain.cloud.triggers.drain()
        assert (told(chain, FRIDAY), chain.status()["ok"]) == (("published", ""), True)
        assert [line["status"] for line in chain.status()["runs"]] == ["quiet", "published"]


def test_the_status_holds_until_two_ticks_and_a_half_have_passed() -> None:
    with running(WORLD, noon(FRIDAY, 0), settings=NO_X) as chain:
        chain.tick(at(FRIDAY, 7))
        status = chain.status()
        assert (status["as_of"], status["valid_until"]) == ("2021-06-18T07:55:00Z", "2021-06-18T10:25:00Z")
        assert (status["next_run"], status["next_measuring"]) == (
            "2021-06-18T08:55:00Z",
            "2021-06-19T07:55:00Z",
        )
        assert [line["status"] for line in status["runs"]] == ["published"]


@pytest.mark.parametrize(("token", "is_told"), [("secret", True), ("", False)])
def test_what_x_was_asked_for_is_told_where_it_is_on(token: str, is_told: bool) -> None:
    with running(WORLD, noon(FRIDAY, 0), settings={"X_BEARER_TOKEN": token}) as chain:
        chain.tick(at(FRIDAY, 7))
        assert (chain.status()["x"] is not None) is is_told
        assert ("What X was asked for" in chain.read("status.html")) is is_told
