"""Each kind of page in a browser: it loads in silence, stays at home, and needs no script."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.kinds import EXPECTED_KINDS, examples, kind
from tests.browser.visit import Window
from tests.steps.chain import Site
from tests.steps.links import own

# What a reader came for: the headings in the main part, as far as they can be seen.
_HEADINGS = """
() => [...document.querySelectorAll("main h1, main h2, main h3")]
  .filter(each => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(each => each.innerText.trim())
"""


def test_the_kinds_of_pages_are_the_expected_ones(site: Site) -> None:
    assert {kind(key) for key in site.bodies if key.endswith(".html")} == set(EXPECTED_KINDS)


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_a_page_loads_in_silence(site: Site, window: Callable[..., Window], wanted: str) -> None:
    for key in examples(site.bodies, wanted):
        one = window()
        page = one.open(key)
        # What a script asks for, or an image that cannot be had does, comes after the load.
        page.wait_for_timeout(150)
        assert one.troubles == [], key
        assert page.evaluate("document.compatMode") == "CSS1Compat", key
        assert page.evaluate("document.documentElement.lang"), key
        assert page.title(), key


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_a_page_needs_no_script(site: Site, window: Callable[..., Window], wanted: str) -> None:
    for key in examples(site.bodies, wanted):
        scripted, plain = window(), window(java_script_enabled=False)
        shown = scripted.open(key).evaluate(_HEADINGS)
        page = plain.open(key)
        assert plain.troubles == [], key
        assert page.locator("main").is_visible(), key
        assert page.locator("h1").count() == 1, f"{key} has not one first heading"
        headings = page.evaluate(_HEADINGS)
        assert headings, f"{key} shows nothing"
        assert [text for text in shown if text not in headings] == [], f"{key} shows less without scripts"
        assert "undefined" not in page.locator("main").inner_text().lower().split(), key


def test_a_missing_page_says_so_wherever_it_is_missing(site: Site, window: Callable[..., Window]) -> None:
    is_told = "404.html" in site.bodies
    assert is_told is ("404" in EXPECTED_KINDS)
    for address in ["no-such-page.html", "paper/no/such/page.html"] if is_told else []:
        one = window()
        page = one.open(address)
        page.wait_for_timeout(150)
        # The answer itself is an error, and the console says that, too; its styles and links are none.
        assert [trouble for trouble in one.troubles if "404" not in trouble] == []
        assert [trouble for trouble in one.troubles if trouble.startswith("404")] == [f"404: {page.url}"]
        assert page.locator("h1").is_visible()
        links = page.locator("a[href]").evaluate_all("all => all.map(each => each.href)")
        targets = [own(link, address) for link in links]
        assert [target for target in targets if target and target[0] not in {*site.bodies, address}] == []
