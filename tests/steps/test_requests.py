"""How often the internet is asked: a number that does not grow with the papers, at arXiv's pace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from typing import Any
from unittest import mock

import pytest

from infra.local.standin import Fault, Recorded, World
from infra.local.standin.build import MIXTURE, cold_papers
from shared import categories, http
from shared.clock import iso
from tests.steps.chain import CREDENTIALS, DAY, NOW, READERS, SMALL, Chain, before, noon, running, said

CHOSEN = categories.selection("cs,stat.ML")


def is_chosen(codes: tuple[str, ...]) -> bool:
    return bool(CHOSEN.intersection(categories.canonical_list(list(codes))))


def busy(chosen: int, mentions: int) -> World:
    """An announcement with so many papers of the chosen categories among others, and mentions of them."""
    share = sum(map(is_chosen, MIXTURE)) / len(MIXTURE)
    papers = cold_papers(DAY, [f"2106.{10000 + n:05}" for n in range(round(chosen / share) + 1)])
    about = [one for one in papers if is_chosen(one.categories)][:chosen]
    papers = tuple(one for one in papers if one.id <= about[-1].id)
    return World(
        papers=(*before(DAY, 9990), *papers),
        users=READERS,
        posts=tuple(
            said(about[number % chosen], 12, 3, serial=number, by=READERS[number % len(READERS)])
            for number in range(mentions)
        ),
    )


def is_author_lookup(request: Recorded) -> bool:
    return request.service == "x" and request.path.endswith("/tweets")


def asked(papers: int, *, oai_fails: bool) -> Counter[str]:
    """The requests that it takes to list and measure a day with 1,000 mentions, by service."""
    # Without playing on: what score and render do asks nobody.
    with running(busy(papers, 1000), settings={"X_POSTS_PER_RUN": "2000"}) as chain:
        if oai_fails:
            chain.standin.faults.append(Fault("oai", "500"))
        done = chain.cloud.triggers.invoke("fetch", {"time": iso(NOW), "date": str(DAY)})
        assert done.exception is None
        assert done.result["listed"] == [str(DAY)]
        assert not any(state.startswith("unavailable") for state in done.result["sources"].values())
        requests = chain.standin.requests
        counts = Counter(one.service for one in requests if not is_author_lookup(one))
        counts["papers"] = done.result["papers"]
        counts["posts"] = done.result["posts_read"]
        told = done.result["requests"]
        assert told["arxiv"] == counts["oai"] + counts["query"]
        assert sum(told.values()) == len(requests), "the outcome tells every request"
    return counts


SERVICES = ("oai", "query", "x", "bluesky", "hackernews", "huggingface")


def is_small(counts: Counter[str], most: int = 40) -> bool:
    return counts["posts"] == 1000 and sum(counts[service] for service in SERVICES) <= most


def test_a_big_day_takes_no_more_than_40_requests_nor_more_than_a_small_one() -> None:
    many, few = asked(1200, oai_fails=False), asked(300, oai_fails=False)
    assert (many["papers"], few["papers"]) == (1200, 300)
    assert is_small(many), many
    assert [few[one] for one in SERVICES] == [many[one] for one in SERVICES]


def test_a_big_day_by_the_query_api_takes_a_dozen_requests_more() -> None:
    counts = asked(1200, oai_fails=True)
    assert counts["papers"] == 1200
    assert is_small(counts, 52), counts


def test_a_quiet_tick_asks_nobody() -> None:
    with running(SMALL) as chain:
        chain.order(measure=True)
        chain.standin.forget()
        chain.tick(NOW.replace(hour=8))
        assert chain.standin.requests == [], "nothing is awaited on a Saturday"


def test_an_awaited_list_is_asked_for_without_measuring() -> None:
    with running(SMALL) as chain:
        chain.order(measure=True)
        chain.standin.forget()
        monday = noon(date(2021, 6, 21), 3).replace(minute=55)
        assert chain.tick(monday)["awaited"] == ["2021-06-21"]
        assert {one.service for one in chain.standin.requests} == {"oai"}
        # An early empty answer may be cached: the question must be one that has an answer.
        assert {one.status for one in chain.standin.requests} == {200}
        for request in chain.standin.requests:
            assert request.params["from"] <= str(DAY)


# --- three seconds -----------------------------------------------------------------------------------


@contextmanager
def watched(chain: Chain) -> Iterator[list[tuple[float, float]]]:
    """The beginnings and ends of all requests to arXiv, on the clock on which sleeping takes no time."""
    spans: list[tuple[float, float]] = []
    answer = http.Session._answer

    def timed(session: http.Session, request: Any) -> bytes:
        begun = http.monotonic()
        try:
            return answer(session, request)
        finally:
            if request.url.endswith(("/oai", "/api/query")):
                spans.append((begun, http.monotonic()))

    with (
        mock.patch.object(http.Session, "_answer", timed),
        mock.patch.object(http, "is_loopback", return_value=False),
    ):
        yield spans


def least_pause(spans: list[tuple[float, float]]) -> float:
    return min(begun - ended for (_, ended), (begun, _) in pairwise(spans))


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault("oai", "500"),),
        (Fault("oai", "429"), Fault("query", "500", times=2)),
        (Fault("oai", "429", headers={"Retry-After": "0"}),),
    ],
    ids=["all is well", "OAI fails", "both throttle", "asked to hurry"],
)
def test_arxiv_has_three_seconds_of_rest(faults: tuple[Fault, ...]) -> None:
    with running(SMALL, page_sizes={"oai": 4}) as chain, watched(chain) as spans:
        chain.standin.faults += [Fault(each.service, each.kind, each.times) for each in faults]
        chain.order(date=str(DAY))
        # At the same moment of the cloud's clock: another invocation does not know when this one asked last.
        for day in ("2021-06-17", "2021-06-18"):
            chain.order(date=day)
        assert len(spans) == sum(one.service in ("oai", "query") for one in chain.standin.requests) > 8
        # An end is noted here a moment later than the code notes it.
        assert least_pause(spans) >= 3.0 - 0.001


def test_a_stand_in_need_not_be_spared() -> None:
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        assert chain.waits.slept == 0


def test_the_service_says_who_asks_and_hands_its_secrets_to_their_own_services_alone() -> None:
    with running(SMALL, settings={"CONTACT": "someone@example.org"}) as chain:
        chain.order(date=str(DAY))
        for request in chain.standin.requests:
            assert "someone@example.org" in request.headers["User-Agent"]
            carries = request.service in ("x", "bluesky") and not request.path.endswith("createSession")
            assert ("Authorization" in request.headers) is carries
            assert ("secret" in str(request)) is (request.service == "x")
        stored = repr(chain.items()) + repr(chain.bucket())
        assert "secret" not in stored
        assert CREDENTIALS["BLUESKY_APP_PASSWORD"] not in stored
