"""The kinds of pages that there are: a page's key without what tells it from its likes."""

from __future__ import annotations

import re
from collections.abc import Mapping

EXPECTED_KINDS = (
    *("404", "about", "archive", "archive/*", "category/*", "category/*/*", "day", "filter/*", "index"),
    *("month/*", "paper/*", "search", "status", "top", "week/*"),
)
"""Each is looked at by every test here. A kind that is new in the site belongs here, or a test fails."""
TOGGLE = "[data-theme-toggle]"
"""The button on every page that changes between light and dark."""


def kind(key: str) -> str:
    """`2021-06-18.html` is a day, `category/cs.LG/2021-06.html` a `category/*/*`, `about.html` itself."""
    folder, *rest = key.removesuffix(".html").split("/")
    if rest:
        return "/".join([folder, *("*" for _ in rest)])
    return "day" if re.fullmatch(r"\d{4}-\d\d-\d\d", folder) else folder


def examples(bodies: Mapping[str, bytes], wanted: str) -> list[str]:
    """Two pages of a kind, the longest and the shortest; one where there is one, none of a kind unknown."""
    keys = sorted((key for key in bodies if key.endswith(".html") and kind(key) == wanted), key=len)
    keys.sort(key=lambda key: len(bodies[key]))
    return list(dict.fromkeys([keys[-1], keys[0]])) if keys else []
