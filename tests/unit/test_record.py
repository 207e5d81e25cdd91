"""The clean-up that all of arXiv's services need: one line, and names out of free text."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.fetch.arxiv.record import Record, category_list, one_line, split_authors
from shared.paper import Paper


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Low-Rank\n  Adaptation\t of  Models ", "Low-Rank Adaptation of Models"),
        ("a\r\nb\x0bc\x85d\u2028e\u2029f\x00g", "a b c d e f g"),
        ("", ""),
        (None, ""),
        (" \n ", ""),
    ],
)
def test_text_becomes_one_line(text: str | None, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Edward J. Hu", ["Edward J. Hu"]),
        ("A. Ada, B. Bob and C. Cec", ["A. Ada", "B. Bob", "C. Cec"]),
        ("A. Ada, B. Bob, and C. Cec", ["A. Ada", "B. Bob", "C. Cec"]),
        ("A. Ada and B. Bob and C. Cec", ["A. Ada", "B. Bob", "C. Cec"]),
        ("A. Ada & B. Bob; C. Cec", ["A. Ada", "B. Bob", "C. Cec"]),
        ("A. Ada\n  and\n  B. Bob", ["A. Ada", "B. Bob"]),
        ("Ferdinand Anderson, Sandra Land", ["Ferdinand Anderson", "Sandra Land"]),
        ("A. Ada (1), B. Bob (1 and 2) ((1) Uni A, (2) Uni B)", ["A. Ada", "B. Bob"]),
        ("A. Ada (Uni (of A), B), C. Cec", ["A. Ada", "C. Cec"]),
        ("A. Ada (never closed, B. Bob", ["A. Ada (never closed", "B. Bob"]),
        ("A. Ada), B. Bob", ["A. Ada)", "B. Bob"]),
        ("Martin King, Jr., B. Bob, III", ["Martin King Jr.", "B. Bob III"]),
        (r"Agnieszka S{\l}owik, L\'eon Bottou", ["Agnieszka Słowik", "Léon Bottou"]),
        ("DeepTeam Collaboration", ["DeepTeam Collaboration"]),
        ("A. Ada,, B. Bob,", ["A. Ada", "B. Bob"]),
        ("", []),
    ],
)
def test_names_are_told_apart_in_free_text(text: str, names: list[str]) -> None:
    assert list(split_authors(text)) == names


def test_categories_are_canonical_with_the_primary_first() -> None:
    assert category_list(["cs.SY", "cs.LG", "eess.SY"]) == ("eess.SY", "cs.LG")


def test_a_record_is_a_paper_of_a_listing_date() -> None:
    record = Record(
        id="2106.09685",
        title="LoRA",
        authors=("Edward J. Hu",),
        categories=("cs.CL",),
        abstract="Small matrices.",
        submitted=datetime(2021, 6, 17, 17, 37, tzinfo=UTC),
        versions=2,
    )
    assert record.paper("2021-06-18") == Paper(
        id="2106.09685",
        title="LoRA",
        authors=("Edward J. Hu",),
        categories=("cs.CL",),
        abstract="Small matrices.",
        listed="2021-06-18",
    )


def record(**more: Any) -> Record:
    values: dict[str, Any] = {
        "title": "LoRA",
        "authors": ("Ada",),
        "abstract": "Small.",
        "submitted": datetime(2021, 6, 17, 17, 37, tzinfo=UTC),
    }
    return Record(id="2106.09685", categories=("cs.CL",), versions=1, **(values | more))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"title": "x" * 2_001}, "the title has 2001 characters"),
        ({"abstract": "x" * 20_001}, "the abstract has 20001 characters"),
        ({"authors": ("Ada", "x" * 1_001)}, "a name has 1001 characters"),
        ({"authors": ("x" * 900,) * 200}, "its texts have .* bytes"),
        ({"datestamp": "9999-12-31"}, "9999-12-31 is no time of a paper"),
        ({"submitted": datetime(1990, 12, 31, tzinfo=UTC)}, "1990-12-31 is no time of a paper"),
    ],
)
def test_what_is_longer_or_older_than_any_paper_is_no_record(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        record(**values)
    assert record(authors=tuple(f"A. Somebody {number}" for number in range(5_000))).authors


def test_a_text_that_is_no_name_is_not_looked_at_for_long() -> None:
    began = time.process_time()
    for text in ("\\(" * 100_000, "\xa0" * 100_000, " \xa0" * 50_000, "(" * 200_000):
        with pytest.raises(ValueError, match="a name has"):
            split_authors(f"Ada{text}Bob")
    assert time.process_time() - began < 2


def test_without_a_category_there_is_no_record() -> None:
    with pytest.raises(ValueError, match="no category"):
        category_list(["<b>"])


def test_what_has_not_the_form_of_a_category_is_left_out() -> None:
    assert category_list(["cs.LG", "<b>x</b>", "math.NA", "", "cs.NA"]) == ("cs.LG", "math.NA")
