"""The recorded answers, and a loopback service that plays answers in turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import pytest

FOLDER = Path(__file__).parent / "recordings"
# More of the kind, larger and from third parties: reference material that is not part of the project.
REFERENCE = Path(__file__).parents[3] / "shared" / "upstream" / "recordings"


def read(name: str) -> bytes:
    """A recorded answer of the project; its README says where each is from."""
    return (FOLDER / name).read_bytes()


def reference(name: str) -> bytes:
    """An answer of the reference material; the test is skipped where that is not beside the checkout."""
    path = REFERENCE / name
    if not path.is_file():
        pytest.skip(f"the folder shared beside the checkout is not there: no recording {name}")
    return path.read_bytes()


@dataclass(frozen=True)
class Reply:
    """One answer. `drip`: seconds before each byte of the body; `withheld`: seconds before anything.

    With `is_raw` the body is all that is sent: status line, headers and all.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0
    withheld: float = 0.0
    is_raw: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    query: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""

    @property
    def params(self) -> dict[str, str]:
        """The parameters, decoded."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


class Service:
    """Plays replies in turn on a loopback port while its `with` block lasts, the last one for ever.

    A reply may be a function of the request.
    """

    def __init__(self, *replies: Reply | bytes | Callable[[Asked], Reply]) -> None:
        self.replies: Sequence[Reply | bytes | Callable[[Asked], Reply]] = replies
        self.requests: list[Asked] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Its port."""
        port: int = self._server.server_address[1]
        return port

    def take(self, asked: Asked) -> Reply:
        """The reply to the next request."""
        with self._lock:
            reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
            self.requests.append(asked)
        if isinstance(reply, bytes):
            return Reply(reply)
        return reply if isinstance(reply, Reply) else reply(asked)


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            reply = service.take(Asked(parts.path, parts.query, headers, self.command, body))
            self.close_connection = True
            # Some tests want a client to give up.
            with suppress(ConnectionError):
                self.play(reply)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def play(self, reply: Reply) -> None:
            time.sleep(reply.withheld)
            if not reply.is_raw:
                self.send_response(reply.status)
                self.send_header("Connection", "close")
                for name, value in ({"Content-Length": str(len(reply.body))} | dict(reply.headers)).items():
                    self.send_header(name, value)
                self.end_headers()
            if not reply.drip:
                self.wfile.write(reply.body)
            for byte in reply.body if reply.drip else b"":
                time.sleep(reply.drip)
                self.wfile.write(bytes([byte]))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            """Says nothing: the requests are noted."""

    return Handler
