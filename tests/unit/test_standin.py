"""The stand-in speaks as the services do, fails as told, and its worlds hold together."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import msgspec
import pytest

from infra.local import sample
from infra.local.standin import Fault, Standin, World, WorldError, load, merge
from infra.local.standin.__main__ import main
from infra.local.standin.build import cold_papers, post, post_id, sent_at, user
from infra.local.standin.golden import day_from_golden
from infra.local.standin.neighbours import neighbours
from infra.local.standin.schedule import window, working_day
from infra.local.standin.split import Counts, split
from infra.local.standin.world import Paper, Post, Story, Upvotes, dump

REFERENCE = Path(__file__).parents[3] / "shared"
DAY = date(2021, 6, 18)
NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
OAI = "{http://www.openarchives.org/OAI/2.0/}"
RAW = "{http://arxiv.org/OAI/arXivRaw/}"
ATOM = "{http://www.w3.org/2005/Atom}"
SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"

ADA, BOB = user("ada_example", "Ada Example"), user("bob_example", "Bob Example")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def paper(number: int, categories: str = "cs.LG", listed: date = DAY, **more: Any) -> Paper:
    values = {
        "title": f"Paper {number}",
        "authors": ("Ada Example", "Bob O'Neil"),
        "abstract": "It's <short> & good.",
        "versions": (datetime(2021, 6, 17, 0, number % 60, tzinfo=UTC),),
    }
    return Paper(
        id=f"2106.{number:05}", categories=tuple(categories.split()), listed=listed, **(values | more)
    )


PAPERS = (
    paper(100, "cs.LG stat.ML"),
    paper(101, "hep-th"),
    paper(102, "math.NA"),
    paper(103, "physics.optics cs.CV", queryable=False),
    paper(90, "cs.LG", date(2021, 6, 17), versions=(at("2021-06-16T10:00"),)),
    paper(
        50,
        "cs.AI",
        date(2021, 6, 10),
        datestamp=DAY,
        versions=(at("2021-06-08T10:00"), at("2021-06-17T09:00")),
    ),
    paper(200, "cs.LG", date(2021, 6, 21), versions=(at("2021-06-18T10:00"),)),
)


def story(number: int, hour: int, title: str, author: str = "bob", **more: Any) -> Story:
    when = at("2021-06-18T00:00") + timedelta(hours=hour)
    return Story(id=number, title=title, author=author, created_at=when, **more)


LINK = "https://arxiv.org/abs/2106.00100"
ORIGINAL = post(
    at("2021-06-18T10:00"), ADA, "A < B & so on #tag @bob_example", [LINK], reposts=50, likes=70, replies=3
)
POSTS = (
    ORIGINAL,
    post(at("2021-06-18T11:00"), BOB, "quiet", [LINK], likes=9),
    post(at("2021-06-18T12:00"), BOB, "loud only by reposts", [LINK], reposts=10, quote_of=ORIGINAL.id),
    post(at("2021-06-18T13:00"), BOB, "", retweet_of=ORIGINAL.id),
    post(at("2021-06-18T14:00"), BOB, "false friend", ["https://notarxiv.org/abs/2106.00100"], likes=99),
    post(at("2021-06-18T15:00"), BOB, "elsewhere", ["https://example.org/"], likes=99),
    post(at("2021-06-18T16:00"), BOB, "shut", [LINK], likes=99, state="protected"),
    post(at("2021-06-18T17:00"), BOB, "gone", [LINK], likes=99, state="deleted"),
    post(at("2021-06-18T18:00"), BOB, "whose?", [LINK], likes=99, state="authorless"),
    post(at("2021-06-20T18:00"), BOB, "tomorrow", [LINK], likes=99),
)
STORIES = (
    story(1, 10, "A paper", "ada", url=LINK, points=30, comments=4),
    story(2, 11, "Again", url="https://arxiv.org/list/cs/new", points=2),
    story(3, 12, "arxiv.org rocks", text="<p>text"),
    story(4, 13, "Far words", url="https://example.org/arxiv"),
)
UPVOTES = (
    Upvotes(
        paper="2106.00100",
        date=DAY,
        upvotes=7,
        comments=2,
        github_repo="https://github.com/a/b",
        github_stars=5,
    ),
    Upvotes(paper="2106.00102", date=DAY, upvotes=9),
    Upvotes(paper="2106.00090", date=date(2021, 6, 17), upvotes=99, title="Its own title"),
)
WORLD = World(papers=PAPERS, users=(ADA, BOB), posts=POSTS, stories=STORIES, upvotes=UPVOTES)
BEARER = {"Authorization": "Bearer secret"}


class Reply:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.body)  # noqa: S314 - our own server's


def ask(standin: Standin, setting: str, path: str = "", *, headers: Any = None, **params: Any) -> Reply:
    """One GET; a trailing underscore of a parameter's name is dropped, two stand for a dot."""
    query = urlencode({name.rstrip("_").replace("__", "."): value for name, value in params.items()})
    return get(standin, f"{standin.environment[setting]}{path}?{query}", headers)


def get(standin: Standin, url: str, headers: dict[str, str] | None = None) -> Reply:
    target = url.removeprefix(standin.url)
    connection = http.client.HTTPConnection(urlsplit(standin.url).netloc, timeout=5)
    try:
        connection.request("GET", target, headers=headers or {})
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def oai(standin: Standin, **params: Any) -> Reply:
    reply = ask(standin, "ARXIV_OAI_URL", **({"verb": "ListRecords"} | params))
    assert reply.status == 200  # whatever it says
    return reply


def oai_ids(reply: Reply) -> list[str]:
    return [each.text.rpartition(":")[2] for each in reply.xml.iter(f"{OAI}identifier") if each.text]


def oai_error(reply: Reply) -> str:
    error = reply.xml.find(f"{OAI}error")
    return error.get("code", "") if error is not None else ""


def x(standin: Standin, path: str = "/tweets/search/recent", **params: Any) -> Reply:
    return ask(standin, "X_API_URL", path, headers=BEARER, **params)


@pytest.fixture
def standin() -> Iterator[Standin]:
    with Standin(WORLD, now=NOW) as running:
        yield running


# --- OAI ---


def days(first: str = "2021-06-18", until: str = "2021-06-18", **more: str) -> dict[str, str]:
    return {"metadataPrefix": "arXivRaw", "from_": first, "until": until} | more


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("cs", [50, 100, 102, 103]),  # the cross-list and, by its alias, math.NA too
        ("cs:cs", [50, 100, 102, 103]),
        ("cs:cs:LG", [100]),
        ("cs:cs:NA", [102]),
        ("math:math:NA", [102]),
        ("stat:stat:ML", [100]),
        ("physics:hep-th", [101]),
        ("physics", [101, 103]),
    ],
)
def test_oai_sets(standin: Standin, name: str, numbers: list[int]) -> None:
    assert oai_ids(oai(standin, **days(set=name))) == [f"2106.{number:05}" for number in numbers]


def test_oai_raw_record(standin: Standin) -> None:
    reply = oai(standin, **days(set="cs:cs:AI"))
    record = reply.xml.find(f".//{RAW}arXivRaw")
    assert record is not None
    assert [each.get("version") for each in record.findall(f"{RAW}version")] == ["v1", "v2"]
    assert record.findtext(f"{RAW}version/{RAW}date") == "Tue, 08 Jun 2021 10:00:00 GMT"
    assert record.findtext(f"{RAW}authors") == "Ada Example, Bob O'Neil"
    assert record.findtext(f"{RAW}abstract") == "It's <short> & good."
    assert b"It&#39;s &lt;short&gt; &amp; good." in reply.body
    assert [each.text for each in reply.xml.iter(f"{OAI}datestamp")] == ["2021-06-18"]


def test_oai_structured_format_dates_the_current_version(standin: Standin) -> None:
    reply = oai(standin, **days(metadataPrefix="arXiv", set="cs:cs:AI"))
    space = "{http://arxiv.org/OAI/arXiv/}"
    assert [each.text for each in reply.xml.iter(f"{space}created")] == ["2021-06-17"]
    assert [each.text for each in reply.xml.iter(f"{space}keyname")] == ["Example", "O'Neil"]


def test_oai_has_what_is_ready(standin: Standin) -> None:
    standin.now = at("2021-06-18T02:29")
    assert oai_error(oai(standin, **days())) == "noRecordsMatch"
    # The edit of 2106.00050 has not happened yet either.
    before = oai(standin, **days("2021-06-10", "2021-06-18"))
    assert oai_ids(before) == ["2106.00050", "2106.00090"]
    assert before.body.count(b"<version ") == 2
    standin.now = at("2021-06-18T02:30")
    assert "2106.00100" in oai_ids(oai(standin, **days()))


def test_oai_pages(standin: Standin) -> None:
    whole = oai_ids(oai(standin, **days("2021-06-17")))
    assert whole == ["2106.00090", "2106.00050", "2106.00100", "2106.00101", "2106.00102", "2106.00103"]
    standin.page_sizes["oai"] = 2
    token: ET.Element | None = None
    reply, found, echoed = oai(standin, **days("2021-06-17")), [], []
    for _ in range(4):
        found += oai_ids(reply)
        request = reply.xml.find(f"{OAI}request")
        assert request is not None
        echoed.append(request.get("from"))
        token = reply.xml.find(f".//{OAI}resumptionToken")
        assert token is not None
        if not token.text:
            break
        assert token.attrib == {"expirationDate": "2021-06-20T00:00:00Z"}
        assert token.text.startswith("verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2021-06-18")
        reply = oai(standin, resumptionToken=token.text)
    assert found == whole
    assert token is not None
    assert not token.text
    assert echoed[0] == "2021-06-18"  # moved forward in the page that asked from the 17th
    standin.page_sizes["oai"] = 6
    assert oai(standin, **days("2021-06-17")).xml.find(f".//{OAI}resumptionToken") is None


# What arrives when a client does not encode a token's percent signs again.
ONCE_DECODED = "verb=ListRecords&metadataPrefix=arXivRaw&from=2021-06-18&skip=1"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (days(until="2021-06-21"), "badArgument"),
        (days("2021-06-18", "2021-06-17"), "badArgument"),
        (days("2005-01-01"), "badArgument"),
        (days("18.06.2021"), "badArgument"),
        (days(set="nonsense"), "badArgument"),
        (days(page="2"), "badArgument"),
        ({"from_": "2021-06-18"}, "badArgument"),
        (days() | {"resumptionToken": "x"}, "badArgument"),
        ({"resumptionToken": "x"}, "badResumptionToken"),
        ({"resumptionToken": ONCE_DECODED}, "badResumptionToken"),
        (days(metadataPrefix="oai_marc"), "cannotDisseminateFormat"),
        (days("2021-06-19", "2021-06-19"), "noRecordsMatch"),
        ({"verb": "ListEverything"}, "badVerb"),
    ],
)  # fmt: skip
def test_oai_errors(standin: Standin, params: dict[str, str], code: str) -> None:
    reply = oai(standin, **params)
    assert oai_error(reply) == code
    assert reply.headers["Content-Type"].startswith("text/xml")
    if code in {"badArgument", "badVerb"}:
        request = reply.xml.find(f"{OAI}request")
        assert request is not None
        assert not request.attrib


def test_oai_refuses_repeated_parameters(standin: Standin) -> None:
    assert oai_error(get(standin, f"{standin.url}/oai?verb=Identify&verb=Identify")) == "badArgument"


# --- the query API ---


def atom(standin: Standin, **params: Any) -> Reply:
    return ask(standin, "ARXIV_API_URL", **params)


def entries(reply: Reply) -> list[str]:
    return [
        (each.findtext(f"{ATOM}id") or "").rpartition("/")[2] for each in reply.xml.findall(f"{ATOM}entry")
    ]


def total(reply: Reply) -> int:
    return int(reply.xml.findtext(f"{SEARCH}totalResults") or -1)


WINDOW = "submittedDate:[202106161800 TO 202106171800]"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        (f"(cat:cs.LG OR cat:cs.CV) AND {WINDOW}", [100]),  # 103 is missing from the search
        (f"(cat:stat.ML OR cat:hep-th) AND {WINDOW}", [100, 101]),
        ("cat:cs.LG AND submittedDate:[202106160000 TO 202106161000]", [90]),
        ("cat:cs.LG ANDNOT cat:stat.ML", [90]),
        ("cat:hep-th cat:math.NA", [101, 102]),  # nothing between two terms means OR
        ("cat:cs.*", []),
        ("ti:nothing", []),
        (f"cat:cs.AI AND {WINDOW}", []),  # its second version is of that window, its first is not
    ],
)
def test_query_finds(standin: Standin, query: str, numbers: list[int]) -> None:
    reply = atom(standin, search_query=query, sortBy="submittedDate", sortOrder="ascending", max_results=100)
    assert reply.status == 200
    assert sorted(entries(reply)) == [f"2106.{number:05}v1" for number in sorted(numbers)]
    assert total(reply) == len(numbers)


def test_query_by_ids(standin: Standin) -> None:
    ids = "2106.00103,2106.00050v1,2106.00050,2106.00050v3,2106.99999,0000.0000,2106.00200"
    reply = atom(standin, id_list=ids)
    assert entries(reply) == ["2106.00103v1", "2106.00050v1", "2106.00050v2"]
    first, second = reply.xml.findall(f"{ATOM}entry")[1:]
    assert first.findtext(f"{ATOM}updated") == first.findtext(f"{ATOM}published") == "2021-06-08T10:00:00Z"
    assert second.findtext(f"{ATOM}updated") == "2021-06-17T09:00:00Z"


def test_query_pages_and_defaults_to_ten(standin: Standin) -> None:
    standin.world = World(papers=cold_papers(DAY, [f"2106.{number:05}" for number in range(25)]))
    asked = {"search_query": WINDOW, "sortBy": "submittedDate"}
    assert len(entries(atom(standin, **asked))) == 10
    page = atom(standin, **asked, start=20, max_results=10, sortOrder="ascending")
    assert entries(page) == [f"2106.{number:05}v1" for number in range(20, 25)]
    assert total(page) == 25
    titles = [each.findtext(f"{ATOM}title") or "" for each in atom(standin, **asked).xml.iter(f"{ATOM}entry")]
    assert any("\n" in title for title in titles)
    assert any("\n" not in title for title in titles)


def test_query_knows_only_what_is_announced(standin: Standin) -> None:
    standin.now = at("2021-06-17T23:59")
    assert entries(atom(standin, id_list="2106.00100,2106.00050")) == ["2106.00050v1"]
    standin.now = at("2021-06-18T00:00")
    assert entries(atom(standin, id_list="2106.00100,2106.00050")) == ["2106.00100v1", "2106.00050v2"]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"id_list": "2106.00100,abc"}, "incorrect id format for abc"),
        ({"search_query": WINDOW, "max_results": "many"}, "max_results must be an integer"),
        ({"search_query": WINDOW, "start": -1}, "start must be non-negative"),
        (
            {"search_query": WINDOW, "start": 9999},
            "max_results must be no more than 2000, start + max_results 10000",
        ),
        (
            {"search_query": WINDOW, "sortBy": "age"},
            "sortBy must be in: relevance, lastUpdatedDate, submittedDate",
        ),
    ],
)
def test_query_errors(standin: Standin, params: dict[str, str], text: str) -> None:
    reply = atom(standin, **params)
    assert reply.status == 400
    assert reply.xml.findtext(f"{ATOM}entry/{ATOM}title") == "Error"
    assert reply.xml.findtext(f"{ATOM}entry/{ATOM}summary") == text


# --- X ---

SWEEP = 'url:"arxiv.org" (min_likes:10 OR min_reposts:10)'
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


# --- Hacker News ---


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


# --- Hugging Face ---


def daily(standin: Standin, **params: Any) -> Reply:
    return ask(standin, "HUGGINGFACE_URL", "/daily_papers", **params)


def test_huggingface_by_date(standin: Standin) -> None:
    reply = daily(standin, date=DAY, limit=1)
    assert [(each["paper"]["id"], each["paper"]["upvotes"]) for each in reply.json] == [("2106.00102", 9)]
    following = re.fullmatch(r"<https://huggingface\.co/api(.+)>; rel=\"next\"", reply.headers["Link"])
    assert following is not None
    second = get(standin, standin.environment["HUGGINGFACE_URL"] + following[1])
    assert [(each["paper"]["id"], each["numComments"]) for each in second.json] == [("2106.00100", 2)]
    assert second.json[0]["paper"]["githubStars"] == 5
    assert "Link" not in second.headers
    assert daily(standin, date="2021-06-19").json == []
    assert daily(standin, date="2021-06-17").json[0]["title"] == "Its own title"


@pytest.mark.parametrize(
    "params", [{"limit": 101}, {"date": "2021-06-20"}, {"date": "today"}, {"sort": "best"}]
)
def test_huggingface_refuses(standin: Standin, params: dict[str, Any]) -> None:
    reply = daily(standin, **params)
    assert reply.status == 400
    assert set(reply.json) == {"error"}


# --- the shape of the recordings ---


def recording(name: str) -> bytes:
    path = REFERENCE / "upstream" / "recordings" / name
    if not path.exists():
        pytest.skip(f"the recordings are not beside this checkout: no {path}")
    return path.read_bytes()


def paths(element: ET.Element, above: str = "") -> set[str]:
    here = f"{above}/{element.tag.rpartition('}')[2]}"
    found = {here} | {f"{here}@{name.rpartition('}')[2]}" for name in element.attrib}
    return found.union(*(paths(child, here) for child in element))


def keys(value: Any, above: str = "") -> set[str]:
    if isinstance(value, list):
        return set().union(*(keys(each, above) for each in value))
    if not isinstance(value, dict):
        return {above}
    return {above}.union(*(keys(each, f"{above}/{name}") for name, each in value.items()))


OPTIONAL = re.compile(
    r"/(comments|journal-ref|doi|(msc|acm)-class|updated|suffix|comment|journal_ref)$|@(schemaLocation|rel|title)$|source_type|/license$"
)


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("arxiv-oai-arXivRaw-page1-with-token.xml", days(set="cs")),
        ("arxiv-oai-arXiv-cs-token.xml", days(set="cs", metadataPrefix="arXiv")),
        ("arxiv-oai-ListIdentifiers.xml", days(set="cs", verb="ListIdentifiers")),
        ("arxiv-oai-Identify.xml", {"verb": "Identify"}),
        ("arxiv-oai-error-badArgument.xml", days(until="2022-01-01")),
        ("arxiv-oai-error-noRecordsMatch.xml", days("2021-06-19", "2021-06-19", set="cs")),
        ("arxiv-oai-error-badResumptionToken.xml", {"resumptionToken": "x"}),
    ],
)
def test_oai_looks_like_its_recordings(standin: Standin, name: str, params: dict[str, str]) -> None:
    expected = ET.fromstring(recording(name))  # noqa: S314 - reference material
    standin.page_sizes["oai"] = 2
    sent = paths(oai(standin, **params).xml)
    assert {each for each in sent ^ paths(expected) if not OPTIONAL.search(each)} == set()
    assert sent - paths(expected) <= {each for each in sent if OPTIONAL.search(each)}


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("arxiv-query-search.xml", {"search_query": WINDOW}),
        ("arxiv-query-idlist-two-one-missing.xml", {"id_list": "2106.00100,2106.99999"}),
        ("arxiv-query-empty.xml", {"id_list": "0000.0000"}),
        ("arxiv-query-error-400.xml", {"id_list": "abc"}),
    ],
)
def test_query_looks_like_its_recordings(standin: Standin, name: str, params: dict[str, str]) -> None:
    expected = paths(ET.fromstring(recording(name)))  # noqa: S314 - reference material
    sent = paths(atom(standin, **params).xml)
    assert sent <= expected
    assert {each for each in expected - sent if not OPTIONAL.search(each)} == set()


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


def test_hackernews_looks_like_its_recordings(standin: Standin) -> None:
    sent = keys(news(standin, query="arxiv.org", restrictSearchableAttributes="url"))
    sent |= keys(news(standin, tags="ask_hn"))
    expected = keys(json.loads(recording("hackernews-search-by-date.json")))
    assert sent == expected
    limit = json.loads(recording("hackernews-over-limit.json"))
    assert news(standin, hitsPerPage=1000, page=1) == limit


def test_huggingface_looks_like_its_recording(standin: Standin) -> None:
    expected = keys(json.loads(recording("hf-daily-papers.json")))
    sent = keys(daily(standin, date=DAY).json)
    assert sent <= expected
    missing = {
        each
        for each in expected - sent
        if not re.search(r"mediaUrls|organization|authors/|projectPage", each)
    }
    assert missing == set()


# --- faults ---

SERVICES = {
    "oai": ("ARXIV_OAI_URL", "", {"verb": "ListRecords", **days(set="cs")}),
    "query": ("ARXIV_API_URL", "", {"search_query": "cat:cs.LG"}),
    "x": ("X_API_URL", "/tweets/search/recent", {"query": SWEEP}),
    "hackernews": ("HACKERNEWS_URL", "/search_by_date", {"query": "arxiv.org"}),
    "huggingface": ("HUGGINGFACE_URL", "/daily_papers", {"date": "2021-06-18"}),
}


def call(standin: Standin, service: str) -> Reply:
    setting, path, params = SERVICES[service]
    return ask(standin, setting, path, headers=BEARER, **params)


@pytest.mark.parametrize("service", SERVICES)
def test_faults_of_every_service(standin: Standin, service: str) -> None:
    honest = call(standin, service)
    assert honest.status == 200
    for status in (400, 401, 402, 403, 406, 429, 500, 503):
        standin.faults = [Fault(service, str(status), headers={"Retry-After": "7"})]
        reply = call(standin, service)
        assert (reply.status, reply.headers["Retry-After"]) == (status, "7")
        assert reply.body
    standin.faults = [Fault(service, "empty")]
    assert (call(standin, service).status, call(standin, service).body) == (200, b"")
    standin.faults = [Fault(service, "garbage")]
    assert call(standin, service).body not in {honest.body, b""}
    standin.faults = [Fault(service, "html")]
    assert b"<html>" in call(standin, service).body
    standin.faults = [Fault(service, "text_200")]
    assert call(standin, service).body == b"Rate exceeded."
    standin.faults = [Fault(service, "truncated")]
    with pytest.raises(http.client.IncompleteRead):
        call(standin, service)
    standin.faults = [Fault(service, "redirect", times=1)]
    moved = call(standin, service)
    assert moved.status == 302
    assert get(standin, moved.headers["Location"], BEARER).body == honest.body
    assert standin.requests_to(service)[-1].path == standin.requests_to(service)[0].path


def count(service: str, reply: Reply) -> int:
    if service == "oai":
        return len(oai_ids(reply))
    if service == "query":
        return len(entries(reply))
    value = reply.json
    return len(value if isinstance(value, list) else value.get("hits", value.get("data", [])))


@pytest.mark.parametrize("service", SERVICES)
def test_faults_that_look_like_success(standin: Standin, service: str) -> None:
    whole = count(service, call(standin, service))
    assert whole > 1
    standin.faults = [Fault(service, "drop_records")]
    assert count(service, call(standin, service)) == whole - 1
    standin.faults = [Fault(service, "false_empty")]
    empty = call(standin, service)
    assert (empty.status, count(service, empty)) == (200, 0)
    standin.faults = [Fault(service, "error_200")]
    wrong = call(standin, service)
    assert wrong.status == 200
    signs = {"oai": b"<error code=", "query": b"<title>Error<", "x": b'"errors"', "hackernews": b'"message"'}
    assert signs.get(service, b'"error"') in wrong.body


def test_faults_strike_when_told(standin: Standin) -> None:
    standin.faults = [Fault("x", "503", times=2, after=1), Fault("hackernews", "500", match="tags=a,b")]
    assert [call(standin, "x").status for _ in range(4)] == [200, 503, 503, 200]
    assert call(standin, "hackernews").status == 200
    assert ask(standin, "HACKERNEWS_URL", "/search", tags="a,b").status == 500
    assert [each.status for each in standin.requests_to("x")] == [200, 503, 503, 200]
    with pytest.raises(ValueError, match="no kind"):
        Fault("oai", "402_credits_depleted")
    with pytest.raises(ValueError, match="no service"):
        Fault("arxiv", "500")


def test_stops_promptly_while_an_answer_is_withheld() -> None:
    ended: list[str] = []

    def wait(standin: Standin) -> None:
        try:
            call(standin, "oai")
        except (http.client.HTTPException, OSError) as error:
            ended.append(type(error).__name__)

    with Standin(WORLD, now=NOW) as standin:
        standin.faults = [Fault("oai", "timeout")]
        thread = threading.Thread(target=wait, args=(standin,))
        thread.start()
        while not standin.requests:
            time.sleep(0.005)
        assert standin.requests[0].status == 0
        begun = time.monotonic()
    assert time.monotonic() - begun < 1
    thread.join(timeout=1)
    assert ended == ["RemoteDisconnected"]


def test_a_slow_answer_comes_after_its_seconds(standin: Standin) -> None:
    standin.faults = [Fault("x", "timeout", seconds=0.1)]
    begun = time.monotonic()
    assert call(standin, "x").status == 200
    assert time.monotonic() - begun >= 0.1


# --- the server itself ---


def test_records_what_was_asked(standin: Standin) -> None:
    call(standin, "x")
    assert get(standin, f"{standin.url}/nowhere").status == 404
    first, second = standin.requests
    assert (first.service, first.path, first.params["query"]) == ("x", "/2/tweets/search/recent", SWEEP)
    assert first.headers["Authorization"] == "Bearer secret"
    assert first.time <= second.time
    assert second.service == "unknown"
    standin.forget()
    assert standin.requests == []


def test_time_comes_from_the_world_unless_told(standin: Standin) -> None:
    assert call(standin, "x").headers["Date"] == "Sat, 19 Jun 2021 07:55:00 GMT"
    standin.now = None
    standin.world = World(now=at("2020-01-01T00:00"))
    assert call(standin, "x").headers["Date"] == "Wed, 01 Jan 2020 00:00:00 GMT"


def test_serves_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "world.json"
    for text, reason in [
        ("{", "truncated"),
        ('{"papers": [{"id": "x"}]}', "title"),
        ('{"colour": 1}', "colour"),
    ]:
        path.write_text(text)
        assert main([str(path)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert str(path) in error
        assert reason in error
    assert main([str(tmp_path / "none.json")]) == 2
    path.write_bytes(dump(WORLD))
    command = [sys.executable, "-m", "infra.local.standin", str(path), "--now", "2021-06-19T07:55:00Z"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        lines = dict(process.stdout.readline().strip().split("=") for _ in range(5))
        assert set(lines) == {
            "ARXIV_OAI_URL",
            "ARXIV_API_URL",
            "X_API_URL",
            "HACKERNEWS_URL",
            "HUGGINGFACE_URL",
        }
        connection = http.client.HTTPConnection(urlsplit(lines["ARXIV_OAI_URL"]).netloc, timeout=5)
        connection.request("GET", "/oai?verb=Identify")
        assert b"<repositoryName>arXiv<" in connection.getresponse().read()
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=5) == 0


# --- worlds ---


def test_world_keeps_its_form(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_bytes(dump(WORLD))
    assert load(path) == WORLD


def test_world_refuses_contradictions() -> None:
    with pytest.raises(WorldError, match=r"paper 2106\.00100 is there twice"):
        World(papers=(PAPERS[0], PAPERS[0]))
    with pytest.raises(WorldError, match="does not exist"):
        World(posts=(POSTS[3],))
    moved = msgspec.structs.replace(ORIGINAL.urls[0], start=0)
    with pytest.raises(WorldError, match=f"post {ORIGINAL.id}: the link at 0"):
        World(posts=(msgspec.structs.replace(ORIGINAL, urls=(moved,)),))
    with pytest.raises(WorldError, match="not in order of time"):
        World(papers=(msgspec.structs.replace(PAPERS[5], versions=PAPERS[5].versions[::-1]),))
    assert merge(WORLD, World(papers=(paper(300),), note="second")).papers[-1].id == "2106.00300"
    assert merge(WORLD, WORLD) == WORLD


@pytest.mark.parametrize(
    ("listed", "opening", "closing"),
    [
        ("2021-06-18", "2021-06-16T18:00", "2021-06-17T18:00"),
        ("2021-06-21", "2021-06-17T18:00", "2021-06-18T18:00"),
        ("2021-06-22", "2021-06-18T18:00", "2021-06-21T18:00"),
        ("2021-06-23", "2021-06-21T18:00", "2021-06-22T18:00"),
        ("2022-01-13", "2022-01-11T19:00", "2022-01-12T19:00"),
        ("2021-03-16", "2021-03-12T19:00", "2021-03-15T18:00"),  # summer time begins in between
    ],
)
def test_submission_windows(listed: str, opening: str, closing: str) -> None:
    assert window(date.fromisoformat(listed)) == (at(opening), at(closing))


def test_ids_tell_when_a_post_was_sent() -> None:
    assert sent_at("1405698966390444037").replace(microsecond=0) == at("2021-06-18T01:28:44")
    assert sent_at(post_id(NOW, 5)) == NOW


def test_split_keeps_orders_and_totals() -> None:
    counts, hidden = split({"a": ["1", "2", "3"]}, {"a": Counts(10, 90)})
    scores = [counts[each].reposts + counts[each].likes for each in ("1", "2", "3")]
    assert sum(scores) == 100
    assert scores[0] > scores[1] > scores[2] >= 25
    assert sum(each.reposts for each in counts.values()) == 10
    assert hidden == {}


def test_split_suits_a_post_under_two_papers() -> None:
    totals = {"a": Counts(200, 300), "b": Counts(40, 30)}
    counts, hidden = split({"a": ["1", "2"], "b": ["2", "3"]}, totals)
    scores = {each: counts[each].reposts + counts[each].likes for each in counts}
    assert scores["1"] > scores["2"] > scores["3"] >= 25
    # What the shared post cannot carry alone is left for a post that is not shown.
    rest = hidden["b"]
    assert scores["2"] + scores["3"] + rest.reposts + rest.likes == 70
    with pytest.raises(ValueError, match="no counts suit the orders"):
        split({"a": ["1", "2"], "b": ["2", "1"]}, {"a": Counts(100, 100), "b": Counts(100, 100)})
    with pytest.raises(ValueError, match="post 2"):
        split({"a": ["1", "2"], "b": ["2", "3"]}, {"a": Counts(200, 0), "b": Counts(0, 200)})


def golden(day: str) -> dict[str, Any]:
    path = REFERENCE / "golden" / day / "day.json"
    if not path.exists():
        pytest.skip(f"the published days are not beside this checkout: no {path}")
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


DAYS = [path.name for path in sorted((REFERENCE / "golden").glob("*"))] or ["2021-06-18"]


def linking(world: World, paper_id: str) -> list[Post]:
    link = f"https://arxiv.org/abs/{paper_id}"
    return [each for each in world.posts if any(url.expanded_url.startswith(link) for url in each.urls)]


@pytest.mark.parametrize("name", DAYS)
def test_published_days_come_out_again(name: str) -> None:
    day = golden(name)
    world = day_from_golden(day)
    opening, closing = window(date.fromisoformat(name))
    assert all(opening < each.versions[0] < closing for each in world.papers)
    for expected in day["papers"]:
        found = linking(world, expected["arxiv_id"])
        assert sum(each.reposts for each in found) == expected["retweets"]
        assert sum(each.likes for each in found) == expected["favorites"]
        assert all(max(each.reposts, each.likes) >= 10 for each in found)
        ranked = sorted(
            (each for each in found if each.state == "ok"),
            key=lambda each: (-each.reposts - each.likes, each.created_at, each.id),
        )
        assert [each.id for each in ranked] == [each["id"] for each in expected["posts"]]
        assert all(each.reposts + each.likes >= 25 for each in ranked[1:])
        assert [each.text for each in ranked] == [each["text"] for each in expected["posts"]]


def test_published_day_with_a_post_under_two_papers() -> None:
    text = "Two: https://t.co/a1 https://t.co/b2"
    urls = [
        {"start": 5, "end": 20, "url": "https://t.co/a1"},
        {"start": 21, "end": 36, "url": "https://t.co/b2"},
    ]
    sent = post_id(at("2021-06-18T10:00"))
    author = {"name": "Ada", "username": "ada"}
    shared = {"id": sent, "author": author, "lang": "en", "text": text, "entities": {"urls": urls}}
    same = {"title": "T", "authors": ["A"], "categories": ["cs.LG"], "abstract": "", "posts": [shared]}
    papers: list[dict[str, Any]] = [
        same | {"arxiv_id": f"2106.0000{number}", "retweets": 40 * number, "favorites": 40}
        for number in (1, 2)
    ]
    world = day_from_golden({"date": "2021-06-18", "papers": papers})
    assert [each.state for each in world.posts] == ["ok", "authorless", "authorless"]
    for expected in papers:
        found = linking(world, expected["arxiv_id"])
        assert sum(each.reposts for each in found) == expected["retweets"]
        assert sum(each.likes for each in found) == expected["favorites"]
    shared["entities"] = {"urls": urls[:1]}
    with pytest.raises(ValueError, match="too few links"):
        day_from_golden({"date": "2021-06-18", "papers": papers})


@pytest.mark.parametrize("name", DAYS)
def test_neighbours_surround_the_day(name: str) -> None:
    listed = date.fromisoformat(name)
    day = day_from_golden(golden(name))
    world = neighbours(day, listed)
    before, own, after = (
        sorted(each.id for each in world.papers if each.listed == when)
        for when in (working_day(listed, -1), listed, working_day(listed, 1))
    )
    assert before[-1] < own[0] < own[-1] < after[0]
    numbers = [int(each[5:]) for each in before + own]
    assert max(later - earlier for earlier, later in itertools.pairwise(numbers)) < 200
    old = [each for each in world.papers if each.datestamp == listed]
    assert sorted(len(each.versions) for each in old) == [1, 2]
    assert all(each.id < before[0] for each in old)
    hot = {each.id for each in day.papers}
    totals = {each: sum(one.reposts + one.likes for one in linking(world, each)) for each in own}
    assert {each for each, score in totals.items() if score >= 50} == hot
    assert any(0 < score < 50 for score in totals.values())
    retweets = [each for each in world.posts if each.retweet_of]
    assert len(retweets) == (3 if hot else 0)
    assert any("notarxiv.org" in url.expanded_url for each in world.posts for url in each.urls)


# --- the bundled sample ---

# The totals that were published of this day.
TOTALS = {
    "2106.09685": (2059, 229),
    "2106.09647": (717, 169),
    "2106.09578": (576, 53),
    "2106.09679": (484, 95),
    "2106.09467": (443, 83),
    "2106.09407": (332, 55),
    "2106.09650": (266, 108),
    "2106.09660": (220, 141),
    "2106.09357": (272, 45),
    "2106.09431": (225, 70),
    "2106.09681": (81, 79),
    "2106.09212": (100, 49),
    "2106.09707": (90, 32),
    "2106.09488": (36, 49),
    "2106.09608": (51, 28),
    "2106.09553": (36, 31),
}


def test_sample_day() -> None:
    assert sample.WORLD.stat().st_size < 120_000
    world = load(sample.WORLD)
    assert "invented" in world.note
    assert world.now == NOW
    assert not world.stories
    assert not world.upvotes
    papers = {each.id: each for each in world.papers}
    for paper_id, totals in TOTALS.items():
        found = linking(world, paper_id) + [
            each for each in world.posts if any(f"/pdf/{paper_id}" in url.expanded_url for url in each.urls)
        ]
        found = list({each.id: each for each in found}.values())
        assert (sum(each.reposts for each in found), sum(each.likes for each in found)) == totals
        assert all(max(each.reposts, each.likes) >= 10 for each in found)
    block = {each for each, one in papers.items() if one.listed == DAY}
    earlier = set(papers) - block
    assert set(TOTALS) < block
    assert max(earlier) < min(block)
    assert {papers[each].listed for each in earlier} == {DAY - timedelta(days=1)}
    for each in papers.values():
        assert each.abstract.startswith("Sample summary: ")
        assert (each.id in TOTALS) is not each.title.startswith("Sample paper")
        opening, closing = window(each.listed)
        assert opening < each.versions[0] < closing
    # Longer than X allows an account's name to be, so that nobody can have it.
    assert all(
        re.fullmatch(r"example_reader_\d+", each.username) and len(each.username) > 15 for each in world.users
    )
    assert all(sent_at(each.id) == each.created_at < NOW for each in world.posts)


def test_sample_day_is_told_like_the_published_one() -> None:
    published = {each["arxiv_id"]: each for each in golden("2021-06-18")["papers"]}
    papers = {each.id: each for each in load(sample.WORLD).papers}
    assert {each: (one["retweets"], one["favorites"]) for each, one in published.items()} == TOTALS
    for paper_id, expected in published.items():
        assert papers[paper_id].title == " ".join(expected["title"].split())
        assert list(papers[paper_id].authors) == expected["authors"]
        assert list(papers[paper_id].categories) == expected["categories"]
        assert expected["abstract"][:60] not in papers[paper_id].abstract
