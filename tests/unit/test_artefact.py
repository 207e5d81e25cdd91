"""The look at what `sam build` made."""

from __future__ import annotations

from pathlib import Path

import pytest

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
