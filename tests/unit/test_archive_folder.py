"""The days in a folder: what is no day's file, or cannot be read, is told and stops nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.archive.bringing import Brought
from infra.archive.folder import Folder, Refused
from tests.unit.test_ops_usage import closed_pipe

POST = (Path(__file__).parents[1] / "golden" / "own" / "2021-11-10.md").read_bytes()


def refused(folder: Folder) -> dict[str, str]:
    return {one.path.name: one.reason for one in folder.refused}


@pytest.fixture(name="old")
def _old(tmp_path: Path) -> Path:
    (tmp_path / "2021-11-10.md").write_bytes(POST)
    return tmp_path


def test_what_is_no_file_is_told(old: Path) -> None:
    (old / "2021-11-11.md").symlink_to("gone.md")
    (old / "2021-11-12.md").symlink_to("2021-11-12.md")
    os.mkfifo(old / "2021-11.jsonl")
    (old / "notes.txt").symlink_to("gone.txt")
    (old / "2021-11-13.md").mkdir()
    (old / "again").symlink_to(".")
    folder = Folder(old)
    assert len(folder) == 1
    assert refused(folder) == {
        "2021-11-11.md": "it cannot be read: No such file or directory",
        "2021-11-12.md": "it cannot be read: Too many levels of symbolic links",
        "2021-11.jsonl": "it is no file",
    }


def test_a_folder_that_cannot_be_read_is_told(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (old / "closed").mkdir()
    scandir = os.scandir

    def closed(path: str) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    folder = Folder(old)
    assert len(folder) == 1
    assert refused(folder) == {"closed": "it cannot be read: Permission denied"}


def test_a_file_that_may_not_be_looked_at_is_told(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (old / "2021-11-11.md").write_bytes(POST)
    stat = Path.stat

    def hidden(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "2021-11-11.md":
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", hidden)
    folder = Folder(old)
    assert len(folder) == 1
    assert refused(folder) == {"2021-11-11.md": "it cannot be read: Permission denied"}


def test_a_day_is_of_arxivs_time_and_not_of_the_future(old: Path) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    for day in ("0001-01-01", "1991-08-13", "1991-08-14", tomorrow, "9999-12-31"):
        (old / f"{day}.md").write_bytes(POST)
    (old / "a.jsonl").write_text('{"date": "9999-12-30"}\n')
    folder = Folder(old)
    assert folder.months() == ["1991-08", "2021-11"]
    assert refused(folder) == {
        "0001-01-01.md": "0001-01-01 is before arXiv began, in August 1991",
        "1991-08-13.md": "1991-08-13 is before arXiv began, in August 1991",
        f"{tomorrow}.md": f"{tomorrow} is in the future",
        "9999-12-31.md": "9999-12-31 is in the future",
        "a.jsonl": "line 1: 9999-12-30 is in the future",
    }


def test_a_name_is_told_in_a_line_of_letters(capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"caf\xc3\xa9 bad\xff\n\x1b[31m.md")
    Brought((), 0, 0, (Refused(Path(name), "no date"),)).tell()
    assert capsys.readouterr().out.splitlines() == [
        r"refused café bad\udcff\n\x1b[31m.md: no date",
        "import  0 posts with 0 papers, 1 refused",
    ]


def test_a_reader_who_has_had_enough_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    ended = subprocess.run(
        [sys.executable, "-m", "infra.local", "import", "old", "--out", "site"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=closed_pipe(),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (141, "")
