"""The stand-in speaks as Hacker News' search does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.standin import Standin
from tests.unit.standin.helpers import ask, at, keys, recording


def news(standin: Standin, **params: Any) -> Any:
    reply = ask(standin, "HACKERNEWS_URL", "/search_by_date", **params)
    assert reply.status == 200
    return reply.json


def test_hackernews_matches_words(standin: Standin) -> None:
    found = news(
        standin, query="arxiv.org", restrictSearchableAttributes="url", tags="story", hitsPerPage=5000
    )
    assert [hit["objectID"] for hit in found["hits"]] == ["4", "2", "1"]
    assert (found["hitsPerPage"], found["nbHits"], found["nbPages"]) == (1000, 3, 1)
    assert [hit["objectID"] for hit in news(standin, query="arxiv.org")["hits"]] == ["4", "3", "2", "1"]
    assert [hit["objectID"] for hit in news(standin, tags="ask_hn,(author_ada,author_bob)")["hits"]] == ["3"]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (f"created_at_i>{int(at('2021-06-18T11:00').timestamp())}", ["4", "3"]),
        (f"created_at_i>={int(at('2021-06-18T11:00').timestamp())},points>1", ["2"]),
        ("points<=2,num_comments=0", ["4", "3", "2"]),
        ("no_such_number>0", []),
    ],
)
def test_hackernews_filters(standin: Standin, filters: str, ids: list[str]) -> None:
    assert [hit["objectID"] for hit in news(standin, numericFilters=filters)["hits"]] == ids


def test_hackernews_pages_to_its_limit(standin: Standin) -> None:
    pages = [news(standin, hitsPerPage=3, page=page) for page in range(3)]
    assert [[hit["objectID"] for hit in page["hits"]] for page in pages] == [["4", "3", "2"], ["1"], []]
    assert "message" not in pages[2]
    beyond = news(standin, hitsPerPage=1000, page=1)
    assert beyond["hits"] == []
    assert beyond["nbHits"] == 0
    assert beyond["message"].startswith("you can only fetch the 1000 hits")


def test_hackernews_text_posts_have_no_url(standin: Standin) -> None:
    hit = news(standin, tags="ask_hn", attributesToHighlight="none")["hits"][0]
    assert "url" not in hit
    assert hit["story_text"] == "<p>text"
    standin.now = at("2021-06-18T11:30")
    assert news(standin, query="")["nbHits"] == 2


def test_hackernews_looks_like_its_recordings(standin: Standin) -> None:
    sent = keys(news(standin, query="arxiv.org", restrictSearchableAttributes="url"))
    sent |= keys(news(standin, tags="ask_hn"))
    expected = keys(json.loads(recording("hackernews-search-by-date.json")))
    assert sent == expected
    limit = json.loads(recording("hackernews-over-limit.json"))
    assert news(standin, hitsPerPage=1000, page=1) == limit
