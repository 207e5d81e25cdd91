"""The stand-in speaks as X's API does."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import post
from tests.unit.standin.helpers import (
    ADA,
    BOB,
    LINK,
    NOW,
    ORIGINAL,
    POSTS,
    SWEEP,
    WORLD,
    Reply,
    ask,
    at,
    get,
    keys,
    recording,
    x,
)

FIELDS = "author_id,created_at,public_metrics,entities,referenced_tweets,lang,no_such_field"


def texts(reply: Reply) -> list[str]:
    return [each["text"].partition(" https")[0] for each in reply.json.get("data", [])]


def test_x_sweep(standin: Standin) -> None:
    reply = x(standin, query=SWEEP)
    original = "A &lt; B &amp; so on #tag @bob_example"
    retweet = f"RT @ada_example: {original}"
    assert texts(reply) == ["whose?", "false friend", retweet, "loud only by reposts", original]
    assert reply.json["meta"] == {
        "newest_id": POSTS[8].id,
        "oldest_id": ORIGINAL.id,
        "result_count": 5,
    }
    assert {"x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"} <= set(reply.headers)
    standin.world = msgspec.structs.replace(WORLD, sloppy_search=False)
    assert "false friend" not in texts(x(standin, query=SWEEP))
    assert retweet not in texts(x(standin, query=f"{SWEEP} -is:retweet"))
    assert texts(x(standin, query='url:"2106.00100" min_replies:3'))[-1].startswith("A &lt; B")


def test_x_window(standin: Standin) -> None:
    within = {"start_time": "2021-06-18T12:00:00Z", "end_time": "2021-06-18T14:00:00Z"}
    assert texts(x(standin, query=SWEEP, **within))[1:] == ["loud only by reposts"]
    assert x(standin, query=SWEEP, start_time="2021-06-12T07:55:00Z").status == 200
    assert x(standin, query=SWEEP, start_time="2021-06-12T07:54:59Z").status == 400


def test_x_full_archive(standin: Standin) -> None:
    path = "/tweets/search/all"
    standin.now = NOW.replace(year=NOW.year + 5)
    within = {"start_time": "2021-06-18T12:00:00Z", "end_time": "2021-06-18T14:00:00Z"}
    reply = x(standin, path, query=SWEEP, max_results=500, **within)
    assert texts(reply)[1:] == ["loud only by reposts"]
    assert reply.headers["x-rate-limit-limit"] == "300"
    assert x(standin, path, query=SWEEP).json == {"meta": {"result_count": 0}}, "30 days, unless told"
    assert x(standin, path, query=SWEEP + " " + "a" * (1_023 - len(SWEEP))).status == 200
    for refused in (
        {"query": "a" * 1_025},
        {"query": SWEEP, "max_results": 501},
        {"query": SWEEP, "start_time": "2006-03-20T23:59:59Z"},
        {"query": SWEEP, "start_time": within["end_time"], "end_time": within["start_time"]},
    ):
        assert x(standin, path, **refused).status == 400
    standin.faults = [Fault("x", "403", match="search/all")]
    assert x(standin, path, query=SWEEP).json["reason"] == "client-not-enrolled"
    assert x(standin, query=SWEEP).status == 200


@pytest.mark.parametrize(
    "params",
    [
        {"query": "a" * 513},
        {"query": ""},
        {"query": SWEEP, "max_results": 9},
        {"query": SWEEP, "max_results": 101},
        {"query": "min_faves:10"},
        {"query": "-is:retweet"},
        {"query": "(arxiv"},
        {"query": SWEEP, "next_token": "nonsense"},
        {"query": SWEEP, "page": 2},
        {"query": SWEEP, "start_time": "yesterday"},
    ],
)
def test_x_refuses(standin: Standin, params: dict[str, Any]) -> None:
    reply = x(standin, **params)
    assert reply.status == 400
    assert reply.json["type"].endswith("/invalid-request")


def test_x_wants_a_token(standin: Standin) -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"}):
        reply = ask(standin, "X_API_URL", "/tweets/search/recent", headers=headers, query=SWEEP)
        assert reply.status == 401
        assert reply.json["title"] == "Unauthorized"


def test_x_reads_header_names_in_any_case(standin: Standin) -> None:
    url = f"{standin.environment['X_API_URL']}/tweets?ids={ORIGINAL.id}"
    assert get(standin, url, {"authorization": "bearer secret"}).status == 200


def test_x_pages(standin: Standin) -> None:
    many = tuple(post(at("2021-06-18T10:00"), ADA, f"n{n}", [LINK], serial=n, likes=10) for n in range(25))
    standin.world = World(users=(ADA,), posts=many)
    found, sizes = [], []
    token: dict[str, str] = {}
    for _ in range(4):
        reply = x(standin, query=SWEEP, **token).json
        found += [each["id"] for each in reply["data"]]
        sizes.append(reply["meta"]["result_count"])
        if "next_token" not in reply["meta"]:
            break
        token = {"next_token": reply["meta"]["next_token"]}
    assert found == [each.id for each in reversed(many)]
    assert sizes == [10, 10, 5]
    standin.page_sizes["x"] = 4
    assert x(standin, query=SWEEP, max_results=100).json["meta"]["result_count"] == 4


def test_x_says_nothing_when_there_is_nothing(standin: Standin) -> None:
    assert x(standin, query='url:"arxiv.org" min_likes:1000').json == {"meta": {"result_count": 0}}


def test_x_vocabularies(standin: Standin) -> None:
    def first(**params: str) -> dict[str, Any]:
        reply = x(standin, query=f"{SWEEP} is:quote", **params)
        found: dict[str, Any] = reply.json["data"][0]
        return found

    assert set(first()) == {"id", "text", "edit_history_tweet_ids"}
    old = first(tweet__fields=FIELDS)
    assert old["public_metrics"]["retweet_count"] == 10
    assert old["referenced_tweets"] == [{"type": "quoted", "id": ORIGINAL.id}]
    assert old["author_id"] == BOB.id
    assert old["created_at"] == "2021-06-18T12:00:00.000Z"
    new = first(post__fields="public_metrics,referenced_posts")
    assert set(new) == {
        "id",
        "text",
        "edit_history_post_ids",
        "public_metrics",
        "referenced_posts",
        "author_id",
    }
    assert new["public_metrics"]["repost_count"] == 10
    with Standin(WORLD, now=NOW, vocabulary="post") as forced:
        reply = x(forced, query=SWEEP, tweet__fields=FIELDS).json["data"]
        assert all("repost_count" in each["public_metrics"] for each in reply)
        assert {"referenced_posts"} == {key for each in reply for key in each if key.startswith("referenced")}


@pytest.mark.parametrize("offsets", ["escaped", "unescaped"])
def test_x_entities(offsets: Any) -> None:
    with Standin(WORLD, now=NOW, entity_offsets=offsets) as standin:
        sent = x(standin, "/tweets", ids=ORIGINAL.id, tweet__fields="entities").json["data"][0]
    text = sent["text"] if offsets == "escaped" else ORIGINAL.text
    assert sent["text"].startswith("A &lt; B &amp; so on")
    found = sent["entities"]
    cut = {kind: text[each[0]["start"] : each[0]["end"]] for kind, each in found.items()}
    assert cut == {"urls": found["urls"][0]["url"], "hashtags": "#tag", "mentions": "@bob_example"}
    assert found["urls"][0]["expanded_url"] == LINK
    assert found["mentions"][0]["id"] == BOB.id


def test_x_retweets_look_like_their_original(standin: Standin) -> None:
    sent = x(standin, query=f"{SWEEP} is:retweet", tweet__fields=FIELDS).json["data"]
    assert [each["public_metrics"]["retweet_count"] for each in sent] == [ORIGINAL.reposts]
    assert sent[0]["public_metrics"]["like_count"] == 0
    assert sent[0]["referenced_tweets"] == [{"type": "retweeted", "id": ORIGINAL.id}]
    link = sent[0]["entities"]["urls"][0]
    assert sent[0]["text"][link["start"] : link["end"]] == link["url"]


def test_x_lookup(standin: Standin) -> None:
    ids = [ORIGINAL.id, POSTS[6].id, POSTS[7].id, POSTS[8].id, "123", POSTS[9].id]
    reply = x(standin, "/tweets", ids=",".join(ids), expansions="author_id", user__fields="name,username")
    assert reply.status == 200
    assert [each["id"] for each in reply.json["data"]] == [ORIGINAL.id, POSTS[8].id]
    assert [each["author_id"] for each in reply.json["data"]] == [ADA.id, BOB.id]
    assert reply.json["includes"] == {
        "users": [{"id": ADA.id, "name": "Ada Example", "username": "ada_example"}]
    }
    errors = {each["resource_id"]: each["type"].rpartition("/")[2] for each in reply.json["errors"]}
    assert errors == {
        POSTS[6].id: "not-authorized-for-resource",
        POSTS[7].id: "resource-not-found",
        "123": "resource-not-found",
        POSTS[9].id: "resource-not-found",  # of tomorrow
    }
    gone = x(standin, "/tweets", ids="123").json
    assert set(gone) == {"errors"}
    assert x(standin, "/tweets", ids=",".join(["1"] * 101)).status == 400
    assert x(standin, "/tweets", ids="abc").status == 400


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("x-search-recent-default.json", {}),
        ("x-search-recent.json", {"tweet__fields": f"{FIELDS},conversation_id", "expansions": "author_id"}),
        (
            "x-search-recent-post-vocabulary.json",
            {
                "post__fields": "created_at,lang,public_metrics,entities,conversation_id,referenced_posts",
                "expansions": "author_id",
            },
        ),
    ],
)
def test_x_search_looks_like_its_recordings(standin: Standin, name: str, params: dict[str, str]) -> None:
    expected = keys(json.loads(recording(name)))
    link = "https://arxiv.org/abs/2106.00100"
    loud = [
        post(at("2021-06-18T10:00"), ADA, "n", [link], serial=n, likes=10, quote_of="1") for n in range(11)
    ]
    url = msgspec.structs.replace(loud[10].urls[0], unwound_url=link)
    loud[10] = msgspec.structs.replace(loud[10], urls=(url,))
    standin.world = World(users=(ADA,), posts=tuple(loud))
    sent = keys(x(standin, query=SWEEP, **params).json)
    assert expected - sent <= {"/data/entities/urls/title"}
    assert sent <= expected


def test_x_lookup_looks_like_its_recording(standin: Standin) -> None:
    expected = keys(json.loads(recording("x-tweets-lookup-partial.json")))
    fields = "author_id,created_at,public_metrics"
    reply = x(standin, "/tweets", ids=f"{ORIGINAL.id},1,{POSTS[6].id}", tweet__fields=fields)
    assert keys(reply.json) == expected


def test_x_faults_are_the_recorded_ones(standin: Standin) -> None:
    errors = json.loads(recording("x-errors.json"))
    for kind, name in {
        "401": "401",
        "402": "402_credits_old",
        "402_credits_depleted": "402_credits_new",
        "403": "403_client_not_enrolled",
        "429": "429_rate",
        "429_usage_cap": "429_usage_cap",
        "503": "503",
    }.items():
        standin.faults = [Fault("x", kind)]
        reply = x(standin, query=SWEEP)
        assert (reply.status, reply.json) == (errors[name]["status"], errors[name]["body"])
        assert set(errors[name].get("headers", {})) <= set(reply.headers)
