"""The chain in containers: an empty `serve`, the three `make invoke-…`, and the post that they made.

`python -m tests.containers.chain [COMMAND…]`: COMMAND, if any, runs the three as its arguments, such as
one that starts a container engine for them. Exits with 1, and says why, when anything is not as it should be.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local.invoked import client, server_of
from infra.local.serve import ENVIRONMENT_FILE
from infra.local.stack import deployed

DAY = "2021-06-18"
STEPS = ("fetch", "score", "render")
# On a machine with other work, `serve` has written its file and the containers are through within so many.
SERVE_SECONDS = 60.0
CHAIN_SECONDS = 360.0


def answers(said: str) -> dict[str, list[Any]]:
    """The answers of each step in what `make invoke-…` wrote."""
    found: dict[str, list[Any]] = {step: [] for step in STEPS}
    for line in said.splitlines():
        step, _, answer = line.partition("  ")
        if step in found:
            found[step].append(json.loads(answer))
    return found


def faults(found: dict[str, list[Any]], objects: Sequence[str]) -> list[str]:
    """What is wrong with the answers and the keys in the bucket afterwards."""
    days = [run["days"] for answer in found["render"] for run in answer["published"]]
    checks = {
        "fetch queued no paper": len(found["fetch"]) == 1 and found["fetch"][0]["queued"] > 0,
        "score was given nothing, or failed": bool(found["score"])
        and not any(answer["batchItemFailures"] for answer in found["score"]),
        f"render did not publish {DAY}": [DAY] in days,
        "no post is in the bucket": any(key.startswith(f"posts/{DAY}") for key in objects),
        "no page is in the bucket": f"{DAY}.html" in objects,
    }
    return [fault for fault, is_well in checks.items() if not is_well]


@contextmanager
def _serving() -> Iterator[None]:
    ENVIRONMENT_FILE.unlink(missing_ok=True)
    # Empty: nothing but the containers makes a post.
    command = [sys.executable, "-m", "infra.local", "serve", "--sample", "--empty", "--port", "0"]
    with subprocess.Popen([*command, "--site-port", "0"], stdout=sys.stderr) as serve:
        try:
            ends = time.monotonic() + SERVE_SECONDS
            while not ENVIRONMENT_FILE.exists():
                if serve.poll() is not None or time.monotonic() > ends:
                    raise SystemExit(f"serve wrote no {ENVIRONMENT_FILE} within {SERVE_SECONDS:.0f} s")
                time.sleep(0.1)
            yield
        finally:
            serve.send_signal(signal.SIGINT)


def _run(wrapper: Sequence[str]) -> str:
    # In one call of make, which builds once for all of them, and one after the other.
    command = ["make", "--no-print-directory", "--jobs=1", *(f"invoke-{step}" for step in STEPS)]
    # SIGTERM first: the wrapper has something to stop, too.
    limit = ["timeout", "--kill-after=20", str(CHAIN_SECONDS)]
    done = subprocess.run([*limit, *wrapper, *command], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise SystemExit(f"the containers ended with {done.returncode}")
    return done.stdout


def main(wrapper: Sequence[str]) -> int:
    """Walk the chain; returns the exit code."""
    os.chdir(Path(__file__).parents[2])
    started = time.monotonic()
    with _serving():
        said = _run(wrapper)
        of = client(server_of(ENVIRONMENT_FILE))
        bucket = deployed(of("cloudformation")).outputs["BucketName"]
        pages = of("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        objects = [item["Key"] for page in pages for item in page.get("Contents", ())]
    found = answers(said)
    for step, answer in found.items():
        print(f"{step}: {json.dumps(answer)}")
    wrong = faults(found, objects)
    for fault in wrong:
        print(fault, file=sys.stderr)
    print(f"{len(objects)} objects in the bucket after {time.monotonic() - started:.0f} s")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
