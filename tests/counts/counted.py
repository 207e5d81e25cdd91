"""Counts that are the same on every machine: what is imported, what is asked of AWS and of the internet."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from infra.local.permissions import Guard

ROOT = Path(__file__).parents[2]
# Loaded by others if they happen to be installed; they are not in the bundle.
_NOT_SHIPPED = {"_distutils_hack", "simplejson"}


def packages_of(step: str) -> set[str]:
    """The packages beside the standard library that a step's handler imports, in a new interpreter."""
    program = (
        f"import json, sys, functions.{step}.handler; "
        "print(json.dumps([[name, getattr(module, '__file__', None) or ''] "
        "for name, module in sys.modules.items()]))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    files = dict(json.loads(told.stdout))
    found = {name.partition(".")[0] for name, file in files.items() if "site-packages" in file}
    return found - _NOT_SHIPPED


@contextmanager
def calls_of(guard: Guard) -> Iterator[Counter[str]]:
    """Within it, each call of a function to AWS is counted under `<step> <service> <operation>`.

    The functions' clients must be made after it was entered. Bytes to the bucket are counted as well.
    """
    counts: Counter[str] = Counter()

    def count(params: dict[str, Any], model: Any, **_: Any) -> None:
        if guard.judged is None:
            return
        counts[f"{guard.judged[0]} {model.service_model.service_name} {model.name}"] += 1
        if model.name == "PutObject":
            # botocore has made a file of the bytes by now.
            counts["bytes to the bucket"] += params["Body"].getbuffer().nbytes

    session = boto3.DEFAULT_SESSION
    assert session is not None
    session.events.register_first("before-parameter-build", count)
    try:
        yield counts
    finally:
        session.events.unregister("before-parameter-build", count)
