"""One browser and one served site for all tests of this folder, which run in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import server, tools
from tests.browser.visit import Window
from tests.steps.chain import Site
from tests.steps.site_world import SITE

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(name="folder", scope="package")
def _folder(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as files."""
    folder = tmp_path_factory.mktemp("site")
    server.write(site, folder)
    return folder


@pytest.fixture(name="browser", scope="package")
def _browser(site: Site, folder: Path) -> Iterator[Browser]:
    """Chromium, to which the site's address is our server, and any other leads nowhere."""
    executable = tools.chromium()
    from playwright.sync_api import sync_playwright

    host = SITE.removeprefix("http://")
    with server.serving(folder, site.types) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--no-proxy-server",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--host-resolver-rules=MAP {host} 127.0.0.1:{port},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1",
                # In production it is https, where pages may do more than on http.
                f"--unsafely-treat-insecure-origin-as-secure={SITE}",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(name="window")
def _window(browser: Browser) -> Iterator[Callable[..., Window]]:
    """A way to open windows; they are closed after the test."""
    opened: list[Window] = []

    def open_one(**options: Any) -> Window:
        opened.append(Window(browser, **options))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
