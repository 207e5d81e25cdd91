"""What programs take: CPU and peak memory of the whole process, in rounds that all of them take part in.

Absolute times mean little on a machine that others use. In a round every program runs once, so what the
machine does meanwhile meets all of them; of the counted rounds the median is told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from benchmarks.progress import say

ROOT = Path(__file__).parents[1]
_WEIGH = Path(__file__).with_name("weigh.py")


class Taken(Struct, frozen=True):
    """CPU seconds, user's and system's; seconds on the wall; peak memory in bytes."""

    cpu: float
    wall: float
    peak: int


class ProgramError(Exception):
    """A program that was to be measured failed; the text has what it said."""


class Program(Struct, frozen=True, kw_only=True):
    """A command, and what is done before each run of it, which is not measured."""

    command: tuple[str, ...]
    cwd: Path = ROOT
    env: dict[str, str] = {}
    before: Callable[[], object] | None = None


def run(program: Program) -> Taken:
    """Run a program once; raises ProgramError when it fails.

    Bytecode is written and used, as it is anywhere but in Lambda.
    """
    if program.before:
        program.before()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.NamedTemporaryFile() as report:
        done = subprocess.run(
            # Without what site imports, so that it is small.
            [sys.executable, "-S", "-E", _WEIGH, report.name, *program.command],
            cwd=program.cwd,
            env=env | program.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            said = done.stdout.decode("utf-8", "replace")
            raise ProgramError(f"{' '.join(program.command)} failed ({done.returncode}): {said[-2000:]}")
        return msgspec.json.decode(report.read(), type=Taken)


def rounds(programs: Mapping[str, Program], number: int) -> dict[str, Taken]:
    """The medians of some programs by their names: one round to warm up, then so many that count."""
    taken: dict[str, list[Taken]] = {name: [] for name in programs}
    for turn in range(number + 1):
        for name, program in programs.items():
            say(f"{name}, round {turn or 'to warm up'}")
            one = run(program)
            if turn:
                taken[name].append(one)
    return {
        name: Taken(
            median(one.cpu for one in all_),
            median(one.wall for one in all_),
            int(median(one.peak for one in all_)),
        )
        for name, all_ in taken.items()
    }


@contextmanager
def folder() -> Iterator[Path]:
    """A folder in memory where there is one, else on disk; it is gone afterwards."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(
        prefix="hot-papers-bench-", dir=memory if memory.is_dir() else None
    ) as name:
        yield Path(name)


def emptied(path: Path) -> Callable[[], None]:
    """What empties a folder, making it if it is not there."""

    def empty() -> None:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)

    return empty
