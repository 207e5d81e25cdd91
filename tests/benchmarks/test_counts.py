"""Rows 1 and 2: what their lines say of counts, and that each optimisation shows in its row."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from benchmarks.counts import calls, outward
from benchmarks.counts.day import Counts, counted
from benchmarks.line import Line
from benchmarks.options import Options
from benchmarks.switches import SWITCHES

DAY = Counts(
    papers=1_200,
    mentions=1_000,
    hot=11,
    batches=48,
    outward={"oai": 2, "query": 1, "x": 11, "bluesky": 9, "hackernews": 3, "huggingface": 8},
    calls={"fetch sqs SendMessageBatch": 120, "score dynamodb UpdateItem": 49, "render s3 PutObject": 51},
    quiet={"fetch dynamodb GetItem": 4, "render s3 HeadObject": 8},
)
LARGE = replace(DAY, papers=5_000, outward=DAY.outward | {"oai": 6}, calls={"score dynamodb UpdateItem": 600})
SMALL = replace(DAY, papers=300)


def lines(monkeypatch: pytest.MonkeyPatch, *days: Counts) -> dict[tuple[str, str], Line]:
    told: dict[tuple[str, str], Line] = {}
    for row in (outward, calls):
        monkeypatch.setattr(row, "days", lambda _options: days)
        told |= {(one.what, one.against): one for one in row.measure(Options())}
    return told


def test_every_request_is_told_and_those_about_attention_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = lines(monkeypatch, SMALL, DAY, LARGE)
    assert told["requests for 1,200 papers", ""].ours == 34
    assert told["requests for 5,000 papers", ""].ours == 38
    assert told["of them about attention at 5,000", ""].ours == 31
    assert told["most of those less the fewest", ""].met is True
    rival = told["requests for 1,200 papers", "the predecessor at 1,200"]
    assert (rival.theirs, "not measured here" in rival.note) == (1_243, True)


def test_requests_that_grow_with_the_papers_miss_their_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    told = lines(monkeypatch, SMALL, DAY, replace(LARGE, outward={"oai": 2, "x": 39}))
    assert told["requests for 5,000 papers", ""].met is False
    assert told["most of those less the fewest", ""].ours == 8
    assert told["most of those less the fewest", ""].met is False


def test_calls_are_told_by_service_and_for_each_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    told = lines(monkeypatch, SMALL, DAY, LARGE)
    services = ("dynamodb", "sqs", "s3", "events", "ssm")
    assert [told[f"{one} for 1,200 papers", ""].ours for one in services] == [49, 120, 51, 0, 0]
    all_ = told["all for 1,200 papers, 11 of them hot", "one a paper and step"]
    assert (all_.ours, all_.theirs, all_.met) == (220, 3_600, True)
    assert told["all a paper at 1,200", ""].ours == 220 / 1_200
    assert told["each paper more from 300 to 5,000", ""].ours == 380 / 4_700
    assert told["updates of the pending list a batch", ""].met is True
    assert told["a tick that finds nothing new", ""].ours == 12


def figures(day: Counts) -> dict[str, float]:
    """What each optimisation saves, as its row's lines have it."""
    return {
        "batched-lookup": day.outward["x"],
        "together": day.calls["score dynamodb TransactWriteItems"],
        "one-update": calls.updates(day),
        "new-objects": day.calls["render s3 HeadObject"],
    }


def test_what_is_switched_off_shows_in_its_row() -> None:
    names = tuple(switch.name for switch in SWITCHES if {1, 2}.intersection(switch.rows))
    before, after = counted(40, 50), counted(40, 50, names)
    assert figures(before).keys() == set(names)
    assert [name for name in names if figures(after)[name] <= figures(before)[name]] == []
    assert (after.papers, after.hot) == (before.papers, before.hot) == (40, 11)
    assert all(calls.by_service(before.calls)[one] for one in ("dynamodb", "sqs", "s3", "events", "ssm"))
    assert sum(after.calls.values()) > sum(before.calls.values())
