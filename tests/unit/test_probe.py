"""Whether there is an internet is known within seconds, whatever happens."""

from __future__ import annotations

import threading

import pytest

from infra.local import probe
from infra.local.probe import Probe
from infra.local.standin import Fault, Standin, World
from shared.settings import Settings


def test_any_answer_is_one() -> None:
    with Standin(World(papers=())) as standin:
        standin.faults.append(Fault("oai", "500"))
        assert Probe(Settings(arxiv_oai_url=standin.environment["ARXIV_OAI_URL"])).is_answered()


def test_a_refusal_is_none() -> None:
    with Standin(World(papers=())) as standin:
        url = standin.environment["ARXIV_OAI_URL"]
    assert not Probe(Settings(arxiv_oai_url=url)).is_answered()


def test_silence_is_not_waited_for_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a name server that does not answer: that has no time-out of its own."""
    monkeypatch.setattr(probe, "_PATIENCE_SECONDS", 0.1)
    is_over = threading.Event()
    monkeypatch.setattr("requests.head", lambda *_, **__: is_over.wait(10))
    assert not Probe(Settings()).is_answered()
    is_over.set()


def test_the_next_request_keeps_its_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("requests.head", lambda *_, **__: None)
    monkeypatch.setattr("time.sleep", waited.append)
    assert Probe(Settings()).is_answered()
    assert waited == [pytest.approx(3, abs=0.5)]
