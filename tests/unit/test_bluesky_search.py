"""Bluesky: which searches are made, and how far they are followed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shared.paper import SourceState
from tests.unit.recordings import Service
from tests.unit.test_bluesky import (
    LOGIN,
    LORA,
    MEASURED,
    NOW,
    PASSWORD,
    RUN,
    SESSION,
    Search,
    page,
    post,
    searches,
    span,
    swept,
)


def test_one_login_and_four_searches() -> None:
    with Service(SESSION, page(post())) as service:
        found = swept(service)
    login, *asked = service.requests
    assert (login.method, login.path) == ("POST", LOGIN)
    assert json.loads(login.body) == {"identifier": "ada.example", "password": PASSWORD}
    assert "authorization" not in login.headers
    assert {each.headers["authorization"] for each in asked} == {"Bearer access-of-the-sample"}
    assert [(each.params["domain"], each.params["sort"]) for each in asked] == [
        ("arxiv.org", "top"),
        ("arxiv.org", "latest"),
        ("alphaxiv.org", "latest"),
        ("huggingface.co", "latest"),
    ]
    assert asked[0].params == {
        "q": "*",
        "domain": "arxiv.org",
        "sort": "top",
        "limit": "100",
        "since": "2021-06-12T07:55:00Z",
    }
    assert all("hot-papers/" in each.headers["user-agent"] for each in service.requests)
    assert found.requests == 5
    assert len(found.mentions[LORA]) == 1, "found four times, it is one post"


def test_an_old_day_is_asked_for_with_both_ends() -> None:
    old = NOW - timedelta(days=30)
    with Service(SESSION, page(post())) as service:
        swept(service, span(since=old, until=old + timedelta(days=8)))
    for params in searches(service):
        assert (params["since"], params["until"]) == ("2021-05-20T07:55:00Z", "2021-05-28T07:55:00Z")


def test_cursors_are_followed_to_the_end() -> None:
    pages = {
        "": page(post(1), cursor="100"),
        "100": page(post(2), cursor="200"),
        "200": page(post(3)),
    }
    with Search(lambda params: pages[params.get("cursor", "")]) as service:
        found = swept(service, BLUESKY_PAGES="20")
    assert [params.get("cursor", "") for params in searches(service)][:6] == ["", "100", "200"] * 2
    assert found.state == MEASURED
    assert len(found.mentions[LORA]) == 3


@pytest.mark.parametrize("second", [page(cursor="100"), page(post(1), cursor="x"), page(cursor="y")])
def test_a_page_that_brings_nothing_new_is_the_end(second: bytes) -> None:
    with Search(lambda params: second if "cursor" in params else page(post(1), cursor="100")) as service:
        found = swept(service)
    assert found.state == MEASURED
    assert len(searches(service)) == 8


def test_empty_pages_with_cursors_are_not_followed_for_ever() -> None:
    with Search(lambda _: page(cursor="100")) as service:
        found = swept(service)
    assert (found.state, found.mentions) == (MEASURED, {})
    # Each domain by anything and by its word, arXiv's by its word twice.
    assert [params["q"] for params in searches(service)] == [
        *("*", "arxiv", "arxiv"),
        *("*", "alphaxiv"),
        *("*", "huggingface"),
    ]


@pytest.mark.parametrize(
    ("pages", "asked", "reason"),
    [
        (20, ["top"] * 10 + ["latest"] * 8 + ["alphaxiv.org", "huggingface.co"], "the first 20 pages"),
        (7, ["top"] * 3 + ["latest"] * 2 + ["alphaxiv.org", "huggingface.co"], "the first 7 pages"),
        (4, ["top"] * 2 + ["latest", "alphaxiv.org"], "the first 4 pages"),
        (2, ["top", "latest"], "the first 2 pages"),
        (1, ["latest"], "the first page"),
    ],
)
def test_the_pages_of_a_run_are_shared_out(pages: int, asked: list[str], reason: str) -> None:
    number = iter(range(1000))
    with Search(lambda _: page(post(next(number)), cursor=str(next(number)))) as service:
        found = swept(service, BLUESKY_PAGES=str(pages))
    assert [
        params["sort"] if params["domain"] == "arxiv.org" else params["domain"]
        for params in searches(service)
    ] == asked
    # A cap is about money; this is no such thing.
    assert found.state == SourceState(state="measured", reason=reason, measured_at=RUN)
    assert len(found.mentions[LORA]) == pages


def test_what_the_top_leaves_out_is_not_missed_when_the_latest_are_whole() -> None:
    number = iter(range(1000))

    def answer(params: dict[str, str]) -> bytes:
        return page(post(next(number)), cursor="more" if params["sort"] == "top" else "")

    with Search(answer) as service:
        assert swept(service, BLUESKY_PAGES="6").state == MEASURED
    assert [params["sort"] for params in searches(service)].count("top") == 3
