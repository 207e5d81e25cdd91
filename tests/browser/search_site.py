"""A folder with the search page over files of its own, served on this machine below a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from functions.render import pages, site
from functions.render.objects import made
from shared.settings import Settings
from shared.shelf import Shelf
from tests.browser import server
from tests.steps.chain import Site

_FOLDER = "papers"


@contextmanager
def served(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """The address of the search page over some files, in a folder of the server."""
    objects = pages.assets() | site.search_objects(Settings(), Shelf())
    objects |= {key: made(key, body) for key, body in files.items()}
    site_ = Site(
        {f"{_FOLDER}/{key}": content.body for key, content in objects.items()},
        {f"{_FOLDER}/{key}": content.content_type for key, content in objects.items()},
    )
    server.write(site_, folder)
    with server.serving(folder, site_.types) as port:
        yield f"http://127.0.0.1:{port}/{_FOLDER}/search.html"
