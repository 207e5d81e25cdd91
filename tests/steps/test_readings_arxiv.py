"""What nobody knows for certain of arXiv's services comes out the same in either reading.

docs/sources.md has the table of them; those of the attention's sources are in test_readings.py.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from infra.local.standin import Fault, World
from infra.local.standin.build import cold_papers
from infra.local.standin.readings import Readings
from infra.local.standin.schedule import submitted, working_day
from infra.local.standin.world import Paper, Post
from tests.steps.chain import (
    DAY,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    C,
    Chain,
    before,
    due,
    noon,
    paper,
    running,
    said,
)

RANKING = list(SCORES.items())
ONE_DAY = timedelta(days=1)
MONDAY = date(2021, 6, 14)
HOURS = (3, 4, 7)


def ticks(chain: Chain, first: date, days: int, hours: tuple[int, ...] = HOURS) -> list[Any]:
    """The ticks of some hours over some days; what fetch answered."""
    return [
        chain.tick(noon(first + number * ONE_DAY, hour) + timedelta(minutes=55))
        for number in range(days)
        for hour in hours
    ]


# --- the datestamp of an announcement ----------------------------------------------------------------


def stamped(one: Paper, reading: str, place: int) -> Paper:
    """A paper with the datestamp that OAI gives it."""
    eve = one.listed - ONE_DAY
    is_early = reading == "eve" or (reading == "mixed" and place < 3)
    return msgspec.structs.replace(one, datestamp=eve) if is_early else one


def week(reading: str) -> World:
    """Five papers on each working day of eight days, the lowest and the middle one held for weeks."""
    papers: list[Paper] = list(
        cold_papers(date(2021, 6, 11), [f"2106.{9000 + each:05}" for each in range(5)])
    )
    posts: list[Post] = []
    day = MONDAY
    for number in range(6):
        times = submitted(day, 5)
        own = [
            paper(
                10000 + 10 * number + place,
                day,
                versions=(times[place] - timedelta(days=20 if place in (0, 2) else 0),),
            )
            for place in range(5)
        ]
        papers += [stamped(one, reading, place) for place, one in enumerate(own)]
        posts += [
            said(own[place], 60 + place, serial=10 * number + place, by=READERS[place]) for place in range(5)
        ]
        day = working_day(day, 1)
    # What was edited on the evening before a list does not belong to it.
    old = paper(5000, date(2021, 6, 8), datestamp=date(2021, 6, 16))
    return World(papers=(*papers, old), users=READERS, posts=(*posts, said(old, 99, at=noon(DAY), serial=99)))


def of(number: int) -> list[tuple[str, int]]:
    return [(f"2106.{10000 + 10 * number + place:05}", 60 + place) for place in reversed(range(5))]


@pytest.mark.parametrize("reading", ["listed", "eve", "mixed"])
def test_a_datestamp_may_be_the_lists_date_or_its_eve(reading: str) -> None:
    tuesday = MONDAY + ONE_DAY
    with running(week(reading), noon(MONDAY, 4)) as chain:
        answers = ticks(chain, MONDAY, 1) + ticks(chain, tuesday, 8)
        listed = [day for answer in answers for day in answer["listed"] if day >= str(MONDAY)]
        assert listed == ["2021-06-14", *(str(tuesday + n * ONE_DAY) for n in range(4)), "2021-06-21"]
        assert [chain.ranking(date.fromisoformat(day)) for day in listed] == [
            of(number) for number in range(6)
        ]


@pytest.mark.parametrize("reading", ["listed", "eve"])
def test_days_are_caught_up_whichever_side_of_midnight_they_were_noted(reading: str) -> None:
    with running(week(reading), noon(MONDAY, 4)) as chain:
        ticks(chain, MONDAY, 1)
        (answer, *_) = ticks(chain, DAY, 1)
        assert answer["listed"] == [str(MONDAY + n * ONE_DAY) for n in range(1, 5)]
        chain.tick(due(DAY))
        days = [MONDAY + n * ONE_DAY for n in range(5)]
        assert [chain.ranking(day) for day in days] == [of(number) for number in range(5)]


@pytest.mark.parametrize("late", [False, True])
def test_fridays_list_may_come_on_saturday(late: bool) -> None:
    saturday = DAY + ONE_DAY
    papers = [msgspec.structs.replace(one, listed=saturday if late else DAY) for one in (A, B, C)]
    monday = paper(10110, date(2021, 6, 21))
    edited = paper(9999, DAY - ONE_DAY, datestamp=saturday)
    world = World(
        papers=(*before(DAY, 9990), edited, *papers, monday),
        users=READERS,
        posts=(*SMALL.posts, said(monday, 77), said(edited, 88, at=noon(DAY))),
        stories=SMALL.stories,
        upvotes=SMALL.upvotes,
    )
    with running(world, noon(DAY, -20)) as chain:
        ticks(chain, DAY - ONE_DAY, 4)
        assert chain.ranking(DAY) == RANKING
        chain.tick(due(monday.listed))
        assert chain.ranking(monday.listed) == [(monday.id, 77)]
        assert chain.ranking(DAY - ONE_DAY) == [(edited.id, 88)]


# --- early and empty answers -------------------------------------------------------------------------


@pytest.mark.parametrize("reading", ["anew", "until_midnight"])
@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("listed", [date(2021, 6, 21), date(2021, 12, 15)], ids=["summer", "winter"])
def test_no_early_empty_answer_is_held_against_us(reading: Any, is_late: bool, listed: date) -> None:
    previous = working_day(listed, -1)
    known = cold_papers(previous, [f"{listed:%y%m}.0{number}" for number in range(8000, 8005)])
    new = cold_papers(listed, [f"{listed:%y%m}.0{number}" for number in range(8005, 8010)])
    world, later = World(papers=known), World(papers=(*known, *new))
    with running(
        world if is_late else later, noon(previous, 0), readings=Readings(oai_empty=reading)
    ) as chain:
        ticks(chain, previous, 1, (7,))
        chain.standin.forget()
        ticks(chain, listed, 1, (0, 1, 2))
        assert chain.standin.requests_to("oai") == [], "in winter nothing is ready before 03:30"
        (answer, *_) = ticks(chain, listed, 1, (3, 4) if is_late else (3,))
        if is_late:
            assert answer["awaited"] == [str(listed)]
            chain.standin.world = later
            (answer,) = ticks(chain, listed, 1, (5,))
        assert answer["listed"] == [str(listed)]


# --- holidays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "skipped", [MONDAY + 2 * ONE_DAY, MONDAY + 3 * ONE_DAY], ids=["that day", "that evening"]
)
def test_a_holiday_may_be_named_by_the_evening_or_by_the_list(skipped: date) -> None:
    days = [MONDAY + number * ONE_DAY for number in range(5)]
    papers: list[Paper] = list(before(MONDAY, 9000))
    hot: dict[date, list[Paper]] = {}
    for number, day in enumerate(days):
        # What was submitted for the day that had no list is in the next one.
        listed = working_day(day, 1) if day == skipped else day
        one = paper(10000 + 10 * number, listed, versions=submitted(day, 1)[:1])
        papers.append(one)
        hot.setdefault(listed, []).append(one)
    posts = tuple(
        said(one, 60, serial=number, at=noon(one.listed), by=READERS[number % 5])
        for number, one in enumerate(papers[5:])
    )
    with running(World(papers=tuple(papers), users=READERS, posts=posts), noon(MONDAY, 4)) as chain:
        ticks(chain, MONDAY, 6)
        assert chain.day_status()[str(skipped)] == "quiet"
        assert chain.published()[1:] == [str(day) for day in days if day != skipped]
        found = {day: [one for one, _ in chain.ranking(day)] for day in hot}
        assert found == {day: [one.id for one in ones] for day, ones in hot.items()}


# --- failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.parametrize("kind", ["429", "503", "403", "406"])
@pytest.mark.parametrize("service", ["oai", "query"])
def test_arxiv_is_waited_for_whether_or_not_it_says_how_long(service: str, kind: str, is_told: bool) -> None:
    headers = {"Retry-After": "30" if is_told else ""}
    with running(SMALL) as chain:
        if service == "query":
            chain.standin.faults.append(Fault("oai", "400"))
        chain.standin.faults.append(Fault(service, kind, times=1, headers=headers))
        chain.order(date=str(DAY))
        assert chain.ranking() == RANKING
        assert chain.waits.slept == (30 if is_told else 1)
        assert bool(chain.standin.requests_to("query")) is (service == "query")


@pytest.mark.parametrize("size", [2, 7, 2500])
def test_a_page_of_oai_may_have_any_size(size: int) -> None:
    with running(SMALL, page_sizes={"oai": size}) as chain:
        chain.order(date=str(DAY))
        assert chain.ranking() == RANKING
        assert chain.data()["listed"] == 4


# --- the query API -----------------------------------------------------------------------------------

LOWEST, HIGHEST = paper(10005), paper(10050)
TUESDAY = datetime(2021, 6, 22, 7, 55, tzinfo=NOW.tzinfo)


def replaced(one: Paper) -> Paper:
    """A paper with a second version, announced on the next working day."""
    return msgspec.structs.replace(one, datestamp=date(2021, 6, 21), versions=(*one.versions, noon(DAY, 10)))


@pytest.mark.parametrize("dates", ["first", "current"])
@pytest.mark.parametrize("again", [(), (B,), (LOWEST, HIGHEST), (LOWEST, A, HIGHEST)])
def test_a_window_may_go_by_the_first_or_the_current_version(dates: Any, again: tuple[Paper, ...]) -> None:
    own = [replaced(one) if one in again else one for one in (LOWEST, A, B, C, HIGHEST)]
    old = paper(5000, date(2021, 6, 8), datestamp=DAY)
    old = msgspec.structs.replace(old, versions=(*old.versions, noon(DAY, -20)))
    monday = [paper(number, date(2021, 6, 21)) for number in (10060, 10070)]
    world = msgspec.structs.replace(
        SMALL,
        papers=(*before(DAY, 10000), *own, old, replaced(monday[0]), monday[1]),
        posts=(
            *SMALL.posts,
            said(LOWEST, 66),
            said(HIGHEST, 77),
            said(old, 88, at=noon(DAY)),
            said(monday[0], 99),
        ),
    )
    with running(world, TUESDAY, readings=Readings(query_dates=dates)) as chain:
        chain.standin.faults.append(Fault("oai", "500"))
        chain.order(TUESDAY, date=str(DAY))
        assert chain.ranking() == sorted(
            [*RANKING, (LOWEST.id, 66), (HIGHEST.id, 77)], key=lambda one: -one[1]
        )
        assert chain.data()["listed"] == 5


@pytest.mark.parametrize("reading", ["all", "primary"])
def test_a_category_may_find_its_cross_lists_or_not(reading: Any) -> None:
    cross = msgspec.structs.replace(B, categories=("math.OC", "cs.LG"))
    foreign = paper(10025, categories=("math.OC",))
    papers = tuple(cross if one is B else one for one in SMALL.papers)
    world = msgspec.structs.replace(SMALL, papers=(*papers, foreign), posts=(*SMALL.posts, said(foreign, 99)))
    with running(world, readings=Readings(query_categories=reading)) as chain:
        chain.standin.faults.append(Fault("oai", "500"))
        chain.order(NOW + ONE_DAY, date=str(DAY))
        assert chain.ranking() == RANKING


@pytest.mark.parametrize("kind", ["", "false_empty"])
def test_an_empty_answer_of_the_query_api_may_be_a_lie(kind: str) -> None:
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault("oai", "500"))
        if kind:
            chain.standin.faults.append(Fault("query", kind, times=2))
        chain.order(date=str(DAY))
        assert chain.ranking() == RANKING
