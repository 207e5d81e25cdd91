"""The stand-in speaks as Bluesky's API does."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from infra.local.standin import Fault, Standin, World, WorldError, merge
from infra.local.standin.bluesky_ids import did, rkey
from infra.local.standin.build import bluesky_post
from tests.unit.standin.helpers import (
    LINK,
    NOW,
    SKEET,
    SKEETS,
    WORLD,
    Reply,
    ask,
    at,
    bearer,
    bluesky,
    keys,
    log_in,
    recording,
    send,
)

JSON = {"Content-Type": "application/json"}


def texts(reply: Reply) -> list[str]:
    assert reply.status == 200
    return [each["record"]["text"].split()[0] for each in reply.json["posts"]]


def error(reply: Reply) -> tuple[int, str, str]:
    assert set(reply.json) == {"error", "message"}
    return reply.status, reply.json["error"], reply.json["message"]


# --- login ---


def login_url(standin: Standin) -> str:
    return f"{standin.environment['BLUESKY_URL']}/com.atproto.server.createSession"


def test_bluesky_logs_in(standin: Standin) -> None:
    reply = log_in(standin, identifier="ada.example.com")
    assert reply.status == 200
    assert (reply.json["did"], reply.json["handle"], reply.json["active"]) == (
        SKEET.did,
        SKEET.handle,
        True,
    )
    assert bluesky(standin, bearer(reply), q="*").status == 200
    again = log_in(standin)
    assert len({reply.json["accessJwt"], reply.json["refreshJwt"], again.json["accessJwt"]}) == 3
    assert bluesky(standin, bearer(reply), q="*").status == 200
    assert log_in(standin, identifier=SKEET.did).json["handle"] == SKEET.handle
    assert log_in(standin, identifier="did:plc:nobody").json["handle"] == "handle.invalid"
    assert log_in(standin, identifier="ada@example.com").json["handle"] == "ada.example.com"


@pytest.mark.parametrize("credentials", [{"password": "wrong"}, {"identifier": "ada"}])
def test_bluesky_refuses_a_login(standin: Standin, credentials: dict[str, str]) -> None:
    reply = log_in(standin, **credentials)
    assert error(reply) == (401, "AuthenticationRequired", "Invalid identifier or password")


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        (JSON, '{"identifier": "ada.example.com"}', 'Input must have the property "password"'),
        (JSON, '{"identifier": "ada.example.com", "password": 1}', 'must have the property "password"'),
        (JSON, "[1]", 'must have the property "identifier"'),
        (JSON, '{"password": "secret"', 'must have the property "identifier"'),
        ({}, '{"identifier": "a.b", "password": "secret"}', "required but not provided"),
        (
            {"Content-Type": "application/x-www-form-urlencoded"},
            "identifier=a.b&password=secret",
            "Wrong request encoding",
        ),
    ],
)
def test_bluesky_wants_a_json_body(
    standin: Standin, headers: dict[str, str], body: str, message: str
) -> None:
    status, name, text = error(send(standin, "POST", login_url(standin), headers, body))
    assert (status, name) == (400, "InvalidRequest")
    assert message in text
    assert "secret" not in repr(standin.requests)


def test_bluesky_takes_no_credentials_from_the_address(standin: Standin) -> None:
    url = f"{login_url(standin)}?identifier=ada.example.com&password=secret"
    assert error(send(standin, "POST", url, JSON, "{}"))[:2] == (400, "InvalidRequest")
    assert "secret" not in repr(standin.requests)


def test_bluesky_records_a_login_without_its_password(standin: Standin) -> None:
    log_in(standin, identifier="ada.example.com", password="secret")
    bluesky(standin, {}, q="*")
    login, search = standin.requests_to("bluesky")
    assert (login.method, login.path) == ("POST", "/bsky/xrpc/com.atproto.server.createSession")
    assert login.params == {"identifier": "ada.example.com"}
    assert "secret" not in repr(login)
    assert (search.method, search.params, search.status) == ("GET", {"q": "*"}, 401)


def test_bluesky_knows_its_methods(standin: Standin) -> None:
    base = standin.environment["BLUESKY_URL"]
    assert error(send(standin, "GET", login_url(standin)))[:2] == (400, "InvalidRequest")
    search = f"{base}/app.bsky.feed.searchPosts?q=a"
    assert error(send(standin, "POST", search, bearer(log_in(standin)), ""))[:2] == (400, "InvalidRequest")
    assert error(send(standin, "GET", f"{base}/app.bsky.feed.getPosts"))[:2] == (501, "MethodNotImplemented")


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"}, {"Authorization": "abc"}]
)
def test_bluesky_wants_a_token(standin: Standin, headers: dict[str, str]) -> None:
    assert error(bluesky(standin, headers, q="*")) == (401, "AuthMissing", "Authentication Required")


def test_bluesky_tokens_expire(standin: Standin) -> None:
    session = log_in(standin)
    headers, refresh = bearer(session), {"Authorization": f"Bearer {session.json['refreshJwt']}"}
    assert error(bluesky(standin, refresh, q="*"))[:2] == (400, "ExpiredToken")
    standin.now = NOW + timedelta(hours=2)
    assert bluesky(standin, headers, q="*").status == 200
    standin.now = NOW + timedelta(hours=2, seconds=1)
    assert error(bluesky(standin, headers, q="*")) == (400, "ExpiredToken", "Token has expired")
    assert bluesky(standin, q="*").status == 200
    standin.bluesky_expired = 401
    assert error(bluesky(standin, headers, q="*"))[:2] == (401, "ExpiredToken")
    with Standin(WORLD, now=NOW, bluesky_expired=401) as other:
        # A token of another server is as good as none.
        assert error(bluesky(other, headers, q="*"))[:2] == (401, "ExpiredToken")


# --- search ---


def test_bluesky_finds_the_latest_first(standin: Standin) -> None:
    reply = bluesky(standin, q="*")
    assert texts(reply) == ["odd", "hm", "false", "look", "long", "Größer"]
    # The deleted one is counted but not shown, the one of tomorrow is neither.
    assert reply.json["hitsTotal"] == 7
    assert "cursor" not in reply.json
    assert texts(bluesky(standin, q="*", sort="top"))[:3] == ["look", "Größer", "long"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": "arxiv"}, ["odd", "look", "long", "Größer"]),
        ({"q": "ARXIV.org"}, ["odd", "look", "long", "Größer"]),
        ({"q": "context"}, ["long"]),  # the link is cut short in the text
        ({"q": "look arxiv"}, ["look"]),
        ({"q": '"arxiv org abs"'}, ["odd", "look", "long", "Größer"]),
        ({"q": "org.arxiv"}, []),
        ({"q": "* größe"}, []),
        ({"q": "* größer"}, ["Größer"]),
        ({"q": LINK}, ["odd", "Größer"]),
        ({"q": "*", "domain": "arxiv.org"}, ["odd", "look", "long", "Größer"]),
        ({"q": "*", "domain": "www.ArXiv.org"}, ["odd", "look", "long", "Größer"]),
        ({"q": "*", "domain": "xiv.org"}, []),
        ({"q": "*", "since": "2021-06-18T15:00:00Z"}, ["odd", "hm"]),
        ({"q": "*", "since": "2021-06-18T15:00:00.001Z"}, ["odd"]),
        ({"q": "*", "until": "2021-06-18T13:00:00+02:00"}, ["Größer"]),
        ({"q": "*", "since": "2021-06-18T14:00:00Z", "until": "2021-06-19"}, ["odd", "hm", "false"]),
        ({"q": "arxiv", "since": "2021-06-18"}, ["odd", "look", "long", "Größer"]),
        ({"q": "*", "since": "2021-06-19"}, []),
        ({"q": "*", "until": "2021-06-18"}, []),
    ],
)
def test_bluesky_filters(standin: Standin, params: dict[str, Any], found: list[str]) -> None:
    assert texts(bluesky(standin, **params)) == found


def test_bluesky_goes_by_the_earlier_time(standin: Standin) -> None:
    ten, noon = at("2021-06-18T10:00"), at("2021-06-18T12:00")
    standin.world = World(
        bluesky=(
            bluesky_post(ten, "a.example.com", "", "backdated", indexed_at=noon),
            bluesky_post(at("2021-07-01T10:00"), "b.example.com", "", "postdated", indexed_at=noon),
        )
    )
    assert texts(bluesky(standin, q="*", until="2021-06-18T12:00:00Z")) == ["backdated"]
    assert texts(bluesky(standin, q="*", until="2021-06-18T12:00:01Z")) == ["postdated", "backdated"]
    assert texts(bluesky(standin, q="*", since="2021-06-18T12:00:00Z")) == ["postdated"]
    standin.now = at("2021-06-18T11:00")
    assert texts(bluesky(standin, q="*")) == []


@pytest.mark.parametrize(
    ("reading", "star", "words"),
    [
        ("any", 7, 5),
        ("text", 7, 4),  # one has its link in the card alone
        ("no_star", None, 5),
        ("star_literal", 0, 5),
    ],
)
def test_bluesky_readings_of_a_query(reading: Any, star: int | None, words: int) -> None:
    with Standin(WORLD, now=NOW, bluesky_query=reading) as standin:
        everything = bluesky(standin, q="*")
        if star is None:
            assert error(everything)[:2] == (400, "BadQueryString")
        else:
            assert everything.json["hitsTotal"] == star
        assert bluesky(standin, q="arxiv.org").json["hitsTotal"] == words


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": ""},
        {"q": "*", "limit": 0},
        {"q": "*", "limit": 101},
        {"q": "*", "limit": "many"},
        {"q": "*", "cursor": "nonsense"},
        {"q": "*", "cursor": -1},
        {"q": "*", "sort": "oldest"},
        {"q": "*", "since": "yesterday"},
        {"q": "*", "since": "2021-06-18T10:00:00"},
        {"q": "*", "until": "2021-13-01"},
        {"q": "*", "author": "ada.example.com"},
    ],
)
def test_bluesky_refuses(standin: Standin, params: dict[str, Any]) -> None:
    assert error(bluesky(standin, **params))[:2] == (400, "InvalidRequest")


@pytest.mark.parametrize("query", ["from:ada.example.com", "a OR b", "a | b", "-arxiv", "(a b)"])
def test_bluesky_refuses_what_it_does_not_read(standin: Standin, query: str) -> None:
    assert error(bluesky(standin, q=query))[:2] == (400, "BadQueryString")


def test_bluesky_pages(standin: Standin) -> None:
    headers = bearer(log_in(standin))
    many = [
        bluesky_post(at("2021-06-18T10:00"), "a.example.com", "", f"n{n}", [LINK], serial=n)
        for n in range(60)
    ]
    gone = [msgspec.structs.replace(each, state="deleted") for each in many[10:20]]
    standin.world = World(bluesky=(*many[:10], *gone, *many[20:]))

    def pages(**params: Any) -> list[list[str]]:
        found, cursor = [], {"cursor": "0"}
        while cursor:
            reply = bluesky(standin, headers, q="*", **params, **cursor)
            assert reply.json["hitsTotal"] == 60
            found.append(texts(reply))
            cursor = {"cursor": reply.json["cursor"]} if "cursor" in reply.json else {}
            assert len(found) < 20
        return found

    shown = [f"n{n}" for n in reversed(range(60)) if not 10 <= n < 20]
    whole = pages()
    assert [len(page) for page in whole] == [25, 15, 10]
    assert [each for page in whole for each in page] == shown
    # A page of deleted posts is empty and not the last.
    assert [len(page) for page in pages(limit=10)] == [10, 10, 10, 10, 0, 10]
    assert [len(page) for page in pages(limit=100)] == [50]
    standin.page_sizes["bluesky"] = 40
    assert [len(page) for page in pages(limit=100)] == [40, 10]
    assert texts(bluesky(standin, headers, q="*", cursor=1000)) == []


def test_bluesky_tells_its_limits(standin: Standin) -> None:
    reset = str(int((NOW + timedelta(minutes=5)).timestamp()))
    for reply, limit in ((log_in(standin), 30), (bluesky(standin, q="*"), 3000)):
        assert {name: value for name, value in reply.headers.items() if name.startswith("ratelimit")} == {
            "ratelimit-limit": str(limit),
            "ratelimit-remaining": str(limit - 1),
            "ratelimit-reset": reset,
            "ratelimit-policy": f"{limit};w=300",
        }


# --- posts ---


def sent(standin: Standin, word: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = bluesky(standin, q=word).json["posts"]
    return next(each for each in found if each["record"]["text"].startswith(word))


def test_bluesky_facets_count_bytes(standin: Standin) -> None:
    record = sent(standin, "Größer")["record"]
    text = record["text"].encode()
    assert record["text"] == "Größer → 🎉 #tag @bob.example.com arxiv.org/abs/2106.00100"
    found = [
        (text[each["index"]["byteStart"] : each["index"]["byteEnd"]].decode(), *each["features"])
        for each in record["facets"]
    ]
    assert found == [
        ("#tag", {"$type": "app.bsky.richtext.facet#tag", "tag": "tag"}),
        ("@bob.example.com", {"$type": "app.bsky.richtext.facet#mention", "did": SKEETS[1].did}),
        ("arxiv.org/abs/2106.00100", {"$type": "app.bsky.richtext.facet#link", "uri": LINK}),
    ]


def test_bluesky_cuts_links_short(standin: Standin) -> None:
    record = sent(standin, "long")["record"]
    assert record["text"] == "long arxiv.org/abs/2106.00100v1?…"
    assert record["facets"][0]["features"][0]["uri"] == f"{LINK}v1?context=cs"
    assert record["facets"][0]["index"] == {"byteStart": 5, "byteEnd": len(record["text"].encode())}


def test_bluesky_posts(standin: Standin) -> None:
    post = sent(standin, "Größer")
    assert post["uri"] == f"at://{did('ada.example.com')}/app.bsky.feed.post/{SKEET.rkey}"
    assert re.fullmatch("at://did:plc:[a-z2-7]{24}/app.bsky.feed.post/[a-z2-7]{13}", post["uri"])
    assert re.fullmatch("bafyrei[a-z2-7]{52}", post["cid"])
    assert post["cid"] != sent(standin, "long")["cid"]
    counts = [post[f"{name}Count"] for name in ("repost", "like", "reply", "quote", "bookmark")]
    assert counts == [5, 7, 3, 2, 0]
    assert post["record"]["createdAt"] == post["indexedAt"] == "2021-06-18T10:00:00.000Z"
    assert post["record"]["langs"] == ["en"]
    assert [sent(standin, word)["author"]["displayName"] for word in ("Größer", "long")] == [
        "Ada Example",
        "",
    ]
    assert "displayName" not in sent(standin, "look")["author"]


def test_bluesky_embeds(standin: Standin) -> None:
    post = sent(standin, "Größer")
    assert (post["record"]["embed"]["$type"], post["embed"]["$type"]) == (
        "app.bsky.embed.external",
        "app.bsky.embed.external#view",
    )
    assert post["record"]["embed"]["external"]["uri"] == post["embed"]["external"]["uri"] == LINK
    both = sent(standin, "look")
    written, shown = both["record"]["embed"], both["embed"]
    assert (written["$type"], shown["$type"]) == (
        "app.bsky.embed.recordWithMedia",
        "app.bsky.embed.recordWithMedia#view",
    )
    assert written["media"]["external"]["uri"] == shown["media"]["external"]["uri"] == f"{LINK}v1"
    assert (written["media"]["$type"], shown["media"]["$type"]) == (
        "app.bsky.embed.external",
        "app.bsky.embed.external#view",
    )
    assert written["record"]["record"] == {"uri": SKEET.uri, "cid": post["cid"]}
    quoted = shown["record"]["record"]
    assert quoted["$type"] == "app.bsky.embed.record#viewRecord"
    assert (quoted["value"], quoted["embeds"]) == (post["record"], [post["embed"]])
    missing = sent(standin, "hm")
    assert missing["record"]["embed"]["$type"] == "app.bsky.embed.record"
    assert missing["embed"]["record"]["$type"] == "app.bsky.embed.record#viewNotFound"
    assert "embed" not in sent(standin, "long")
    assert "embed" not in sent(standin, "long")["record"]


def test_bluesky_sends_labels_and_types_that_nobody_knows(standin: Standin) -> None:
    post = sent(standin, "odd")
    assert [(each["val"], each["uri"]) for each in post["labels"]] == [("spam", post["uri"])]
    by_author = post["author"]["labels"]
    assert [(each["val"], each["src"]) for each in by_author] == [
        ("!no-unauthenticated", post["author"]["did"])
    ]
    assert "langs" not in post["record"]
    types = [[each["$type"] for each in facet["features"]] for facet in post["record"]["facets"]]
    novelty = "com.example.richtext.facet#novelty"
    assert types == [[novelty], [novelty, "app.bsky.richtext.facet#link"]]
    embeds = (post["record"]["embed"]["$type"], post["embed"]["$type"])
    assert embeds == ("com.example.embed.novelty", "com.example.embed.novelty#view")


# --- the world ---


def test_bluesky_keys_tell_time_and_serial() -> None:
    assert rkey(at("1970-01-01T00:00")) == "2" * 13
    ordered = [rkey(NOW), rkey(NOW, 1), rkey(NOW, 1023), rkey(NOW + timedelta(microseconds=1))]
    assert ordered == sorted(set(ordered))
    assert all(re.fullmatch("[234567a-j][234567a-z]{12}", each) for each in ordered)


def test_bluesky_worlds_hold_together() -> None:
    with pytest.raises(WorldError, match=f"post {SKEET.uri} is there twice"):
        World(bluesky=(SKEET, SKEET))
    for start, end in ((0, len(SKEET.text) + 1), (3, 3), (4, 3)):
        wrong = msgspec.structs.replace(SKEET.links[0], start=start, end=end)
        with pytest.raises(WorldError, match=f"the link at {start} is not within the text"):
            World(bluesky=(msgspec.structs.replace(SKEET, links=(wrong,)),))
    both = merge(World(bluesky=SKEETS[:2]), World(bluesky=SKEETS[1:]))
    assert both.bluesky == SKEETS
    with pytest.raises(WorldError, match="is there twice"):
        merge(World(bluesky=(SKEET,)), World(bluesky=(msgspec.structs.replace(SKEET, likes=8),)))


# --- against recordings ---


def test_bluesky_looks_like_its_recordings(standin: Standin) -> None:
    expected = keys(json.loads(recording("bluesky-searchPosts.json")))
    standin.world = World(bluesky=SKEETS[:2])
    found = keys(bluesky(standin, q="*", limit=1).json) | keys(bluesky(standin, q="*", cursor=1).json)
    unlike = found ^ expected
    assert {each for each in unlike if not re.search(r"/thumb|features/(tag|did)$", each)} == set()
    session = keys(json.loads(recording("bluesky-createSession.json")))
    assert {each for each in session if not re.match("/(didDoc|email)", each)} == keys(log_in(standin).json)
    nothing = bluesky(standin, q="nothing").json
    assert set(json.loads(recording("bluesky-searchPosts-last-page.json"))) == set(nothing) - {"hitsTotal"}


def test_bluesky_quotes_look_like_their_recording(standin: Standin) -> None:
    thread = json.loads(recording("bluesky-getPostThread.json"))["thread"]["post"]
    post = sent(standin, "look")
    for part in ("record", "embed"):
        # Pictures are another kind of media, and whoever looks has no view of their own here.
        known = keys(thread[part] if part == "embed" else thread[part]["embed"])
        shown = keys(post[part] if part == "embed" else post[part]["embed"])
        missing = {each for each in known - shown if not re.search("/images|/viewer|/displayName", each)}
        assert missing == set()
    created = datetime.fromisoformat(thread["record"]["createdAt"])
    # Programs make the key some milliseconds after or before the time they write down.
    assert rkey(created)[:6] == thread["uri"].rpartition("/")[2][:6]


def test_bluesky_faults_are_the_recorded_ones(standin: Standin) -> None:
    errors = json.loads(recording("bluesky-errors.json"))
    headers = bearer(log_in(standin))
    for kind, name in {
        "401": "401_no_auth_at_pds",
        "429": "429",
        "expired_token": "400_expired_token",
    }.items():
        standin.faults = [Fault("bluesky", kind)]
        reply = bluesky(standin, headers, q="*")
        assert (reply.status, reply.json) == (errors[name]["status"], errors[name]["body"])
        assert set(errors[name].get("headers", {})) <= set(reply.headers)
    standin.faults = [Fault("bluesky", "401")]
    refused = log_in(standin)
    assert (refused.status, refused.json) == (401, errors["401_createSession"]["body"])
    standin.faults = [Fault("bluesky", "403")]
    page = bluesky(standin, headers, q="*")
    assert (page.status, page.headers["Content-Type"]) == (403, "text/html")
    assert b"<h1>403 Forbidden</h1>" in page.body
    assert b"<h1>403 Forbidden</h1>" in errors["403_public_host"]["body"].encode()


def test_bluesky_faults(standin: Standin) -> None:
    headers = bearer(log_in(standin))

    def struck(kind: str) -> Reply:
        standin.faults = [Fault("bluesky", kind)]
        return bluesky(standin, headers, q="*")

    assert error(struck("400"))[:2] == (400, "InvalidRequest")
    assert error(struck("401"))[:2] == (401, "AuthMissing")
    assert error(struck("500"))[:2] == (500, "InternalServerError")
    assert error(struck("expired_token")) == (400, "ExpiredToken", "Token has expired")
    for kind in ("403", "502", "503"):
        reply = struck(kind)
        assert (reply.status, reply.headers["Content-Type"]) == (int(kind), "text/html")
    limited = struck("429")
    assert error(limited)[:2] == (429, "RateLimitExceeded")
    assert {name: value for name, value in limited.headers.items() if name.startswith("ratelimit")} == {
        "ratelimit-limit": "3000",
        "ratelimit-remaining": "0",
        "ratelimit-reset": str(int((NOW + timedelta(seconds=55)).timestamp())),
        "ratelimit-policy": "3000;w=300",
    }


def test_bluesky_token_expires_once_on_request(standin: Standin) -> None:
    headers = bearer(log_in(standin))
    standin.faults = [Fault("bluesky", "expired_token", times=1, match="searchPosts")]
    assert log_in(standin).status == 200
    assert [bluesky(standin, headers, q="*").status for _ in range(2)] == [400, 200]
    assert ask(standin, "BLUESKY_URL", "/app.bsky.feed.searchPosts", q="*").status == 401
