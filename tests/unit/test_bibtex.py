"""BibTeX entries: whatever a title is, the entry can be read and has its fields."""

from __future__ import annotations

import re
from typing import Any

import pytest

from functions.render.bibtex import entry
from shared.paper import Paper


def paper(**more: Any) -> Paper:
    values: dict[str, Any] = {
        "id": "2106.09685",
        "title": "LoRA: Low-Rank Adaptation of Large Language Models",
        "authors": ("Edward J. Hu", "Yelong Shen"),
        "categories": ("cs.CL", "cs.AI"),
        "listed": "2021-06-18",
    }
    return Paper(**(values | more))


def read(text: str) -> tuple[str, dict[str, str]]:
    """An entry's key and fields, read as BibTeX does: by braces, whatever stands before them."""
    start = re.match(r"@misc\{([^,\s{}]+),", text)
    assert start
    fields: dict[str, str] = {}
    position = start.end()
    while field := re.compile(r"\s*(\w+)\s*=\s*\{").match(text, position):
        depth, end = 1, field.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        assert field[1] not in fields
        fields[field[1]] = text[field.end() : end - 1]
        position = end + (text[end] == ",")
    assert text[position:] == "\n}\n"
    return start[1], fields


def test_an_entry_is_as_arxiv_recommends_it() -> None:
    assert entry(paper()) == (
        "@misc{hu2021lora,\n"
        "  title         = {LoRA: Low-Rank Adaptation of Large Language Models},\n"
        "  author        = {Edward J. Hu and Yelong Shen},\n"
        "  year          = {2021},\n"
        "  eprint        = {2106.09685},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass  = {cs.CL},\n"
        "  url           = {https://arxiv.org/abs/2106.09685}\n"
        "}\n"
    )


def test_an_entry_tells_only_what_is_known() -> None:
    _, fields = read(entry(paper(categories=(), authors=())))
    assert list(fields) == ["title", "author", "year", "eprint", "archivePrefix", "url"]


@pytest.mark.parametrize(
    ("paper_id", "year"),
    [
        ("math/0703599", "2007"),
        ("cs/9901001", "1999"),
        ("hep-th/9108001", "1991"),
        ("0704.0001", "2007"),
        ("2401.00001", "2024"),
    ],
)
def test_the_year_is_that_of_the_identifier(paper_id: str, year: str) -> None:
    key, fields = read(entry(paper(id=paper_id)))
    assert key == f"hu{year}lora"
    assert (fields["year"], fields["eprint"]) == (year, paper_id)
    assert fields["url"] == f"https://arxiv.org/abs/{paper_id}"


@pytest.mark.parametrize(
    "title",
    [
        "}, evil = {yes",
        "{never closed",
        "closed before}",
        "}{",
        r"\{escaped only once",
        "}\n}\n@misc{other,\n  title = {gone",
        "{{{{",
        "</pre><script>alert(1)</script>",
        'quotes " and @string{x} and \\',
        "%&#_ $ % $ 100% of $a_1$ & #1",
        "",
    ],
)
def test_no_title_or_name_ends_its_field(title: str) -> None:
    hostile = paper(title=title, authors=(f"Ada {title}", title))
    _, fields = read(entry(hostile))
    assert list(fields) == ["title", "author", "year", "eprint", "archivePrefix", "primaryClass", "url"]
    assert fields["year"] == "2021"


def test_braces_that_pair_stay() -> None:
    title = r"{B}ayes and $\mathcal{O}(n_1)$"
    assert read(entry(paper(title=title)))[1]["title"] == title


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("R&D at 100% #1", r"R\&D at 100\% \#1"),
        (r"R\&D at 100\%", r"R\&D at 100\%"),
        ("snake_case or $a_1 & b$", r"snake\_case or $a_1 & b$"),
        ("a % in $x % y$", r"a \% in $x \% y$"),
        ("$5 or a_b", r"$5 or a\_b"),
        (r"\$5_a to \$6_b", r"\$5\_a to \$6\_b"),
    ],
)
def test_what_tex_would_take_for_its_own_is_escaped(text: str, written: str) -> None:
    fields = read(entry(paper(title=text, authors=(text,))))[1]
    assert (fields["title"], fields["author"]) == (written, written)


def test_accents_stay_in_names_and_leave_the_key() -> None:
    key, fields = read(entry(paper(authors=("Jürgen Schmïdhüber", "Łukasz Kaiser"))))
    assert key == "schmidhuber2021lora"
    assert fields["author"] == "Jürgen Schmïdhüber and Łukasz Kaiser"


def test_a_name_with_and_in_it_is_one_name() -> None:
    authors = ("The ATLAS and CMS Collaborations", "Anders Andersson", "Sandy Land")
    assert read(entry(paper(authors=authors)))[1]["author"] == (
        "{The ATLAS and CMS Collaborations} and Anders Andersson and Sandy Land"
    )


@pytest.mark.parametrize(
    ("title", "authors", "key"),
    [
        ("On it", ("王 小明",), "2021paper"),
        ("深度学习", (), "anonymous2021paper"),
        ("GPT", (" ",), "anonymous2021paper"),
        ("A Way", ("Conan O'Brien-Smith, Jr.",), "jr2021paper"),
    ],
)
def test_there_is_always_a_key(title: str, authors: tuple[str, ...], key: str) -> None:
    assert read(entry(paper(title=title, authors=authors)))[0] == key
