"""`make invoke-…`: functions in Lambda's own container, given what `serve`'s AWS holds for them.

`python -m infra.local.invoked STEP [ARGUMENT…]`: the arguments go to `sam local invoke`.
fetch is ordered a day; score gets the batches that wait in the queue and render the runs that the stream
tells, as Lambda's own pollers hand them over; with nothing there, the example of tests/events.
Prints each answer; exits with 1 when one of them tells of a failure, as SAM itself does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.invoke import Invocation
from infra.local.moto_patches import VirtualClock
from infra.local.neighbours import CONTAINERS_NAME
from infra.local.queue_poller import QueuePoller
from infra.local.serve import ENVIRONMENT_FILE, HERE
from infra.local.stack import REGION, deployed
from infra.local.stream_reader import StreamReader
from infra.local.wiring import Wiring

_EVENTS = Path(__file__).parents[2] / "tests" / "events"
EXAMPLES = {"fetch": "date.json", "score": "papers.json", "render": "stream.json"}

Run = Callable[[str, Path], str]
"""Calls a function by logical id with the event of a file; what it wrote to stdout."""


class AnswerError(Exception):
    """An answer that tells of a failure, or is none; the text says which."""


def answer_of(text: str) -> dict[str, Any]:
    """The answer in what `sam local invoke` wrote, its last line; raises AnswerError for a failure."""
    lines = text.strip().splitlines()
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise AnswerError(f"no answer: {text.strip()[-300:]!r}") from None
    if not isinstance(answer, dict):
        raise AnswerError(f"no answer: {answer!r}")
    if "errorType" in answer:
        raise AnswerError(f"{answer['errorType']}: {answer.get('errorMessage', '')}")
    return answer


class Calls:
    """Calls functions from what the triggers hold; `failures` says what went wrong, a line each."""

    def __init__(self, wiring: Wiring, client: Callable[[str], Any], run: Run) -> None:
        self._wiring = wiring
        self._client = client
        self._run = run
        self.failures: list[str] = []

    def step(self, step: str) -> None:
        """Call a step for all that waits for it, or for its example."""
        called = {"score": self._queue, "render": self._stream}.get(step, lambda: 0)()
        if not called:
            self._call(step, json.loads((_EVENTS / EXAMPLES[step]).read_text("utf-8")))

    def _queue(self) -> int:
        (trigger,) = self._wiring.queues
        poller = QueuePoller(trigger, self._client("sqs"), self._call)
        calls = 0
        while polled := poller.poll():
            calls += 1
            if polled[1] and not polled[0].exception:
                self._failed(f"{polled[1]} messages failed")
        return calls

    def _stream(self) -> int:
        (trigger,) = self._wiring.streams
        # Once each: whoever sits at the terminal wants to see a failure, not its repetitions.
        once = replace(trigger, retries=0, bisect=False, from_start=True, failures_arn=None)
        reader = StreamReader(
            once, self._client, self._call, VirtualClock(datetime.now(UTC)), lambda _call, _failed: None
        )
        calls = 0
        while reader.read():
            calls += 1
        return calls

    def _call(self, step: str, event: Any) -> Invocation:
        records = len(event.get("Records", ()))
        started = time.monotonic()
        result, exception = None, None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "event.json"
            path.write_text(json.dumps(event), encoding="utf-8")
            try:
                result = answer_of(self._run(self._wiring.functions[step].logical_id, path))
                print(f"{step}  {json.dumps(result)}", flush=True)
            except AnswerError as error:
                exception = error
                self._failed(f"{step}: {error}")
        return Invocation(step, "", records, time.monotonic() - started, result, exception)

    def _failed(self, why: str) -> None:
        self.failures.append(why)
        print(why, file=sys.stderr, flush=True)


def _in_container(arguments: Sequence[str]) -> Run:
    def run(function: str, event: Path) -> str:
        command = [
            *("sam", "local", "invoke", function, "--event", str(event)),
            *("--env-vars", str(ENVIRONMENT_FILE), "--region", REGION),
            *("--add-host", f"{CONTAINERS_NAME}:host-gateway"),
            *arguments,
        ]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            # SAM hands the caller's account to the function: this AWS takes any, and needs none of theirs.
            env=os.environ | {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"},
        )
        if done.returncode:
            raise AnswerError(f"sam local invoke ended with {done.returncode}")
        return done.stdout

    return run


def server_of(environment_file: Path) -> str:
    """Where a `serve`'s AWS is from this machine; what functions call it may be for containers only.

    Raises FileNotFoundError, and KeyError or ValueError for a file of something else.
    """
    return str(json.loads(environment_file.read_text("utf-8"))[HERE]["AWS_ENDPOINT_URL"])


def client(url: str) -> Callable[[str], Any]:
    """Makes clients of an AWS by service."""
    return lambda service: boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - it opens nothing
    )


def _unserved(why: str) -> int:
    print(f"{why}: start `make serve` first", file=sys.stderr)
    return 2


def main(arguments: Sequence[str]) -> int:
    """Call a step; returns the exit code."""
    step, *rest = arguments
    try:
        url = server_of(ENVIRONMENT_FILE)
    except FileNotFoundError:
        return _unserved(f"no {ENVIRONMENT_FILE} here")
    except (KeyError, ValueError, TypeError):
        return _unserved(f"{ENVIRONMENT_FILE} is not that of a `serve`")
    of = client(url)
    try:
        wiring = deployed(of("cloudformation")).wiring
    except (BotoCoreError, ClientError):
        return _unserved(f"no AWS answers at {url}, where {ENVIRONMENT_FILE} has it")
    calls = Calls(wiring, of, _in_container(rest))
    calls.step(step)
    return int(bool(calls.failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
