"""Chromium, where it is there: what a page asks for until it shows something, and what its scripts take."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_CHROMIUM = "/usr/bin/chromium"
_CATEGORIES = ("devtools.timeline", "v8", "v8.execute")
# What runs scripts; one may be within another.
_RUNNING = {"EvaluateScript", "FunctionCall", "RunMicrotasks", "v8.callFunction", "v8.run"}

Event = Mapping[str, Any]


class Shown(Struct, frozen=True):
    """The addresses that were asked for, and the CPU time that scripts took, in milliseconds."""

    asked: tuple[str, ...]
    script: float


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """The browser that CHROMIUM or Debian has; None where it, or playwright to steer it with, is missing."""
    path = os.environ.get("CHROMIUM") or _CHROMIUM
    if not shutil.which(path) or find_spec("playwright") is None:
        yield None
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--no-proxy-server"]
        )
        yield browser
        browser.close()


def show(browser: Browser, url: str, wanted: str) -> Shown:
    """Open an address in a new context, which has nothing yet, until there is what a selector wants."""
    with browser.new_context() as context:
        page: Page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        browser.start_tracing(page=page, categories=list(_CATEGORIES))
        page.goto(url)
        page.wait_for_selector(wanted)
        events = json.loads(browser.stop_tracing())["traceEvents"]
    return Shown(tuple(asked), script_time(events))


def script_time(events: Iterable[Event]) -> float:
    """Milliseconds of CPU that a page's main thread ran scripts for, by a trace: its times are microseconds.

    Not the time on the clock, which on a shared machine is mostly waiting.
    """
    told = list(events)
    main = {
        (one["pid"], one["tid"])
        for one in told
        if one["name"] == "thread_name" and one["args"].get("name") == "CrRendererMain"
    }
    running = [
        one
        for one in told
        if one["ph"] == "X" and one["name"] in _RUNNING and (one["pid"], one["tid"]) in main
    ]
    total, ends = 0.0, dict.fromkeys(main, 0.0)
    for one in sorted(running, key=lambda one: (one["ts"], -one["dur"])):
        thread = (one["pid"], one["tid"])
        if one["ts"] >= ends[thread]:
            total += one.get("tdur", one["dur"])
            ends[thread] = one["ts"] + one["dur"]
    return total / 1000
