"""A folder of old posts into the archive, a month at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from infra.archive.folder import Folder, Refused
from infra.archive.storing import NotOursError, order, store
from infra.local.progress import bar, say
from shared import clock
from shared.settings import Settings


class Brought(Struct, frozen=True):
    """What came of it: the days imported now, how many were there already, and what was refused."""

    days: tuple[str, ...]
    papers: int
    unchanged: int
    refused: tuple[Refused, ...]

    def tell(self) -> None:
        """Print it."""
        for one in self.refused:
            say("refused", _in_a_line(f"{one.path}: {one.reason}"))
        there = f", {self.unchanged:,} there already" if self.unchanged else ""
        refused = f", {len(self.refused):,} refused" if self.refused else ""
        say("import", f"{len(self.days):,} posts with {self.papers:,} papers{there}{refused}")


def _in_a_line(text: str) -> str:
    """A text as a terminal takes it: names of files may have any character, and bytes that are none."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def bring(folder: Folder, settings: Settings, now: datetime, *, then: Callable[[], None]) -> Brought:
    """Store the posts of a folder in the table and order their publication, `then` calling after each month.

    Needs the environment of a function. Broken off and begun again it ends in the same state.
    """
    days: list[str] = []
    papers = unchanged = 0
    with bar("import", len(folder), "post") as shown:
        for month in folder.months():
            stored: list[str] = []
            for path, old in folder.posts(month, settings):
                shown.update(1)
                if old is None:
                    continue
                try:
                    is_new = store(old)
                except NotOursError as error:
                    folder.refuse(path, str(error))
                    continue
                if is_new:
                    stored.append(old.post.date)
                    papers += len(old.papers)
                else:
                    unchanged += 1
            if stored:
                order(f"{clock.iso(now)}#import-{month}", stored)
                days += stored
                then()
    return Brought(tuple(days), papers, unchanged, tuple(folder.refused))
