"""Saved files are noticed once, and only when they stand still."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.local.watch import Watch


def saved(path: Path, text: str) -> None:
    """A file as if saved a second after it was saved before, whatever the file system's clock tells apart."""
    before = path.stat().st_mtime if path.exists() else 0.0
    path.write_text(text)
    os.utime(path, (before + 1, before + 1))


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    saved(tmp_path / "templates" / "day.html", "a")
    saved(tmp_path / "pages.py", "a")
    return tmp_path


def test_nothing_changes_by_itself(folder: Path) -> None:
    watch = Watch(folder)
    assert [watch.has_changed() for _ in range(3)] == [False] * 3


@pytest.mark.parametrize("name", ["templates/day.html", "pages.py", "templates/new.css"])
def test_a_saved_file_is_noticed_once(folder: Path, name: str) -> None:
    watch = Watch(folder)
    saved(folder / name, "bb")
    assert [watch.has_changed() for _ in range(4)] == [False, True, False, False]


def test_a_file_that_is_still_written_is_waited_for(folder: Path) -> None:
    watch = Watch(folder)
    path = folder / "templates" / "day.html"
    saved(path, "")
    assert not watch.has_changed()
    saved(path, "bb")
    assert [watch.has_changed() for _ in range(3)] == [False, True, False]


def test_files_that_go_and_come_are_noticed(folder: Path) -> None:
    watch = Watch(folder)
    (folder / "pages.py").rename(folder / "other.py")
    assert [watch.has_changed() for _ in range(2)] == [False, True]


def test_what_editors_and_python_leave_is_no_change(folder: Path) -> None:
    watch = Watch(folder)
    for name in ("templates/day.html~", "templates/.day.html.swp", "pages.pyc"):
        saved(folder / name, "x")
    (folder / "templates" / ".#day.html").symlink_to("nobody@nowhere")
    assert [watch.has_changed() for _ in range(3)] == [False] * 3
