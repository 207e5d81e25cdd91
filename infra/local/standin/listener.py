"""HTTP itself: takes what comes over the connection apart, and sends answers back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.standin.answer import Answer

Take = Callable[[str, str, str, dict[str, str]], Answer | None]
"""Method, target, body and headers to the answer, None where there is none."""


class Server(ThreadingHTTPServer):
    """A thread a request; stopping waits for none of them."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that gives up is none of the server's business; anything else is a mistake here.
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def handler(take: Take, clock: Callable[[], datetime]) -> type[BaseHTTPRequestHandler]:
    """How connections are handled: each request goes to `take`, answers are dated by `clock`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "standin"
        timeout = 10  # seconds that a client may take to say what it wants

        def do_GET(self) -> None:
            self.respond("")

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            self.respond(self.rfile.read(size).decode())

        def respond(self, body: str) -> None:
            # One request a connection, so that stopping never waits for an idle one.
            self.close_connection = True
            headers = {name.title(): value for name, value in self.headers.items()}
            answer = take(self.command, self.path, body, headers)
            if answer is None:
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body[: answer.sent])

        def date_time_string(self, timestamp: float | None = None) -> str:
            # The world's time, so that a wait told as a time agrees with it.
            when = clock() if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
            return format_datetime(when, usegmt=True)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Says nothing: the requests are recorded."""

    return Handler
