"""The bucket as a site on this machine: what a CDN does, but for keeping anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.server import address
from infra.local.standin.listener import Server

# How long a request waits for a bucket that is being filled, in seconds.
_PATIENCE = 20.0
# What S3 takes for a key, in bytes.
_LONGEST_KEY = 1024
_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """What is sent: a status, a content type and a body; `is_waited_for` when a reader should ask again."""

    status: HTTPStatus
    content_type: str
    body: bytes
    is_waited_for: bool = False


class SiteServer:
    """Takes its address when it is made, and serves a bucket while its `with` block lasts.

    Port 0 takes a free one. Raises OSError when the address cannot be had. The bucket is asked at each
    request: what is written is seen at once. `wanted` is set when somebody asks for what an empty bucket has
    not; such a request waits for `ready`, which is to be set when the bucket has been filled, or will not be.
    """

    def __init__(self, host: str, port: int) -> None:
        self.wanted = threading.Event()
        self.ready = threading.Event()
        self._bucket: Callable[[str], Page | None] = lambda _key: None
        self._server = Server((host, port), _handler(self.page))
        # Looked at often, so that nobody waits for the end of it.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.url = address(host, int(self._server.server_address[1]))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def show(self, s3: Any, bucket: str) -> None:
        """Serve a bucket from now on, by a client that several threads may use."""
        self._bucket = lambda key: _object(s3, bucket, key)

    def page(self, target: str) -> Page:
        """What a request for a target, such as /2021-06-18.html?x, is answered with."""
        key = _key(target)
        try:
            if found := self._found(key):
                return found
            self.wanted.set()
            is_ready = self.ready.wait(_PATIENCE)
            if found := self._found(key):
                return found
        except (BotoCoreError, ClientError) as error:
            return Page(HTTPStatus.BAD_GATEWAY, _PLAIN, f"the bucket cannot be read: {error}\n".encode())
        return Page(HTTPStatus.NOT_FOUND, _PLAIN, b"nothing is published yet\n", is_waited_for=not is_ready)

    def _found(self, key: str) -> Page | None:
        """The object, or the page that stands in for one that is missing; None in an empty bucket."""
        found = self._bucket(key) if key else None
        if found:
            return found
        missing = self._bucket("404.html")
        return Page(HTTPStatus.NOT_FOUND, missing.content_type, missing.body) if missing else None


def _key(target: str) -> str:
    """The key that a target names; "" when none can be meant."""
    path = unquote(target.partition("?")[0].partition("#")[0])
    if not path.startswith("/"):
        return ""
    key = path[1:] or "index.html"
    # Segments of dots would be resolved on the way to the server and name something else there.
    if any(segment in ("", ".", "..") for segment in key.split("/")):
        return ""
    return key if key.isprintable() and len(key.encode()) <= _LONGEST_KEY else ""


def _object(s3: Any, bucket: str, key: str) -> Page | None:
    """An object of the bucket; None when there is none."""
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
            return None
        raise
    return Page(HTTPStatus.OK, answer["ContentType"], answer["Body"].read())


def _handler(page: Callable[[str], Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "hot-papers"
        timeout = 10  # seconds that a client may take to say what it wants

        def do_GET(self) -> None:
            self.respond(page(self.path))

        def do_HEAD(self) -> None:
            self.respond(page(self.path))

        def respond(self, shown: Page) -> None:
            # One request a connection, so that stopping never waits for an idle one.
            self.close_connection = True
            self.send_response(shown.status)
            self.send_header("Content-Type", shown.content_type)
            self.send_header("Content-Length", str(len(shown.body)))
            # Not the object's own: a page that has been rendered again has to be there on the next reload.
            self.send_header("Cache-Control", "no-store")
            if shown.is_waited_for:
                self.send_header("Refresh", "1")
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(shown.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Says nothing: the terminal is for what is played and rendered."""

    return Handler
