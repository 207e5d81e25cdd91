"""A paper as a BibTeX entry."""

from __future__ import annotations

import re
import unicodedata

from shared.paper import Paper

# What has a meaning in TeX outside of mathematics; braces and backslashes are TeX already.
_SPECIALS = frozenset("%&#_$")
_SPECIAL = re.compile(r"(?<!\\)([%&#_])")
# Mathematics stays as it is, but for the comment that `%` would begin in it, too.
_MATHEMATICS = re.compile(r"((?<!\\)\$[^$]+(?<!\\)\$)")
_AND = re.compile(r"\sand\s", re.IGNORECASE)
_LONG_WORD = re.compile(r"[A-Za-z]{4,}")
_NOT_IN_KEY = re.compile(r"[^a-z0-9]")


def entry(paper: Paper) -> str:
    """The entry that arXiv itself recommends: @misc with eprint, archivePrefix and primaryClass."""
    year = _year(paper.id)
    primary = f"  primaryClass  = {{{paper.categories[0]}}},\n" if paper.categories else ""
    return (
        f"@misc{{{_key(paper, year)},\n"
        f"  title         = {{{_balanced(_escaped(paper.title))}}},\n"
        f"  author        = {{{' and '.join(map(_name, paper.authors))}}},\n"
        f"  year          = {{{year}}},\n"
        f"  eprint        = {{{paper.id}}},\n"
        f"  archivePrefix = {{arXiv}},\n"
        f"{primary}"
        f"  url           = {{https://arxiv.org/abs/{paper.id}}}\n"
        "}\n"
    )


def _year(paper_id: str) -> int:
    """The year that an identifier was given in: https://info.arxiv.org/help/arxiv_identifier.html"""
    digits = int(re.sub(r"^.*/", "", paper_id)[:2])
    return digits + (1900 if digits >= 91 else 2000)


def _key(paper: Paper, year: int) -> str:
    last = paper.authors[0].split()[-1] if paper.authors and paper.authors[0].split() else "anonymous"
    word = found[0] if (found := _LONG_WORD.search(paper.title)) else "paper"
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    return _NOT_IN_KEY.sub("", f"{plain}{year}{word}".lower())


def _name(author: str) -> str:
    """An author's name, kept together where BibTeX would take it for two."""
    name = _balanced(_escaped(author))
    return f"{{{name}}}" if _AND.search(name) else name


def _escaped(text: str) -> str:
    if _SPECIALS.isdisjoint(text):
        return text
    parts = _MATHEMATICS.split(text)
    return "".join(
        re.sub(r"(?<!\\)%", r"\\%", part) if number % 2 else _SPECIAL.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )


def _balanced(text: str) -> str:
    """A text whose braces do not end the field early."""
    if "{" not in text and "}" not in text:
        return text
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            break
    return text if depth == 0 else text.replace("{", "").replace("}", "")
