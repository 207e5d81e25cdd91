"""Rows 3 and 4 at a size that tells little: what is started, and what each optimisation does to a start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import cpu, package
from benchmarks.cold import bytecode, starts
from benchmarks.options import Options
from benchmarks.package import Package

ACTIONS = Path(__file__).parents[1] / "unit/used_actions.json"


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return package.made(tmp_path_factory.mktemp("package"), with_bytecode=True)


def holds(made: Package, step: str, assertion: str, without: tuple[str, ...] = ()) -> None:
    """Run a start up to its end, then look at its process; raises ProgramError when the assertion fails."""
    begun = starts.ours(step, without).removesuffix(starts.END)
    cpu.run(made.start(f"{begun}import gc, sys\nassert {assertion}"))


def test_the_clients_are_those_that_the_steps_call() -> None:
    actions = json.loads(ACTIONS.read_text(encoding="utf-8"))
    called = {step: {action.partition(":")[0] for action in used} for step, used in actions.items()}
    assert {step: set(services) for step, services in starts.SERVICES.items()} == called


def test_a_start_takes_the_package_and_the_floor_does_without(made: Package) -> None:
    holds(made, "score", "sys.modules['shared.aws'].__file__.startswith(sys.path[1] + '/shared')")
    holds(made, "fetch", f"sys.path[1] == {str(made.task)!r}")
    cpu.run(made.floor(starts.floor("score")))
    with pytest.raises(cpu.ProgramError, match="No module named 'functions'"):
        cpu.run(made.floor("import functions"))


def test_each_optimisation_changes_the_start(made: Package) -> None:
    frozen, late = "gc.get_freeze_count()", "'latex2mathml' in sys.modules"
    holds(made, "render", f"{frozen} and not {late}")
    holds(made, "render", f"not {frozen}", without=("frozen-imports",))
    holds(made, "render", late, without=("late-imports",))


def test_the_bytecode_is_used_and_that_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[bool] = []
    make = package.made

    def noted(folder: Path, *, with_bytecode: bool) -> Package:
        package_ = make(folder, with_bytecode=with_bytecode)
        built.append(any(package_.task.rglob("*.pyc")))
        return package_

    monkeypatch.setattr(package, "made", noted)
    lines = list(bytecode.measure(Options(rounds=1, tiny=True)))
    assert [(one.row, one.against) for one in lines] == [(4, "without bytecode")]
    # Without it a start takes half as much again: more than other processes can make of it.
    assert (lines[0].ratio or 1) < 1
    assert built == [True, False]


def test_without_bytecode_the_start_has_none(made: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def noted(_folder: Path, *, with_bytecode: bool) -> Package:
        asked.append(with_bytecode)
        return made

    monkeypatch.setattr(package, "made", noted)
    lines = list(starts.measure(Options(rounds=1, tiny=True, without=("bytecode",))))
    assert asked == [False]
    assert [(one.row, one.goal, one.what) for one in lines] == [(3, 1.3, "score: import and 1 client")]
