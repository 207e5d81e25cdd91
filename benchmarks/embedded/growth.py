"""Row 8: from few papers a day to many, what each further paper costs the handlers, and their memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks import cpu
from benchmarks.cpu import Program
from benchmarks.embedded.days import day, run_of, served
from benchmarks.line import Line, line
from benchmarks.options import Options
from benchmarks.progress import say

ROW = 8
NAME = "from 100 to 5,000 papers a day"
_SIZES, _TINY = (100, 1_200, 5_000), (20, 40, 80)
_STEPS = ("fetch", "score", "render")
# A round takes more than a minute.
_ROUNDS = 2
# Between the middle and the largest day a handler's peak may grow by so much, if the batch bounds it.
_FLAT = 1.2


def measure(options: Options) -> Iterator[Line]:
    """CPU of the handlers without AWS's answers; peak memory of an invocation without what moto keeps."""
    sizes = _TINY if options.tiny else _SIZES
    with cpu.folder() as folder, ExitStack() as stack:
        taken: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
        peaks: dict[int, dict[str, float]] = {}
        programs = {}
        for size in sizes:
            own = folder / str(size)
            own.mkdir()
            programs[size] = run_of(own / "out", stack.enter_context(served(day(size), own)), options.without)
        rounds = min(options.rounds, _ROUNDS)
        for turn in range(rounds + 1):
            for size in sizes:
                say(f"{size} papers, round {turn or 'to warm up'}")
                one = _told("cpu", programs[size], folder)
                if turn:
                    taken[size].append(one)
        for size in sizes[1:]:
            peaks[size] = _told("peak", programs[size], folder)
    few, some, many = sizes
    spent = {size: median(sum(one.values()) for one in taken[size]) for size in sizes}
    yield line(
        ROW,
        f"each paper between {some:,} and {many:,} a day, all handlers",
        (spent[many] - spent[some]) / (many - some) * 1000,
        "CPU ms",
        against=f"each between {few:,} and {some:,}",
        theirs=(spent[some] - spent[few]) / (some - few) * 1000,
        goal=1.2,
        note=f"without what moto takes to answer, {rounds} rounds",
    )
    for step in _STEPS:
        yield line(
            ROW,
            f"{step}'s most memory at {many:,} papers",
            peaks[many][step] / 1e6,
            "MB",
            against=f"at {some:,}",
            theirs=peaks[some][step] / 1e6,
            goal=_FLAT,
            note="without what moto keeps",
        )


def _told(what: str, ours: Program, folder: Path) -> dict[str, float]:
    """What a run of the handlers' program says, by step."""
    path = folder / "told.json"
    command = (sys.executable, "-m", "benchmarks.embedded.handlers", what, str(path), *ours.command[3:])
    cpu.run(Program(command=command, env=ours.env))
    told: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return told
