"""Secrets under failures of each kind: nothing that is logged, kept, sent, published or raised has one."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest import mock

import pytest
import requests

from shared import aws, log
from shared.clock import iso
from tests.steps.chain import NOW, SMALL, Chain, running
from tests.unit.recordings import Asked, Reply, Service

TOKEN = "AAAAxmarkedxtokenxofxX"
HANDLE = "xmarkedxhandle.example.com"
PASSWORD = "xmarkedxpass-word"
SESSION = "eyJxmarkedxsession"
MARK = "xmarkedx"
PARAMETERS = {"XBearerTokenParameter": "/hot-papers/x", "BlueskyCredentialsParameter": "/hot-papers/bluesky"}
SECRETS = dict(zip(PARAMETERS.values(), (TOKEN, f"{HANDLE}:{PASSWORD}"), strict=True))
IN_SSM = dict.fromkeys(("X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"), "")

Answering = Callable[[Asked], Reply]


def _sent(asked: Asked) -> str:
    """What a request had of secrets, as it was sent."""
    authorization = asked.headers.get("authorization", "")
    return f"{authorization} {authorization.partition(' ')[2]} {asked.body.decode()}"


def _problem(status: int) -> Answering:
    """An error that tells everything that it was sent, in each field that anybody reads."""

    def answer(asked: Asked) -> Reply:
        sent = _sent(asked)
        fields = ("title", "detail", "error", "message", "type")
        body = json.dumps(dict.fromkeys(fields, sent) | {"errors": [dict.fromkeys(fields, sent)]})
        return Reply(body.encode(), status, {"X-Sent": sent, "WWW-Authenticate": sent, "Retry-After": sent})

    return answer


def _plain(status: int) -> Answering:
    return lambda asked: Reply(_sent(asked).encode(), status)


def _phrase(asked: Asked) -> Reply:
    head = f"HTTP/1.1 403 {_sent(asked)}"
    return Reply(f"{head}\r\nContent-Length: 0\r\n\r\n".encode(), is_raw=True)


def _log_in_first(after: Answering) -> Answering:
    """Bluesky's login succeeds, what follows does not."""

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("createSession"):
            return Reply(json.dumps({"accessJwt": SESSION, "handle": HANDLE}).encode())
        return after(asked)

    return answer


def _expired(asked: Asked) -> Reply:
    return Reply(json.dumps({"error": "ExpiredToken", "message": _sent(asked)}).encode(), 400)


ANSWERS: Mapping[str, Answering] = {
    "401 with a problem": _problem(401),
    "429 with a problem": _problem(429),
    "200 with a problem": _problem(200),
    "200 in plain text": _plain(200),
    "a phrase": _phrase,
    "after the login": _log_in_first(_problem(401)),
    "after the login, 200": _log_in_first(_problem(200)),
    "an expired session": _log_in_first(_expired),
}


@pytest.fixture(name="everything")
def _everything(logged: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that any library logs, at any level, beside our own lines."""
    monkeypatch.setattr(log, "only_from", lambda _level: None)
    root = logging.getLogger()
    handler = logging.StreamHandler(logged)
    for logger in (root, logging.getLogger(log.SERVICE)):
        monkeypatch.setattr(logger, "level", logging.INFO)
    root.addHandler(handler)
    yield logged
    root.removeHandler(handler)


def played(
    everything: io.StringIO,
    *,
    settings: Mapping[str, str] | None = None,
    failing: AbstractContextManager[Any] | None = None,
    secrets: Mapping[str, str] = SECRETS,
) -> tuple[Any, str]:
    """A measuring and the hour after it, with secrets in SSM; the status, and all that can be seen of it."""
    events: list[str] = []
    put = aws.put_event

    def overheard(*args: str) -> None:
        events.extend(args)
        put(*args)

    with (
        running(SMALL, settings=IN_SSM | dict(settings or {}), parameters=PARAMETERS) as chain,
        mock.patch.object(aws, "put_event", overheard),
        failing or nullcontext(),
    ):
        for name, value in secrets.items():
            chain.cloud.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        chain.order(measure=True)
        seen = [*events, *_kept(chain)]
        assert any("2021-06-18" in event for event in events)
        return chain.status(), "\n".join((everything.getvalue(), *seen))


def _kept(chain: Chain) -> Iterator[str]:
    """What is in the table, the bucket and the queues, and what the functions answered or raised."""
    yield json.dumps(chain.items(), default=str)
    for key, body in chain.bucket().items():
        text = gzip.decompress(body) if key.endswith(".gz") else body
        yield f"{key} {text.decode()}"
    sqs = chain.cloud.client("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        yield json.dumps(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []))
    for call in chain.cloud.triggers.invocations:
        yield repr((call.result, call.exception))


def assert_hidden(text: str) -> None:
    """No secret stands in a text, nor what says as much."""
    assert "2106.10010" in text, "the paper was published"
    for secret in (MARK, *(base64.b64encode(one.encode()).decode() for one in (TOKEN, PASSWORD))):
        place = text.find(secret)
        assert place < 0, text[max(0, place - 300) : place + 100]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_service_that_sends_a_secret_back_tells_nobody(name: str, everything: io.StringIO) -> None:
    with Service(ANSWERS[name]) as service:
        status, text = played(everything, settings={"X_API_URL": service.url, "BLUESKY_URL": service.url})
        sent = "\n".join(map(_sent, service.requests))
    # The test would prove nothing if the secrets had not been sent.
    assert TOKEN in sent
    assert PASSWORD in sent
    states = {source["name"]: source["state"] for source in status["sources"]}
    assert states["x"] == states["bluesky"] == "unavailable"
    assert_hidden(text)


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_carries_no_secret_on(status: int, everything: io.StringIO) -> None:
    with (
        Service(b"{}") as other,
        Service(lambda asked: Reply(b"", status, {"Location": f"{other.url}/?{_sent(asked)}"})) as service,
    ):
        _, text = played(everything, settings={"X_API_URL": service.url, "BLUESKY_URL": service.url})
        assert service.requests
    assert other.requests == []
    assert_hidden(text)


@pytest.mark.parametrize(
    "raised", [ValueError, requests.exceptions.InvalidHeader, requests.ConnectionError, OSError]
)
def test_an_exception_that_holds_what_was_sent_is_told_by_its_kind(
    raised: type[Exception], everything: io.StringIO
) -> None:
    request = requests.Session.request

    def failing(self: requests.Session, method: str, url: str, **more: Any) -> Any:
        held = f"{dict(self.headers)} {more['headers']} {more['data']}"
        if MARK in held:
            raise raised(f"Invalid header or body: {held}")
        return request(self, method, url, **more)

    status, text = played(everything, failing=mock.patch.object(requests.Session, "request", failing))
    reasons = {source["name"]: source["reason"] for source in status["sources"]}
    for label in ("x", "bluesky"):
        assert raised.__name__ in reasons[label], reasons
    assert_hidden(text)


@pytest.mark.parametrize(
    ("secrets", "why"),
    [
        ({"/hot-papers/x": f"{TOKEN} {TOKEN}", "/hot-papers/bluesky": PASSWORD}, "no token has"),
        (
            {"/hot-papers/x": f"{TOKEN}\u00e9", "/hot-papers/bluesky": f"{MARK}@example.com:{PASSWORD}"},
            "no token has",
        ),
        ({"/hot-papers/bluesky": f"{MARK}:{PASSWORD}"}, "cannot be read: ParameterNotFound"),
    ],
    ids=["malformed", "of another kind", "missing"],
)
def test_a_secret_that_is_no_good_is_not_told(
    secrets: Mapping[str, str], why: str, everything: io.StringIO
) -> None:
    status, text = played(everything, secrets=secrets)
    reasons = {source["name"]: source["reason"] for source in status["sources"]}
    assert why in reasons["x"]
    assert reasons["bluesky"]
    assert_hidden(text)


@pytest.mark.parametrize("name", ["X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"])
def test_a_setting_that_cannot_be_read_goes_to_the_dead_letters_without_its_value(
    name: str, everything: io.StringIO
) -> None:
    with running(SMALL, settings={name: f"{MARK}\x07"}) as chain:
        chain.cloud.triggers.send("fetch", {"time": iso(NOW), "measure": True})
        chain.cloud.triggers.drain()
        assert chain.cloud.triggers.failures()["fetch"] == 1
        text = "\n".join((everything.getvalue(), *_kept(chain)))
    assert f"{name}=" in text
    assert MARK not in text
