"""The taxonomy: what a selection covers, by which codes and sets it is asked for."""

from __future__ import annotations

import json

import pytest

from shared.categories import (
    ALIASES,
    ALL,
    SUBSUMED,
    UnknownCategoryError,
    canonical,
    canonical_list,
    oai_sets,
    query_codes,
    selection,
)
from tests.unit import recordings


def test_the_taxonomy_has_155_categories_and_40_of_them_in_cs() -> None:
    assert len(ALL) == 155
    assert sum(code.startswith("cs.") for code in ALL) == 40


def test_the_taxonomy_is_arxivs_own() -> None:
    reference = json.loads(recordings.reference("arxiv-categories.json"))
    assert {entry["id"] for entry in reference["categories"]} == ALL
    assert reference["aliases"] == ALIASES
    assert reference["subsumed_archives"] == SUBSUMED
    for entry in reference["categories"]:
        if entry["id"] not in ("gr-qc", "math-ph"):
            assert oai_sets(entry["id"]) == (entry["oai_set"],)


def test_aliases_and_old_archives_lead_to_categories_that_exist_and_are_shown() -> None:
    for code in (*ALIASES.values(), *SUBSUMED.values()):
        assert code in ALL
        assert canonical(code) == code
    assert ALIASES.keys() <= ALL
    assert not SUBSUMED.keys() & ALL


def test_a_paper_has_each_category_once_whatever_the_alias() -> None:
    assert canonical_list(["cs.NA", "cs.LG", "math.NA"]) == ("math.NA", "cs.LG")
    assert canonical_list(["cmp-lg", "cs.CL"]) == ("cs.CL",)
    assert canonical_list(["x.unknown"]) == ("x.unknown",)


def test_an_archive_means_all_of_its_own_the_aliases_as_they_are_shown() -> None:
    chosen = selection("cs,stat.ML")
    assert len(chosen) == 41
    assert {"cs.LG", "stat.ML", "math.NA", "eess.SY"} <= chosen
    assert not {"cs.NA", "cs.SY", "math.AG", "stat.ME"} & chosen


def test_a_query_asks_for_both_codes_of_an_alias() -> None:
    assert query_codes("cs.NA") == ("cs.NA", "math.NA")
    assert query_codes("cs.IT") == ("cs.IT", "math.IT")
    assert query_codes("cs.LG") == ("cs.LG",)
    assert {"cs.SY", "eess.SY", "cs.NA", "math.NA", "math.IT"} <= set(query_codes("cs,stat.ML"))


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ("cs,stat.ML", ("cs", "stat:stat:ML")),
        ("cs.LG cs.CL", ("cs:cs:CL", "cs:cs:LG")),
        ("cs.AI,cs.CL,cs.CV,cs.LG", ("cs",)),
        ("hep-th", ("physics:hep-th",)),
        ("astro-ph.CO", ("physics:astro-ph:CO",)),
        ("math.NA", ("math:math:NA",)),
    ],
)
def test_a_selection_is_harvested_by_few_sets(text: str, sets: tuple[str, ...]) -> None:
    assert oai_sets(text) == sets


@pytest.mark.parametrize("text", ["cs.XX", "CS", "cs.lg", "csLG", "cs.*", "cmp-lg"])
def test_an_unknown_category_is_named(text: str) -> None:
    with pytest.raises(UnknownCategoryError, match=text.replace("*", r"\*")):
        selection(f"cs.LG,{text}")


@pytest.mark.parametrize("text", ["", " , "])
def test_a_selection_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(UnknownCategoryError):
        selection(text)
