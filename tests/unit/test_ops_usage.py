"""Wrong use of an operation names what is wrong before AWS is asked, and so does a stack that is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.local.standin import Standin, World
from infra.ops.__main__ import COMMANDS, main
from infra.ops.account import connect


def nobody(_region: str, _profile: str) -> Any:
    raise AssertionError("AWS is not to be asked")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "required: command"),
        (("reboot",), "'reboot'"),
        (("status", "--quick"), "--quick"),
        (("destroy", "--stack", ""), "--stack names no stack"),
        (("redrive", "posts"), "'posts'"),
        (("run",), "name one of --date"),
        (("run", "--measure", "--date", "2021-06-18"), "name one of --date"),
        (("run", "--from", "2021-06-18"), "--from and --to belong together"),
        (("run", "--date", "June"), "'June' is not a date"),
        (("run", "--date", ""), "'' is not a date"),
        (("run", "--date", "", "--measure"), "'' is not a date"),
        (("rerender", "--date", "June"), "'June' is not a date"),
        (("rerender", "--date", ""), "'' is not a date"),
        (("secret",), "x|bluesky"),
        (("secret", "x", "word"), "standard input alone"),
        (("secret", "facebook"), "name one of x, bluesky"),
        (("set",), "NAME=VALUE"),
        (("restore",), "--to"),
        (("restore", "--to", "June"), "'June' is not a time"),
        (("logs", "June"), "'June' is no run's id"),
        (("logs", "0001-01-01T00:00:00+14:00"), "is no run's id"),
        (("destroy", "--table", "older"), "--table needs --data"),
        (("destroy", "--bucket", "older"), "--bucket needs --data"),
        (("destroy", "--data", "--bucket", ""), "--bucket names no bucket"),
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
        "import": ["."],
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


def test_a_stack_whose_deployment_failed_is_named(
    aws_account: None, capsys: pytest.CaptureFixture[str]
) -> None:
    client = boto3.client("cloudformation", region_name="us-east-1")
    failed = {
        "StackName": "hot-papers",
        "CreationTime": datetime(2021, 6, 18, tzinfo=UTC),
        "StackStatus": "ROLLBACK_COMPLETE",
    }
    with Stubber(client) as stub:
        stub.add_response("describe_stacks", {"Stacks": [failed]})
        assert main(["restore", "--to", "2021-06-18"], lambda _region, _profile: lambda _service: client) == 1
    assert "CloudFormation says ROLLBACK_COMPLETE" in capsys.readouterr().err


def test_a_profile_that_is_not_there_is_named(aws_account: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--profile", "nobody", "--region", "us-east-1"]) == 1
    assert "nobody" in capsys.readouterr().err


def test_an_address_of_aws_that_is_none_is_named(
    aws_account: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "aws.example.org")
    assert main(["status", "--region", "us-east-1"]) == 1
    assert capsys.readouterr().err == "python -m infra.ops status: Invalid endpoint: aws.example.org\n"


def test_an_answer_of_somebody_else_is_one_line(
    aws_account: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Standin(World(papers=())) as standin:
        monkeypatch.setenv("AWS_ENDPOINT_URL", standin.environment["X_API_URL"])
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        assert main(["status", "--region", "us-east-1"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("python -m infra.ops status: that was not AWS, or not well: ")
    assert told.count("\n") == 1
    assert len(told) < 500


def test_a_reader_who_has_had_enough_is_no_failure(aws_account: None) -> None:
    for argument in ("-u", "-B"):  # every line is written at once, or all of them at the end
        ended = subprocess.run(
            [sys.executable, argument, "-c", f"{ANSWERED}\nsys.exit(main(['destroy', '--stack', 'gone']))"],
            cwd=Path(__file__).parents[2],
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=closed_pipe(),
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stderr) == (141, "")


def closed_pipe() -> int:
    """What to write to where nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


# A stack that is gone, told without asking anybody.
ANSWERED = """
import sys
from unittest import mock
from infra.ops import destroy
from infra.local.standin import Standin, World
from infra.ops.__main__ import main
from infra.ops.account import Account
mock.patch.multiple(Account, described=None, region="us-east-1").start()
mock.patch.object(destroy, "_left", lambda _account: []).start()
"""


def test_the_region_is_the_one_that_the_aws_cli_takes(
    aws_account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert connect("", "")("s3").meta.region_name == "eu-north-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert connect("", "")("s3").meta.region_name == "eu-west-1"
    assert connect("eu-south-1", "")("s3").meta.region_name == "eu-south-1"


@pytest.mark.parametrize(
    ("asked", "command"),
    [
        ("destroy", "destroy --stack hot-papers"),
        ("destroy ENV=dev DATA=1", "destroy --stack hot-papers-dev --data"),
        ("destroy REGION=r PROFILE=p", "destroy --stack hot-papers --region r --profile p"),
        ("destroy AWS_REGION=r DATA=0", "destroy --stack hot-papers --region r"),
        ("secret-x REGION=r", "secret x --stack hot-papers --region r"),
        ("secret-bluesky ENV=prod", "secret bluesky --stack hot-papers-prod"),
    ],
)
def test_make_hands_on_what_it_is_told(asked: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    # The tests may be make's own child, which would hand on its flags and tell of folders.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        monkeypatch.delenv(name, raising=False)
    # ENV is what POSIX shells start with, and the others may be another tool's.
    for name, value in (("ENV", "prod"), ("STACK", "s"), ("REGION", "e"), ("PROFILE", "e"), ("DATA", "1")):
        monkeypatch.setenv(name, value)
    said = subprocess.run(
        ["make", "--dry-run", *asked.split()],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said.splitlines()[-1].split()[1:] == ["-m", "infra.ops", *command.split()]
