"""The archive as data: nothing that people wrote, the same bytes for the same days, as documented."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from functions.render import export
from functions.render.day import Day
from infra.archive import data
from infra.archive.lines import FormError
from shared.settings import Settings
from tests.unit.test_schema import DAYS

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "data.schema.json").read_text(encoding="utf-8"))


def line(day: Day) -> bytes:
    return gzip.decompress(export.month({day.date: export.pieces(day)}))


@pytest.mark.parametrize("name", DAYS)
def test_a_day_is_a_line_that_fits_its_schema(name: str) -> None:
    body = line(DAYS[name])
    assert body.count(b"\n") == 1
    assert body.endswith(b"\n")
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(body))


def test_nothing_that_people_wrote_is_in_it() -> None:
    day = DAYS["all sources"]
    said = [mention for hot in day.papers for mention in hot.mentions if mention.text]
    assert said
    body = line(day).decode()
    for mention in said:
        assert mention.id in body
        assert mention.text not in body
        assert mention.author is None or f'"{mention.author.username}"' not in body
    (paper,) = json.loads(body)["papers"]
    assert {key for mention in paper["mentions"] for key in mention} <= {
        "source",
        "id",
        "counts",
        "uncounted",
    }


def test_a_month_is_its_days_by_date_whatever_their_order() -> None:
    days = {
        date: msgspec.structs.replace(DAYS["all sources"], date=date) for date in ("2021-06-18", "2021-06-01")
    }
    body = export.month({date: export.pieces(day) for date, day in days.items()})
    assert [json.loads(text)["date"] for text in gzip.decompress(body).splitlines()] == [
        "2021-06-01",
        "2021-06-18",
    ]
    assert body == export.month({date: export.pieces(days[date]) for date in sorted(days)})


def test_a_large_day_is_in_pieces() -> None:
    day = DAYS["all sources"]
    (hot,) = day.papers
    # Ids that compress badly.
    mentions = tuple(
        msgspec.structs.replace(hot.mentions[0], id=str(pow(7, 10_000 + number, 10**19)))
        for number in range(20_000)
    )
    large = msgspec.structs.replace(day, papers=(msgspec.structs.replace(hot, mentions=mentions),))
    pieces = export.pieces(large)
    assert len(pieces) > 1
    assert max(len(piece.body) for piece in pieces) <= 90_000
    assert len(json.loads(line(large))["papers"][0]["mentions"]) == 20_000


def changed(**changes: Any) -> bytes:
    read: dict[str, Any] = json.loads(line(DAYS["all sources"]))
    papers = changes.pop("paper", {})
    read |= changes
    read["papers"][0] |= papers
    return json.dumps(read).encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "line 7: Input data was truncated"),
        (b"\xff", "line 7: "),
        (changed(v=2), "line 7: version 2 is not 1"),
        (changed(v=2, listed=None, sources=[]), "line 7: version 2 is not 1"),
        (changed(published_at="June"), "line 7: 'June' is no time"),
        (changed(published_at="0001-01-01T00:00:00Z"), "line 7: '0001-01-01T00:00:00Z' is no time"),
        (changed(published_at="9998-01-01T00:00:00Z"), "line 7: '9998-01-01T00:00:00Z' is no time"),
        (changed(paper={"rank": 2}), "line 7: its ranks are not 1, 2 and so on"),
        (changed(paper={"id": "../../x"}), "line 7: '../../x' is no identifier of arXiv"),
        (changed(paper={"categories": ["cs.LG", "../x"]}), "'../x' is no category"),
        (changed(paper={"measured_at": "2021-13-01T00:00:00Z"}), "is no time"),
        (changed(paper={"title": "a\n# 2. b"}), "a text has more than one line"),
        (changed(paper={"authors": ["a\nb"]}), "a text has more than one line"),
        (changed(paper={"title": "a\r# 2. b"}), "a text has more than one line"),
        (changed(paper={"abstract": "x" * 20_001}), "the abstract has 20001 characters"),
        (changed(paper={"score": 1e300}), "1e\\+300 is no score"),
        (changed(paper={"score": -1}), "-1.0 is no score"),
        (changed(sources={"x": {"state": "off", "measured_at": "June"}}), "line 7: x: 'June' is no time"),
        (changed(paper={"score": "x"}), r"line 7: Expected `float`, got `str` - at `\$.papers\[0\].score`"),
    ],
)
def test_what_is_no_day_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(FormError, match=reason):
        data.parse(body, 7, Settings())
