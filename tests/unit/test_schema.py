"""The public schema of a day: all that is written fits it, and it says no more than what is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from functions.render import public
from functions.render.day import Day, HotPaper, hot_papers
from functions.render.public import day_json
from shared.paper import SOURCE_LABELS, Author, Counts, Extras, Frozen, Measured, Mention, Paper, SourceState
from shared.settings import Settings, parse

SCHEMA = json.loads((Path(public.__file__).parent / "schema/day.schema.json").read_text("utf-8"))
DEFINED = SCHEMA["$defs"]
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())

# What each definition describes.
NAMES: dict[str, Any] = {
    "day": public._Day,
    "source": public._Source,
    "paper": public._Paper,
    "counts": Counts,
    "mention": public._Mention,
    "extras": public._Extras,
}

RUN = "2021-06-19T07:55:00Z"
MEASURED = SourceState(state="measured", measured_at=RUN)
PAPER = Paper(id="math/0703599", title="T", authors=("Ada",), categories=("cs.LG",), listed="2021-06-18")
SHOWN = Mention(
    source="x",
    id="140",
    counts=Counts(reposts=50, likes=10, replies=1),
    url="https://x.com/ada/status/140",
    author=Author(id="9", name="Ada", username="ada"),
    created_at=datetime(2021, 6, 18, 12, 30, 1, 500, tzinfo=UTC),
    text="Hi",
)
MENTIONS = (
    SHOWN,
    msgspec.structs.replace(SHOWN, source="bluesky", id="at://did:plc:a/app.bsky.feed.post/3k1"),
    Mention(source="hackernews", id="7", counts=Counts(points=3, comments=2)),
    Mention(source="huggingface", id="math/0703599", counts=Counts(upvotes=4)),
    Mention(source="x", id="141", counts=Counts()),
    *(msgspec.structs.replace(SHOWN, id=str(number)) for number in (142, 143, 144)),
)


def day(*papers: HotPaper, **changes: Any) -> Day:
    values: dict[str, Any] = {
        "date": "2021-06-18",
        "published_at": RUN,
        "listed": 120,
        "is_partial": False,
        "sources": dict.fromkeys(SOURCE_LABELS, MEASURED),
    }
    return Day(papers=papers, **(values | changes))


def hot(extras: Extras | None = None, **changes: Any) -> HotPaper:
    paper = Measured(
        paper=PAPER,
        mentions=MENTIONS,
        uncounted=(("x", "142", "ignored"), ("x", "143", "repeated"), ("x", "144", "account")),
        extras=extras,
        score=125.5,
        run=RUN,
        measured_at=RUN,
    )
    ((made),) = hot_papers(Settings(), [paper])
    return msgspec.structs.replace(made, **changes)


DAYS = {
    "nothing measured": day(sources={}),
    "a quiet day": day(),
    "all sources": day(hot()),
    "sources missing": day(
        hot(),
        is_partial=True,
        sources={
            "x": SourceState(state="measured", capped=True, reason="the cap", measured_at=RUN),
            "bluesky": SourceState(state="off", reason="no password"),
            "hackernews": SourceState(state="unavailable", reason="HTTP 500"),
        },
    ),
    "extras": day(
        hot(Extras(code="https://a.example/c", stars=0, project="https://a.example/", summary="S"))
    ),
    "one extra": day(hot(Extras(summary="S"))),
    "up": day(hot(movement=3)),
    "down": day(hot(movement=-12)),
    "new": day(hot(movement="new")),
    "imported": day(hot(frozen=Frozen(rank=1)), listed=0, front_matter="---\n"),
    "no mention": day(hot(mentions=(), shown=(), totals={}, score=60.0)),
}


def written(of: Day, **settings: str) -> Any:
    return json.loads(day_json(parse(settings), of))


def errors(document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema_with_a_relative_id() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "day.schema.json"


@pytest.mark.parametrize("of", DAYS.values(), ids=DAYS)
def test_what_is_written_fits(of: Day) -> None:
    assert errors(written(of)) == []
    assert errors(written(of, SITE_NOTICE="a sample")) == []


def test_the_days_here_have_every_field_there_is() -> None:
    """Otherwise a field could be described wrongly and no day here would tell."""
    seen: dict[str, set[str]] = {name: set() for name in NAMES}
    for one in map(written, DAYS.values()):
        seen["day"] |= one.keys()
        for source in one["sources"].values():
            seen["source"] |= source.keys()
        for paper in one["papers"]:
            seen["paper"] |= paper.keys()
            seen["extras"] |= paper.get("extras", {}).keys()
            for mention in paper["mentions"]:
                seen["mention"] |= mention.keys()
                seen["counts"] |= mention["counts"].keys()
    assert seen == {name: set(DEFINED[name]["properties"]) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_it_describes_the_fields_that_are_written(name: str) -> None:
    """A field that is new in public.py and not in the schema would make a day that does not fit."""
    fields = msgspec.structs.fields(NAMES[name])
    described = DEFINED[name]
    assert list(described["properties"]) == [field.encode_name for field in fields]
    assert described.get("required", []) == [field.encode_name for field in fields if field.required]
    assert described["additionalProperties"] is False


def test_it_knows_the_sources_there_are() -> None:
    assert DEFINED["sourceName"]["enum"] == list(SOURCE_LABELS)


def place(document: Any, path: str) -> Any:
    for step in path.split():
        document = document[int(step) if step.isdigit() else step]
    return document


WHOLE = written(DAYS["extras"])
OBJECTS = [
    "",
    "sources x",
    "papers 0",
    "papers 0 totals x",
    "papers 0 mentions 0",
    "papers 0 mentions 0 counts",
    "papers 0 extras",
]


@pytest.mark.parametrize("path", OBJECTS)
def test_an_unknown_field_does_not_fit(path: str) -> None:
    document = deepcopy(WHOLE)
    place(document, path)["surprise"] = 1
    assert ["surprise" in error for error in errors(document)] == [True]


@pytest.mark.parametrize(
    ("path", "name"),
    [("", name) for name in DEFINED["day"]["required"]]
    + [("papers 0", name) for name in DEFINED["paper"]["required"]]
    + [("sources x", "state"), ("papers 0 mentions 0", "id"), ("papers 0 extras", "source")],
)
def test_a_missing_field_does_not_fit(path: str, name: str) -> None:
    document = deepcopy(WHOLE)
    del place(document, path)[name]
    assert errors(document)


def _set(path: str, name: str, value: Any) -> Callable[[Any], None]:
    return lambda document: place(document, path).__setitem__(name, value)


@pytest.mark.parametrize(
    "change",
    [
        _set("", "v", 2),
        _set("", "date", "18 June 2021"),
        _set("", "date", "2021-02-30"),
        _set("", "published_at", "2021-06-19 07:55"),
        _set("", "listed", -1),
        _set("", "listed", 1.5),
        _set("", "papers", {}),
        _set("sources", "myspace", {"state": "measured"}),
        _set("sources x", "state", "fine"),
        _set("papers 0", "rank", 0),
        _set("papers 0", "score", "60"),
        _set("papers 0", "authors", "Ada"),
        _set("papers 0", "abs", "arxiv.org/abs/1"),
        _set("papers 0", "movement", "up"),
        _set("papers 0", "movement", 1.5),
        _set("papers 0 totals", "myspace", {}),
        _set("papers 0 totals x", "likes", -1),
        _set("papers 0 mentions 0", "source", "myspace"),
        _set("papers 0 mentions 0", "created_at", "yesterday"),
        _set("papers 0 mentions 0", "shown", "yes"),
        _set("papers 0 mentions 0", "uncounted", "because"),
        _set("papers 0 extras", "source", "somebody"),
        _set("papers 0 extras", "stars", -1),
    ],
)
def test_a_wrong_value_does_not_fit(change: Callable[[Any], None]) -> None:
    document = deepcopy(WHOLE)
    assert errors(document) == []
    change(document)
    assert errors(document)
