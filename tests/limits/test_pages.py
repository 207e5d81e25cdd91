"""A query's page of 1 MB: a day of more papers than that is read to its end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from functions.render.reading import read_day
from shared import aws, run_states, settings, table
from shared.paper import Measured
from shared.table import Post
from tests.limits.large import DATE, RUN, SOURCES, keep, on_x, paper, words

PAPERS = 60
# The last of the day alone is hot.
HOT = f"2106.{PAPERS:05}"


@pytest.fixture(autouse=True)
def _day(in_memory: None, papers_table: None) -> Iterator[None]:
    """A day of 3 MB."""
    settings.get.cache_clear()
    for number in range(1, PAPERS + 1):
        score = 60 if number == PAPERS else 1
        about = paper(number, authors=1_000, abstract="word " * 4_000)
        measured = Measured(paper=about, mentions=(on_x(1, likes=score),), score=score, run=RUN)
        keep(measured)
    yield
    settings.get.cache_clear()


@pytest.fixture(name="pages")
def _pages() -> Iterator[list[dict[str, Any]]]:
    """The answers to queries, as they come."""
    client, seen = aws.client("dynamodb"), []
    query = client.query

    def noted(**arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = query(**arguments)
        seen.append(answer)
        return answer

    with mock.patch.object(client, "query", noted):
        yield seen


def test_all_papers_of_a_day_of_more_than_a_megabyte_are_read(pages: list[dict[str, Any]]) -> None:
    assert len(list(table.papers(DATE))) == PAPERS
    assert len(pages) > 2


def test_a_hot_paper_on_the_last_page_is_published(pages: list[dict[str, Any]]) -> None:
    post = Post(date=DATE, status="published", published_at=RUN, updated_at=RUN, run=RUN, papers=PAPERS)
    day = read_day(settings.get(), post, listed=PAPERS, sources=SOURCES, is_partial=False)
    assert [hot.paper.id for hot in day.papers] == [HOT]
    # What is filtered out is read all the same: the first pages come without an item.
    assert not pages[0]["Items"]
    assert len(pages) > 2


def test_the_newest_runs_are_read_beyond_a_page(pages: list[dict[str, Any]]) -> None:
    chance = random.Random(0)
    for hour in range(24):
        run = run_states.Run(id=f"2021-06-19T{hour:02}:55:00Z", kind="list", failure=words(chance, 30_000))
        run_states.put(run, set())
    found = run_states.recent(20)
    assert [state.run.id[11:13] for state in found] == [f"{hour:02}" for hour in reversed(range(4, 24))]
    assert len(pages) > 1
