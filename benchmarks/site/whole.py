"""Row 6: the whole site, cold, of the same posts and with the same kinds of page for all."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import cpu
from benchmarks.cpu import Program, Taken
from benchmarks.line import Line, line
from benchmarks.options import Options
from benchmarks.site import archive
from benchmarks.site.prepared import Archive, archive_of

ROW = 6
NAME = "the whole site, from archives of several sizes"

# Its CPU against theirs, page for page, and its memory against Hugo's.
_GOALS = {"Hugo": 1.0, "bare Jinja": 2.5}
_MEMORY_GOAL = 0.5
# Of larger archives a round takes minutes, and less of it is chance.
_ROUNDS_OF_LARGE = 3
_MB = 1_000_000


def measure(options: Options) -> Iterator[Line]:
    """Measure each size with all contestants."""
    sizes = archive.TINY_SIZES if options.tiny else archive.SIZES
    for posts in sizes:
        is_small = posts == sizes[0]
        rounds = options.rounds if is_small else min(options.rounds, _ROUNDS_OF_LARGE)
        # Pelican has no goal, and takes most of the time.
        yield from _lines(archive_of(posts, options.without), rounds, with_pelican=is_small)


def _lines(made: Archive, rounds: int, *, with_pelican: bool) -> Iterator[Line]:
    rivals: dict[str, Program | None] = {"Hugo": made.sites.hugo(), "bare Jinja": made.sites.bare()}
    if with_pelican:
        rivals["Pelican"] = made.sites.pelican()
    programs = {"ours": made.kinds()} | {name: one for name, one in rivals.items() if one}
    taken = cpu.rounds(programs, rounds)
    ours = taken["ours"]
    number = made.pages("ours")
    for name, program in rivals.items():
        theirs = taken.get(name)
        pages = made.pages(_folder(name)) if program else 0
        note = (
            f"{number:,} pages in {ours.cpu:.2f} s, theirs {pages:,} in {theirs.cpu:.2f} s" if theirs else ""
        )
        # Ours have a page a month of each category, theirs one for so many posts: so page for page.
        yield line(
            ROW,
            f"a page of {made.posts:,} posts",
            1000 * ours.cpu / number,
            "ms CPU",
            against=name,
            theirs=1000 * theirs.cpu / pages if theirs else None,
            goal=_GOALS.get(name),
            note=f"{note}, {rounds} rounds" if note else "not installed",
        )
    hugo = taken.get("Hugo")
    yield line(
        ROW,
        f"peak memory for {made.posts:,} posts",
        ours.peak / _MB,
        "MB",
        against="Hugo",
        theirs=hugo.peak / _MB if hugo else None,
        goal=_MEMORY_GOAL,
    )
    yield _with_all_pages(made, hugo)


def _with_all_pages(made: Archive, hugo: Taken | None) -> Line:
    """All that we publish, by render itself, once."""
    pages = made.pages("")
    theirs = made.pages("hugo")
    return line(
        ROW,
        f"a page of {made.posts:,} posts, all our pages",
        1000 * made.published.cpu / pages,
        "ms CPU",
        against="Hugo",
        theirs=1000 * hugo.cpu / theirs if hugo else None,
        note=f"{pages:,} pages, {made.published.cpu:.1f} s, {made.published.peak / _MB:,.0f} MB, one run",
    )


def _folder(name: str) -> str:
    return name.split(" ", maxsplit=1)[0].lower()
