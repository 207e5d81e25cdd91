"""A paper as a BibTeX entry."""

from __future__ import annotations

import re
import unicodedata

from shared.paper import Paper

# What has a meaning in TeX outside of mathematics; braces and backslashes are TeX already.
_SPECIAL = re.compile(r"(?<!\\)([%&#_])")
# Mathematics stays as it is, but for the comment that `%` would begin in it, too.
_MATHEMATICS = re.compile(r"((?<!\\)\$[^$]+(?<!\\)\$)")


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
    word = next(iter(re.findall(r"[A-Za-z]{4,}", paper.title)), "paper")
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", f"{plain}{year}{word}".lower())


def _name(author: str) -> str:
    """An author's name, kept together where BibTeX would take it for two."""
    name = _balanced(_escaped(author))
    return f"{{{name}}}" if re.search(r"\sand\s", name, re.IGNORECASE) else name


def _escaped(text: str) -> str:
    parts = _MATHEMATICS.split(text)
    return "".join(
        re.sub(r"(?<!\\)%", r"\\%", part) if number % 2 else _SPECIAL.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )


def _balanced(text: str) -> str:
    """A text whose braces do not end the field early."""
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            break
    return text if depth == 0 else text.replace("{", "").replace("}", "")
