"""Each kind of page without a mouse, for who sees little, and with the colours that somebody chose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import tools
from tests.browser.kinds import EXPECTED_KINDS, TOGGLE, examples
from tests.browser.test_layout import SCHEMES
from tests.browser.visit import Window
from tests.steps.chain import Site

# Numbers what the keyboard has to reach, keeps how each looks without focus, and notes what is focused how.
_WATCH = """
() => {
  const look = element => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle === "none" || parseFloat(style.outlineWidth) === 0
      ? "" : `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`;
    return `${outline} / ${style.boxShadow}`;
  };
  const kinds = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  const wanted = [...document.querySelectorAll(kinds)].filter(each =>
    !each.disabled && each.tabIndex >= 0 && !each.closest("[inert]")
    && each.checkVisibility({visibilityProperty: true}));
  const before = new Map(wanted.map(each => [each, look(each)]));
  window.reached = new Set();
  window.faults = [];
  document.addEventListener("focusin", ({target}) => {
    window.reached.add(target);
    const name = `${target.tagName} ${target.className} ${target.textContent.trim().slice(0, 40)}`;
    const box = target.getBoundingClientRect();
    if (!(box.width > 1 && box.height > 1 && box.right > 0)) window.faults.push(`${name}: cannot be seen`);
    if (before.has(target) && before.get(target) === look(target)) window.faults.push(`${name}: no focus`);
  });
  window.wanted = wanted;
  return wanted.length;
}
"""
_MISSED = """
() => window.wanted.filter(each => !window.reached.has(each))
  .map(each => `${each.tagName} ${each.textContent.trim().slice(0, 40)}`)
"""
# What axe says against a page: the rule and where.
_JUDGE = """
() => axe.run(document, {resultTypes: ["violations"]}).then(result => result.violations.flatMap(
  rule => rule.nodes.slice(0, 5).map(node => `${rule.id}: ${node.target.join(" ")} ${node.failureSummary}`)))
"""


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_the_keyboard_reaches_everything(site: Site, window: Callable[..., Window], wanted: str) -> None:
    (key, *_) = examples(site.bodies, wanted)
    page = window().open(key)
    count = page.evaluate(_WATCH)
    assert count
    # Boxes that scroll are reached as well; nothing may keep the keyboard in.
    for _ in range(count + 30):
        page.keyboard.press("Tab")
        if page.evaluate("window.reached.size && document.activeElement === document.body"):
            break
    assert page.evaluate(_MISSED) == [], key
    assert page.evaluate("window.faults") == [], key


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_the_first_key_press_offers_the_way_past_the_header(
    site: Site, window: Callable[..., Window], wanted: str
) -> None:
    (key, *_) = examples(site.bodies, wanted)
    page = window().open(key)
    page.keyboard.press("Tab")
    first = page.locator(":focus")
    box = first.bounding_box()
    assert box, key
    assert min(box["x"], box["y"]) >= 0, f"{key}: the link is focused out of sight"
    target = first.get_attribute("href") or ""
    assert target.startswith("#"), f"{key}: {target} is focused first"
    first.press("Enter")
    page.keyboard.press("Tab")
    inside = (
        "document.activeElement === document.body || document.activeElement.closest('main, footer') !== null"
    )
    assert page.evaluate(inside), f"{key}: the header is not passed"


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_axe_finds_nothing(site: Site, window: Callable[..., Window], wanted: str) -> None:
    axe = tools.axe()
    for key in examples(site.bodies, wanted):
        one = window()
        page = one.open(key)
        page.evaluate(axe)
        found: dict[str, Any] = {}
        for scheme in SCHEMES:
            for width in (360, 1280):
                one.looks(scheme, width)
                found[f"{scheme} {width}"] = page.evaluate(_JUDGE)
        assert {look: told for look, told in found.items() if told} == {}, key


@pytest.mark.parametrize("wanted", EXPECTED_KINDS)
def test_chosen_colours_are_kept(site: Site, window: Callable[..., Window], wanted: str) -> None:
    keys = examples(site.bodies, wanted)
    one = window()
    page = one.open(keys[0])
    toggle = page.locator(TOGGLE)
    one.looks("light", 1280)
    shade = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(shade)
    toggle.first.click()
    chosen = page.evaluate(shade)
    assert chosen != before, "the toggle changes nothing"
    page.reload()
    assert page.evaluate(shade) == chosen, "what was chosen is forgotten"
    assert one.open(keys[-1]).evaluate(shade) == chosen
    # On paper the background is white, whatever was chosen: the text must not be white as well.
    page.emulate_media(media="print")
    ink = (
        "getComputedStyle(document.querySelector('main h1')).color.match(/[0-9.]+/g).slice(0, 3).map(Number)"
    )
    assert sum(page.evaluate(ink)) / 3 < 128, "dark colours are printed"
    unscripted = window(java_script_enabled=False)
    assert not unscripted.open(keys[0]).locator(TOGGLE).first.is_visible(), "it is there and cannot work"
