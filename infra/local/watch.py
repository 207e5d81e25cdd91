"""Notices that files have been saved, by looking at their times every now and then."""

from __future__ import annotations

from pathlib import Path

# What the render step is made of. Editors leave other files beside these.
_SUFFIXES = frozenset({".css", ".html", ".js", ".json", ".py", ".svg"})

_Times = dict[Path, tuple[int, int]]


class Watch:
    """The files below a folder, as they were when this was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = self._looked_at = self._look()

    def has_changed(self) -> bool:
        """Whether files have changed since it last was true, and none since the last look.

        An editor may empty a file before it writes it: a file is read when it stands still.
        """
        before, self._looked_at = self._looked_at, self._look()
        if self._looked_at != before or self._looked_at == self._known:
            return False
        self._known = self._looked_at
        return True

    def _look(self) -> _Times:
        times: _Times = {}
        for path in self._folder.rglob("*"):
            if path.suffix not in _SUFFIXES:
                continue
            try:
                told = path.stat()
            except FileNotFoundError:
                # Some editors replace a file by another one of its name.
                continue
            times[path] = (told.st_mtime_ns, told.st_size)
        return times
