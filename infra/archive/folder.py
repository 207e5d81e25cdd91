"""The days in a folder, month by month, so that an archive of any length fits the memory.

They are posts in Markdown, a file each, and months of the archive as data, a line each.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from functions.fetch.arxiv.schedule import FIRST_DAY
from infra.archive import data, post, text
from infra.archive.lines import FormError
from infra.archive.post import OldPost
from infra.archive.text import TextError
from shared.settings import Settings

_DATE = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
_SLUG = re.compile(rb'^slug: *"?[^"\r\n]*?(\d{4}-\d\d-\d\d)', re.MULTILINE)
# A post of 30 papers has 100 KB, and a month of those as data, without compression, some 5 MB.
_LARGEST, _LARGEST_MONTH = 10_000_000, 200_000_000
_ENDINGS = (".md", ".jsonl", ".jsonl.gz")
# The front matter is in it.
_BEGINNING = 2_000


class Refused(Struct, frozen=True):
    """A file, or a line of one, that is not imported, and why."""

    path: Path
    reason: str


class Place(NamedTuple):
    """Where a day is: a file, and its line there where it has several days (0: it has not)."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path.name}, line {self.line}" if self.line else self.path.name


class _Dated(Struct):
    date: str


class Folder:
    """The files of a folder and those in it, by the days they have; what is `refused` so far is told.

    A post in Markdown goes before the same day as data, which has no words of mentions.
    """

    def __init__(self, folder: Path) -> None:
        self.refused: list[Refused] = []
        self._dated: dict[str, Place] = {}
        self._today = datetime.now(UTC).date()
        files = self._files(folder)
        for path in files:
            if path.name.endswith(".md"):
                self._take_post(path)
        for path in files:
            if path.name.endswith((".jsonl", ".jsonl.gz")):
                self._take_month(path)

    def __len__(self) -> int:
        """How many days there are."""
        return len(self._dated)

    def months(self) -> list[str]:
        """The months that there are days of, oldest first."""
        return sorted({day[:7] for day in self._dated})

    def posts(self, month: str, settings: Settings) -> Iterator[tuple[Path, OldPost | None]]:
        """The days of a month by their dates; None for one that is refused."""
        for day, place in sorted(self._dated.items()):
            if day.startswith(month):
                yield place.path, self._read(place, day, settings)

    def refuse(self, path: Path, reason: str) -> None:
        """Note that something is not imported."""
        self.refused.append(Refused(path, reason))

    def _files(self, folder: Path) -> list[Path]:
        """What could be of days in a folder and those in it, by path; links to folders are not followed."""
        found: list[Path] = []
        for inner, _, names in os.walk(folder, onerror=self._refuse_folder):
            for path in (Path(inner, name) for name in names if name.endswith(_ENDINGS)):
                try:
                    if stat.S_ISREG(path.stat().st_mode):
                        found.append(path)
                    else:
                        self.refuse(path, "it is no file")
                except OSError as error:
                    self.refuse(path, f"it cannot be read: {error.strerror}")
        return sorted(found)

    def _refuse_folder(self, error: OSError) -> None:
        self.refuse(Path(error.filename), f"it cannot be read: {error.strerror}")

    def _take_post(self, path: Path) -> None:
        """Take a post in: its name says which day it is, else its slug."""
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
        else:
            self._take(day, Place(path))

    def _take_month(self, path: Path) -> None:
        """Take in each day of a month as data."""
        for number, line in enumerate(self._lines(path), 1):
            try:
                day = msgspec.json.decode(line, type=_Dated).date
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                self.refuse(path, f"line {number}: {error}")
                continue
            if _is_date(day):
                self._take(day, Place(path, number))
            else:
                self.refuse(path, f"line {number}: {day!r} is no date")

    def _take(self, day: str, place: Place) -> None:
        where = f"line {place.line}: " if place.line else ""
        if day < FIRST_DAY.isoformat():
            self.refuse(place.path, f"{where}{day} is before arXiv began, in August 1991")
        elif day > self._today.isoformat():
            self.refuse(place.path, f"{where}{day} is in the future")
        elif known := self._dated.get(day):
            self.refuse(place.path, f"{where}{day} is in {known} already")
        else:
            self._dated[day] = place

    def _read(self, place: Place, day: str, settings: Settings) -> OldPost | None:
        try:
            if place.line:
                lines = self._lines(place.path)[place.line - 1 :]
                if not lines:
                    raise FormError(place.line, "it was there, and is not any more")
                return data.parse(lines[0], place.line, settings)
            return post.parse(text.read(place.path.read_bytes()), day, settings)
        except OSError as error:
            self.refuse(place.path, f"it cannot be read: {error.strerror}")
        except (TextError, FormError) as error:
            self.refuse(place.path, str(error))
        return None

    def _lines(self, path: Path) -> list[bytes]:
        """The lines of a month as data; none of a file that is refused."""
        try:
            return _lines_of(path)
        except _TooLargeError:
            self.refuse(path, f"it has more than {_LARGEST_MONTH:,} bytes")
        except (OSError, EOFError, zlib.error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            self.refuse(path, f"it cannot be read: {reason}")
        return []


class _TooLargeError(Exception):
    pass


# A month's days are asked for one after the other.
@lru_cache(maxsize=1)
def _lines_of(path: Path) -> list[bytes]:
    """The lines of a file, without its compression; raises _TooLargeError."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        whole = bytes(file.read(_LARGEST_MONTH + 1))
    if len(whole) > _LARGEST_MONTH:
        raise _TooLargeError
    return whole.splitlines()


def _is_date(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
