"""The operator's page has every command that there is, with all that it takes, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from infra.ops.__main__ import COMMANDS, main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/operations.md").read_text("utf-8")
IN_CODE = re.findall(r"`([^`]+)`", re.sub(r"^ *```.*?```$", "", TEXT, flags=re.M | re.S))


def test_every_command_is_documented_and_no_other() -> None:
    commands = TEXT.partition("| command |")[2].partition("\n\n")[0]
    named = {use.split()[0] for use in re.findall(r"^\| `([^`]+)`", commands, re.M)}
    assert named == COMMANDS.keys()
    called = re.findall(r"python -m infra\.ops ([a-z-]+)", TEXT)
    assert called
    assert set(called) <= COMMANDS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_is_documented_and_no_other(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    there = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {
        "--help",
        "--stack",
        "--region",
        "--profile",
    }
    told = {flag for use in IN_CODE if use.split()[0] == command for flag in re.findall(r"--[a-z]+", use)}
    assert told == there


def test_what_is_to_be_set_is_a_parameter() -> None:
    parameters = yaml_parse((ROOT / "infra/template.yaml").read_text("utf-8"))["Parameters"]
    named = {name for use in IN_CODE for name in re.findall(r"^set \"?([A-Za-z]+)=", use)} - {"NAME"}
    assert {"MeasureHourUtc", "XBearerTokenParameter"} <= named <= parameters.keys()


def test_every_alarm_and_every_task_has_its_place() -> None:
    alarms = re.findall(r"^\| `([A-Z][A-Za-z]+)` \|", TEXT, re.M)
    resources = yaml_parse((ROOT / "infra/template.yaml").read_text("utf-8"))["Resources"]
    assert alarms == [name for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"]
    sections_named = {
        named
        for one in resources.values()
        for named in re.findall(r"docs/operations\.md, ([a-z ]+)\)", str(one.get("Properties")))
    }
    headings = " / ".join(re.findall(r"^## (.+)$", TEXT, re.M)).lower()
    assert sections_named
    assert [named for named in sections_named if named not in headings] == []
    sections = re.findall(r"^## (.+)$", TEXT, re.M)
    assert sections == [
        "At 3 a.m.",
        "Alarms",
        "Dead letters",
        "Run or backfill a day",
        "Rotate a secret",
        "Change the schedule, or any setting",
        "Silence a source",
        "Read the dashboard",
        "Restore the table",
        "Move to another account",
        "A faster start",
        "A first deployment that failed",
        "Upgrade",
        "Remove",
    ]
