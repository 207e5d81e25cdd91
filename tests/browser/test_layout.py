"""Each kind of page at the widths of telephones and desks, light and dark, and on paper.

With SCREENSHOTS=FOLDER the pages are drawn there as well, for somebody to look at: make screenshots.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.kinds import EXPECTED_KINDS, examples
from tests.browser.visit import Window
from tests.steps.chain import Site

NARROWEST = 320
"""CSS pixels at which nothing may need scrolling sideways: https://www.w3.org/TR/WCAG22/#reflow."""
WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")

# How far a page is wider than the window, and what sticks out of it.
_OVERFLOW = """
() => {
  const inside = element => {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const clips = [document.documentElement, document.body]
    .filter(each => ["hidden", "clip"].includes(getComputedStyle(each).overflowX));
  const wide = [...document.body.querySelectorAll("*")]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !inside(each))
    .map(each => `${each.tagName} ${each.className}: ${each.textContent.trim().slice(0, 40)}`);
  return [Math.max(0, document.documentElement.scrollWidth - innerWidth), clips.length, wide.slice(0, 5)];
}
"""
# The paragraphs, items, headings and cells of the main part that can be seen; what is to be clicked aside.
_SEEN = """
() => [...document.querySelectorAll("main :is(h1, h2, h3, p, li, th, td, blockquote, time, cite, dt, dd)")]
  .filter(each => each.innerText.trim())
  .filter(each => !each.closest("nav, form, [role=search], dialog, menu, noscript"))
  .filter(each => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(each => `${each.tagName} ${each.innerText.trim().slice(0, 60)}`)
"""


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_a_page_never_scrolls_sideways(site: Site, window: Callable[..., Window], wanted: str) -> None:
    drawn = os.environ.get("SCREENSHOTS")
    for place, key in enumerate(examples(site.bodies, wanted)):
        one = window()
        page = one.open(key)
        for scheme in SCHEMES:
            for width in (NARROWEST, *WIDTHS):
                one.looks(scheme, width)
                assert page.evaluate(_OVERFLOW) == [0, 0, []], f"{key} at {width}, {scheme}"
                if drawn and place == 0 and width != NARROWEST:
                    name = wanted.replace("/*", "-in").replace("/", "-")
                    path = Path(drawn) / f"{name}-{width}-{scheme}.png"
                    page.screenshot(path=path, full_page=True)
        assert one.troubles == [], key


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_a_page_has_two_colour_schemes(site: Site, window: Callable[..., Window], wanted: str) -> None:
    (key, *_) = examples(site.bodies, wanted)
    one, lightness = window(), []
    page = one.open(key)
    for scheme in SCHEMES:
        one.looks(scheme, 1280)
        shade = (
            "() => getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).map(Number)"
        )
        lightness.append(sum(page.evaluate(shade)) / 3)
    assert lightness[0] > 200, "light is not light"
    assert lightness[1] < 60, "dark is not dark"


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_a_printed_page_has_all_that_it_says(site: Site, window: Callable[..., Window], wanted: str) -> None:
    for key in examples(site.bodies, wanted):
        page = window().open(key)
        seen = page.evaluate(_SEEN)
        page.emulate_media(media="print")
        printed = set(page.evaluate(_SEEN))
        assert seen
        assert [text for text in seen if text not in printed] == [], key
        assert page.locator("nav:visible, button:visible, form:visible").count() == 0, "no way on, on paper"
