"""Row 5: the local run of a day, held against the AWS calls that it makes, made with nothing around them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import cpu
from benchmarks.cpu import ROOT, Program, ProgramError
from benchmarks.embedded.days import day, run_of, served
from benchmarks.line import Line, line
from benchmarks.options import Options

ROW = 5
NAME = "the embedded run of a day"
_PAPERS, _TINY = 1_200, 20
_CALLS = "benchmarks.embedded.calls"


def measure(options: Options) -> Iterator[Line]:
    """The whole processes' CPU. The internet is a process of its own."""
    papers = _TINY if options.tiny else _PAPERS
    with cpu.folder() as folder, served(day(papers), folder) as environment:
        ours = run_of(folder / "out", environment, options.without)
        calls = folder / "calls"
        _record(calls, ours)
        bare = Program(command=(sys.executable, "-m", _CALLS, "play", str(calls)))
        taken = cpu.rounds({"ours": ours, "bare": bare}, options.rounds)
    yield line(
        ROW,
        f"the local run of {papers:,} papers, whole process",
        taken["ours"].cpu,
        "CPU s",
        against="the same AWS calls, bare",
        theirs=taken["bare"].cpu,
        goal=2.0,
    )


def _record(path: Path, ours: Program) -> None:
    done = subprocess.run(
        [sys.executable, "-m", _CALLS, "record", str(path), *ours.command[3:]],
        cwd=ROOT,
        env=os.environ | ours.env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"the run that is written down failed: {done.stderr[-2000:]}")
