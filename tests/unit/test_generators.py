"""What other generators' pages are held against; the generators themselves are run by `make generators`."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from shared.settings import Settings
from tests.generators import check, page, promise
from tests.generators.blogs import has_passthrough, number

OWN = Path(__file__).parents[1] / "golden" / "own"
DAYS = Path(__file__).parents[1] / "generators" / "days"

PROMISE = promise.Promise(
    date="2021-11-12",
    slug="hot-papers-2021-11-12",
    titles=("1. Of *sets* $\\{x\\}$", "2. Nothing"),
    abstracts=("Where $a_1 < b$ it's so.", ""),
    formulas=("\\{x\\}", "a_1 < b"),
    embeds=1,
)
EMBED = '<blockquote class="twitter-tweet"><p>Two<br>lines</p>&mdash; Ada</blockquote>'
SCRIPT = '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
PAGE = f"""<html><head><title>Not a heading</title></head><body>
<h1 id="x"><a href="#x"></a>1. Of <em>sets</em> $\\{{x\\}}$</h1><p>Where $a_1 &lt; b$
it’s so.</p>{EMBED}{SCRIPT}<h1>2. Nothing</h1></body></html>"""


def test_a_post_promises_its_papers_as_text() -> None:
    text = (OWN / "2021-06-18.md").read_text(encoding="utf-8")
    read = promise.read(text, "2021-06-18", Settings())
    assert (read.slug, len(read.titles), read.embeds) == ("hot-papers-2021-06-18", 16, 24)
    assert read.titles[0] == "1. LoRA: Low-Rank Adaptation of Large Language Models"


def test_formulas_are_taken_as_they_were_before_they_were_escaped() -> None:
    text = (DAYS / "2021-11-12.md").read_text(encoding="utf-8")
    read = promise.read(text, "2021-11-12", Settings())
    assert r"f'\,(x) < g''(x)" in read.formulas
    assert r"\sum_{i=1}^{n} \mathbf{w}_{i} \\ < \epsilon." in read.formulas
    assert not any("5" in formula for formula in read.formulas)


def test_an_empty_day_promises_an_empty_page() -> None:
    text = (OWN / "2021-11-11.md").read_text(encoding="utf-8")
    read = promise.read(text, "2021-11-11", Settings())
    assert check.faults(read, page.read("<h1>Ours</h1>"))
    assert not check.faults(read, page.read("<p>Nothing today</p>"))


def test_a_page_that_keeps_the_promise() -> None:
    read = page.read(PAGE)
    assert read.headings == ("1. Of sets $\\{x\\}$", "2. Nothing")
    assert "Two lines — Ada" in " ".join(read.text.split())
    assert not check.faults(PROMISE, read)
    assert not check.lost(PROMISE, read)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("<h1>2. Nothing</h1>", "", "1 papers instead of 2, or other titles"),
        ("2. Nothing", "2. Something", "2 papers instead of 2, or other titles"),
        ("so.", "", "not the abstract of 1. Of *sets* $\\{x\\}$"),
        (EMBED, "", "0 embeds instead of 1"),
        ('class="twitter-tweet"', "", "0 embeds instead of 1"),
        (SCRIPT, "", "0 scripts for 1 embeds"),
        (SCRIPT, "<p>&lt;script></p>", "0 scripts for 1 embeds"),
    ],
)
def test_what_a_page_does_not_show_is_told(right: str, wrong: str, fault: str) -> None:
    assert right in PAGE
    assert check.faults(PROMISE, page.read(PAGE.replace(right, wrong))) == [fault]


def test_a_formula_that_markdown_has_changed_is_lost() -> None:
    changed = page.read(PAGE.replace("\\{x\\}", "{x}").replace("a_1", "a<em>1</em>"))
    assert check.lost(PROMISE, changed) == ["\\{x\\}", "a_1 < b"]


def test_a_formula_that_katex_has_drawn_is_the_one_that_was_written() -> None:
    drawn = (
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>a</mi>'
        '<annotation encoding="application/x-tex">a_1 &lt; b</annotation></semantics></math></span>'
        '<span class="katex-html">a1&lt;b</span></span>'
    )
    refused = '<span class="katex-error" title="ParseError">\\{x\\}</span>'
    read = page.read(PAGE.replace("$a_1 &lt; b$", drawn).replace("$\\{x\\}$", refused))
    assert not check.faults(PROMISE, read)
    assert not check.lost(PROMISE, read)


def test_every_post_has_its_page(tmp_path: Path) -> None:
    (tmp_path / PROMISE.slug).mkdir()
    (tmp_path / PROMISE.slug / "index.html").write_text(PAGE.replace("\\{x", "{x"), encoding="utf-8")
    other = structs.replace(PROMISE, date="2021-11-13", slug="other")
    seen = check.look(tmp_path, [PROMISE, other])
    assert seen == check.Seen(
        faults=("2021-11-13: no page",),
        lost=("2021-11-12: not the formula \\{x\\}",),
        papers={"2021-11-12": 2},
    )


@pytest.mark.parametrize(
    ("said", "short", "is_able"),
    [
        ("hugo v0.111.3+extended linux/amd64 BuildDate=2023-03-16T08:41:31Z", "0.111.3", False),
        ("hugo v0.122.0-b9a03bd59d5f linux/amd64", "0.122.0", True),
        ("hugo v1.2.3 linux/amd64", "1.2.3", True),
    ],
)
def test_hugo_leaves_formulas_alone_from_a_version_on(said: str, short: str, is_able: bool) -> None:
    assert number(said) == short
    assert has_passthrough(short) == is_able
