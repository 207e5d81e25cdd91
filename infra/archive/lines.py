"""The lines of a post, taken one after the other; what is taken can be put into the form that we write."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from functions.fetch.arxiv.record import check_texts
from functions.fetch.arxiv.schedule import FIRST_DAY

_SPACES = re.compile(" +")
_ESCAPED = re.compile(r"&lt;|\]\\\(|&amp;(?=#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)")
_UNESCAPED = {"&lt;": "<", "]\\(": "](", "&amp;": "&"}
_NUMBERED = re.compile(r"(\d{1,9})\\(?=[.)])")
# Characters of a reason.
_LONGEST = 200
# After a paper; the last one's may be missing, as editors take them away.
_GAP = 2


# How arXiv writes a category.
CATEGORY = r"[a-z-]{1,20}(?:\.[A-Za-z-]{1,20})?"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class FormError(Exception):
    """A line that does not fit; the text is the reason, cut where it repeats more than can be read."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason[:_LONGEST]}")
        self.line, self.reason = line, reason


def is_moment(text: str) -> bool:
    """Whether a text is a time as 2021-06-19T07:55:41Z, since arXiv began and not after tomorrow."""
    if not _MOMENT.fullmatch(text):
        return False
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    # The old blog's dates were local times: up to a day ahead.
    return moment.date() >= FIRST_DAY and moment <= datetime.now(UTC) + timedelta(days=1)


def check_lengths(line: int, paper_id: str, title: str, abstract: str, authors: tuple[str, ...]) -> None:
    """Raises FormError for texts of a paper that are longer than any paper's."""
    try:
        check_texts(title, abstract, authors)
    except ValueError as error:
        raise FormError(line, f"{paper_id}: {error}") from None


class Lines:
    """A text's lines; `number` counts those taken."""

    def __init__(self, text: str) -> None:
        self._lines = text.rstrip("\n").split("\n")
        self.number = 0

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.number >= len(self._lines)

    @property
    def next_but_one(self) -> str:
        """The line after the next; "" where there is none."""
        return "".join(self._lines[self.number + 1 : self.number + 2])

    def text(self, number: int = 0) -> str:
        """The first so many lines (0: all) as they are by now."""
        return "\n".join(self._lines[:number] if number else self._lines) + "\n"

    def peek(self) -> str:
        """The next line; "" at the end."""
        return "" if self.at_end else self._lines[self.number]

    def any(self, what: str) -> str:
        """The next line, whatever it is; raises FormError at the end."""
        self.number += 1
        if self.number > len(self._lines):
            raise FormError(self.number, f"it ends before {what}")
        return self._lines[self.number - 1]

    def take(self, pattern: re.Pattern[str], what: str) -> re.Match[str]:
        """The next line by a pattern; raises FormError where it is another."""
        match = pattern.fullmatch(self.any(what))
        if not match:
            raise FormError(self.number, f"{what} should be here")
        return match

    def blank(self) -> None:
        """An empty line; at the end it may be missing."""
        if self.at_end:
            self._lines.append("")
        self.take(re.compile(""), "an empty line")

    def gap(self) -> None:
        """The empty lines after a paper."""
        for _ in range(_GAP):
            self.blank()

    def words(self, before: str, what: str, escape: Callable[[str], str]) -> str:
        """The text of a line after what stands `before` it; raises FormError.

        The line becomes what `escape` makes of the text, with single spaces: that is how it is published.
        """
        if self.at_end and not before:
            self._lines.append("")
        line = self.any(what)
        if not line.startswith(before):
            raise FormError(self.number, f"{what} should be here")
        text = _unescaped(_SPACES.sub(" ", line[len(before) :]), escape)
        self.rewrite(before + escape(text))
        return text

    def rewrite(self, line: str) -> None:
        """Put the line that was taken last into another form."""
        self._lines[self.number - 1] = line


def _unescaped(line: str, escape: Callable[[str], str]) -> str:
    """The text that was written as a line; one that was not escaped is the text itself."""
    plain = _ESCAPED.sub(lambda match: _UNESCAPED[match[0]], line)
    for text in (plain.removeprefix("\\"), _NUMBERED.sub(r"\1", plain, count=1)):
        if escape(text) == line:
            return text
    return plain
