"""Which papers an announcement has: the block rule against everything else that changes on the same day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from functions.fetch.arxiv import block
from functions.fetch.arxiv.block import Block
from functions.fetch.arxiv.record import Record
from functions.fetch.arxiv.schedule import window

FRIDAY, THURSDAY = "2021-06-18", "2021-06-17"


def paper(paper_id: str, stamp: str, submitted: str, versions: int = 1) -> Record:
    return Record(
        id=paper_id,
        title=paper_id,
        authors=(),
        categories=("cs.LG",),
        abstract="",
        submitted=datetime.fromisoformat(submitted).replace(tzinfo=UTC),
        versions=versions,
        datestamp=stamp,
    )


def found(records: list[Record], listed: str = FRIDAY, above: str = "") -> Block | None:
    return block.from_datestamps(records, listed, above=above, window=window(date.fromisoformat(listed)))


def ids(records: list[Record], listed: str = FRIDAY, above: str = "") -> list[str]:
    announced = found(records, listed, above)
    return [record.id for record in announced.records] if announced else []


# Thursday's list ends at 2106.09016, Friday's is 2106.09017 to 2106.09020.
THURSDAYS = [paper(f"2106.0{number}", THURSDAY, "2021-06-16T10:00") for number in (9013, 9014, 9015, 9016)]
FRIDAYS = [paper(f"2106.0{number}", FRIDAY, "2021-06-17T10:00") for number in (9017, 9018, 9019, 9020)]
OLD_EDITED = paper("2104.00001", FRIDAY, "2021-04-01T10:00")
OLD_REPLACED = paper("2105.00002", FRIDAY, "2021-05-01T10:00", versions=3)
WHOLE = [record.id for record in FRIDAYS]


@pytest.mark.parametrize("above", ["", "2106.09016"])
def test_a_day_is_what_lies_above_the_day_before(above: str) -> None:
    announced = found([OLD_EDITED, *FRIDAYS, OLD_REPLACED, *THURSDAYS], above=above)
    assert announced
    assert (announced.low, announced.high) == ("2106.09017", "2106.09020")
    assert [record.id for record in announced.records] == WHOLE


@pytest.mark.parametrize("above", ["", "2106.09016"])
def test_nothing_new_is_no_announcement(above: str) -> None:
    assert found([*THURSDAYS, OLD_EDITED, OLD_REPLACED], above=above) is None
    assert found([], above=above) is None


def test_a_paper_of_the_day_may_have_been_held_for_weeks() -> None:
    held = paper("2106.09018", FRIDAY, "2021-05-20T10:00")
    assert ids([*THURSDAYS, FRIDAYS[0], held, *FRIDAYS[2:]]) == WHOLE


def test_a_paper_of_the_day_before_that_was_replaced_on_the_day_stays_where_it_was() -> None:
    replaced = paper("2106.09016", FRIDAY, "2021-06-16T17:00", versions=2)
    assert ids([*THURSDAYS[:-1], replaced, *FRIDAYS], above="2106.09016") == WHOLE
    # The first time nothing tells the end of the day before but its papers' submission times.
    assert ids([*THURSDAYS[:-1], replaced, *FRIDAYS]) == WHOLE


@pytest.mark.parametrize("above", ["", "2106.09016"])
@pytest.mark.parametrize("place", [0, 2])
def test_a_paper_of_the_day_that_was_replaced_since_still_belongs_to_it(above: str, place: int) -> None:
    records = [*THURSDAYS, *FRIDAYS]
    records[4 + place] = paper(FRIDAYS[place].id, "2021-06-22", "2021-06-17T10:00", versions=2)
    assert ids(records, above=above) == WHOLE


@pytest.mark.parametrize("above", ["", "2106.09016"])
def test_the_days_highest_paper_replaced_since_belongs_to_it_and_not_to_the_next_day(above: str) -> None:
    top = paper("2106.09020", "2021-06-22", "2021-06-17T17:00", versions=2)
    monday = [paper(f"2106.0{number}", "2021-06-21", "2021-06-18T10:00") for number in (9021, 9022)]
    records = [*THURSDAYS, *FRIDAYS[:-1], top, *monday]
    assert ids(records, above=above) == WHOLE
    assert ids(records, "2021-06-21", above="2106.09020") == ["2106.09021", "2106.09022"]


def test_a_paper_of_the_next_day_replaced_since_is_not_drawn_into_the_day() -> None:
    monday = [paper("2106.09021", "2021-06-22", "2021-06-18T10:00", versions=2)]
    monday += [paper("2106.09022", "2021-06-21", "2021-06-18T10:00")]
    assert ids([*THURSDAYS, *FRIDAYS, *monday], above="2106.09016") == WHOLE
    held = paper("2106.09023", "2021-06-21", "2021-06-10T10:00")  # submitted early, announced late
    assert ids([*THURSDAYS, *FRIDAYS, *monday, held], above="2106.09016") == WHOLE


def test_catching_up_tells_several_days_apart() -> None:
    days = ["2021-06-16", "2021-06-17", "2021-06-18", "2021-06-21"]
    sent = ["2021-06-15T10:00", "2021-06-16T10:00", "2021-06-17T10:00", "2021-06-18T10:00"]
    records = [
        paper(f"2106.0{8000 + 100 * place + number}", day, sent[place])
        for place, day in enumerate(days)
        for number in range(3)
    ]
    records += [paper("2106.07999", "2021-06-15", "2021-06-14T10:00"), OLD_EDITED, OLD_REPLACED]
    above, listed = "2106.07999", []
    for day in days:
        announced = found(records, day, above)
        assert announced
        above = announced.high
        listed.append([record.id for record in announced.records])
    assert listed == [[f"2106.0{8000 + 100 * place + number}" for number in range(3)] for place in range(4)]


def test_a_monday_follows_friday_whatever_was_edited_on_the_weekend() -> None:
    edited = paper("2106.09016", "2021-06-19", "2021-06-16T10:00")
    monday = [paper(f"2106.0{number}", "2021-06-21", "2021-06-18T10:00") for number in (9021, 9022)]
    records = [*THURSDAYS[:-1], edited, *FRIDAYS, *monday]
    assert ids(records, "2021-06-21", above="2106.09020") == ["2106.09021", "2106.09022"]
    assert ids(records, "2021-06-21") == ["2106.09021", "2106.09022"]


def test_after_a_holiday_the_list_holds_several_days_of_submissions() -> None:
    friday = [*FRIDAYS[:2], paper("2106.09019", FRIDAY, "2021-06-15T19:00"), FRIDAYS[3]]
    wednesday = [paper("2106.09016", "2021-06-16", "2021-06-15T10:00")]
    assert ids([*wednesday, *friday], above="2106.09016") == WHOLE
    assert ids([*wednesday, *friday]) == WHOLE
    assert found([*wednesday, *friday], THURSDAY, above="2106.09016") is None


def test_a_block_may_cross_into_a_new_month() -> None:
    monday = [paper("2105.14999", "2021-05-31", "2021-05-28T10:00")]
    tuesday = [
        paper(number, "2021-06-01", "2021-05-30T10:00")
        for number in ("2105.15000", "2105.15001", "2106.00001")
    ]
    old = paper("2105.00003", "2021-06-01", "2021-05-03T10:00")
    for above in ("", "2105.14999"):
        assert ids([*monday, *tuesday, old], "2021-06-01", above) == [record.id for record in tuesday]


def test_a_new_year_begins_above_the_old_one() -> None:
    before = paper("2112.15000", "2021-12-31", "2021-12-30T10:00")
    after = [paper(f"2201.0000{number}", "2022-01-03", "2021-12-31T10:00") for number in (1, 2)]
    assert ids([before, *after], "2022-01-03", "2112.15000") == ["2201.00001", "2201.00002"]


def test_without_any_earlier_record_what_stands_apart_below_and_is_older_is_old() -> None:
    assert ids([OLD_EDITED, *FRIDAYS]) == WHOLE
    # Within the gap an older one may have been held; beyond it, it is an edited one.
    assert ids([paper("2106.08817", FRIDAY, "2021-06-10T09:00"), *FRIDAYS]) == ["2106.08817", *WHOLE]
    assert ids([paper("2106.08816", FRIDAY, "2021-06-10T09:00"), *FRIDAYS]) == WHOLE
    # A choice of few categories has gaps of its own: what was submitted in time belongs to the day.
    assert ids([paper("2106.08500", FRIDAY, "2021-06-17T09:00"), *FRIDAYS]) == ["2106.08500", *WHOLE]


def test_the_bulk_of_a_window_leaves_out_what_was_held() -> None:
    bulk = [paper(f"2106.0{number}", "", "2021-06-17T10:00") for number in range(9000, 9400, 150)]
    held = [paper("2106.08799", "", "2021-06-17T10:00"), paper("2106.09651", "", "2021-06-17T10:00")]
    assert block.from_window([held[1], *bulk, held[0]]) == ("2106.09000", "2106.09300")
    # A gap of exactly 200 is still the same announcement.
    assert block.from_window([*bulk, paper("2106.09500", "", "2021-06-17T10:00")]) == (
        "2106.09000",
        "2106.09500",
    )


def test_a_window_without_papers_or_of_old_identifiers_has_no_block() -> None:
    assert block.from_window([]) is None
    assert block.from_window([paper("hep-th/9901001", "", "1999-01-01T10:00")]) is None
    assert block.of([]) is None
    assert block.of(FRIDAYS[::-1]) == Block(low="2106.09017", high="2106.09020", records=tuple(FRIDAYS))
