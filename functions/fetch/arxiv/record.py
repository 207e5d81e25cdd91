"""A paper as arXiv's services describe it, and the clean-up that all of them need."""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct

from shared import categories, tex
from shared.paper import Paper

# Line breaks of every kind and what else would break a line of Markdown, as one space with their neighbours.
_BREAKS = re.compile(r"[ \x00-\x1f\x7f\x85\u2028\u2029]+")
_CATEGORY = re.compile(r"[A-Za-z-]{1,20}(\.[A-Za-z-]{1,20})?", re.ASCII)
_GENERATIONS = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "v"})


class Record(Struct, frozen=True, kw_only=True):
    """One record: `submitted` is the time of v1, `versions` how many there are, `datestamp` OAI's date."""

    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abstract: str
    submitted: datetime
    versions: int
    datestamp: str = ""

    def paper(self, listed: str) -> Paper:
        """The record as a paper of a listing date."""
        return Paper(
            id=self.id,
            title=self.title,
            authors=self.authors,
            categories=self.categories,
            abstract=self.abstract,
            listed=listed,
        )


def one_line(text: str | None) -> str:
    """Text with runs of spaces and line breaks as one space."""
    return _BREAKS.sub(" ", text or "").strip()


def category_list(codes: list[str]) -> tuple[str, ...]:
    """Canonical categories, the primary first, each once; what has not the form of one is left out."""
    return categories.canonical_list([code for code in codes if _CATEGORY.fullmatch(code)])


def split_authors(text: str) -> tuple[str, ...]:
    """The names in the free text of authors that the arXivRaw format has.

    Affiliations in parentheses are left out; "and" and commas part names; TeX accents become letters.
    """
    names: list[str] = []
    # A comma belongs to the TeX of no accent, so splitting first is safe.
    for part in re.split(r",|;|\s+and\s+|^and\s+|\s+&\s+", _without_parentheses(one_line(text))):
        name = one_line(tex.accents(part))
        if not name:
            continue
        if names and name.lower() in _GENERATIONS:
            names[-1] = f"{names[-1]} {name}"
        else:
            names.append(name)
    return tuple(names)


def _without_parentheses(text: str) -> str:
    kept: list[str] = []
    depth = 0
    for character in text:
        if character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    # An unclosed parenthesis would swallow everybody after it: then nothing is taken out.
    return "".join(kept) if depth == 0 else text
