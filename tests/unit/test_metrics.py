"""What is counted: its form, whose it is, and that docs, alarms and dashboard know it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from samtranslator.yaml_helper import yaml_parse

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


def test_what_being_watched_costs_is_reckoned_of_what_there_is() -> None:
    resources = yaml_parse((ROOT / "infra/template.yaml").read_text("utf-8"))["Resources"].values()
    alarms = [one["Properties"] for one in resources if one["Type"] == "AWS::CloudWatch::Alarm"]
    # Of arithmetic, each metric that goes into it.
    watched = sum(
        sum("MetricStat" in part for part in one["Metrics"]) if "Metrics" in one else 1 for one in alarms
    )
    text = (ROOT / "docs/cost.md").read_text("utf-8").partition("\n## Being watched\n")[2]
    second = 0.0
    for what, many in (("metrics", len(NAMES)), ("alarms", watched)):
        row = re.findall(rf"^\| {what}[:,].*\| (\d+) \| \$([\d.]+) \| (\d+) \| \$([\d.]+) \|$", text, re.M)
        ((told, price, free, most),) = row
        assert (told, most) == (str(many), f"{many * float(price):.2f}"), what
        assert many <= int(free), f"the {what} of an account's first stack cost nothing"
        second += max(0, 2 * many - int(free)) * float(price)
    assert f"a second for ${second:.2f}. " in " ".join(text.split())


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
