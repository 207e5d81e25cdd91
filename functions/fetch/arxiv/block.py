"""Which papers an announcement has: one contiguous block of identifiers. Pure rules on records.

Identifiers are assigned when a paper is announced, and are never given back: everything that was announced
before a listing date lies below its block, everything after it above.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from functions.fetch.arxiv.record import Record
from shared import identifiers
from shared.identifiers import sort_key

# Identifiers that stand further apart than this do not belong to one announcement.
GAP = 200


class Block(Struct, frozen=True, kw_only=True):
    """The papers of an announcement and the ends of their block."""

    low: str
    high: str
    records: tuple[Record, ...]


def from_datestamps(
    records: list[Record], listed: str, *, above: str = "", window: tuple[datetime, datetime]
) -> Block | None:
    """The announcement of a listing date out of OAI records of that day and the days around it.

    `above` is the highest id of the announcement before, where it is known; otherwise it is found in the
    records. None when nothing was announced. A record with one version and the date as its datestamp is
    new or an old one whose metadata was edited: the lower bound tells them apart.
    """
    start, end = window
    low = max(
        [above, *(record.id for record in records if record.datestamp < listed)],
        key=sort_key,
    )
    fresh = sorted(
        (
            record.id
            for record in records
            if record.datestamp == listed and record.versions == 1 and sort_key(record.id) > sort_key(low)
        ),
        key=sort_key,
    )
    if not fresh:
        return None
    if not low:
        # No record tells where the last announcement ended: what stands apart below and was submitted
        # before the window is old.
        in_time = {record.id for record in records if record.submitted >= start}
        bulk = _clusters(fresh)[-1]
        fresh = [paper_id for paper_id in fresh if paper_id in in_time or paper_id in bulk]
    low_bound = sort_key(low or fresh[0])
    first, last = sort_key(fresh[0]), sort_key(fresh[-1])
    later = sorted(
        (
            record.id
            for record in records
            if record.datestamp > listed
            and record.versions == 1
            and sort_key(record.id) > sort_key(fresh[-1])
        ),
        key=sort_key,
    )
    members = []
    for record in records:
        key = sort_key(record.id)
        if key < low_bound or (low and key == low_bound):
            continue
        if key > last:
            # The last papers of the day, if they were edited or replaced since: they lie below the next
            # day's and were submitted in time.
            if record.datestamp <= listed or record.submitted >= end:
                continue
            if later and key >= sort_key(later[0]):
                continue
        elif key < first and not above and record.datestamp == listed and record.submitted < start:
            # The last papers of the day before, replaced on this one.
            continue
        members.append(record)
    return _block(members)


def from_window(
    records: list[Record],
) -> tuple[str, str] | None:
    """The ends of the block that most papers of a submission window lie in; None without papers.

    Those that stand apart were held by the moderators and belong to another day. Old identifiers are not
    numbered across archives: then there is no block, and the window is all that is known.
    """
    ids = sorted((record.id for record in records if "/" not in record.id), key=sort_key)
    if not ids:
        return None
    clusters = _clusters(ids)
    bulk = max(clusters, key=len)
    return bulk[0], bulk[-1]


def _block(records: list[Record]) -> Block:
    ordered = sorted(records, key=lambda record: sort_key(record.id))
    return Block(low=ordered[0].id, high=ordered[-1].id, records=tuple(ordered))


def of(records: list[Record]) -> Block | None:
    """Records as a block; None without any."""
    return _block(records) if records else None


def _clusters(ids: list[str]) -> list[list[str]]:
    clusters: list[list[str]] = [[ids[0]]]
    for paper_id in ids[1:]:
        if identifiers.distance(clusters[-1][-1], paper_id) > GAP:
            clusters.append([])
        clusters[-1].append(paper_id)
    return clusters
