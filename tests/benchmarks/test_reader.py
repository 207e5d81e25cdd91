"""Rows 10 and 11: what a page loads is told of pages of a known kind, and the rows run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cpu import ROOT
from benchmarks.line import Line
from benchmarks.options import Options
from benchmarks.reader import browser, page, search
from benchmarks.reader.loads import loads

PAGE = b"""<!doctype html><html><head><title>Not read</title>
<link rel="stylesheet" href="../style.css"><link rel="alternate" href="feed.xml">
<link rel="icon" href="/i.svg">
<script src="wait.js"></script><script src="later.js" defer></script><script>inline()</script>
<script src="module.js" type="module"></script>
</head><body><p>Seen &amp; <b>read</b></p><img src="image.png"><a href="elsewhere.html">link</a>
<math><semantics><mi>x</mi><annotation encoding="application/x-tex">\\x</annotation></semantics></math>
</body></html>"""
SITE = {
    "a/page.html": PAGE,
    "style.css": b'a { background: url("deep/a.png") } b { background: url(data:image/gif;base64,R0) }',
    "deep/a.png": b"1",
    "/i.svg": b"2",
    **{f"a/{name}": b"3" for name in ("wait.js", "later.js", "module.js", "image.png")},
}


def test_a_page_loads_what_a_browser_asks_for_by_itself() -> None:
    found = loads(SITE, "a/page.html")
    assert found.assets.keys() == SITE.keys() - {"a/page.html"}
    assert found.blocking == ("wait.js",)
    assert found.words == "Seen & read link x"


def test_what_is_not_in_the_site_cannot_be_loaded() -> None:
    with pytest.raises(KeyError, match=r"image\.png"):
        loads({key: body for key, body in SITE.items() if key != "a/image.png"}, "a/page.html")


def test_the_latest_post_is_measured() -> None:
    told = {one.what: one for one in page.measure(Options(tiny=True))}
    whole = told["bytes for the latest post, 8 papers, cold"]
    assert whole.met
    words = told["these bytes"]
    assert words.theirs
    assert words.ours == whole.ours
    # An abstract of some hundred words cannot be less.
    assert 400 < told["each paper more"].ours < 3000


def _without(name: str, folder: Path, row: int = 10) -> dict[str, Line]:
    """A row's lines by what they tell, in a process of its own: what is switched off stays off."""
    path = folder / f"{name}.json"
    command = [sys.executable, "-m", "benchmarks", str(row), "--tiny", "--json", str(path), "--without", name]
    no_browser = os.environ | {"CHROMIUM": "/nowhere/chromium"}
    subprocess.run(command, cwd=ROOT, env=no_browser, capture_output=True, check=True)
    lines = json.loads(path.read_text(encoding="utf-8"))["lines"]
    return {one["what"]: Line(**one) for one in lines}


def test_each_optimisation_shows(tmp_path: Path) -> None:
    whole = "bytes for the latest post, 8 papers, cold"
    usual = {one.what: one for one in page.measure(Options(tiny=True))}
    apart = _without("theme-in-page", tmp_path)
    assert apart["scripts that it waits for"].met is False
    assert apart["assets beside one document"].ours == usual["assets beside one document"].ours + 1
    assert _without("compression", tmp_path)[whole].ours > 2 * usual[whole].ours
    whole_index = _without("search-months", tmp_path, row=11)["these bytes"]
    assert whole_index.ratio == 1


# --- row 11 ------------------------------------------------------------------------------------------------


def test_a_first_answer_is_measured_without_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    first, held, rare, scripts = search.measure(Options(tiny=True))
    assert first.met
    assert held.theirs
    assert held.ours < held.theirs == rare.ours
    assert (scripts.met, scripts.note) == (None, "not measured: no browser")


def test_a_first_answer_needs_the_newest_month_alone() -> None:
    keys = list(search.first_answer(search.made(30, 2)))
    assert [key for key in keys if key.startswith("search/")] == ["search/index.json", "search/2021-06.json"]
    assert "search.html" in keys


def test_the_index_whole_has_the_same_papers() -> None:
    months = [json.loads(body) for key, body in search.made(30, 2).items() if not key.endswith("index.json")]
    whole = json.loads(search.made_whole(30, 2)["search/all.json"])
    papers = [tuple(paper[:3]) for month in months for paper in month["papers"]]
    assert sorted(papers) == sorted(tuple(paper[:3]) for paper in whole["papers"])


def test_script_time_is_that_of_outer_calls_on_the_main_thread() -> None:
    def event(name: str, start: int, length: int, cpu: int, thread: int = 1) -> dict[str, Any]:
        return {"ph": "X", "name": name, "pid": 7, "tid": thread, "ts": start, "dur": length, "tdur": cpu}

    main = {"ph": "M", "name": "thread_name", "pid": 7, "tid": 1, "args": {"name": "CrRendererMain"}}
    trace = [
        main,
        event("FunctionCall", 100, 5000, 2000),
        event("v8.callFunction", 110, 4000, 1900),
        event("RunMicrotasks", 9000, 3000, 1500),
        event("EvaluateScript", 9000, 3000, 1500, thread=2),
        event("Layout", 20000, 9000, 9000),
    ]
    assert browser.script_time(trace) == 3.5
