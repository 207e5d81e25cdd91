"""What other generators' pages are held against; the generators themselves are run by `make generators`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from msgspec import structs

from shared.settings import Settings
from tests.generators import check, page, promise
from tests.generators.blogs import BLOGS, Blog, BuildError, has_passthrough, number

ROOT = Path(__file__).parents[2]
OWN = ROOT / "tests" / "golden" / "own"
GENERATORS = ROOT / "tests" / "generators"
DAYS = GENERATORS / "days"

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


def test_a_formula_with_an_entity_left_in_it_is_lost() -> None:
    refused = '<span class="math math-inline"><span class="katex-error">a_1 &amp;lt; b</span></span>'
    assert check.lost(PROMISE, page.read(PAGE.replace("$a_1 &lt; b$", refused))) == ["a_1 < b"]


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


@pytest.mark.parametrize("name", BLOGS)
def test_each_generator_has_a_blog_and_tells_how_it_is_fed(name: str) -> None:
    blogs = (ROOT / "docs" / "blogs.md").read_text(encoding="utf-8")
    assert (GENERATORS / name).is_dir()
    assert f"]({name}.md)" in blogs
    assert f"| {name.capitalize()} " in blogs
    assert f"](docs/{name}.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    told = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert "aws s3 sync s3://BUCKET/posts content/posts --delete --exact-timestamps && " in told


@pytest.mark.parametrize("name", ["astro", "gatsby"])
def test_what_npm_installs_is_held_and_comes_from_its_own_registry(name: str) -> None:
    wanted, locked = (
        json.loads((GENERATORS / name / file).read_text(encoding="utf-8"))
        for file in ("package.json", "package-lock.json")
    )
    packages = locked["packages"]
    assert packages[""]["dependencies"] == wanted["dependencies"]
    for package, version in wanted["dependencies"].items():
        assert packages[f"node_modules/{package}"]["version"] == version
    for place, package in packages.items():
        registry = "https://registry.npmjs.org/"
        assert not place or (package["integrity"] and package.get("resolved", registry).startswith(registry))
    tried = (ROOT / "docs" / "blogs.md").read_text(encoding="utf-8")
    assert f"| {name.capitalize()} {wanted['dependencies'][name]} " in tried


def _python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_blog_is_built_in_a_copy_with_the_posts_and_without_telemetry(tmp_path: Path) -> None:
    build = """
import os, pathlib
assert os.environ["GATSBY_TELEMETRY_DISABLED"] == os.environ["ASTRO_TELEMETRY_DISABLED"] == "1"
assert pathlib.Path("package-lock.json").is_file() and pathlib.Path("installed").is_file()
assert pathlib.Path("content/posts/2021-11-12.md").is_file()
"""
    blog = Blog(
        name="gatsby",
        install=_python("open('installed', 'w').close()"),
        version=_python("print('5.16.1')"),
        build=_python(build),
        out="public",
    )
    assert blog.built(DAYS, tmp_path / "blog") == ("5.16.1", tmp_path / "blog" / "public" / "posts")
    assert not (GENERATORS / "gatsby" / "content").exists()


def test_a_generator_that_fails_says_why(tmp_path: Path) -> None:
    failing = _python("import sys; sys.exit('KaTeX parse error')")
    blog = Blog(name="gatsby", version=_python("print('5.16.1')"), build=failing, out="public")
    with pytest.raises(BuildError, match="ended with 1\nKaTeX parse error"):
        blog.built(DAYS, tmp_path / "blog")
