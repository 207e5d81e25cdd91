"""What a page has to show of a post."""

from __future__ import annotations

import re

from msgspec import Struct

from infra.archive import post
from shared.settings import Settings

_SLUG = re.compile(r'^slug: "([^"]+)"$', re.MULTILINE)
_FORMULA = re.compile(r"(?<!\\)(\$\$?)([^$]+)(?<!\\)\1")


class Promise(Struct, frozen=True, kw_only=True):
    """A post's date and slug; its papers as text: numbered titles, abstracts, formulas without `$`.

    `embeds` is how many mentions it shows.
    """

    date: str
    slug: str
    titles: tuple[str, ...]
    abstracts: tuple[str, ...]
    formulas: tuple[str, ...]
    embeds: int


def read(text: str, date: str, settings: Settings) -> Promise:
    """What the post of a date promises; raises FormError for a text that is no post."""
    papers = [measured.paper for measured in post.parse(text, date, settings).papers]
    slug = _SLUG.search(text)
    assert slug
    texts = [part for paper in papers for part in (paper.title, paper.abstract)]
    return Promise(
        date=date,
        slug=slug[1],
        titles=tuple(f"{rank}. {paper.title}" for rank, paper in enumerate(papers, start=1)),
        abstracts=tuple(paper.abstract for paper in papers),
        formulas=tuple(found[1].strip() for part in texts for found in _FORMULA.findall(part)),
        embeds=len(re.findall(r"^<blockquote ", text, re.MULTILINE)),
    )
