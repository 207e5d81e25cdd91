"""What a browser really asks for to show the latest post: what benchmarks/reader says that it does."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.reader.loads import loads
from tests.browser.visit import Window
from tests.steps.chain import Site
from tests.steps.site_world import SITE


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
