"""The small world the stand-in's tests ask about, and how they ask."""

from __future__ import annotations

import http.client
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest

from infra.local.standin import Standin, World
from infra.local.standin.bluesky_ids import post_uri
from infra.local.standin.build import bluesky_post, post, user
from infra.local.standin.world import Paper, Story, Upvotes

REFERENCE = Path(__file__).parents[4] / "shared"
DAY = date(2021, 6, 18)
NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
OAI = "{http://www.openarchives.org/OAI/2.0/}"
ATOM = "{http://www.w3.org/2005/Atom}"
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
SKEET = bluesky_post(
    at("2021-06-18T10:00"),
    "ada.example.com",
    "Ada Example",
    "Größer → 🎉 #tag @bob.example.com",
    [LINK],
    card=LINK,
    reposts=5,
    likes=7,
    replies=3,
    quotes=2,
)
SKEETS = (
    SKEET,
    bluesky_post(at("2021-06-18T11:00"), "bob.example.com", "", "long", [f"{LINK}v1?context=cs"], likes=9),
    bluesky_post(
        at("2021-06-18T12:00"), "bob.example.com", None, "look", card=f"{LINK}v1", quoted=SKEET.uri, likes=30
    ),
    bluesky_post(at("2021-06-18T13:00"), "bob.example.com", "", "gone", [LINK], state="deleted"),
    bluesky_post(at("2021-06-18T14:00"), "bob.example.com", "", "false", ["https://notarxiv.org/abs/1"]),
    bluesky_post(at("2021-06-18T15:00"), "bob.example.com", "", "hm", quoted=post_uri("did:plc:x", "3k")),
    bluesky_post(
        at("2021-06-18T16:00"),
        "eve.example.com",
        "Eve",
        "odd",
        [LINK],
        unknown_types=True,
        langs=(),
        labels=("spam",),
        author_labels=("!no-unauthenticated",),
    ),
    bluesky_post(at("2021-06-20T18:00"), "bob.example.com", "", "tomorrow", [LINK]),
)
WORLD = World(papers=PAPERS, users=(ADA, BOB), posts=POSTS, stories=STORIES, upvotes=UPVOTES, bluesky=SKEETS)
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
    return send(standin, "GET", url, headers)


def send(
    standin: Standin, method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None
) -> Reply:
    target = url.removeprefix(standin.url)
    connection = http.client.HTTPConnection(urlsplit(standin.url).netloc, timeout=5)
    try:
        connection.request(method, target, body, headers or {})
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


def x(standin: Standin, path: str = "/tweets/search/recent", **params: Any) -> Reply:
    return ask(standin, "X_API_URL", path, headers=BEARER, **params)


def log_in(standin: Standin, **credentials: str) -> Reply:
    body = {"identifier": "ada.example.com", "password": "aaaa-bbbb-cccc-dddd"} | credentials
    url = f"{standin.environment['BLUESKY_URL']}/com.atproto.server.createSession"
    return send(standin, "POST", url, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body))


def bearer(reply: Reply) -> dict[str, str]:
    return {"Authorization": f"Bearer {reply.json['accessJwt']}"}


def bluesky(standin: Standin, headers: dict[str, str] | None = None, **params: Any) -> Reply:
    headers = bearer(log_in(standin)) if headers is None else headers
    return ask(standin, "BLUESKY_URL", "/app.bsky.feed.searchPosts", headers=headers, **params)


def days(first: str = "2021-06-18", until: str = "2021-06-18", **more: str) -> dict[str, str]:
    return {"metadataPrefix": "arXivRaw", "from_": first, "until": until} | more


def atom(standin: Standin, **params: Any) -> Reply:
    return ask(standin, "ARXIV_API_URL", **params)


def entries(reply: Reply) -> list[str]:
    return [
        (each.findtext(f"{ATOM}id") or "").rpartition("/")[2] for each in reply.xml.findall(f"{ATOM}entry")
    ]


SWEEP = 'url:"arxiv.org" (min_likes:10 OR min_reposts:10)'


def recording(name: str) -> bytes:
    path = REFERENCE / "upstream" / "recordings" / name
    if not path.exists():
        pytest.skip(f"the folder shared beside the checkout is not there: no {path}")
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
