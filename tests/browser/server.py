"""A folder as a site on this machine, as a bucket behind a CDN would serve it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.steps.chain import Site


class _Handler(SimpleHTTPRequestHandler):
    """Files with the content types that they have in the bucket; the site's own page for what is missing."""

    protocol_version = "HTTP/1.1"
    types: dict[str, str]

    def __init__(self, *args: Any, types: dict[str, str], **named: Any) -> None:
        self.types = types
        super().__init__(*args, **named)

    def guess_type(self, path: Any) -> str:
        key = Path(path).relative_to(self.directory).as_posix()
        return self.types.get(key, "text/html; charset=utf-8")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests look at what the browser tells."""


def write(site: Site, folder: Path) -> None:
    """The whole bucket as files."""
    for key, body in site.bodies.items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


@contextmanager
def serving(folder: Path, types: dict[str, str]) -> Iterator[int]:
    """A server of the folder; the port that it listens to."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder), types=types))
    server.daemon_threads = True
    # Looked at often, so that a test does not wait for the end of it.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
