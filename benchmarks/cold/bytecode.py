"""Row 4: the same starts of the package as built, against the package without its bytecode."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import cpu, package
from benchmarks.cold import starts
from benchmarks.line import Line, line
from benchmarks.options import Options

ROW = 4
NAME = "a cold start with the package's bytecode"
# In between is what compiling takes, however much boto3 takes beside it.
_GOAL = 0.8


def measure(options: Options) -> Iterator[Line]:
    """CPU of whole processes. boto3 is Lambda's own, and has its bytecode in both."""
    with cpu.folder() as folder:
        built = package.made(folder / "built", with_bytecode="bytecode" not in options.without)
        bare = package.made(folder / "bare", with_bytecode=False)
        programs = {}
        for step in starts.steps(options):
            code = starts.ours(step, options.without)
            programs[step] = built.start(code)
            programs[f"{step} without bytecode"] = bare.start(code)
        taken = cpu.rounds(programs, starts.rounds(options))
    for step in starts.steps(options):
        yield line(
            ROW,
            f"{step}: import and clients, as built",
            taken[step].cpu * 1000,
            "CPU ms",
            against="without bytecode",
            theirs=taken[f"{step} without bytecode"].cpu * 1000,
            goal=_GOAL,
        )
