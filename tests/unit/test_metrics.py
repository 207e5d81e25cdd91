"""What is counted: its form, whose it is, and that docs, alarms and dashboard know it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from functions.render.overdue import is_overdue
from shared import clock, metrics, settings
from tests.unit.status import announcement

ROOT = Path(__file__).parents[2]
NAMES = set(get_args(metrics.Name))


@pytest.fixture(name="stack", autouse=True)
def _stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("STACK_NAME", "papers")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "HotPapers")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "render")
    settings.get.cache_clear()
    yield
    settings.get.cache_clear()


def test_a_line_is_what_cloudwatch_makes_metrics_of(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.count("2021-06-19T07:55:00Z", {"PostOverdue": 1, "BudgetLeft": 20})
    metrics.count("2021-06-19T08:55:00Z", {"PostOverdue": 0})
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    (told,) = first["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "HotPapers"
    assert sorted(told["Dimensions"][0]) == ["service", "stack"]
    assert [one["Name"] for one in told["Metrics"]] == ["PostOverdue", "BudgetLeft"]
    assert (first["service"], first["stack"], first["run"]) == ("render", "papers", "2021-06-19T07:55:00Z")
    assert (first["PostOverdue"], first["BudgetLeft"]) == ([1], [20])
    assert second["PostOverdue"] == [0]
    assert "BudgetLeft" not in second, "what was counted before is gone"


def test_without_a_stack_nothing_is_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACK_NAME", "")
    settings.get.cache_clear()
    metrics.count("2021-06-19T07:55:00Z", {"PostOverdue": 1})
    assert capsys.readouterr().out == ""


def test_every_metric_is_counted_documented_and_paid_for() -> None:
    assert len(NAMES) <= 8, "each costs money"
    code = "".join(path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py"))
    assert {name for name in NAMES if f'"{name}"' in code} == NAMES
    for page in ("alarms", "cost"):
        text = (ROOT / f"docs/{page}.md").read_text("utf-8")
        assert {name for name in NAMES if f"`{name}`" in text} == NAMES, page


@pytest.mark.parametrize(
    ("moment", "published", "overdue"),
    [
        ("2021-06-19T11:54:00Z", False, False),
        ("2021-06-19T11:55:00Z", False, True),
        ("2021-06-19T11:55:00Z", True, False),
        ("2021-06-25T23:55:00Z", False, True),
        ("2021-06-26T00:55:00Z", False, False),  # given up, or filled in by hand
    ],
)
def test_a_post_is_overdue_by_noon(moment: str, published: bool, overdue: bool) -> None:
    there = {"2021-06-18"} if published else set()
    known = [announcement("2021-06-18")]
    assert is_overdue(settings.Settings(), known, there, clock.parse_iso(moment)) is overdue
