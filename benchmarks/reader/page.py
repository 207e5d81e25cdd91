"""Row 10: what a browser that has nothing yet loads to show the latest post, beside the words of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from benchmarks import switches
from benchmarks.line import Line, line
from benchmarks.options import Options
from benchmarks.reader import transfer
from benchmarks.reader.loads import Loads, loads
from benchmarks.site import archive
from functions.render import pages, site
from functions.render.day import Day, hot_papers
from shared.settings import Settings
from shared.shelf import DayTotal, Shelf
from tests.unit import corpus

ROW = 10
NAME = "what a reader loads for the latest post"

PAPERS, _TINY = 16, 8
_BYTES_GOAL, _ASSETS_GOAL = 60_000, 3
_SETTINGS = Settings(site_url="https://hot.example.org")


def measure(options: Options) -> Iterator[Line]:
    """The front page, which is the latest post, with all that it makes a browser load."""
    switches.off(options.without)
    papers = _TINY if options.tiny else PAPERS
    loaded = front_page(papers)
    document, total = transfer.sent(loaded.document), sent(loaded)
    yield line(
        ROW,
        f"bytes for the latest post, {papers} papers, cold",
        total,
        "bytes",
        goal=_BYTES_GOAL,
        note=f"gzip; the page {document:,}, all of it unpacked {size(loaded):,}",
    )
    yield line(
        ROW,
        "these bytes",
        total,
        "bytes",
        against="its words, compressed as well",
        theirs=transfer.sent(loaded.words.encode()),
        note=f"{len(loaded.words.split()):,} words",
    )
    half = front_page(papers // 2)
    yield line(
        ROW,
        "each paper more",
        (document - transfer.sent(half.document)) / (papers - papers // 2),
        "bytes",
        note="gzip",
    )
    yield line(ROW, "assets beside one document", len(loaded.assets), "assets", goal=_ASSETS_GOAL)
    yield line(ROW, "scripts that it waits for", len(loaded.blocking), "scripts", goal=0)


def front_page(papers: int) -> Loads:
    """The front page of a day of so many papers in an archive, made by render.

    Mentions are the archive's; the papers' own texts have as many different words as real ones.
    """
    dates = archive.dates(400)
    days = map(archive.day, reversed(dates))
    generated = next(one for one in days if len(one.papers) >= papers)
    texts = corpus.papers(days=2)
    measured = [
        replace(one, paper=replace(paper, id=one.paper.id))
        for one, (paper, _, _) in zip(generated.papers, texts, strict=False)
    ]
    date = generated.date
    shown = Day(
        date=date,
        published_at=archive.run_id(date),
        listed=archive.LISTED,
        is_partial=False,
        sources=archive.source_states(date),
        papers=hot_papers(_SETTINGS, measured)[:papers],
    )
    shelf = Shelf(days={one: DayTotal(1, 1) for one in dates if one <= date})
    objects = pages.assets() | site.index_objects(_SETTINGS, shown, shelf)
    return loads({key: made.body for key, made in objects.items()}, "index.html")


def sent(loaded: Loads) -> int:
    """What is transferred, bodies alone."""
    return sum(map(transfer.sent, (loaded.document, *loaded.assets.values())))


def size(loaded: Loads) -> int:
    """The same unpacked."""
    return sum(map(len, (loaded.document, *loaded.assets.values())))
