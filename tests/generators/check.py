"""Whether pages show what their posts promise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from tests.generators.page import Page, read
from tests.generators.promise import Promise

_WORD = re.compile(r"[^\W_]+")


class Seen(Struct, frozen=True):
    """What is wrong, which formulas are not as written, and how many papers each date's page shows."""

    faults: tuple[str, ...]
    lost: tuple[str, ...]
    papers: Mapping[str, int]


def look(folder: Path, promises: Iterable[Promise]) -> Seen:
    """Read `<slug>/index.html` of each post in a folder."""
    wrong, changed, papers = [], [], {}
    for promise in promises:
        path = folder / promise.slug / "index.html"
        if not path.is_file():
            wrong.append(f"{promise.date}: no page")
            continue
        page = read(path.read_text(encoding="utf-8"))
        papers[promise.date] = len(page.headings)
        wrong += [f"{promise.date}: {fault}" for fault in faults(promise, page)]
        changed += [f"{promise.date}: not the formula {formula}" for formula in lost(promise, page)]
    return Seen(faults=tuple(wrong), lost=tuple(changed), papers=papers)


def faults(promise: Promise, page: Page) -> list[str]:
    """What the page does not show of the post, formulas apart.

    Texts are compared by their words: `*…*` in an abstract is what Markdown makes of it.
    """
    found = []
    if [_words(heading) for heading in page.headings] != [_words(title) for title in promise.titles]:
        found.append(f"{len(page.headings)} papers instead of {len(promise.titles)}, or other titles")
    text = _words(page.text)
    found += [
        f"not the abstract of {title}"
        for title, abstract in zip(promise.titles, promise.abstracts, strict=True)
        if _words(abstract) not in text
    ]
    if page.embeds != promise.embeds:
        found.append(f"{page.embeds} embeds instead of {promise.embeds}")
    if bool(page.scripts) != bool(promise.embeds):
        found.append(f"{page.scripts} scripts for {promise.embeds} embeds")
    return found


def lost(promise: Promise, page: Page) -> list[str]:
    """The formulas that do not stand in the page as arXiv has them."""
    return [formula for formula in promise.formulas if f"${' '.join(formula.split())}$" not in page.text]


def _words(text: str) -> str:
    return " ".join(["", *_WORD.findall(text), ""])
