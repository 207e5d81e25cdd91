"""What the steps log over a whole day: the run on every line, and nothing that is secret or long."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from infra.local.standin import Fault
from shared import log
from shared.paper import decode_message
from tests.steps.chain import CREDENTIALS, NOW, SMALL, A, running

SECRETS = {"X_BEARER_TOKEN": "token-that-nobody-may-see", "BLUESKY_APP_PASSWORD": "wxyz-nobody-mays-eeit"}
RUN = "2021-06-19T07:55:00Z"


@pytest.fixture(name="everything")
def _everything(logged: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged, whatever the level that the steps are told."""
    monkeypatch.setattr(log, "only_from", lambda _level: None)
    logger = logging.getLogger(log.SERVICE)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield logged
    logger.setLevel(before)


def day() -> list[str]:
    """The bodies of the messages of a day that was played."""
    bodies: list[str] = []
    with (
        running(SMALL, settings=CREDENTIALS | SECRETS) as chain,
        mock.patch("functions.score.handler.decode_message", lambda body: _noted(body, bodies)),
    ):
        chain.order(measure=True)
    return bodies


def _noted(body: str, bodies: list[str]) -> Any:
    bodies.append(body)
    return decode_message(body)


def test_every_line_of_a_run_has_its_id_and_none_a_secret_or_a_papers_text(everything: io.StringIO) -> None:
    bodies = day()
    text = everything.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    told = {line["message"] for line in lines}
    assert {"request", "swept", "run queued", "papers stored", "run published"} <= told
    assert [line for line in lines if line.get("run") != RUN] == []
    for secret in [*SECRETS.values(), CREDENTIALS["BLUESKY_HANDLE"]]:
        assert secret not in text
    papers = [paper for paper in SMALL.papers if any(f'"{paper.id}"' in body for body in bodies)]
    assert A in papers
    for paper in papers:
        assert paper.title not in text
        assert paper.abstract not in text
    assert [body for body in bodies if body in text] == []
    assert max(map(len, text.splitlines())) < 2_000


@pytest.mark.parametrize("down", [(), ("oai", "query"), ("oai", "query", "hackernews", "huggingface")])
def test_render_ends_after_each_tick(down: tuple[str, ...]) -> None:
    """What `TicksMissingAlarm` waits for: on a weekend, too, and whatever cannot be reached."""
    with running(SMALL) as chain:
        chain.standin.faults += [Fault(service, "500") for service in down]
        for hours in (-1, 0, 1, 15, 17, 24, 26):
            before = len(chain.cloud.triggers.invocations)
            chain.tick(NOW + timedelta(hours=hours))
            played = chain.cloud.triggers.invocations[before:]
            assert [call.exception for call in played if call.step == "render"] == [None]


def test_a_message_that_is_refused_is_not_told(everything: io.StringIO) -> None:
    with running(SMALL) as chain:
        chain.send('{"v": 1, "paper": {"title": "what nobody has to read"}}')
        chain.cloud.triggers.drain()
    lines = [json.loads(line) for line in everything.getvalue().splitlines()]
    assert {line["message"] for line in lines} == {"message refused"}
    assert all(line["message_id"] for line in lines)
    assert "nobody has to read" not in everything.getvalue()


def test_only_what_is_asked_for_is_logged(logged: io.StringIO) -> None:
    try:
        log.only_from("WARNING")
        log.logger.info("quiet")
        log.logger.warning("loud")
    finally:
        log.only_from("INFO")
    assert [json.loads(line)["message"] for line in logged.getvalue().splitlines()] == ["loud"]
