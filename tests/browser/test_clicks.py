"""What a click does on a page: it loads the original posts, and copies a reference."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.kinds import examples
from tests.browser.visit import Window
from tests.steps.chain import Site

X = "https://platform.twitter.com/widgets.js"
BLUESKY = "https://embed.bsky.app/static/embed.js"
COUNTING = "{ const told = document.documentElement.dataset; told.loaded = Number(told.loaded || 0) + 1; }"


@pytest.mark.parametrize("wanted", ["day", "index", "paper/*"])
def test_only_a_click_loads_the_original_posts(
    site: Site, window: Callable[..., Window], wanted: str
) -> None:
    one = window()
    asked: set[str] = set()

    def answer(route: object) -> None:
        asked.add(route.request.url)  # type: ignore[attr-defined]
        route.fulfill(content_type="text/javascript", body=COUNTING)  # type: ignore[attr-defined]

    for script in (X, BLUESKY):
        one.context.route(script, answer)
    page = one.open(examples(site.bodies, wanted)[0])
    page.wait_for_timeout(150)
    assert asked == set()
    # The markup is the platforms' own: this is what their scripts look for.
    posts = page.locator("blockquote.twitter-tweet a[href^='https://twitter.com/']")
    skeets = page.locator("blockquote.bluesky-embed[data-bluesky-uri^='at://']")
    assert posts.count() + skeets.count() > 0
    button = page.get_by_role("button", name="Load the original posts")
    button.focus()
    page.keyboard.press("Enter")
    expected = {script for script, found in ((X, posts), (BLUESKY, skeets)) if found.count()}
    # By the document, as the page's policy forbids what a condition is waited for with.
    page.wait_for_selector(f"html[data-loaded='{len(expected)}']")
    assert asked == expected
    page.get_by_text("Loaded.").wait_for()
    assert button.count() == 0
    # Nothing was refused by the policy, nor went wrong otherwise.
    assert [trouble for trouble in one.troubles if not trouble.startswith("elsewhere: ")] == []
    assert {trouble.removeprefix("elsewhere: ") for trouble in one.troubles} == expected


def test_a_platform_that_cannot_be_had_is_told_and_may_be_tried_again(
    site: Site, window: Callable[..., Window]
) -> None:
    one = window()
    for script in (X, BLUESKY):
        one.context.route(script, lambda route: route.abort())
    page = one.open(examples(site.bodies, "day")[0])
    button = page.get_by_role("button", name="Load the original posts from X and Bluesky")
    button.click()
    page.get_by_text("X and Bluesky could not be loaded.").wait_for()
    assert button.is_visible()


def test_the_chosen_theme_is_there_before_anything_is_painted(
    site: Site, window: Callable[..., Window]
) -> None:
    one = window(color_scheme="light")
    page = one.open("index.html")
    page.locator("[data-theme-toggle]").click()
    # The script that comes later never does.
    one.context.route("**/site.*.js", lambda route: route.abort())
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_script_of_another_host_is_refused(site: Site, window: Callable[..., Window]) -> None:
    one = window()
    page = one.open(examples(site.bodies, "day")[0])
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.src = "https://evil.example/x.js";
          document.body.append(script);
          const inline = document.createElement("script");
          inline.textContent = "window.ran = true";
          document.body.append(inline);
          const image = document.createElement("img");
          image.src = "https://evil.example/pixel.gif";
          document.body.append(image);
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    told = [trouble.split("refused by ")[1] for trouble in one.troubles if "refused by " in trouble]
    assert sorted(told) == [
        *("img-src: https://evil.example/pixel.gif", "script-src-elem: https://evil.example/x.js"),
        "script-src-elem: inline",
    ]
    # Nothing was sent.
    for url in ("https://evil.example/x.js", "https://evil.example/pixel.gif"):
        assert f"failed: {url}: csp" in one.troubles


def test_a_reference_is_copied(site: Site, window: Callable[..., Window]) -> None:
    one = window(permissions=["clipboard-read", "clipboard-write"])
    page = one.open(examples(site.bodies, "paper/*")[-1])
    page.get_by_text("BibTeX").click()
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text == page.locator("pre").text_content()
    assert text.startswith("@")
    assert one.troubles == []
