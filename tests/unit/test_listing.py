"""Listing: which days are awaited, by which service they come, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from functions.fetch import listing
from functions.fetch.listing import Listing, awaited
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import arxiv_id, cold_papers
from infra.local.standin.world import Paper
from shared import settings
from shared.settings import Settings
from shared.table import Announcement
from tests.conftest import VirtualTime

# The week of Monday 2021-06-14: lists of 20 papers each, 14 of them in the chosen categories.
WEEK = [date(2021, 6, day) for day in (7, 8, 9, 10, 11, 14, 15, 16, 17, 18)]
MINE = ("cs.LG", "stat.ML", "cs.CV", "math.NA", "eess.SY", "cs.CL", "quant-ph")


def of(day: date, number: int = 20, **more: Any) -> tuple[Paper, ...]:
    first = 1000 + 100 * WEEK.index(day)
    return cold_papers(day, [arxiv_id("2106", first + place) for place in range(number)], **more)


WORLD = World(papers=tuple(paper for day in WEEK for paper in of(day)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def known(*days: str) -> list[Announcement]:
    """Announcements as the table has them, the newest first."""
    return [
        Announcement(listed=day, low=papers[0].id, high=papers[-1].id, papers=14, via="oai")
        for day in sorted(days, reverse=True)
        for papers in [of(date.fromisoformat(day))]
    ]


class Arxiv:
    """The stand-in with its settings, and the two questions that are asked of it."""

    def __init__(self, standin: Standin) -> None:
        self.standin = standin
        self.settings = settings.parse(standin.environment)

    def at(self, now: str, before: list[Announcement]) -> Listing:
        self.standin.now = utc(now)
        return listing.list_awaited(self.settings, before, utc(now), None)

    def date(self, day: str, now: str, before: list[Announcement]) -> Listing:
        self.standin.now = utc(now)
        return listing.list_date(self.settings, date.fromisoformat(day), before, utc(now), None)

    def fails(self, service: str, kind: str = "503", **more: Any) -> None:
        self.standin.faults.append(Fault(service, kind, **more))

    def asked(self, service: str) -> list[dict[str, str]]:
        return [each.params for each in self.standin.requests_to(service)]


Start = Callable[[World], Arxiv]


@pytest.fixture(name="start")
def _start(no_waiting: VirtualTime) -> Iterator[Start]:
    running: list[Standin] = []

    def start(world: World) -> Arxiv:
        running.append(Standin(world))
        running[-1].start()
        return Arxiv(running[-1])

    yield start
    for standin in running:
        standin.stop()


@pytest.fixture(name="arxiv")
def _arxiv(start: Start) -> Arxiv:
    return start(WORLD)


def listed(found: Listing) -> dict[str, int]:
    return {one.announcement.listed: len(one.records) for one in found.listed}


# --- which days ------------------------------------------------------------------------------------------


def days(before: list[Announcement], now: str) -> list[str]:
    return [day.isoformat() for day in awaited(before, utc(now))]


def test_a_day_is_awaited_from_its_hour_until_it_is_listed() -> None:
    assert days(known("2021-06-17"), "2021-06-18T02:55") == []
    assert days(known("2021-06-17"), "2021-06-18T03:55") == ["2021-06-18"]
    assert days(known("2021-06-17"), "2021-06-18T22:55") == ["2021-06-18"]
    assert days(known("2021-06-18"), "2021-06-18T22:55") == []


def test_a_weekend_has_nothing_to_wait_for() -> None:
    assert days(known("2021-06-18"), "2021-06-20T22:55") == []
    assert days(known("2021-06-18"), "2021-06-21T04:55") == ["2021-06-21"]


def test_missed_days_are_awaited_up_to_14_days_back() -> None:
    assert days(known("2021-06-14"), "2021-06-18T07:55") == [
        "2021-06-15",
        "2021-06-16",
        "2021-06-17",
        "2021-06-18",
    ]
    assert days(known("2021-06-07"), "2021-07-15T07:55")[0] == "2021-07-02"


def test_before_anything_is_known_the_last_week_is_awaited() -> None:
    assert days([], "2021-06-18T07:55") == [f"2021-06-{day}" for day in (14, 15, 16, 17, 18)]
    assert "2021-06-18" not in days([], "2021-06-18T02:55")


# --- by OAI-PMH --------------------------------------------------------------------------------------------


def test_the_next_announcement_is_listed_from_the_day_before_the_last(arxiv: Arxiv) -> None:
    found = arxiv.at("2021-06-18T04:55", known("2021-06-17", "2021-06-16"))
    assert listed(found) == {"2021-06-18": 14}
    (one,) = found.listed
    assert (one.announcement.low, one.announcement.high) == ("2106.01900", "2106.01919")
    assert one.announcement.via == "oai"
    assert all(set(record.categories) & set(MINE) for record in one.records)
    asked = arxiv.asked("oai")
    assert {params["from"] for params in asked} == {"2021-06-16"}
    assert {params["until"] for params in asked} == {"2021-06-18"}
    assert found.requests == len(asked) == 2
    assert arxiv.asked("query") == []
    assert (found.quiet, found.awaited, found.failure) == ((), (), "")


def test_nothing_is_asked_when_nothing_is_awaited(arxiv: Arxiv) -> None:
    assert arxiv.at("2021-06-19T04:55", known("2021-06-18")) == Listing()
    assert arxiv.standin.requests == []


def test_a_late_announcement_stays_awaited_and_is_no_failure(start: Start) -> None:
    late = start(World(papers=tuple(paper for paper in WORLD.papers if paper.listed != date(2021, 6, 18))))
    found = late.at("2021-06-18T04:55", known("2021-06-17"))
    assert (found.listed, found.awaited, found.quiet, found.failure) == ((), ("2021-06-18",), (), "")


def test_a_day_without_announcement_is_quiet_once_a_later_one_had_one(start: Start) -> None:
    holiday = start(World(papers=tuple(paper for paper in WORLD.papers if paper.listed != date(2021, 6, 17))))
    found = holiday.at("2021-06-18T04:55", known("2021-06-16"))
    assert listed(found) == {"2021-06-18": 14}
    assert (found.quiet, found.awaited) == (("2021-06-17",), ())


def test_the_first_time_the_newest_publishable_announcement_and_newer_ones_are_listed(arxiv: Arxiv) -> None:
    assert listed(arxiv.at("2021-06-18T07:55", [])) == {"2021-06-17": 14, "2021-06-18": 14}
    assert listed(arxiv.at("2021-06-19T07:55", [])) == {"2021-06-18": 14}
    found = arxiv.at("2021-06-21T02:55", [])
    assert listed(found) == {"2021-06-18": 14}
    assert (found.quiet, found.awaited) == ((), ())
    assert {params["from"] for params in arxiv.asked("oai")} == {"2021-06-10", "2021-06-11", "2021-06-13"}


def test_missed_days_are_told_apart_in_one_harvest(arxiv: Arxiv) -> None:
    found = arxiv.at("2021-06-18T07:55", known("2021-06-08"))
    assert listed(found) == {day.isoformat(): 14 for day in WEEK[2:]}
    assert len(arxiv.asked("oai")) == 2


def test_other_categories_are_left_out_but_belong_to_the_block(start: Start) -> None:
    arxiv = start(WORLD)
    arxiv.settings = settings.parse(arxiv.standin.environment | {"CATEGORIES": "hep-th,quant-ph"})
    (one,) = arxiv.at("2021-06-18T04:55", known("2021-06-17")).listed
    assert {record.categories[0] for record in one.records} == {"hep-th", "quant-ph"}


@pytest.mark.parametrize("times", [None, 1])
def test_one_set_that_is_falsely_empty_loses_no_paper(arxiv: Arxiv, times: int | None) -> None:
    # All of `cs` since the day before the last announcement is never empty by right.
    arxiv.fails("oai", "false_empty", match="set=cs", times=times)
    found = arxiv.at("2021-06-18T23:55", known("2021-06-17"))
    assert found.failure or listed(found) == {"2021-06-18": 14}


@pytest.mark.parametrize("before", [known("2021-06-17"), []])
def test_a_harvest_that_is_falsely_empty_is_not_taken_for_no_news(
    arxiv: Arxiv, before: list[Announcement]
) -> None:
    arxiv.fails("oai", "false_empty")
    found = arxiv.at("2021-06-18T23:55", before)
    assert found.failure or "2021-06-18" in listed(found)


# --- by the query API --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["503", "403", "406", "429", "html", "error_200", "garbage"])
def test_the_query_api_stands_in_when_oai_fails(arxiv: Arxiv, kind: str) -> None:
    arxiv.fails("oai", kind)
    found = arxiv.at("2021-06-18T23:55", known("2021-06-17"))
    assert listed(found) == {"2021-06-18": 14}
    assert found.listed[0].announcement.via == "query"
    assert found.failure == ""
    assert found.requests == len(arxiv.standin.requests)


def test_no_address_is_longer_than_any_server_takes(start: Start) -> None:
    # Those of other archives are asked for by their ids, as many as there are.
    arxiv = start(World(papers=(*of(WEEK[-2]), *of(WEEK[-1], 250))))
    arxiv.fails("oai")
    assert arxiv.at("2021-06-18T23:55", known("2021-06-17")).listed
    lengths = [len(urlencode(params)) for params in arxiv.asked("query")]
    assert max(lengths) < 1900, "2,000 and less are refused by nobody"
    assert max(params.get("id_list", "").count(",") for params in arxiv.asked("query")) > 50


@pytest.mark.parametrize(("service", "via"), [("oai", "oai"), ("query", "query")])
@pytest.mark.parametrize("kind", ["403", "406"])
def test_being_taken_for_a_robot_costs_a_try(arxiv: Arxiv, service: str, via: str, kind: str) -> None:
    if service == "query":
        arxiv.fails("oai")
    arxiv.fails(service, kind, times=1)
    (one,) = arxiv.at("2021-06-18T23:55", known("2021-06-17")).listed
    assert one.announcement.via == via


def test_both_services_tell_the_same_papers(arxiv: Arxiv) -> None:
    (by_oai,) = arxiv.at("2021-06-18T23:55", known("2021-06-17")).listed
    arxiv.fails("oai")
    (by_query,) = arxiv.at("2021-06-18T23:55", known("2021-06-17")).listed
    assert {record.id for record in by_query.records} == {record.id for record in by_oai.records}
    assert {(r.title, r.categories) for r in by_query.records} == {
        (r.title, r.categories) for r in by_oai.records
    }


def test_when_both_fail_both_reasons_are_told(arxiv: Arxiv) -> None:
    arxiv.fails("oai", "503")
    arxiv.fails("query", "500")
    found = arxiv.at("2021-06-18T23:55", known("2021-06-17"))
    assert found.listed == ()
    assert found.awaited == ("2021-06-18",)
    assert found.quiet == ()
    for part in ("OAI-PMH: HTTP 503", "query API: HTTP 500"):
        assert part in found.failure


def test_what_the_query_api_told_before_it_failed_is_kept(arxiv: Arxiv) -> None:
    arxiv.fails("oai")
    arxiv.fails("query", match="202106161800 TO 202106171800")
    found = arxiv.at("2021-06-18T23:55", known("2021-06-16"))
    assert listed(found) == {"2021-06-17": 14}
    assert found.awaited == ("2021-06-18",)
    assert "query API" in found.failure


def test_an_index_that_lags_behind_is_no_list(start: Start) -> None:
    papers = of(date(2021, 6, 18))
    behind = start(World(papers=(*of(date(2021, 6, 17)), *papers[:12])))
    behind.fails("oai")
    found = behind.at("2021-06-18T04:55", known("2021-06-17"))
    assert found.listed == ()
    assert found.awaited == ("2021-06-18",)
    assert "not caught up" in found.failure
    # A day later it is what there is.
    assert "2021-06-18" in listed(behind.at("2021-06-19T04:55", known("2021-06-17")))


def test_the_first_time_the_query_api_is_asked_for_the_days_needed_only(arxiv: Arxiv) -> None:
    arxiv.fails("oai")
    found = arxiv.at("2021-06-18T23:55", [])
    assert listed(found) == {"2021-06-17": 14, "2021-06-18": 14}
    windows = {params["search_query"][-27:-1] for params in arxiv.asked("query") if "search_query" in params}
    assert len(windows) == 2


# --- one date ----------------------------------------------------------------------------------------------


def test_a_recent_date_is_listed_by_oai_and_an_old_one_by_query(arxiv: Arxiv) -> None:
    recent = arxiv.date("2021-06-16", "2021-06-18T12:00", [])
    assert listed(recent) == {"2021-06-16": 14}
    assert recent.listed[0].announcement.via == "oai"
    old = arxiv.date("2021-06-16", "2022-06-18T12:00", [])
    assert listed(old) == {"2021-06-16": 14}
    assert old.listed[0].announcement.via == "query"


def test_a_paper_that_was_held_is_found_in_the_block_by_its_id(start: Start) -> None:
    papers = list(of(date(2021, 6, 16)))
    held = Paper(
        id=papers[10].id,
        title="Held",
        authors=("Ada",),
        categories=("cs.LG",),
        listed=date(2021, 6, 16),
        versions=(utc("2021-05-20T10:00"),),
    )
    papers[10] = held
    found = start(World(papers=tuple(papers))).date("2021-06-16", "2022-06-18T12:00", [])
    assert held.id in {record.id for record in found.listed[0].records}


def test_a_paper_in_the_block_that_was_submitted_after_the_window_is_not_taken(start: Start) -> None:
    papers = list(of(date(2021, 6, 16)))
    papers[10] = msgspec.structs.replace(
        papers[10], categories=("cs.LG",), versions=(utc("2021-06-15T18:00"),)
    )
    found = start(World(papers=tuple(papers))).date("2021-06-16", "2022-06-18T12:00", [])
    assert papers[10].id not in {record.id for record in found.listed[0].records}


def test_a_paper_that_was_held_until_later_is_not_of_the_windows_day(start: Start) -> None:
    held = Paper(
        id="2106.09999",
        title="Held",
        authors=("Ada",),
        categories=("cs.LG",),
        listed=date(2021, 7, 2),
        versions=(utc("2021-06-15T10:00"),),
    )
    found = start(World(papers=(*of(date(2021, 6, 16)), held))).date("2021-06-16", "2022-06-18T12:00", [])
    assert listed(found) == {"2021-06-16": 14}


@pytest.mark.parametrize(
    ("now", "is_quiet"),
    [("2021-06-18T23:55", False), ("2021-06-19T02:55", False), ("2021-06-19T03:55", True)],
)
@pytest.mark.parametrize("by", ["oai", "query"])
def test_a_day_is_quiet_a_day_after_it_was_due_and_looked_for_still(
    start: Start, now: str, is_quiet: bool, by: str
) -> None:
    without = start(World(papers=tuple(paper for paper in WORLD.papers if paper.listed != date(2021, 6, 18))))
    if by == "query":
        without.fails("oai")
    found = without.at(now, known("2021-06-17"))
    assert (found.quiet, found.awaited, found.failure) == (
        (("2021-06-18",), (), "") if is_quiet else ((), ("2021-06-18",), "")
    )
    assert "2021-06-18" in days(known("2021-06-17"), "2021-06-20T12:55")
    # When it comes after all, it is listed.
    without.standin.world = WORLD
    assert listed(without.at("2021-06-20T12:55", known("2021-06-17"))) == {"2021-06-18": 14}


def test_a_listing_that_fails_calls_no_day_quiet(arxiv: Arxiv) -> None:
    arxiv.fails("oai")
    arxiv.fails("query")
    found = arxiv.at("2021-06-20T12:55", known("2021-06-17"))
    assert (found.quiet, found.awaited) == ((), ("2021-06-18",))
    assert found.failure


def test_a_past_date_without_announcement_is_quiet(start: Start) -> None:
    holiday = start(World(papers=tuple(paper for paper in WORLD.papers if paper.listed != date(2021, 6, 16))))
    for now in ("2021-06-18T12:00", "2022-06-18T12:00"):
        found = holiday.date("2021-06-16", now, [])
        assert (found.listed, found.quiet, found.awaited) == ((), ("2021-06-16",), ())


def test_todays_date_without_announcement_yet_is_awaited_and_not_quiet(arxiv: Arxiv) -> None:
    found = arxiv.date("2021-06-18", "2021-06-18T01:00", known("2021-06-17"))
    assert (found.listed, found.awaited, found.quiet) == ((), ("2021-06-18",), ())


# --- politeness --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("example_hosts")
@pytest.mark.parametrize("rested", [None, 1.0, 60.0])
def test_requests_to_arxiv_keep_three_seconds_apart(
    arxiv: Arxiv, no_waiting: VirtualTime, sent: list[float], rested: float | None
) -> None:
    port = arxiv.standin.url.rpartition(":")[2]
    remote = settings.parse(
        {
            "ARXIV_OAI_URL": f"http://oaipmh.arxiv.example:{port}/oai",
            "ARXIV_API_URL": f"http://export.arxiv.example:{port}/api/query",
        }
    )
    arxiv.fails("oai", after=1)  # so that both services are asked, with retries between
    arxiv.standin.now = utc("2021-06-18T23:55")
    began = no_waiting.now
    found = listing.list_awaited(remote, known("2021-06-17"), arxiv.standin.now, rested)
    assert listed(found) == {"2021-06-18": 14}
    assert len(arxiv.asked("oai")) == 5
    assert len(sent) == found.requests == len(arxiv.standin.requests)
    gaps = [after - before for before, after in pairwise(sent)]
    assert min(gaps) >= listing.ARXIV_PAUSE == 3
    assert sent[0] - began == (2 if rested == 1 else 0)


def test_a_loopback_address_is_not_waited_for(arxiv: Arxiv, no_waiting: VirtualTime) -> None:
    arxiv.at("2021-06-18T04:55", known("2021-06-17"))
    assert no_waiting.slept == []


def test_arxiv_is_told_who_asks_and_what_for(arxiv: Arxiv) -> None:
    arxiv.settings = settings.parse(arxiv.standin.environment | {"CONTACT": "me@a.example"})
    arxiv.at("2021-06-18T04:55", known("2021-06-17"))
    headers = arxiv.standin.requests[0].headers
    assert "me@a.example" in headers["User-Agent"]
    assert "application/atom+xml" in headers["Accept"]


def test_arxiv_gets_four_minutes_in_all(arxiv: Arxiv, no_waiting: VirtualTime) -> None:
    for service in ("oai", "query"):
        arxiv.fails(service, "503", headers={"Retry-After": "100"})
    began = no_waiting.now
    found = arxiv.at("2021-06-18T23:55", known("2021-06-17"))
    assert "time for this source" in found.failure
    assert no_waiting.now - began <= timedelta(minutes=4).total_seconds()


def test_the_defaults_are_not_loopback() -> None:
    assert not any("127.0.0.1" in url for url in (Settings().arxiv_oai_url, Settings().arxiv_api_url))
