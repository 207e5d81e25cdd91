"""Filters: what the setting may say, what is wrong with it, and which papers it picks out."""

from __future__ import annotations

from typing import Any

import pytest

from shared import filters
from shared.filters import FilterError, Marks, marks, parse
from shared.paper import Paper
from shared.settings import SettingError
from shared.settings import parse as parse_settings


def paper(**more: Any) -> Paper:
    values: dict[str, Any] = {
        "id": "2106.00001",
        "title": "State-of-the-art quantization",
        "authors": ("Sergey M. Levine", "Łukasz Kaiser", "Élodie Müller-Strauß"),
        "categories": ("cs.LG", "math.NA"),
        "abstract": "We study Schrödinger bridges in C++ for robots.",
        "listed": "2021-06-18",
    }
    return Paper(**(values | more))


def has(term: str, **more: Any) -> bool:
    """Whether a paper has a term."""
    return bool(marks(parse(f"one: {term}"), paper(**more)).filters)


# --- the grammar -------------------------------------------------------------------------------------


def test_a_filter_has_a_name_an_address_and_its_terms() -> None:
    robots, tiny = parse(
        'Robot  Learning: cat:cs.RO, "imitation learning" , -survey,+author:"Ada B"; T-1:x*;'
    )
    assert (robots.name, robots.slug) == ("Robot Learning", "robot-learning")
    assert [(term.kind, term.text) for term in robots.include] == [
        ("cat", "cs.RO"),
        ("words", "imitation learning"),
    ]
    assert [term.text for term in robots.exclude] == ["survey"]
    assert [(term.kind, term.text) for term in robots.highlight] == [("author", "Ada B")]
    assert (tiny.slug, tiny.include[0].text, tiny.include[0].is_prefix) == ("t-1", "x", True)
    assert parse("") == parse(" ; ") == ()


def test_what_separates_is_text_within_quotes() -> None:
    (one,) = parse('a: "x; y, z: w", "p*", "q"*')
    assert [(term.words, term.is_prefix) for term in one.include] == [
        (("x", "y", "z", "w"), False),
        (("p",), True),
        (("q",), True),
    ]


def test_accents_and_capitals_are_left_out_of_an_address() -> None:
    assert [one.slug for one in parse("Théorie des Jeux: x; Straße: y")] == ["theorie-des-jeux", "strasse"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("alone", "filter 'alone': no `:`"),
        ("a:", "filter 'a': no term"),
        (": x", "filter '': a name"),
        ("a_b: x", "filter 'a_b': a name"),
        ("<b>: x", "filter '<b>': a name"),
        ("../x: y", "filter '../x': a name"),
        ("-a: x", "filter '-a': a name"),
        (f"{'n' * 41}: x", "at most 40"),
        ("日本: x", "fit into an address"),
        ("ﾞ: x", "address|a name"),
        ("A b: x; a-B: y", "filter 'a-B': 'A b' has the same address, a-b"),
        (";".join(f"f{number}: x" for number in range(21)), "21 filters are more than 20"),
        ("a: x,, y", "filter 'a', term '': it names nothing"),
        ("a: x,", "filter 'a', term '': it names nothing"),
        ("a: -", "filter 'a', term '-': it names nothing"),
        ('a: ""', "names nothing"),
        ("a: *", "names nothing"),
        ("a: ...", "names nothing"),
        ('a: "b, c; d: e', "filter 'a', term '\"b': a quote is not closed"),
        ('a: b "c"', "it is none of"),
        ("a: --x", "it is none of"),
        ("a: x*y", r"a \* may end a keyword"),
        ("a: author:Lev*", r"a \* may end a keyword"),
        ("a: cat:cs*", r"a \* may end a keyword"),
        ("a: cat:cs.XX", "filter 'a', term 'cat:cs.XX': arXiv has no archive or category 'cs.XX'"),
        ("a: cat:cs stat", "takes one category"),
        ("a: cat:", "names nothing"),
        ("a: auther:Levine", "auther: is unknown"),
    ],
)
def test_what_is_wrong_is_named_with_its_setting(text: str, wrong: str) -> None:
    with pytest.raises(FilterError, match=wrong):
        parse(text)
    with pytest.raises(SettingError, match=r"^FILTERS="):
        parse_settings({"FILTERS": text})


def test_the_setting_has_room_for_so_much() -> None:
    assert parse_settings({"FILTERS": f"a: {'x' * 2_000}"}).named_filters[0].slug == "a"
    with pytest.raises(SettingError, match=r"^FILTERS="):
        parse_settings({"FILTERS": f"a: {'x' * 2_500}"})


def test_the_digest_tells_settings_apart() -> None:
    assert filters.digest("") == filters.digest(" ; ") == ""
    assert filters.digest("a: x") == filters.digest(" a: x ") != filters.digest("a: y")
    assert filters.digest("a: x\udc80"), "an environment variable that is no UTF-8"


# --- matching ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term",
    [
        *("QUANTIZATION", "quantiz*", "state of the art", '"State-of-the-Art"', "state-of-the-ar*"),
        *("schrodinger", "Schrödinger", "Schro\u0308dinger", "c++", "robots"),
        *("cat:cs.LG", "cat:cs", "cat:math.NA", "cat:cs.NA", "cat:math", "author:levine"),
        *('author:"Sergey Levine"', "author:Sergey M Levine", "author:lukasz", "author:Łukasz Kaiser"),
        *("author:Muller", "author:Müller Strauss", "author:elodie muller-strauß"),
    ],
)
def test_a_paper_has(term: str) -> None:
    assert has(term)


@pytest.mark.parametrize(
    "term",
    [
        *("quantiz", "uantization", "robot", "art of the state", "art quantization we", '"quantization we"'),
        *("c", "c#", "levine", "cs.LG"),
        *("cat:cs.AI", "cat:stat", "cat:cs.IT"),
        *("author:Lev", "author:Levine Sergey", "author:Sergey Kaiser", "author:robots"),
    ],
)
def test_a_paper_has_not(term: str) -> None:
    assert not has(term)


@pytest.mark.parametrize(
    "term", [".", "(", "[a-z]+", "^.*$", "\\w", "(a+)+$", "robots|x", "<b>", "{{ 7 }}", "'"]
)
def test_no_term_is_a_pattern(term: str) -> None:
    try:
        (one,) = parse(f'one: "{term}"')
    except FilterError:
        return  # there is no word in it
    text = paper(abstract=f"so {term} is here")
    assert marks((one,), text).filters == ("one",), "as the words that are in it"
    assert not has(f'"{term}"')


def test_names_and_letters_that_unicode_has_in_several_ways() -> None:
    assert has("ﬁne", abstract="a fine line")
    assert has("c-star", abstract="\u2102 star")
    assert has("author:Sorensen", authors=("Søren Sørensen",))
    assert has("author:İnce", authors=("Ali Ince",))


def test_any_including_term_is_enough_and_none_includes_all() -> None:
    assert has("nothing, robots")
    assert has("-nothing")
    assert has("+nothing")


def test_an_excluding_term_wins_over_all() -> None:
    assert not has("robots, -cat:cs.LG")
    assert not has("-author:levine, +robots")


def test_a_highlight_marks_what_is_included_and_includes_nothing() -> None:
    configured = parse("a: robots, +author:levine; b: nothing, +robots; c: +nothing; d: -robots, +robots")
    assert marks(configured, paper()) == Marks(("a", "c"), ("a",))
