"""Row 11: the first answer of the archive's search, beside transferring its whole index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from statistics import median

from msgspec.structs import replace

from benchmarks import cpu, switches
from benchmarks.line import Line, line
from benchmarks.options import Options
from benchmarks.progress import say
from benchmarks.reader import browser, transfer
from benchmarks.reader.loads import loads
from functions.render import pages, search, site
from shared.settings import Settings
from shared.shelf import Shelf
from tests.browser.search_site import served
from tests.unit import corpus

ROW = 11
NAME = "the first answer of the archive's search"

DAYS, REPEATS = 294, 10
_TINY = (30, 2)
_BYTES_GOAL, _SCRIPT_GOAL = 150_000, 50
# The beginning of frequent words: the newest month has more than a full list of papers.
_QUERY = "ma"


def measure(options: Options) -> Iterator[Line]:
    """What a browser that has nothing loads and does until the first papers are listed."""
    switches.off(options.without)
    days, repeats = _TINY if options.tiny else (DAYS, REPEATS)
    say(f"making the search of {days * repeats:,} posts")
    files = made(days, repeats)
    first = {key: transfer.sent(body) for key, body in first_answer(files).items()}
    index = {key: transfer.sent(body) for key, body in files.items()}
    total, whole = sum(first.values()), sum((first | index).values())
    yield line(
        ROW,
        f"bytes until the first answer over {days * repeats:,} posts",
        total,
        "bytes",
        goal=_BYTES_GOAL,
        note=f"gzip, {len(first)} files, the page among them",
    )
    yield line(ROW, "these bytes", total, "bytes", against="the index whole", theirs=whole)
    yield line(
        ROW,
        "a word that only the oldest month has",
        whole,
        "bytes",
        against="the index whole",
        theirs=whole,
        note="the page loads month after month",
    )
    yield _scripts(options, files)


def _scripts(options: Options, files: Mapping[str, bytes]) -> Line:
    what, unit = "scripts until that answer", "ms CPU"
    with browser.chromium() as chromium:
        if chromium is None:
            return line(ROW, what, 0, unit, note="not measured: no browser")
        with cpu.folder() as folder, served(folder, files) as url:
            shown = []
            for turn in range(options.rounds + 1):
                say(f"a first answer in Chromium, round {turn or 'to warm up'}")
                shown.append(browser.show(chromium, f"{url}?q={_QUERY}", "#results li"))
        told = median(one.script for one in shown[1:])
        return line(ROW, what, told, unit, goal=_SCRIPT_GOAL, note=f"Chromium {chromium.version}")


def made(days: int, repeats: int) -> dict[str, bytes]:
    """The search's files for so many days, which are repeated for older and older years."""
    return corpus.files(days=days, repeats=repeats)


def made_whole(days: int, repeats: int) -> dict[str, bytes]:
    """The same papers in one file."""
    entries = [
        replace(one, date=f"{int(one.date[:4]) - 2 * back}{one.date[4:]}")
        for back in range(repeats)
        for one in corpus.entries(days)
    ]
    name = "all"
    return {search.month_key(name): search.month(entries), search.INDEX: search.months({name: len(entries)})}


def first_answer(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What is loaded before the first answer, by key: the search page, its assets, index, newest month."""
    page = "search.html"
    objects = pages.assets() | site.search_objects(Settings(), Shelf())
    loaded = loads({key: one.body for key, one in objects.items()}, page)
    newest = search.month_key(json.loads(files[search.INDEX])["months"][0][0])
    return {page: loaded.document, **loaded.assets} | {key: files[key] for key in (search.INDEX, newest)}
