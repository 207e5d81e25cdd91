"""The functions' way to the internet: the stand-in's answers without sockets, and what can go wrong.

A fault strikes the request of its number, and the next ones to the same host and path.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import requests
import urllib3

from infra.local.standin import Standin
from infra.local.standin.answer import Answer
from shared import http
from tests.simulator.faults import Call, Choose, HttpFault, HttpKind
from tests.simulator.timeline import KilledError, Process, Timeline

_HUGE = 50_000_000
# A drop of a slow answer, in bytes, and the seconds before it.
_DROP, _BETWEEN = 16, 4.0


class Internet:
    """`requests` are what the functions have asked so far, but for `faults` and `choose` as in AwsCalls."""

    def __init__(self, timeline: Timeline, standin: Standin) -> None:
        self._timeline = timeline
        self._standin = standin
        self._down: dict[str, tuple[HttpFault, int]] = {}
        self.requests: list[Call] = []
        self.faults: dict[int, HttpFault] = {}
        self.choose: Choose | None = None

    def heal(self) -> None:
        """From here on nothing goes wrong."""
        self.faults, self.choose = {}, None
        self._down.clear()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the functions' requests go this way, and wait by the timeline."""

        def send(adapter: Any, request: Any, **_: Any) -> Any:
            return self._send(adapter, request)

        with (
            mock.patch.object(requests.adapters.HTTPAdapter, "send", send),
            mock.patch.object(http, "sleep", self._timeline.sleep),
            mock.patch.object(http, "monotonic", self._timeline.now),
        ):
            yield

    def _send(self, adapter: Any, request: Any) -> Any:
        process = self._timeline.current
        fault = self._struck(process, request) if process else None
        body = request.body or ""
        text = body.decode() if isinstance(body, bytes) else body
        headers = {name.title(): value for name, value in request.headers.items()}
        honest = self._standin.take(request.method, request.path_url, text, headers)
        assert honest is not None, "the stand-in has no faults of its own here"
        answer = honest
        if fault is not None:
            self._strike(fault.kind)
            spoil = _SPOILT.get(fault.kind)
            answer = spoil(honest) if spoil else honest
            if fault.kind == "slow":
                return _response(adapter, request, answer, _Drops(answer.body, self._timeline))
        return _response(adapter, request, answer, io.BytesIO(answer.body))

    def _struck(self, process: Process, request: Any) -> HttpFault | None:
        """What goes wrong with a function's request."""
        if process.is_dead:
            raise KilledError(process.name)
        self._timeline.pause()
        parts = urlsplit(request.url)
        made = Call(len(self.requests), process.step, "http", request.method, parts.path)
        self.requests.append(made)
        chosen = self.choose(made) if self.choose else None
        begun = chosen if isinstance(chosen, HttpFault) else self.faults.get(made.at)
        where = f"{parts.netloc}{parts.path}"
        if begun:
            self._down[where] = (begun, begun.times)
        fault, left = self._down.get(where, (None, 0))
        if fault is None or left <= 0:
            return None
        self._down[where] = (fault, left - 1)
        return fault

    def _strike(self, kind: HttpKind) -> None:
        """What ends in no answer at all."""
        if kind == "refused":
            raise requests.ConnectionError("Connection refused")
        if kind == "time-out":
            self._timeline.sleep(http.REQUEST_SECONDS)
            raise requests.ReadTimeout


class _Drops(io.BytesIO):
    """A body of which some bytes come every few seconds."""

    def __init__(self, body: bytes, timeline: Timeline) -> None:
        super().__init__(body)
        self._timeline = timeline

    def read(self, _size: int | None = -1, /) -> bytes:
        self._timeline.sleep(_BETWEEN)
        return super().read(_DROP)

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(size)


def _plain(status: int, body: bytes, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"Content-Type": "text/plain"} | named, body)


def _truncated(honest: Answer) -> Answer:
    headers = {**honest.headers, "Content-Length": str(len(honest.body))}
    return Answer(honest.status, headers, honest.body[: len(honest.body) // 2])


_SPOILT: Mapping[str, Callable[[Answer], Answer]] = {
    "429": lambda _: _plain(429, b"Rate exceeded."),
    "429 with a wait": lambda _: _plain(429, b"Rate exceeded.", Retry_After="20"),
    "500": lambda _: _plain(500, b"<html>Sorry</html>"),
    "503": lambda _: _plain(503, b"<html>Sorry</html>"),
    "truncated": _truncated,
    "garbage": lambda _: _plain(200, bytes(range(256)) * 8),
    "encoding": lambda honest: Answer(200, {**honest.headers, "Content-Encoding": "gzip"}, honest.body),
    "charset": lambda honest: _plain(200, honest.body.decode("utf-8", "replace").encode("utf-16")),
    "error 200": lambda _: _plain(200, b'{"error": "Sorry", "errors": [{"title": "Unavailable"}]}'),
    "html": lambda _: _plain(200, b"<!DOCTYPE html><title>Just a moment...</title>"),
    "empty": lambda _: _plain(200, b""),
    "huge": lambda _: _plain(200, b" " * _HUGE),
    "redirect": lambda _: _plain(302, b"", Location="https://elsewhere.example/"),
}


def _response(adapter: Any, request: Any, answer: Answer, body: io.BytesIO) -> Any:
    raw: Any = urllib3.HTTPResponse(
        body=body,
        headers=dict(answer.headers),
        status=answer.status,
        reason="",
        preload_content=False,
        request_method=request.method,
        request_url=request.url,
    )
    # What shared/http.py hangs on a connection, to cut it off; here time is virtual and nothing is connected.
    raw.watch = threading.Timer(0.0, lambda: None)
    return adapter.build_response(request, raw)
