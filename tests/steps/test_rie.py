"""The functions under Lambda's own runtime, without Docker: the emulator that SAM brings, and awslambdaric.

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
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.local import sample, server
from infra.local.invoked import AnswerError, Calls, answer_of
from infra.local.standin import Standin, load

ROOT = Path(__file__).parents[2]
STEPS = ("fetch", "score", "render")
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
    folder.mkdir()
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


def test_the_sample_day_becomes_a_post_under_lambdas_runtime(tmp_path: Path) -> None:
    world = load(sample.WORLD)
    given: list[tuple[str, int]] = []
    with (
        Standin(world) as standin,
        server.serve(caller=sample.SETTINGS | standin.environment) as served,
        ExitStack() as stack,
    ):
        emulators = {
            f"{step.capitalize()}Function": stack.enter_context(
                emulated(
                    f"functions.{step}.handler.lambda_handler",
                    dict(served.environments[f"{step.capitalize()}Function"]),
                    tmp_path / step,
                )
            )
            for step in STEPS
        }

        def run(function: str, path: Path) -> str:
            event = json.loads(path.read_text("utf-8"))
            given.append((function, len(event.get("Records", ()))))
            return emulators[function](event)

        calls = Calls(served.stack.wiring, served.client, run)
        for step in STEPS:
            calls.step(step)
        assert calls.failures == []
        with pytest.raises(AnswerError, match="OrderError"):
            answer_of(emulators["FetchFunction"]({"date": "2021-06-19", "time": "2021-06-21T07:55:00Z"}))
        bucket = served.stack.outputs["BucketName"]
        listed = served.client("s3").list_objects_v2(Bucket=bucket, Prefix="posts/")["Contents"]
        post = served.client("s3").get_object(Bucket=bucket, Key=listed[0]["Key"])["Body"].read()
    # fetch's message and the table's record, handed on as Lambda's pollers do, with their batch sizes.
    assert given == [
        ("FetchFunction", 0),
        ("ScoreFunction", 49),
        ("RenderFunction", 1),
    ]
    assert [entry["Key"] for entry in listed] == ["posts/2021-06-18---Hot-Papers.md"]
    assert b"\n# 1. LoRA: Low-Rank Adaptation of Large Language Models\n" in post


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server_:
        return int(server_.getsockname()[1])


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
