"""What a browser really asks for to show the latest post: what benchmarks/reader says that it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.reader import search
from benchmarks.reader.browser import show
from benchmarks.reader.loads import loads
from tests.browser.search_site import served
from tests.browser.visit import Window
from tests.steps.chain import Site
from tests.steps.site_world import SITE

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_the_latest_post_loads_its_assets_and_nothing_else(site: Site, window: Callable[..., Window]) -> None:
    told = loads(site.bodies, "index.html")
    one = window()
    bodies: dict[str, int] = {}

    def note(request: object) -> None:
        key = request.url.removeprefix(f"{SITE}/")  # type: ignore[attr-defined]
        bodies[key] = request.sizes()["responseBodySize"]  # type: ignore[attr-defined]

    one.page.on("requestfinished", note)
    one.open("index.html")
    one.page.wait_for_load_state("networkidle")
    expected = {"index.html": told.document} | told.assets
    # Without a window to show it in, Chromium leaves the icon out.
    icon = {key for key in told.assets if key.startswith("icon.")}
    assert expected.keys() - icon <= bodies.keys() <= expected.keys()
    # The server of these tests compresses nothing.
    assert {key: size for key, size in bodies.items() if size != len(expected[key])} == {}
    assert len(told.assets) <= 3
    assert told.blocking == ()


def test_a_first_answer_of_the_search_loads_its_newest_month_and_nothing_older(
    browser: Browser, tmp_path: Path
) -> None:
    files = search.made(60, 2)
    told = search.first_answer(files).keys()
    assert len(files) > 4
    with served(tmp_path, files) as url:
        shown = show(browser, f"{url}?q=ma", "#results li")
        folder, _, _ = url.rpartition("/")
    asked = {address.partition("?")[0].removeprefix(f"{folder}/") for address in shown.asked}
    assert told - {key for key in told if key.startswith("icon.")} <= asked <= told
    assert 0 < shown.script < 1000
