"""What is not known for certain: the stand-in has it in either reading."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import bluesky_post, post
from infra.local.standin.readings import Readings
from infra.local.standin.world import Upvotes
from tests.unit.standin.helpers import (
    ATOM,
    BOB,
    DAY,
    NOW,
    PAPERS,
    POSTS,
    WORLD,
    Reply,
    ask,
    at,
    bearer,
    bluesky,
    log_in,
    oai,
    oai_ids,
    x,
)

ONE_DAY = {"metadataPrefix": "arXivRaw", "set": "cs", "from": "2021-06-21", "until": "2021-06-21"}


def reading(**readings: Any) -> Standin:
    return Standin(WORLD, now=NOW, readings=Readings(**readings))


@pytest.mark.parametrize("empty", ["anew", "until_midnight"])
def test_an_empty_oai_answer_may_stay_until_midnight(empty: Any) -> None:
    with reading(oai_empty=empty) as standin:
        standin.now = at("2021-06-21T01:00")
        asked: dict[str, Any] = {name.replace("from", "from_"): value for name, value in ONE_DAY.items()}
        assert oai_ids(oai(standin, **asked)) == []
        standin.now = at("2021-06-21T23:00")
        assert bool(oai_ids(oai(standin, **asked))) is (empty == "anew")
        assert oai_ids(oai(standin, **asked | {"from_": "2021-06-20"})) == [PAPERS[-1].id], "another question"
        standin.now = at("2021-06-22T00:00")
        assert oai_ids(oai(standin, **asked)) == [PAPERS[-1].id]


def found(standin: Standin, query: str) -> list[str]:
    reply = ask(standin, "ARXIV_API_URL", search_query=query, max_results=50, sortBy="submittedDate")
    ids = (each.findtext(f"{ATOM}id", "") for each in reply.xml.iter(f"{ATOM}entry"))
    return sorted(one.rpartition("/")[2] for one in ids)


@pytest.mark.parametrize(("dates", "when"), [("first", "20210608"), ("current", "20210617")])
def test_a_window_of_the_query_api_tests_one_of_two_times(dates: Any, when: str) -> None:
    with reading(query_dates=dates) as standin:
        for day in ("20210608", "20210617"):
            ids = found(standin, f"cat:cs.AI AND submittedDate:[{day}0000 TO {day}2359]")
            assert ids == (["2106.00050v2"] if day == when else [])


@pytest.mark.parametrize(("categories", "cross"), [("all", ["2106.00100v1"]), ("primary", [])])
def test_a_category_of_the_query_api_may_leave_out_cross_lists(categories: Any, cross: list[str]) -> None:
    with reading(query_categories=categories) as standin:
        assert found(standin, "cat:stat.ML") == cross
        assert "2106.00100v1" in found(standin, "cat:cs.LG")


@pytest.mark.parametrize(
    ("search", "hits"), [("words", "ab"), ("substring", "abc"), ("hosts", "a"), ("", "abc")]
)
def test_x_takes_links_apart_in_one_of_three_ways(search: Any, hits: str) -> None:
    links = ("https://arxiv.org/abs/1", "https://export.arxiv.org/abs/1", "https://notarxiv.org/abs/1")
    posts = [
        post(at("2021-06-18T10:00"), BOB, words, [link], serial=serial)
        for serial, (words, link) in enumerate(zip("abc", links, strict=True))
    ]
    world = World(users=(BOB,), posts=tuple(posts))
    with Standin(world, now=NOW, readings=Readings(x_search=search)) as standin:
        reply = x(standin, query='url:"arxiv.org"')
        assert sorted(each["text"][0] for each in reply.json["data"]) == list(hits)


@pytest.mark.parametrize(
    ("missing", "names"),
    [("both", {"resource_id", "value"}), ("resource_id", {"resource_id"}), ("value", {"value"})],
)
def test_x_names_what_is_gone_in_one_of_two_ways(missing: Any, names: set[str]) -> None:
    with reading(x_missing=missing) as standin:
        (error,) = x(standin, "/tweets", ids=POSTS[7].id).json["errors"]
        assert error.keys() & {"resource_id", "value"} == names
        assert {error[name] for name in names} == {POSTS[7].id}


@pytest.mark.parametrize("author", ["always", "expanded"])
def test_x_may_tell_authors_in_the_newer_words_when_expanded_alone(author: Any) -> None:
    with reading(x_author=author) as standin:
        asked: dict[str, Any] = {"ids": POSTS[0].id, "post__fields": "created_at"}
        (plain,) = x(standin, "/tweets", **asked).json["data"]
        (expanded,) = x(standin, "/tweets", **asked, expansions="author_id").json["data"]
        assert ("author_id" in plain) is (author == "always")
        assert expanded["author_id"] == POSTS[0].author_id
        (old,) = x(standin, "/tweets", ids=POSTS[0].id, tweet__fields="author_id").json["data"]
        assert old["author_id"] == POSTS[0].author_id


@pytest.mark.parametrize(("domain", "hits"), [("host", 1), ("below", 2)])
def test_a_domain_of_bluesky_may_hold_those_below_it(domain: Any, hits: int) -> None:
    links = ("https://arxiv.org/abs/1", "https://export.arxiv.org/abs/1", "https://notarxiv.org/abs/1")
    posts = tuple(
        bluesky_post(at("2021-06-18T10:00"), f"{name}.example.com", "", "see", [link])
        for name, link in zip("abc", links, strict=True)
    )
    with Standin(World(bluesky=posts), now=NOW, readings=Readings(bluesky_domain=domain)) as standin:
        assert len(bluesky(standin, q="*", domain="arxiv.org").json["posts"]) == hits


def test_a_cursor_of_bluesky_may_end_early() -> None:
    with reading(bluesky_end=4) as standin:
        assert bluesky(standin, q="*", limit=2).json["cursor"] == "2"
        assert "cursor" not in bluesky(standin, q="*", limit=2, cursor=2).json


@pytest.mark.parametrize(("today", "status"), [("utc", 200), ("eastern", 400)])
def test_hugging_faces_today_is_one_of_two(today: Any, status: int) -> None:
    world = World(upvotes=(Upvotes(paper="2106.00100", date=DAY, upvotes=1),))
    with Standin(world, now=at("2021-06-18T03:00"), readings=Readings(huggingface_today=today)) as standin:
        assert ask(standin, "HUGGINGFACE_URL", "/daily_papers", date=DAY).status == status
        standin.now = at("2021-06-18T04:00")
        assert ask(standin, "HUGGINGFACE_URL", "/daily_papers", date=DAY).status == 200


# --- faults in either form ---------------------------------------------------------------------------


def story(standin: Standin) -> Reply:
    return ask(standin, "HACKERNEWS_URL", "/search_by_date", query="arxiv")


def test_a_status_may_have_another_body() -> None:
    with Standin(WORLD, now=NOW) as standin:
        standin.faults = [
            Fault("hackernews", "403", form="html", times=1),
            Fault("hackernews", "500", form="json"),
        ]
        reply = story(standin)
        assert (reply.status, reply.headers["Content-Type"]) == (403, "text/html")
        assert b"403 Forbidden" in reply.body
        reply = story(standin)
        assert (reply.status, reply.json) == (500, {"message": "500 Internal Server Error", "status": 500})


def test_a_header_may_be_taken_away() -> None:
    with Standin(WORLD, now=NOW) as standin:
        standin.faults = [Fault("oai", "503", headers={"Retry-After": ""})]
        reply = ask(standin, "ARXIV_OAI_URL", verb="Identify")
        assert (reply.status, "Retry-After" in reply.headers) == (503, False)


@pytest.mark.parametrize(("kind", "status"), [("expired_token", 400), ("expired_token_401", 401)])
def test_a_token_of_bluesky_expires_with_either_status(kind: str, status: int) -> None:
    with Standin(msgspec.structs.replace(WORLD), now=NOW) as standin:
        standin.faults = [Fault("bluesky", kind, match="searchPosts")]
        reply = bluesky(standin, bearer(log_in(standin)), q="*")
        assert (reply.status, reply.json["error"]) == (status, "ExpiredToken")
