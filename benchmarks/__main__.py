"""Measures the rows that are named, or all, and prints them as one table (docs/performance.md).

Exit codes: 0 when all were measured, whatever came of it, 2 for wrong use.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import distributions, version
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.line import Line, short, table
from benchmarks.options import Options
from benchmarks.progress import say
from benchmarks.rows import ROWS
from benchmarks.switches import NAMES, SWITCHES

_RIVALS = Path(__file__).parent / "rivals"


class Report(Struct, frozen=True, kw_only=True):
    """What a run is written down as; `rivals` by name, with their versions."""

    machine: str
    python: str
    rivals: dict[str, str]
    options: Options
    lines: list[Line]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    numbers = [row.ROW for row in ROWS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, metavar="ROW", help="numbers of rows; all by default")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds that count (5)")
    parser.add_argument(
        "--without", action="append", default=[], choices=NAMES, metavar="OPTIMISATION", help="see --list"
    )
    parser.add_argument("--json", type=Path, default=Path("out/bench.json"), metavar="FILE")
    parser.add_argument("--tiny", action="store_true", help="sizes that tell nothing, to see that rows run")
    parser.add_argument(
        "--short", type=Path, metavar="FILE", help="nothing but the lines with goals of such a file"
    )
    parser.add_argument("--list", action="store_true", help="the rows and optimisations that there are")
    given = parser.parse_args(arguments)
    if given.list:
        print(_listed(), end="")
        return 0
    if given.short:
        try:
            report = msgspec.json.decode(given.short.read_bytes(), type=Report)
        except (OSError, msgspec.MsgspecError) as error:
            parser.error(f"{given.short}: {error}")
        rivals = ", ".join(f"{name} {number}" for name, number in report.rivals.items())
        print(f"{report.machine}, Python {report.python}; {rivals}\n\n{short(report.lines)}", end="")
        return 0
    if unknown := sorted(set(given.rows).difference(numbers)):
        parser.error(f"there is no row {unknown[0]}; there are {', '.join(map(str, numbers))}")
    if given.rounds < 1:
        parser.error("--rounds has to be at least 1")
    options = Options(rounds=given.rounds, without=tuple(given.without), tiny=given.tiny)
    lines: list[Line] = []
    for row in ROWS:
        if row.ROW in (given.rows or numbers):
            say(f"row {row.ROW}: {row.NAME}")
            lines.extend(row.measure(options))
    print(table(lines), end="")
    _write(given.json, options, lines)
    return 0


def _listed() -> str:
    rows = (f"{row.ROW:2}  {row.NAME}\n" for row in ROWS)
    switches = (
        f"{switch.name}  (row {', '.join(map(str, switch.rows))}) {switch.what}\n" for switch in SWITCHES
    )
    return f"rows:\n{''.join(rows)}\noptimisations, and what is done --without them:\n{''.join(switches)}"


def _rivals() -> dict[str, str]:
    """Those that are installed: each has its requirements in a file of its name."""
    installed = {one.name.lower() for one in distributions()}
    names = sorted(path.stem for path in _RIVALS.glob("*.txt"))
    return {name: version(name) for name in names if name in installed}


def _write(path: Path, options: Options, lines: list[Line]) -> None:
    report = Report(
        machine=f"{platform.system()} {platform.machine()}",
        python=f"{platform.python_version()}, msgspec {version('msgspec')}, Jinja {version('jinja2')}",
        rivals=_rivals(),
        options=options,
        lines=lines,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")


if __name__ == "__main__":
    sys.exit(main())
