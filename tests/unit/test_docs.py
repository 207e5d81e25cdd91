"""The documentation names everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from samtranslator.yaml_helper import yaml_parse

from functions.fetch.attention import SOURCES
from functions.render.announce import Detail
from functions.render.status import Status
from functions.render.status.budget import Archive, Budget, Reading
from functions.render.status.days import DayLine
from functions.render.status.runs import RunLine
from functions.render.status.sources import SourceLine
from shared.paper import SOURCE_LABELS
from shared.settings import Settings

ROOT = Path(__file__).parents[2]


def _documented() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) ?\| ", (ROOT / "docs/settings.md").read_text("utf-8"), re.M)
    return {name: default.strip("`") for name, default in rows}


def test_every_setting_is_documented_with_its_default() -> None:
    defaults = {
        field.encode_name: str(field.default).lower() if field.type is bool else str(field.default)
        for field in msgspec.structs.fields(Settings)
    }
    assert _documented() == defaults


def test_the_parameters_that_are_no_settings_are_documented() -> None:
    _, _, text = (
        (ROOT / "docs/settings.md").read_text("utf-8").partition("parameters of the stack are no settings")
    )
    of_settings = {field.encode_name.title().replace("_", "") for field in msgspec.structs.fields(Settings)}
    parameters = yaml_parse((ROOT / "infra/template.yaml").read_text("utf-8"))["Parameters"]
    assert set(re.findall(r"`([A-Z][A-Za-z]+)`", text)) == parameters.keys() - of_settings


def test_every_alarm_is_documented() -> None:
    resources = yaml_parse((ROOT / "infra/template.yaml").read_text("utf-8"))["Resources"]
    alarms = {name for name, item in resources.items() if item["Type"] == "AWS::CloudWatch::Alarm"}
    rows = re.findall(r"^\| `(\w+Alarm)` \|", (ROOT / "docs/alarms.md").read_text("utf-8"), re.M)
    assert set(rows) == alarms
    assert len(rows) == len(alarms)


def test_every_source_has_a_label_and_a_section() -> None:
    sections = re.findall(r"^## (.*)$", (ROOT / "docs/sources.md").read_text("utf-8"), re.M)
    assert [name for name, _ in SOURCES] == list(SOURCE_LABELS)
    assert set(SOURCE_LABELS.values()) <= set(sections)


def test_the_status_is_described_field_by_field() -> None:
    text = (ROOT / "docs/status.md").read_text("utf-8")
    for described in (Status, DayLine, SourceLine, RunLine, Budget, Archive, Reading):
        for field in msgspec.structs.fields(described):
            assert f"`{field.name}`" in text, f"{described.__name__}.{field.name}"


def test_the_event_is_described_field_by_field() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8").partition("\n## Event\n")[2]
    for field in msgspec.structs.fields(Detail):
        assert f"`{field.name}`" in text, field.name


def test_the_make_targets_that_are_documented_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {
        name for path in texts for name in re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text("utf-8"), re.M)
    }
    assert {"run", "test"} <= named <= targets


def _tests_there() -> set[str]:
    there: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        there.update(re.findall(r"^ *def (test_\w+)\(", path.read_text("utf-8"), re.M))
    return there


@pytest.mark.parametrize(
    ("name", "section", "least"),
    [
        ("sources.md", "What is not known for certain", 20),
        ("reliability.md", "Promises", 20),
        ("reliability.md", "Limits", 15),
    ],
)
def test_what_is_claimed_has_tests_that_exist(name: str, section: str, least: int) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8").partition(f"\n## {section}\n")[2]
    rows = re.findall(r"^\| (?!---)(.*) \|$", text.partition("\n## ")[0], re.M)[1:]
    there = _tests_there()
    assert len(rows) > least
    for row in rows:
        claim, *_, tests = row.split(" | ")
        named = re.findall(r"`(test_\w+)`", tests)
        assert named, f"{claim} has no test"
        assert set(named) <= there, claim
    assert set(re.findall(r"`(test_\w+)`", text)) <= there


@pytest.mark.parametrize(
    "path", sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]), ids=lambda path: path.name
)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#`\s]+)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), f"{path.name} links {target}"
