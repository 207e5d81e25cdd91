"""What a paper had come to on each UTC date on which its numbers changed; in the table, beside the paper."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from msgspec import Struct

from shared import aws
from shared.paper import Counts
from shared.table import encode

_PAPER, _AT = "PAPER#", "AT#"


class HistoryPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a paper had come to on a UTC date: its score and its totals by source."""

    score: float
    totals: dict[str, Counts] = {}


def item(paper_id: str, date: str, point: HistoryPoint, *, expires_at: int | None) -> aws.Item:
    """The item of what a paper had come to on a date; it is written together with the paper."""
    found: aws.Item = {"pk": f"{_PAPER}{paper_id}", "sk": f"{_AT}{date}", "document": encode(point)}
    return found if expires_at is None else found | {"expires_at": expires_at}


def of_papers(paper_ids: Iterable[str], dates: Collection[str]) -> dict[str, dict[str, HistoryPoint]]:
    """What some papers had come to on some dates, by paper and date; only what is there."""
    items = aws.get_many((f"{_PAPER}{paper_id}", f"{_AT}{date}") for paper_id in paper_ids for date in dates)
    found: dict[str, dict[str, HistoryPoint]] = {}
    for (pk, sk), item in items.items():
        paper = found.setdefault(pk.removeprefix(_PAPER), {})
        paper[sk.removeprefix(_AT)] = msgspec.json.decode(item["document"], type=HistoryPoint)
    return found
