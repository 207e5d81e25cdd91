"""What is told to the alarms: its form, whose it is, that the docs know it, and what it costs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from samtranslator.yaml_helper import yaml_parse

from benchmarks.bill import prices
from shared import metrics, settings

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
    metrics.tell("2021-06-19T07:55:00Z", ["Trouble", "BudgetSpent"])
    metrics.tell("2021-06-19T08:55:00Z", ["Trouble"])
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    (told,) = first["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "HotPapers"
    assert sorted(told["Dimensions"][0]) == ["service", "stack"]
    assert [one["Name"] for one in told["Metrics"]] == ["Trouble", "BudgetSpent"]
    assert (first["service"], first["stack"], first["run"]) == ("render", "papers", "2021-06-19T07:55:00Z")
    assert (first["Trouble"], first["BudgetSpent"]) == ([1], [1])
    assert second["Trouble"] == [1]
    assert "BudgetSpent" not in second, "what was told before is gone"


def test_where_all_is_well_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    metrics.tell("2021-06-19T07:55:00Z", [])
    assert capsys.readouterr().out == ""


def test_without_a_stack_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACK_NAME", "")
    settings.get.cache_clear()
    metrics.tell("2021-06-19T07:55:00Z", ["Trouble"])
    assert capsys.readouterr().out == ""


def test_every_metric_is_told_documented_and_paid_for() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "functions").rglob("*.py"))
    assert {name for name in NAMES if f'"{name}"' in code} == NAMES
    for page in ("alarms", "cost"):
        text = (ROOT / f"docs/{page}.md").read_text("utf-8")
        assert {name for name in NAMES if f"`{name}`" in text} == NAMES, page


def test_what_being_watched_costs_is_reckoned_of_what_there_is() -> None:
    resources = yaml_parse((ROOT / "infra/template.yaml").read_text("utf-8"))["Resources"].values()
    alarms = [one for one in resources if one["Type"] == "AWS::CloudWatch::Alarm"]
    of_x = sum(one.get("Condition") == "HasXBearerToken" for one in alarms)
    text = (ROOT / "docs/cost.md").read_text("utf-8").partition("\n## Being watched\n")[2]
    table = prices.load().prices
    for what, many in (("alarms", len(alarms) - of_x), ("metrics", len(NAMES))):
        row = re.findall(rf"^\| {what}[:,].*\| (\d+) \| \$([\d.]+) \| (\d+) \| \$([\d.]+)", text, re.M)
        ((told, price, free, most),) = row
        assert (told, most) == (str(many), f"{many * float(price):.2f}"), what
        assert (float(price), float(free)) == (table[what].dollars, table[what].free)
    # None of them looks at more than one metric, which is what is billed.
    assert [sum("MetricStat" in part for part in one["Properties"].get("Metrics", ())) for one in alarms] == [
        *(0, 1, 0),
    ]
