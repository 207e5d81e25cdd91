"""A source that is down never lowers a number and never shows as 0: in Markdown, pages, data and feed."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from infra.local.standin import Fault, World
from shared.paper import SOURCE_LABELS
from tests.steps.chain import DAY, NOW, READERS, A, Chain, before, running, said, skeet, story, votes

ALL: dict[str, dict[str, Any]] = {
    "x": {"posts": (said(A, 61, 7),)},
    "bluesky": {"bluesky": (skeet(A, 62, 8),)},
    "hackernews": {"stories": (story(1, A, 63, 9),)},
    "huggingface": {"upvotes": (votes(A, 64, 5),)},
}
MORE: dict[str, dict[str, Any]] = {
    "x": {"posts": (said(A, 71, 9),)},
    "bluesky": {"bluesky": (skeet(A, 72, 9),)},
    "hackernews": {"stories": (story(1, A, 73, 10),)},
    "huggingface": {"upvotes": (votes(A, 74, 6),)},
}
ON_PAGE = {
    "x": "61 reposts, 7 likes",
    "bluesky": "62 reposts, 8 likes",
    "hackernews": "63 points, 9 comments",
    "huggingface": "64 upvotes",
}
NOTHING = re.compile(r"\b0 (?:reposts|likes|points|comments|upvotes)|retweets: 0|favorites: 0")


def world(said_of: dict[str, dict[str, Any]], *sources: str) -> World:
    fields = {key: value for source in sources for key, value in said_of[source].items()}
    return World(papers=(*before(DAY, 10000), A), users=READERS, **fields)


def shown(chain: Chain) -> dict[str, str]:
    """Everything that is read, as text."""
    found = {key: html.unescape(body.decode("utf-8", "replace")) for key, body in chain.bucket().items()}
    names = (f"posts/{DAY}---Hot-Papers.md", f"{DAY}.html", "index.html", f"{DAY}.json", "feed.xml")
    return {name: found[name] for name in names}


@pytest.mark.parametrize("source", SOURCE_LABELS)
def test_a_source_that_was_never_had_shows_as_unknown_and_not_as_nothing(source: str) -> None:
    # Hot by a source of the other kind: what is down may have all the reposts there are.
    other = "x" if source in ("hackernews", "huggingface") else "hackernews"
    with running(world(ALL, source, other)) as chain:
        chain.standin.faults.append(Fault(source, "500"))
        chain.order(date=str(DAY))
        texts = shown(chain)
        label = SOURCE_LABELS[source]
        assert [key for key, text in texts.items() if NOTHING.search(text)] == []
        told = {key for key, text in texts.items() if f"{label} unavailable" in text}
        assert told == texts.keys() - {f"{DAY}.json"}
        assert re.search(rf">{label}</span> not measured", texts[f"{DAY}.html"])
        assert re.search(rf">{label}</span> not measured", texts["index.html"])
        (data,) = chain.data()["papers"]
        assert data["totals"].keys() == {other}
        state = chain.data()["sources"][source]
        assert (state["state"], state.get("measured", False)) == ("unavailable", False)
        is_social = source in ("x", "bluesky")
        assert ("retweets: ?, favorites: ?" in texts[f"posts/{DAY}---Hot-Papers.md"]) is is_social
        assert ("reposts and likes not measured" in chain.read("category/cs.LG.html")) is is_social
        assert f"{label}: not measured" in texts["feed.xml"]


@pytest.mark.parametrize("source", SOURCE_LABELS)
def test_what_a_source_told_before_it_was_down_stands_everywhere(source: str) -> None:
    with running(world(ALL, *ALL)) as chain:
        chain.order(date=str(DAY))
        before_ = chain.data()["papers"][0]["totals"]
        chain.standin.faults.append(Fault(source, "500"))
        # The others go on: what is down is part of sums that grow.
        chain.standin.world = world(MORE, *MORE)
        chain.tick(NOW + timedelta(days=1))
        texts, label = shown(chain), SOURCE_LABELS[source]
        (data,) = chain.data()["papers"]
        assert data["totals"][source] == before_[source]
        assert all(data["totals"][one] != before_[one] for one in ALL if one != source)
        counts = data["totals"].values()
        reposts, likes = (sum(one.get(name, 0) for one in counts) for name in ("reposts", "likes"))
        assert f"retweets: {reposts}, favorites: {likes} " in texts[f"posts/{DAY}---Hot-Papers.md"]
        for page in (f"{DAY}.html", "index.html"):
            assert f"{ON_PAGE[source]} (unavailable)" in texts[page]
        row = f"{reposts} reposts, {likes} likes, {data['totals']['hackernews']['points']} points"
        rows = " ".join(chain.read("category/cs.LG.html").split()).replace(" ,", ",")
        assert row in rows
        assert f"{data['totals']['huggingface']['upvotes']} upvotes" in rows
        assert f"{ON_PAGE[source]} (unavailable)" in texts["feed.xml"]
        assert f"{label} unavailable" in texts["feed.xml"]
        assert [key for key, text in texts.items() if NOTHING.search(text)] == []
