"""The posts in a folder of an old blog, month by month, so that an archive of any length fits the memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from msgspec import Struct

from infra.archive import text
from infra.archive.lines import FormError
from infra.archive.post import OldPost, parse
from infra.archive.text import TextError
from shared.settings import Settings

_DATE = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_SLUG = re.compile(rb'^slug: *"?[^"\r\n]*?(\d{4}-\d\d-\d\d)', re.MULTILINE)
# A post of 30 papers has 100 KB.
_LARGEST = 10_000_000
# The front matter is in it.
_BEGINNING = 2_000


class Refused(Struct, frozen=True):
    """A file that is not imported, and why."""

    path: Path
    reason: str


class Folder:
    """The Markdown files of a folder and those in it, by their dates; what is `refused` so far is told."""

    def __init__(self, folder: Path) -> None:
        self.refused: list[Refused] = []
        self._dated: dict[str, Path] = {}
        for path in sorted(folder.rglob("*.md")):
            if path.is_file():
                self._date(path)

    def __len__(self) -> int:
        """How many files have a date of their own."""
        return len(self._dated)

    def months(self) -> list[str]:
        """The months that there are files of, oldest first."""
        return sorted({day[:7] for day in self._dated})

    def posts(self, month: str, settings: Settings) -> Iterator[tuple[Path, OldPost | None]]:
        """The posts of a month by their dates; None for one that is refused."""
        for day, path in sorted(self._dated.items()):
            if day.startswith(month):
                yield path, self._read(path, day, settings)

    def refuse(self, path: Path, reason: str) -> None:
        """Note that a file is not imported."""
        self.refused.append(Refused(path, reason))

    def _date(self, path: Path) -> None:
        """Take a file in: its name says which day it is, else its slug."""
        try:
            if path.stat().st_size > _LARGEST:
                self.refuse(path, f"it has more than {_LARGEST:,} bytes")
                return
            with path.open("rb") as file:
                beginning = file.read(_BEGINNING)
        except OSError as error:
            self.refuse(path, f"it cannot be read: {error.strerror}")
            return
        slug = _SLUG.search(beginning)
        named = [*_DATE.findall(path.name), *([slug[1].decode()] if slug else [])]
        day = next(filter(_is_date, named), "")
        if not day:
            self.refuse(path, "neither its name nor its slug has a date")
        elif day in self._dated:
            self.refuse(path, f"{day} is in {self._dated[day].name} already")
        else:
            self._dated[day] = path

    def _read(self, path: Path, day: str, settings: Settings) -> OldPost | None:
        try:
            return parse(text.read(path.read_bytes()), day, settings)
        except OSError as error:
            self.refuse(path, f"it cannot be read: {error.strerror}")
        except (TextError, FormError) as error:
            self.refuse(path, str(error))
        return None


def _is_date(name: str) -> bool:
    try:
        return bool(date.fromisoformat(name))
    except ValueError:
        return False
