"""What the handlers themselves take in a local run.

    python -m benchmarks.embedded.handlers cpu|peak FILE ARGUMENTS OF run ...

For each step, without the time in which moto answers: its CPU seconds, or the most memory in bytes that an
invocation took beyond what was there when it began and what moto keeps. Both are written to FILE as JSON.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections import defaultdict
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from benchmarks import switches
from infra.local import invoke
from infra.local.__main__ import main

_CALL, _ASK = invoke._call, BaseClient._make_api_call


def cpu(arguments: list[str]) -> dict[str, float]:
    """CPU seconds by step. Raises RuntimeError when the run fails."""
    taken: defaultdict[str, float] = defaultdict(float)
    elsewhere = [0.0]

    def asked(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        began = time.process_time()
        try:
            return _ASK(client, operation, params)
        finally:
            elsewhere[0] += time.process_time() - began

    def called(handler: str, event: Any, context: Any) -> Any:
        before, began = elsewhere[0], time.process_time()
        try:
            return _CALL(handler, event, context)
        finally:
            taken[_step(handler)] += time.process_time() - began - (elsewhere[0] - before)

    with mock.patch.object(BaseClient, "_make_api_call", asked), mock.patch.object(invoke, "_call", called):
        _run(arguments)
    return dict(taken)


def peak(arguments: list[str]) -> dict[str, float]:
    """The most bytes that an invocation of each step took, of moto's only the answers.

    What moto keeps is what a call leaves behind beside its answer; what it takes meanwhile is not looked at.
    """
    taken: dict[str, float] = {}
    most, elsewhere = 0, 0

    def look() -> int:
        """Note the most since the last look; returns what there is now."""
        nonlocal most
        now, since = tracemalloc.get_traced_memory()
        most = max(most, since - elsewhere)
        return now

    def asked(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        nonlocal elsewhere
        before = look()
        try:
            answer = _ASK(client, operation, params)
            elsewhere += tracemalloc.get_traced_memory()[0] - before - _size(answer)
            return answer
        finally:
            tracemalloc.reset_peak()

    def called(handler: str, event: Any, context: Any) -> Any:
        nonlocal most, elsewhere
        most, elsewhere = 0, tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        try:
            return _CALL(handler, event, context)
        finally:
            look()
            taken[_step(handler)] = max(taken.get(_step(handler), 0.0), most)

    tracemalloc.start()
    with mock.patch.object(BaseClient, "_make_api_call", asked), mock.patch.object(invoke, "_call", called):
        _run(arguments)
    return taken


def _size(answer: Any) -> int:
    """The bytes of an answer of AWS, by those of a copy; a body that is a stream has none yet."""
    given = {name: value for name, value in answer.items() if name != "Body"}
    before = tracemalloc.get_traced_memory()[0]
    copied = deepcopy(given)
    size = tracemalloc.get_traced_memory()[0] - before
    del copied
    return size


def _step(handler: str) -> str:
    return handler.split(".")[1]


def _run(arguments: list[str]) -> None:
    if code := main(["run", *arguments]):
        raise RuntimeError(f"the run ended with {code}")


if __name__ == "__main__":
    what, file, *rest = sys.argv[1:]
    switches.off(one.removeprefix("--without=") for one in rest if one.startswith("--without="))
    given = [one for one in rest if not one.startswith("--without=")]
    Path(file).write_text(json.dumps(cpu(given) if what == "cpu" else peak(given)), encoding="utf-8")
