"""The stand-in speaks as arXiv's query API does."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from infra.local.standin import Standin, World
from infra.local.standin.build import cold_papers
from tests.unit.standin.helpers import ATOM, DAY, OPTIONAL, Reply, at, atom, entries, paths, recording

SEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


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
