"""A paper as arXiv's services describe it, and the clean-up that all of them need."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec
from msgspec import Struct

from shared import categories, tex
from shared.paper import Paper

# Line breaks of every kind and what else would break a line of Markdown, as one space with their neighbours.
_BREAKS = re.compile(r"[ \x00-\x1f\x7f\x85\u2028\u2029]+")
_CATEGORY = re.compile(r"[A-Za-z-]{1,20}(\.[A-Za-z-]{1,20})?", re.ASCII)
# A run of spaces is looked at from its start alone: from each of them, the time would grow with its square.
_BETWEEN_NAMES = re.compile(r",|;|(?<!\s)\s++(?:and|&)\s+|^and\s+")
_GENERATIONS = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "v"})


# In bytes of JSON, all texts of a record: 3,000 names have a third of it. With its mentions it is to fit an
# item and, with fewer of them, a message (see trim in shared/paper.py).
MOST_BYTES = 150_000
# In characters, far beyond what arXiv takes (https://info.arxiv.org/help/prep.html): nothing takes long.
LONGEST_TITLE, LONGEST_ABSTRACT, LONGEST_NAME = 2_000, 20_000, 1_000


# arXiv began in 1991, and its identifiers end with the century.
_FIRST_YEAR, _LAST_YEAR = "1991", "2099"


class Record(Struct, frozen=True, kw_only=True):
    """One record: `submitted` is the time of v1, `versions` how many there are, `datestamp` OAI's date.

    Raises ValueError for texts that are longer than any paper's, and for times outside of arXiv's.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    abstract: str
    submitted: datetime
    versions: int
    datestamp: str = ""

    def __post_init__(self) -> None:
        for moment in (self.submitted.isoformat(), self.datestamp):
            if moment and not _FIRST_YEAR <= moment[:4] <= _LAST_YEAR:
                raise ValueError(f"{moment[:10]} is no time of a paper")
        check_texts(self.title, self.abstract, self.authors)

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


def check_texts(title: str, abstract: str, authors: tuple[str, ...]) -> None:
    """Raises ValueError for texts that are longer than any paper's."""
    _check("the title", title, LONGEST_TITLE)
    _check("the abstract", abstract, LONGEST_ABSTRACT)
    for name in authors:
        _check("a name", name, LONGEST_NAME)
    size = len(msgspec.json.encode((title, abstract, authors)))
    if size > MOST_BYTES:
        raise ValueError(f"its texts have {size} bytes, more than {MOST_BYTES}")


def _check(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise ValueError(f"{what} has {len(text)} characters, more than {longest}")


def one_line(text: str | None) -> str:
    """Text with runs of spaces and line breaks as one space."""
    return _BREAKS.sub(" ", text or "").strip()


def category_list(codes: list[str]) -> tuple[str, ...]:
    """Canonical categories, the primary first, each once; what has not the form of one is left out.

    Raises ValueError when nothing is left.
    """
    found = categories.canonical_list([code for code in codes if _CATEGORY.fullmatch(code)])
    if not found:
        raise ValueError("no category")
    return found


def split_authors(text: str) -> tuple[str, ...]:
    """The names in the free text of authors that the arXivRaw format has.

    Affiliations in parentheses are left out; "and" and commas part names; TeX accents become letters.
    Raises ValueError for what is too long for a name.
    """
    names: list[str] = []
    # A comma belongs to the TeX of no accent, so splitting first is safe.
    for part in _BETWEEN_NAMES.split(_without_parentheses(one_line(text))):
        _check("a name", part, LONGEST_NAME)
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
