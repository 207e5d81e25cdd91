"""Instructions that a process takes, by valgrind: the same each time, whatever else the machine does."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from benchmarks.cpu import Program

_VALGRIND = shutil.which("valgrind")
WITH_VALGRIND = pytest.mark.skipif(_VALGRIND is None, reason="no valgrind on this machine")


def instructions(program: Program) -> int:
    """How many instructions a run of a Python program takes, with the same hashes each time."""
    if program.before:
        program.before()
    at = program.command.index(sys.executable)
    valgrind = (
        "env",
        "PYTHONHASHSEED=0",
        str(_VALGRIND),
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
    )
    done = subprocess.run(
        [*program.command[:at], *valgrind, *program.command[at:]],
        cwd=program.cwd,
        env=program.env,
        capture_output=True,
        text=True,
        check=False,
    )
    collected = re.search(r"Collected : (\d+)$", done.stderr, re.MULTILINE)
    assert done.returncode == 0, done.stderr[-2000:]
    assert collected, done.stderr[-2000:]
    return int(collected[1])
