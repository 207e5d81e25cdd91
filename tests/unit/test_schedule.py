"""arXiv's week: which days have lists, and from when to when what they hold was submitted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from functions.fetch.arxiv.schedule import (
    is_ready,
    previous_working_day,
    window,
    working_days,
)
from shared import clock


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed", "start", "end"),
    [
        ("2021-06-14", "2021-06-10T18:00", "2021-06-11T18:00"),  # Monday
        ("2021-06-15", "2021-06-11T18:00", "2021-06-14T18:00"),  # Tuesday: the weekend
        ("2021-06-16", "2021-06-14T18:00", "2021-06-15T18:00"),
        ("2021-06-17", "2021-06-15T18:00", "2021-06-16T18:00"),
        ("2021-06-18", "2021-06-16T18:00", "2021-06-17T18:00"),  # Friday
        ("2021-01-15", "2021-01-13T19:00", "2021-01-14T19:00"),  # standard time
        ("2021-03-15", "2021-03-11T19:00", "2021-03-12T19:00"),  # the Monday of the change: before it
        ("2021-03-16", "2021-03-12T19:00", "2021-03-15T18:00"),  # across the change to daylight time
        ("2021-11-09", "2021-11-05T18:00", "2021-11-08T19:00"),  # and back
    ],
)
def test_the_window_of_a_list_ends_at_the_eastern_cut_off(listed: str, start: str, end: str) -> None:
    assert window(date.fromisoformat(listed)) == (utc(start), utc(end))


def test_windows_follow_each_other_without_gap_or_overlap() -> None:
    days = working_days(date(2021, 1, 1), date(2021, 12, 31))
    for before, after in pairwise(days):
        assert window(before)[1] == window(after)[0]


def test_lists_are_dated_monday_to_friday() -> None:
    assert [clock.is_working_day(date(2021, 6, day)) for day in range(14, 21)] == [True] * 5 + [False] * 2
    assert working_days(date(2021, 6, 17), date(2021, 6, 22)) == [
        date(2021, 6, 18),
        date(2021, 6, 21),
        date(2021, 6, 22),
    ]
    assert working_days(date(2021, 6, 18), date(2021, 6, 20)) == []
    assert working_days(date(2021, 6, 18), date(2021, 6, 1)) == []


def test_the_working_day_before_a_monday_is_friday() -> None:
    assert previous_working_day(date(2021, 6, 21)) == date(2021, 6, 18)
    assert previous_working_day(date(2021, 6, 20)) == date(2021, 6, 18)
    assert previous_working_day(date(2021, 6, 18)) == date(2021, 6, 17)


def test_a_list_is_awaited_from_0345_utc() -> None:
    # Metadata is out by 03:30 UTC in winter; an earlier question may have an empty answer cached.
    assert not is_ready(date(2021, 6, 18), utc("2021-06-18T03:44:59"))
    assert is_ready(date(2021, 6, 18), utc("2021-06-18T03:45:00"))
    assert not is_ready(date(2021, 6, 18), utc("2021-06-17T23:00:00"))
