"""The listing date that an OAI datestamp tells, whichever side of midnight it was noted on. Pure.

A list appears at 20:00 US Eastern time, which in summer is midnight UTC to the second, and its records are
changed around then: their datestamps are the listing date, as far as anybody knows, or that of its eve.
"""

from __future__ import annotations

from datetime import date

import msgspec

from functions.fetch.arxiv import schedule
from functions.fetch.arxiv.record import Record
from shared import clock
from shared.identifiers import sort_key

_Key = tuple[int, int, int, str]


def as_listed(records: list[Record], last: str = "", high: str = "") -> list[Record]:
    """Records as they are, but those announced on an evening with the date of the list that it brought.

    `last` and `high` are the listing date and the highest id of the last announcement known: what lies above
    it with that date as its datestamp came in the evening.
    """
    lows = {
        stamp: sort_key(high) if stamp == last else _below(records, stamp, first)
        for stamp, first in _first_of_evening(records).items()
    }
    return [
        _with_list_of(record)
        if record.versions == 1 and record.datestamp in lows and sort_key(record.id) > lows[record.datestamp]
        else record
        for record in records
    ]


def _first_of_evening(records: list[Record]) -> dict[str, str]:
    """By datestamp, the lowest id of those that cannot have been in that date's own list.

    They were submitted when it was closed already.
    """
    first: dict[str, str] = {}
    for record in records:
        listed = schedule.announced_on(date.fromisoformat(record.datestamp))
        if listed is None or record.versions > 1 or record.submitted < schedule.window(listed)[0]:
            continue
        first[record.datestamp] = min(first.get(record.datestamp, record.id), record.id, key=sort_key)
    return first


def _below(records: list[Record], stamp: str, first: str) -> _Key:
    """What the evening's records lie above: the last of the lists before, and of the date's own.

    Between it and the first that was submitted in time there are those that the moderators had held.
    """
    start, end = schedule.window(date.fromisoformat(stamp)) if _has_list(stamp) else (None, None)
    lower = [
        sort_key(record.id)
        for record in records
        if record.datestamp < stamp
        or (record.datestamp == stamp and start and end and start <= record.submitted < end)
    ]
    year, month, number, archive = sort_key(first)
    return max((key for key in lower if key < sort_key(first)), default=(year, month, number - 1, archive))


def _has_list(stamp: str) -> bool:
    return clock.is_working_day(date.fromisoformat(stamp))


def _with_list_of(record: Record) -> Record:
    listed = schedule.announced_on(date.fromisoformat(record.datestamp))
    return msgspec.structs.replace(record, datestamp=str(listed)) if listed else record
