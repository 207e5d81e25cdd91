"""A day as JSON: whole, in order, and the same bytes for the same day."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec

from functions.render.day import Day, hot_papers
from functions.render.public import day_json
from shared.paper import Author, Counts, Extras, Measured, Mention, Paper, SourceState
from shared.settings import Settings, parse

RUN = "2021-06-19T07:55:00Z"
PAPER = Paper(
    id="2106.00001", title="T <b>", authors=("Ada",), categories=("cs.LG",), abstract="A", listed="2021-06-18"
)
SHOWN = Mention(
    source="x",
    id="140",
    counts=Counts(reposts=50, likes=10),
    url="https://x.com/ada/status/140",
    author=Author(id="9", name="Ada", username="ada"),
    created_at=datetime(2021, 6, 18, 12, tzinfo=UTC),
    text="Hi",
    lang="en",
)
STORY = Mention(source="hackernews", id="7", counts=Counts(points=3, comments=2))
DAY = Day(
    date="2021-06-18",
    published_at=RUN,
    listed=120,
    is_partial=True,
    sources={
        "x": SourceState(state="measured", capped=True, measured_at=RUN),
        "hackernews": SourceState(state="unavailable", reason="HTTP 500", measured_at="2021-06-18T07:55:00Z"),
        "huggingface": SourceState(state="off", reason="why"),
    },
    papers=hot_papers(
        Settings(),
        [Measured(paper=PAPER, mentions=(SHOWN, STORY), score=63.0, run=RUN, measured_at=RUN)],
    ),
)


def test_a_whole_day() -> None:
    assert json.loads(day_json(Settings(), DAY)) == {
        "v": 1,
        "date": "2021-06-18",
        "title": "Hot Papers 2021-06-18",
        "notice": "",
        "published_at": RUN,
        "listed": 120,
        "partial": True,
        "sources": {
            "hackernews": {"state": "unavailable", "reason": "HTTP 500", "measured": True},
            "huggingface": {"state": "off", "reason": "why"},
            "x": {"state": "measured", "capped": True, "measured": True},
        },
        "papers": [
            {
                "rank": 1,
                "id": "2106.00001",
                "title": "T <b>",
                "authors": ["Ada"],
                "categories": ["cs.LG"],
                "abstract": "A",
                "abs": "https://arxiv.org/abs/2106.00001",
                "pdf": "https://arxiv.org/pdf/2106.00001",
                "score": 63,
                "totals": {
                    "hackernews": {"points": 3, "comments": 2},
                    "x": {"reposts": 50, "likes": 10},
                },
                "measured_at": RUN,
                "movement": None,
                "mentions": [
                    {
                        "source": "x",
                        "id": "140",
                        "url": "https://x.com/ada/status/140",
                        "author": "ada",
                        "name": "Ada",
                        "created_at": "2021-06-18T12:00:00Z",
                        "text": "Hi",
                        "counts": {"reposts": 50, "likes": 10},
                        "shown": True,
                    },
                    {"source": "hackernews", "id": "7", "counts": {"points": 3, "comments": 2}},
                ],
            }
        ],
    }


def test_what_hugging_face_tells_is_told_with_its_source() -> None:
    def extras(told: Extras | None) -> object:
        paper = Measured(paper=PAPER, mentions=(SHOWN,), extras=told, score=60, run=RUN, measured_at=RUN)
        day = msgspec.structs.replace(DAY, papers=hot_papers(Settings(), [paper]))
        return json.loads(day_json(Settings(), day))["papers"][0].get("extras", "absent")

    assert extras(None) == "absent"
    assert extras(Extras(code="https://a.example/c", stars=0, project="https://a.example/", summary="S")) == {
        "source": "huggingface",
        "code": "https://a.example/c",
        "stars": 0,
        "project": "https://a.example/",
        "summary": "S",
    }
    assert extras(Extras(summary="S")) == {"source": "huggingface", "summary": "S"}


def test_ages_are_the_status_pages_business() -> None:
    text = day_json(Settings(), DAY)
    assert b"2021-06-18T07:55:00Z" not in text


def test_a_weighted_score_is_told_as_it_is() -> None:
    settings = parse({"X_WEIGHT": "0.5", "SITE_NOTICE": "a sample"})
    paper = Measured(paper=PAPER, mentions=(SHOWN,), score=62.5, run=RUN, measured_at=RUN)
    day = Day(
        date="2021-06-18",
        published_at=RUN,
        listed=1,
        is_partial=False,
        sources={},
        papers=hot_papers(settings, [paper]),
    )
    data = json.loads(day_json(settings, day))
    assert data["papers"][0]["score"] == 62.5
    assert data["notice"] == "a sample"


def test_the_bytes_do_not_depend_on_the_order_of_sources() -> None:
    other = Day(
        date=DAY.date,
        published_at=DAY.published_at,
        listed=DAY.listed,
        is_partial=DAY.is_partial,
        sources=dict(reversed(DAY.sources.items())),
        papers=DAY.papers,
    )
    assert day_json(Settings(), other) == day_json(Settings(), DAY)
    assert day_json(Settings(), DAY).endswith(b"}\n")
