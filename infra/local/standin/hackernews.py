"""Hacker News by Algolia, as https://hn.algolia.com/api/v1 speaks it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import urlencode

from infra.local.standin.answer import Answer, Params, json_answer
from infra.local.standin.world import Story, World

REACHABLE = 1000
DEFAULT_HITS = 20
MESSAGE = (
    "you can only fetch the 1000 hits for this query. You can extend the number of hits returned via the"
    " paginationLimitedTo index parameter or use the browse method. You can read our FAQ for more details"
    " about browsing: https://www.algolia.com/doc/faq/index-configuration/"
    "how-can-i-retrieve-all-the-records-in-my-index"
)
WORD = re.compile(r"\w+")
FILTER = re.compile(r"(\w+)\s*(<=|>=|!=|=|<|>)\s*(-?\d+)")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
NUMBERS: dict[str, Callable[[Story], int]] = {
    "created_at_i": lambda story: int(story.created_at.timestamp()),
    "points": lambda story: story.points or 0,
    "num_comments": lambda story: story.comments or 0,
}
SEARCHED: dict[str, Callable[[Story], str]] = {
    "title": lambda story: story.title,
    "url": lambda story: story.url or "",
    "author": lambda story: story.author,
    "story_text": lambda story: story.text or "",
}


def answer(path: str, params: Params, world: World, now: datetime, reachable: int = REACHABLE) -> Answer:
    """The answer to one request at `now`; `path` is `/search_by_date` or `/search`.

    `reachable` is how many hits of one query can be had; beyond it comes a 200 with a message and no hits.
    """
    if path not in {"/search_by_date", "/search"}:
        return json_answer(404, {"message": "indexName is not valid", "status": 404})
    values = dict(params)
    try:
        page = int(values.get("page") or 0)
        size = int(values.get("hitsPerPage") or DEFAULT_HITS)
        found = [story for story in world.stories if story.created_at <= now and _matches(story, values)]
    except ValueError as error:
        return json_answer(400, {"message": str(error), "status": 400})
    size = max(1, min(size, REACHABLE))
    if page * size >= reachable and page:
        return json_answer(200, over_limit(page, size))
    key = _by_time if path == "/search_by_date" else _by_points
    found = sorted(found, key=key, reverse=True)
    within = found[:reachable]
    words = WORD.findall(values.get("query", "").casefold())
    hits = [_hit(story, words, values, now) for story in within[page * size : (page + 1) * size]]
    places = {"nbHits": len(found), "nbPages": ceil(len(within) / size), "page": page, "hitsPerPage": size}
    return json_answer(200, _envelope(hits, places, params))


def over_limit(page: int, size: int) -> dict[str, Any]:
    """What comes beyond the reachable hits, with status 200."""
    return {"hits": [], "nbHits": 0, "page": page, "nbPages": 1, "hitsPerPage": size, "message": MESSAGE}


def _envelope(hits: list[dict[str, Any]], places: dict[str, int], params: Params) -> dict[str, Any]:
    extra = [("advancedSyntax", "true"), ("analyticsTags", "backend")]
    return {
        "exhaustive": {"nbHits": True, "typo": True},
        "exhaustiveNbHits": True,
        "exhaustiveTypo": True,
        "hits": hits,
        **places,
        "params": urlencode([*params, *extra]),
        "processingTimeMS": 6,
        "processingTimingsMS": {"_request": {"roundTrip": 15}, "total": 6},
        "query": dict(params).get("query", ""),
        "serverTimeMS": 7,
    }


def _hit(story: Story, words: list[str], values: dict[str, str], now: datetime) -> dict[str, Any]:
    highlighted = values.get("attributesToHighlight") != "none"
    hit: dict[str, Any] = {
        "_highlightResult": _highlights(story, words, _searched(values)) if highlighted else {},
        "_tags": _tags(story),
        "author": story.author,
        "children": [story.id * 10 + 1] if story.comments else [],
        "created_at": f"{story.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "created_at_i": int(story.created_at.timestamp()),
        "num_comments": story.comments,
        "objectID": str(story.id),
        "points": story.points,
        "story_id": story.id,
        "title": story.title,
        "updated_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
    }
    hit |= {"url": story.url} if story.url is not None else {"story_text": story.text or ""}
    wanted = values.get("attributesToRetrieve")
    if wanted is not None and wanted != "*":
        kept = {"objectID", "_highlightResult", *wanted.split(",")}
        hit = {name: value for name, value in hit.items() if name in kept}
    return hit


def _highlights(story: Story, words: list[str], searched: list[str]) -> dict[str, Any]:
    shown = {}
    for name in ("author", "title", "url"):
        text = SEARCHED[name](story)
        there = WORD.findall(text.casefold()) if name in searched else []
        matched = [word for word in dict.fromkeys(words) if word in there]
        level = "full" if words and len(matched) == len(set(words)) else "partial" if matched else "none"
        marks = {"value": text, "matchLevel": level, "matchedWords": matched}
        shown[name] = marks | ({"fullyHighlighted": False} if matched else {})
    return shown


def _tags(story: Story) -> list[str]:
    tags = ["story", f"author_{story.author}", f"story_{story.id}"]
    return tags if story.url is not None else [*tags, "ask_hn"]


def _searched(values: dict[str, str]) -> list[str]:
    names = [name for name in values.get("restrictSearchableAttributes", "").split(",") if name]
    return [name for name in SEARCHED if name in names or not names]


def _matches(story: Story, values: dict[str, str]) -> bool:
    text = " ".join(SEARCHED[name](story) for name in _searched(values)).casefold()
    words = WORD.findall(values.get("query", "").casefold())
    there = set(WORD.findall(text))
    # By words, in any order and place, the last one also as a beginning: never as the string that was asked.
    found = all(word in there for word in words[:-1]) and (
        not words or any(word.startswith(words[-1]) for word in there)
    )
    return (
        found and _tagged(story, values.get("tags", "")) and _numeric(story, values.get("numericFilters", ""))
    )


def _tagged(story: Story, tags: str) -> bool:
    own = set(_tags(story))
    groups = re.findall(r"\(([^)]*)\)|([^,()]+)", tags)
    return all(bool(own & set((either or one).split(","))) for either, one in groups)


def _numeric(story: Story, filters: str) -> bool:
    for part in filter(None, filters.split(",")):
        match = FILTER.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"Invalid syntax for numeric condition: {part}")
        name, sign, number = match.groups()
        # An attribute that does not exist matches nothing, and nobody says so.
        if name not in NUMBERS or not COMPARE[sign](NUMBERS[name](story), int(number)):
            return False
    return True


def _by_time(story: Story) -> tuple[float, int]:
    return (story.created_at.timestamp(), story.id)


def _by_points(story: Story) -> tuple[float, int]:
    return (story.points or 0, story.id)
