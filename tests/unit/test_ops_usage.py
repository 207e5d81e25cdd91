"""Wrong use of an operation names what is wrong before AWS is asked, and so does a stack that is missing."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.ops.__main__ import COMMANDS, main


def nobody(_region: str, _profile: str) -> Any:
    raise AssertionError("AWS is not to be asked")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "required: command"),
        (("reboot",), "'reboot'"),
        (("status", "--quick"), "--quick"),
        (("redrive", "posts"), "'posts'"),
        (("run",), "name one of --date"),
        (("run", "--measure", "--date", "2021-06-18"), "name one of --date"),
        (("run", "--from", "2021-06-18"), "--from and --to belong together"),
        (("run", "--date", "June"), "'June' is not a date"),
        (("rerender", "--date", "June"), "'June' is not a date"),
        (("secret",), "x|bluesky"),
        (("secret", "x", "word"), "standard input alone"),
        (("secret", "facebook"), "name one of x, bluesky"),
        (("set",), "NAME=VALUE"),
        (("restore",), "--to"),
        (("restore", "--to", "June"), "'June' is not a time"),
        (("logs", "June"), "'June' is no run's id"),
    ],
)
def test_wrong_use_names_what_is_wrong(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], named: str
) -> None:
    try:
        code: Any = main(arguments, nobody)
    except SystemExit as exit_:
        code = exit_.code
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert named in told.err
    assert told.err.count("\n") == 1


def test_a_stack_that_is_not_there_is_named(aws_account: None, capsys: pytest.CaptureFixture[str]) -> None:
    uses = {
        "run": ["--measure"],
        "secret": ["x"],
        "set": ["Contact=x"],
        "restore": ["--to", "2021-06-18"],
        "logs": ["2021-06-19T07:55:00Z"],
    }
    assert uses.keys() < COMMANDS.keys()
    with mock_aws():
        for name in COMMANDS:
            assert main([name, *uses.get(name, []), "--stack", "elsewhere"]) == 1, name
            told = capsys.readouterr().err
            assert told.startswith(f"python -m infra.ops {name}: ")
            assert "elsewhere" in told
            assert told.count("\n") == 1


def test_a_stack_of_something_else_is_named(aws_account: None, capsys: pytest.CaptureFixture[str]) -> None:
    with mock_aws():
        boto3.client("cloudformation", region_name="us-east-1").create_stack(
            StackName="other", TemplateBody='{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
        )
        for name, missing in (("status", "output BucketName"), ("dead-letters", "PapersDeadLetters")):
            assert main([name, "--stack", "other"]) == 1
            assert f"the stack other has no {missing}" in capsys.readouterr().err


def test_a_profile_that_is_not_there_is_named(aws_account: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--profile", "nobody", "--region", "us-east-1"]) == 1
    assert "nobody" in capsys.readouterr().err
