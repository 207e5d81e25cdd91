"""The listing date that a datestamp tells, noted before midnight or after."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest

from functions.fetch.arxiv import block, datestamps
from functions.fetch.arxiv.record import Record
from functions.fetch.arxiv.schedule import window

# The lists of Thursday, Friday and Monday, and the evenings on which they appeared.
THURSDAY, FRIDAY, MONDAY = "2021-06-17", "2021-06-18", "2021-06-21"
WEDNESDAY, SUNDAY = "2021-06-16", "2021-06-20"


def record(number: int, stamp: str, submitted: str, versions: int = 1) -> Record:
    return Record(
        id=f"2106.{number:05}",
        title="A paper",
        authors=(),
        categories=("cs.LG",),
        abstract="",
        submitted=datetime.fromisoformat(submitted).replace(tzinfo=UTC),
        versions=versions,
        datestamp=stamp,
    )


def of_thursday(stamp: str) -> list[Record]:
    return [record(9000 + number, stamp, "2021-06-16T10:00") for number in range(3)]


def of_friday(stamp: str) -> list[Record]:
    """Friday's: the first and the third one held for a month."""
    days = ("2021-05-17T10:00", "2021-06-17T10:00", "2021-05-18T10:00", "2021-06-17T11:00")
    return [record(9003 + number, stamp, day) for number, day in enumerate(days)]


def stamps(records: list[Record], *last: str) -> dict[str, str]:
    return {one.id: one.datestamp for one in datestamps.as_listed(records, *last)}


def test_dates_of_lists_stay_as_they_are() -> None:
    records = [*of_thursday(THURSDAY), *of_friday(FRIDAY), record(100, SUNDAY, "2021-06-01T10:00")]
    assert datestamps.as_listed(records) == records
    assert datestamps.as_listed([]) == []


@pytest.mark.parametrize("last", [(), (THURSDAY, "2106.09002")])
def test_what_came_in_the_evening_has_the_date_of_its_list(last: tuple[str, ...]) -> None:
    edited = record(100, THURSDAY, "2021-06-01T10:00")
    again = record(101, THURSDAY, "2021-06-01T10:00", versions=2)
    found = stamps([*of_thursday(WEDNESDAY), *of_friday(THURSDAY), edited, again], *last)
    assert {found[one.id] for one in of_thursday("")} == {THURSDAY}
    assert {found[one.id] for one in of_friday("")} == {FRIDAY}, "those that were held, too"
    assert found[edited.id] == found[again.id] == THURSDAY


def test_a_list_may_have_been_noted_on_both_sides_of_midnight() -> None:
    halves = [*of_friday(THURSDAY)[:2], *of_friday(FRIDAY)[2:]]
    thursdays = [*of_thursday(WEDNESDAY)[:1], *of_thursday(THURSDAY)[1:]]
    found = stamps([*thursdays, *halves], THURSDAY, "2106.09002")
    assert list(found.values()) == [THURSDAY] * 3 + [FRIDAY] * 4


def test_a_mondays_list_appears_on_sunday() -> None:
    mondays = [record(9100 + number, SUNDAY, "2021-06-18T10:00") for number in range(3)]
    edited = record(9004, SUNDAY, "2021-06-17T10:00")
    found = stamps([*of_friday(FRIDAY), *mondays, edited])
    assert {found[one.id] for one in mondays} == {MONDAY}
    assert found[edited.id] == SUNDAY


def test_nothing_appears_on_a_friday_evening() -> None:
    late = record(9100, FRIDAY, "2021-06-18T19:00")
    assert stamps([late])[late.id] == FRIDAY


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("is_early", [False, True])
def test_the_order_of_records_does_not_matter(is_early: bool, seed: int) -> None:
    stamped = (WEDNESDAY, THURSDAY) if is_early else (THURSDAY, FRIDAY)
    records = [*of_thursday(stamped[0]), *of_friday(stamped[1]), record(100, THURSDAY, "2021-06-01T10:00")]
    random.Random(seed).shuffle(records)
    found = block.from_datestamps(
        datestamps.as_listed(records), FRIDAY, window=window(date.fromisoformat(FRIDAY))
    )
    assert found
    assert [one.id for one in found.records] == [one.id for one in of_friday("")]
