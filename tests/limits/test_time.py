"""The 15 minutes of fetch: however slow everybody is, a run ends by itself, and the next makes it good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from functions.fetch import handler, listing
from functions.fetch.attention import SOURCES, sweep
from infra.local import invoke
from shared import http
from shared.clock import iso
from tests.steps.chain import DAY, NOW, SCORES, SMALL, Chain, Waits, running

SECONDS = 900
Answer = Callable[[http.Session, Any], bytes]
_answer: Answer = http.Session._answer


def never(waits: Waits, session: http.Session, request: Any) -> bytes:
    """Nobody answers, until nobody waits any longer."""
    waits.sleep(http.REQUEST_SECONDS)
    raise http._Transient(f"no answer within {http.REQUEST_SECONDS:.0f} s")


def late(waits: Waits, session: http.Session, request: Any) -> bytes:
    """Everybody answers at the last moment."""
    waits.sleep(http.REQUEST_SECONDS - 1)
    return _answer(session, request)


def asks_to_wait(waits: Waits, session: http.Session, request: Any) -> bytes:
    """Everybody is busy, and says for how long."""
    raise http._Transient("HTTP 429", 55.0)


KINDS = (never, late, asks_to_wait)


@contextmanager
def slow(chain: Chain, kind: Callable[[Waits, http.Session, Any], bytes]) -> Iterator[None]:
    """The internet in one of these ways; the functions' time is that of `chain.waits`."""
    chain.waits.slept = 0.0
    with (
        mock.patch.object(http.Session, "_answer", lambda *each: kind(chain.waits, *each)),
        mock.patch.object(invoke, "monotonic", chain.waits.monotonic),
        # Each answer is later than arXiv's three seconds: what they cost is what is measured.
        mock.patch.object(http, "is_loopback", return_value=False),
        mock.patch.object(http, "may_carry_credentials", return_value=True),
    ):
        yield


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_ends_in_time_and_the_next_one_makes_it_good(
    kind: Callable[[Waits, http.Session, Any], bytes],
) -> None:
    with running(SMALL, page_sizes={"oai": 4}) as chain:
        with slow(chain, kind):
            answer = chain.tick(NOW)
        # Of all of it one minute is for table and queue, which take no time here.
        assert 60 < chain.waits.slept <= SECONDS - 60
        assert chain.run().status == "complete"
        if kind is not late:
            assert answer["failure"]
            assert chain.published() == []
        chain.tick(NOW + timedelta(hours=1))
        chain.tick(NOW + timedelta(days=1))
        assert dict(chain.ranking()) == SCORES


def test_all_that_may_be_slow_takes_less_than_the_functions_time() -> None:
    with running(SMALL) as chain:
        fetch = chain.cloud.stack.wiring.functions["fetch"]
    at_most = listing.ARXIV_SECONDS + sum(sweep.SOURCE_SECONDS for _ in SOURCES)
    assert at_most + 60 + handler.LEASE_WAIT <= fetch.timeout_seconds == SECONDS


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_days_each_has_the_functions_whole_time(
    kind: Callable[[Waits, http.Session, Any], bytes],
) -> None:
    with running(SMALL) as chain:
        with slow(chain, kind):
            done = chain.cloud.triggers.invoke(
                "fetch", {"time": iso(NOW), "from": "2021-06-16", "to": str(DAY)}
            )
        assert done.exception is None
        assert chain.waits.slept <= SECONDS - 60
        assert [run["run"].partition("#")[2] for run in done.result["runs"]] == ["2021-06-16"]
        assert done.result["remaining"] == ["2021-06-17", str(DAY)]
