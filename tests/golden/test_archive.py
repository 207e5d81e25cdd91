"""All real days as one archive: its pages lead somewhere, and nothing of their mathematics is left over."""

from __future__ import annotations

import html
import re

import feedparser
import pytest

from tests.golden.archive import published
from tests.golden.test_golden import DAYS, golden
from tests.steps.chain import Site
from tests.steps.links import broken_links, page, reachable


@pytest.fixture(name="archive", scope="module")
def _archive() -> Site:
    return published()


def test_every_link_works_and_every_page_is_found(archive: Site) -> None:
    assert broken_links(archive.bodies) == []
    pages = {key for key in archive.bodies if key.endswith(".html")}
    assert pages - reachable(archive.bodies) == {"404.html"}


def test_each_paper_has_its_page(archive: Site) -> None:
    papers = [paper["arxiv_id"] for day in DAYS for paper in golden(day)[0]["papers"]]
    assert len(papers) == 112
    assert {key for key in archive.bodies if key.startswith("paper/")} == {
        f"paper/{one}.html" for one in papers
    }


def test_formulas_are_mathematics(archive: Site) -> None:
    found = 0
    for day in DAYS:
        for paper in golden(day)[0]["papers"]:
            text = archive.bodies[f"paper/{paper['arxiv_id']}.html"].decode()
            written = re.findall(r"(?<!\\)\$[^$]+\$", paper["abstract"])
            shown = re.search(r'<p class="abstract".*?</p>', text, re.DOTALL)
            assert bool(shown) is bool(paper["abstract"])
            left = html.unescape(re.sub(r"<math.*?</math>", "", shown[0], flags=re.DOTALL)) if shown else ""
            assert [one for one in written if one in left] == [], paper["arxiv_id"]
            assert text.count("<math") >= bool(written)
            found += len(written)
    assert found > 40


def test_pages_have_no_scripts_in_them(archive: Site) -> None:
    for key, body in archive.bodies.items():
        if key.endswith(".html"):
            # The theme's, which the policy knows by its hash (tests/unit/test_hosting.py).
            assert page(body).scripts.count("") == 1
            assert page(body).handlers == []


@pytest.mark.parametrize("key", ["feed.xml", "rss.xml", "category/cs.LG.xml", "category/cs.LG.rss.xml"])
def test_feeds_parse(archive: Site, key: str) -> None:
    parsed = feedparser.parse(archive.bodies[key])
    assert not parsed.bozo
    assert parsed.entries
