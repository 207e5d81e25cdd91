"""Somebody at a command line: the commands of infra.ops against the embedded AWS of a chain."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.response import StreamingBody

from infra.local.cloud import Cloud
from infra.local.invoke import error_of
from infra.local.stack import REGION
from infra.ops.__main__ import main
from infra.ops.account import connect
from tests.steps.chain import CREDENTIALS, Chain

# What no command may print, ever.
HIDDEN = ("new-token", CREDENTIALS["BLUESKY_APP_PASSWORD"])


class Ended(NamedTuple):
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def client_of(cloud: Cloud) -> Callable[[str], Any]:
    """The clients that commands get: Lambda's are answered by the functions here, all others by moto."""
    connected = connect(REGION, "")

    def invoke(params: Any, **_: Any) -> Any:
        call = cloud.triggers.invoke("fetch", json.loads(params["body"]))
        answer = call.result if call.exception is None else error_of(call.exception)
        payload = json.dumps(answer).encode()
        parsed: dict[str, Any] = {
            "StatusCode": 200,
            "Payload": StreamingBody(io.BytesIO(payload), len(payload)),
        }
        if call.exception is not None:
            parsed["FunctionError"] = "Unhandled"
        return AWSResponse("", 200, {}, None), parsed

    def client(service: str) -> Any:
        made = connected(service)
        made.meta.events.register_first("before-call.lambda.Invoke", invoke)
        return made

    return client


class Terminal(io.StringIO):
    """A keyboard with somebody at it."""

    def isatty(self) -> bool:
        return True


class Operator:
    """Runs commands; what they print is looked at for secrets."""

    def __init__(self, chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
        self._chain = chain
        self._capsys = capsys
        self.client = client_of(chain.cloud)

    def __call__(self, *arguments: str, stdin: str | io.TextIOBase = "") -> Ended:
        """A command by its arguments, then all that follows from it."""
        self._capsys.readouterr()
        # moto's messages are visible after their moment, not at it.
        self._chain.at(self._chain.cloud.clock.now().replace(microsecond=0))
        self._chain.cloud.clock.advance(1)
        with mock.patch("sys.stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin):
            try:
                code = main(arguments, lambda _region, _profile: self.client)
            except SystemExit as exit_:
                code = int(str(exit_.code))
        told = self._capsys.readouterr()
        assert not [secret for secret in HIDDEN if secret in told.out + told.err]
        assert told.err.count("\n") <= 1, "a failure is one line"
        self._chain.cloud.triggers.drain()
        return Ended(code, told.out, told.err)

    def queue(self, logical_id: str) -> str:
        """A queue's URL."""
        for each in self.client("cloudformation").list_stack_resources(StackName="hot-papers")[
            "StackResourceSummaries"
        ]:
            if each["LogicalResourceId"] == logical_id:
                return str(each["PhysicalResourceId"])
        raise KeyError(logical_id)


def failures(chain: Chain) -> dict[str, int]:
    """How many messages each step has given up."""
    return chain.cloud.triggers.failures()
