"""How the benchmarks measure and reckon, by programs and lines of a known kind."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from benchmarks import cpu, switches
from benchmarks.__main__ import main
from benchmarks.cpu import Program, ProgramError
from benchmarks.line import Line, line, table
from benchmarks.options import Options

BUSY = "import time\nwhile time.process_time() < 0.3: pass"
LARGE = "a = bytearray(100_000_000)\nfor i in range(0, len(a), 4096): a[i] = 1"


def python(program: str) -> Program:
    return Program(command=(sys.executable, "-c", program))


def test_a_line_with_a_rival_is_held_against_it() -> None:
    one = line(6, "a site", 3.0, "s", against="Hugo", theirs=4.0, goal=1.0)
    assert (one.ratio, one.met) == (0.75, True)
    assert line(6, "a site", 5.0, "s", against="Hugo", theirs=4.0, goal=1.0).met is False


def test_a_line_without_a_rival_is_held_against_its_goal() -> None:
    assert line(1, "requests", 40, "requests", goal=40).met is True
    assert line(1, "requests", 41, "requests", goal=40).met is False
    assert line(1, "requests", 41, "requests").met is None


def test_a_rival_that_could_not_be_had_leaves_its_line_open() -> None:
    one = line(6, "a site", 3.0, "s", against="Hugo", goal=1.0, note="not installed")
    assert (one.theirs, one.ratio, one.met) == (None, None, None)


def test_the_table_tells_of_a_goal_that_is_missed() -> None:
    shown = table([line(6, "a site", 1234.5, "ms", against="Hugo", theirs=1000, goal=1.0)]).split("\n")
    assert [cell.strip() for cell in shown[2].split("|")[1:-1]] == [
        "6", "a site", "1,234 ms", "Hugo", "1,000", "1.23", "1", "NO", "",
    ]  # fmt: skip


def test_a_program_is_told_by_its_own_cpu_and_memory() -> None:
    taken = cpu.rounds({"busy": python(BUSY), "large": python(LARGE)}, 1)
    assert 0.3 <= taken["busy"].cpu < 3
    assert taken["busy"].peak < 60_000_000
    assert 100_000_000 < taken["large"].peak < 160_000_000


def test_a_large_measurer_adds_nothing_to_a_small_program() -> None:
    ballast = bytearray(b"1" * 150_000_000)
    assert cpu.run(python("pass")).peak < 60_000_000
    assert ballast


def test_each_round_has_every_program_and_the_first_does_not_count() -> None:
    order: list[str] = []
    programs = {
        name: Program(command=(sys.executable, "-c", "pass"), before=partial(order.append, name))
        for name in ("a", "b")
    }
    cpu.rounds(programs, 2)
    assert order == ["a", "b"] * 3


def test_a_program_that_fails_is_an_error_with_what_it_said() -> None:
    with pytest.raises(ProgramError, match=r"failed \(3\): no luck"):
        cpu.run(python("import sys; print('no luck'); sys.exit(3)"))


def test_bytecode_is_written_as_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    cpu.run(python("import os, sys; sys.exit('PYTHONDONTWRITEBYTECODE' in os.environ)"))


class Row:
    """A row of one line."""

    ROW = 99
    NAME = "nothing"

    @staticmethod
    def measure(options: Options) -> Iterator[Line]:
        yield line(99, "rounds", options.rounds, "rounds", goal=1)
        yield line(99, "a site", 1234.5, "ms", against="Hugo", theirs=1000, goal=1.0)
        yield line(99, "told beside it", 5, "")


def test_a_run_is_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out" / "bench.json"
    monkeypatch.setattr("benchmarks.__main__.ROWS", (Row,))
    assert main(["--tiny", "--rounds", "1", "--json", str(path)]) == 0
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["options"] == {"rounds": 1, "without": [], "tiny": True}
    assert [one["what"] for one in written["lines"]] == ["rounds", "a site", "told beside it"]
    assert capsys.readouterr().out.startswith("| row ")
    assert main(["--short", str(path)]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{written['machine']}, Python {written['python']}; ")
    assert lines[3:] == ["| 99 | rounds |  | 1 rounds | 1 | yes |", "| 99 | a site | Hugo | 1.23 | 1 | NO |"]


@pytest.mark.parametrize(
    "wrong", [["98"], ["--rounds", "0"], ["--without", "nothing"], ["--short", "/nowhere"]]
)
def test_what_is_not_there_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(wrong)
    assert refused.value.code == 2


def test_every_optimisation_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--list"])
    listed = capsys.readouterr().out
    assert all(name in listed for name in switches.NAMES)
