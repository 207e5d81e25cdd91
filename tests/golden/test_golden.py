"""Real days that were published once, through the whole chain: the post comes out to the byte.

They lie in the reference folder beside the checkout; days of our own making are in test_own.py.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.local.standin import Fault
from infra.local.standin.golden import day_from_golden
from infra.local.standin.neighbours import neighbours
from tests.steps.chain import due, running

REFERENCE = Path(__file__).parents[3] / "shared" / "golden"
DAYS = (
    "2020-07-29",
    "2020-10-13",
    "2020-12-07",
    "2021-01-15",
    "2021-04-20",
    "2021-06-15",
    "2021-06-18",
    "2022-01-13",
)
# How the day is listed, in which words X answers, what its entity offsets count; others are in test_own.py.
WAYS = [("oai", "tweet", "escaped"), ("query", "post", "unescaped")]
REFERENCE_DAY = "2021-06-18"


def golden(day: str) -> tuple[Any, str]:
    """A day's data and its post, or a skipped test where the reference folder is not there."""
    if not REFERENCE.is_dir():
        pytest.skip(f"the folder shared beside the checkout is not there: no {REFERENCE}")
    folder = REFERENCE / day
    data = json.loads((folder / "day.json").read_text(encoding="utf-8"))
    return data, (folder / "post.md").read_text(encoding="utf-8")


def without_times(text: str) -> str:
    """A post without its date and the times of measuring."""
    text = re.sub(r"^date: .*$", "date: …", text, flags=re.MULTILINE)
    return re.sub(r"^(- retweets: .*) \(\d\d/\d\d/\d{4} [\d:]{8}\)$", r"\1 (…)", text, flags=re.MULTILINE)


def is_ours(line: str) -> bool:
    """Whether a line is a title, authors or an abstract: no embed and nothing of the front matter."""
    return not line.startswith(("<blockquote", "<script", "  - "))


def as_we_write(text: str) -> str:
    """A post as published once, with what is different on purpose: runs of spaces are one."""
    return "\n".join(re.sub(" +", " ", line) if is_ours(line) else line for line in text.split("\n"))


def as_they_wrote(text: str) -> str:
    """A post of ours, with what is different on purpose undone: a `<` that would act as a tag."""
    return "\n".join(line.replace("&lt;", "<") if is_ours(line) else line for line in text.split("\n"))


def test_there_are_no_more_days() -> None:
    golden(REFERENCE_DAY)
    assert sorted(folder.name for folder in REFERENCE.iterdir()) == sorted(DAYS)


@pytest.mark.parametrize(
    ("day", "listed_by", "vocabulary", "offsets"),
    [(day, *way) for day in DAYS for way in WAYS],
)
def test_the_post_comes_out_to_the_byte(day: str, listed_by: str, vocabulary: str, offsets: str) -> None:
    data, expected = golden(day)
    listed = date.fromisoformat(day)
    world = neighbours(day_from_golden(data), listed)
    with running(world, due(listed), vocabulary=vocabulary, entity_offsets=offsets) as chain:
        if listed_by == "query":
            chain.standin.faults.append(Fault("oai", "500"))
        outcome = chain.order(due(listed), date=day)
        written = chain.post(listed)
        assert chain.published() == [day]
    assert bool(outcome["failure"]) is False
    assert as_they_wrote(without_times(written)).split("\n") == as_we_write(without_times(expected)).split(
        "\n"
    )
    assert f"date: {due(listed):%Y-%m-%dT%H:%M:%SZ}\n" in written
    stamps = set(re.findall(r"^- retweets: .* \((.*)\)$", written, flags=re.MULTILINE))
    assert stamps <= {f"{due(listed):%m/%d/%Y} 07:55:00"}
    if day == REFERENCE_DAY:
        (first,) = re.findall(r"^# 1\. .*\n\n.*\n\n.*", written, flags=re.MULTILINE)
        assert first.startswith("# 1. LoRA: Low-Rank Adaptation of Large Language Models\n")
        assert "- retweets: 2059, favorites: 229 (" in first
