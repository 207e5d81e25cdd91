"""The look at what `sam build` made."""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path

import pytest
from jinja2 import ModuleLoader

from infra import artefact


@pytest.fixture(name="build")
def _build(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        folder = tmp_path / name / "FetchFunction" / "functions"
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text("pass\n")
    return tmp_path


def test_two_builds_alike_are_well(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert artefact.main(["check", str(build / "one"), str(build / "two")]) == 0
    assert capsys.readouterr().out.startswith("FetchFunction  0.0 MB  ")


@pytest.mark.parametrize("name", ["tests", "boto3", "docs", ".pytest_cache", "functions/lock.txt"])
def test_what_does_not_belong_there_is_named(
    build: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (build / "one" / "FetchFunction" / name).write_text("")
    assert artefact.main(["check", str(build / "one")]) == 1
    assert f"{name} does not belong there" in capsys.readouterr().err


def test_a_large_one_is_refused(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "MOST_BYTES", 4)
    assert artefact.main(["check", str(build / "one")]) == 1


@pytest.mark.parametrize("change", ["bytes", "mode", "name"])
def test_any_difference_is_seen(build: Path, change: str) -> None:
    path = build / "two" / "FetchFunction" / "functions" / "handler.py"
    if change == "bytes":
        path.write_text("pass \n")
    elif change == "mode":
        path.chmod(0o755)
    else:
        path.rename(path.with_name("handle.py"))
    assert artefact.main(["check", str(build / "one"), str(build / "two")]) == 1


VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def test_a_template_that_is_not_compiled_is_named(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    render = build / "one" / "FetchFunction" / "functions" / "render"
    (render / "templates").mkdir(parents=True)
    for name in ("a.html", "style.css"):
        (render / "templates" / name).write_text("")
    assert artefact.main(["check", str(build / "one")]) == 1
    assert capsys.readouterr().err == "FetchFunction: functions/render/templates/a.html is not compiled\n"
    (render / "compiled").mkdir()
    (render / "compiled" / ModuleLoader.get_module_filename("a.html")).write_text("")
    assert artefact.main(["check", str(build / "one")]) == 0


def compiled(build: Path, mode: str, named: str) -> list[str]:
    """What a look says of one function's module that was compiled so."""
    module = build / "one" / "FetchFunction" / "functions" / "handler.py"
    py_compile.compile(str(module), dfile=named, invalidation_mode=py_compile.PycInvalidationMode[mode])
    return ["check", str(build / "one"), "--bytecode", VERSION]


def test_bytecode_that_lambda_reads_is_well(build: Path) -> None:
    assert artefact.main(compiled(build, "UNCHECKED_HASH", "/var/task/functions/handler.py")) == 0


def test_a_module_without_bytecode_is_named(build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = build / "one"
    assert artefact.main(["check", str(one)]) == 0, "nobody asked for it"
    assert artefact.main(["check", str(one), "--bytecode", VERSION]) == 1
    assert f"functions/handler.py has no bytecode of Python {VERSION}" in capsys.readouterr().err
    compiled(build, "UNCHECKED_HASH", "handler.py")
    assert artefact.main(["check", str(one), "--bytecode", "3.99"]) == 1, "another version's"


@pytest.mark.parametrize("mode", ["TIMESTAMP", "CHECKED_HASH"])
def test_bytecode_that_is_held_against_its_source_is_named(
    build: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert artefact.main(compiled(build, mode, "handler.py")) == 1
    assert "functions/handler.py's bytecode is held against its source" in capsys.readouterr().err


def test_bytecode_that_tells_where_it_was_made_is_named(
    build: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = build / "one" / "FetchFunction" / "functions" / "handler.py"
    # As make calls it.
    monkeypatch.chdir(build)
    check, _, *more = compiled(build, "UNCHECKED_HASH", str(made))
    assert artefact.main([check, "one", *more]) == 1
    assert "functions/handler.py's bytecode tells where it was made" in capsys.readouterr().err
