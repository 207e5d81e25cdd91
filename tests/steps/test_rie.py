"""A function under Lambda's own runtime, without Docker: the emulator that SAM brings, and awslambdaric.

https://github.com/aws/aws-lambda-runtime-interface-emulator
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.local import sample, server
from infra.local.invoked import AnswerError, answer_of
from infra.local.standin import Standin, load

ROOT = Path(__file__).parents[2]
MACHINE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
EMULATORS = sorted(
    ROOT.glob(f".venv-sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{MACHINE}")
)

pytestmark = pytest.mark.skipif(
    not EMULATORS or sys.platform != "linux",
    reason="the SAM CLI is not installed here; make sam-check installs it, and its emulator wants Linux",
)

Call = Callable[[Any], str]


@contextmanager
def emulated(handler: str, variables: dict[str, str], folder: Path) -> Iterator[Call]:
    """A handler as Lambda calls it: the event is posted, the answer is the body."""
    emulator = folder / "rie"
    shutil.copyfile(EMULATORS[0], emulator)
    emulator.chmod(0o755)
    address, api = (f"127.0.0.1:{_free_port()}" for _ in range(2))
    command = [str(emulator), "--runtime-interface-emulator-address", address, "--runtime-api-address", api]
    environment = {**os.environ, **variables, "AWS_LAMBDA_FUNCTION_TIMEOUT": "60"}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "awslambdaric", handler],
            cwd=ROOT,
            env=environment,
            stdout=said,
            stderr=said,
            process_group=0,
        )

    def call(event: Any) -> str:
        url = f"http://{address}/2015-03-31/functions/function/invocations"
        with urllib.request.urlopen(url, json.dumps(event).encode(), timeout=60) as answer:
            return str(answer.read().decode())

    try:
        ends = time.monotonic() + 20
        while not _listens(address):
            assert process.poll() is None, (folder / "said").read_text()
            assert time.monotonic() < ends, (folder / "said").read_text()
            time.sleep(0.05)
        yield call
    finally:
        # The emulator's child is of its group.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_fetch_queues_the_sample_day_under_lambdas_runtime(tmp_path: Path) -> None:
    world = load(sample.WORLD)
    with Standin(world) as standin, server.serve(caller=standin.environment) as served:
        variables = dict(served.environments["FetchFunction"])
        with emulated("functions.fetch.handler.lambda_handler", variables, tmp_path) as call:
            event = json.loads((ROOT / "tests/events/date.json").read_text("utf-8"))
            assert answer_of(call(event))["queued"] == 49
            with pytest.raises(AnswerError, match="OrderError"):
                answer_of(call({"date": "2021-06-19", "time": "2021-06-21T07:55:00Z"}))
        queue = served.client("sqs").get_queue_attributes(
            QueueUrl=served.stack.outputs["QueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]
        )
    assert queue["Attributes"]["ApproximateNumberOfMessages"] == "49"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server_:
        return int(server_.getsockname()[1])


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
