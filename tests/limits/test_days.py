"""A day on which everything is hot, as with a threshold of 0: its items, its objects, its calls to AWS."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
from msgspec.structs import replace

from infra.local.standin import World
from shared import parts, run_states, settings, table
from shared.paper import Author, Counts, Measured
from shared.run_states import Run, RunDay
from shared.table import Announcement
from tests.limits.large import DATE, RUN, SOURCES, keep, measured_at, on_x, paper
from tests.steps.chain import NOW, Chain, running

HOT = 1_010
# arXiv's largest, all of it hot.
LARGEST_DAY = 3_000
# What render has, and what a call to S3 or DynamoDB takes within a region, on average and at the most.
SECONDS, A_CALL = 300, 0.03


def scored(number: int) -> Measured:
    """A paper with one mention; the lower its number, the more it is talked about."""
    likes = 60 + HOT - number
    said = replace(
        on_x(number, likes=likes), author=Author(id=str(number), name="Ada Example", username="example_ada")
    )
    return Measured(
        paper=paper(number), mentions=(said,), score=likes, run=RUN, measured_at=RUN, sources=SOURCES
    )


@contextmanager
def as_score(chain: Chain) -> Iterator[None]:
    """With the table as score sees it."""
    with mock.patch.dict("os.environ", chain.cloud.environments["score"]):
        settings.get.cache_clear()
        yield
    settings.get.cache_clear()


def publish(chain: Chain, run: str, papers: int) -> Counter[str]:
    """End a measuring run of the day, and let it be rendered; the calls to AWS that rendering took."""
    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[model.name] += 1

    with as_score(chain):
        days = (RunDay(date=DATE, papers=papers, sources=SOURCES),)
        run_states.put(Run(id=run, kind="measure", days=days, sources=SOURCES), set())
    session = boto3._get_default_session()
    session.events.register("before-call", count)
    chain.cloud.triggers.drain()
    session.events.unregister("before-call", count)
    (rendered,) = [call for call in chain.cloud.triggers.invocations if call.step == "render"][-1:]
    assert rendered.exception is None
    return calls


def begun(chain: Chain, papers: int) -> None:
    """Store a day's papers, all of them hot."""
    ends = {"low": "2106.00001", "high": f"2106.{papers:05}"}
    with as_score(chain):
        for number in range(1, papers + 1):
            keep(scored(number))
        table.put_announcement(Announcement(listed=DATE, papers=papers, via="oai", sources=SOURCES, **ends))


def rows(chain: Chain) -> list[str]:
    """The papers of the day's post by the table."""
    with as_score(chain):
        return [row.id for row in table.posts([DATE])[DATE].rows]


def searched(chain: Chain) -> list[str]:
    """The papers that a search finds."""
    return [found[0] for found in json.loads(chain.read("search/2021-06.json"))["papers"]]


def test_a_day_of_1010_hot_papers_is_published_whole_and_in_time() -> None:
    with running(World()) as chain:
        begun(chain, HOT)
        chain.at(NOW)
        calls = publish(chain, RUN, HOT)
        ids = [f"2106.{number:05}" for number in range(1, HOT + 1)]
        assert ids == [paper_id for paper_id, _ in chain.ranking(DATE)] == rows(chain) == searched(chain)
        # Without reading a thousand objects.
        pages = chain.cloud.client("s3").get_paginator("list_objects_v2")
        listed = pages.paginate(Bucket=chain.cloud.stack.outputs["BucketName"])
        keys = {item["Key"] for part in listed for item in part["Contents"]}
        post, page, week = chain.post(DATE), chain.read(f"{DATE}.html"), chain.read("week/2021-W24.html")
        for paper_id in ids:
            assert f"paper/{paper_id}.html" in keys
            assert f"abs/{paper_id}" in post
            assert f'id="{paper_id}"' in page
            assert f"/{paper_id}.html" in week
    # A look at each object and its writing, and the history by the hundred: in proportion to the papers.
    assert calls.total() / HOT * LARGEST_DAY * A_CALL < SECONDS * 0.8, calls


def test_a_paper_that_leaves_a_day_of_several_items_leaves_its_post_and_its_searches() -> None:
    with mock.patch.object(parts, "_ROOM", 2_000), running(World()) as chain:
        begun(chain, 20)
        ids = [f"2106.{number:05}" for number in range(1, 21)]
        for hour in range(3):
            with as_score(chain):
                cooled = scored(4 + hour)
                said = (replace(cooled.mentions[0], counts=Counts(likes=1)),)
                if hour:
                    ids.remove(cooled.paper.id)
                    keep(replace(cooled, score=1, mentions=said), version=2)
            chain.at(NOW.replace(hour=8 + hour))
            publish(chain, measured_at(hour), 20)
            assert ids == [paper_id for paper_id, _ in chain.ranking(DATE)] == rows(chain) == searched(chain)
        sides = {item["sk"]["S"][0] for item in chain.items() if item["pk"]["S"] == f"DAY#{DATE}#POST"}
        assert sides == {"0", "1"}
        assert "Once in the post of" in chain.read("paper/2106.00005.html")
