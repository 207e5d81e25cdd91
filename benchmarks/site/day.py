"""Row 7: one more day on top of an archive, by render itself, beside what Hugo does: all of it again."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import cpu
from benchmarks.line import Line, line
from benchmarks.options import Options
from benchmarks.site import archive
from benchmarks.site.prepared import archive_of

ROW = 7
NAME = "one more day on top of a small and a large archive"

_GOALS = (0.30, 0.04)
# The larger archive's day against the smaller one's.
_GROWTH_GOAL = 1.3
_COUNTED = ("objects looked at", "objects written", "items read", "items written")


def measure(options: Options) -> Iterator[Line]:
    """Measure both sizes in the same rounds."""
    sizes = archive.TINY_SIZES if options.tiny else archive.SIZES
    small, large = sizes[0], sizes[-1]
    made = {posts: archive_of(posts, options.without) for posts in (small, large)}
    programs = {f"a day on {posts:,}": one.next_day() for posts, one in made.items()}
    hugo = {f"Hugo's {posts:,}": program for posts, one in made.items() if (program := one.sites.hugo())}
    taken = cpu.rounds(programs | hugo, options.rounds)
    for posts, goal in zip(made, _GOALS, strict=True):
        theirs = taken.get(f"Hugo's {posts:,}")
        yield line(
            ROW,
            f"one more day on {posts:,} posts",
            taken[f"a day on {posts:,}"].cpu,
            "s CPU",
            against="Hugo, all again",
            theirs=theirs.cpu if theirs else None,
            goal=goal,
            note="" if theirs else "not installed",
        )
    yield line(
        ROW,
        f"one more day on {large:,} posts",
        taken[f"a day on {large:,}"].cpu,
        "s CPU",
        against=f"on {small:,} posts",
        theirs=taken[f"a day on {small:,}"].cpu,
        goal=_GROWTH_GOAL,
    )
    few, many = (one.counted() for one in made.values())
    for name in _COUNTED:
        yield line(
            ROW,
            f"{name} for that day on {large:,}",
            many.get(name, 0),
            "",
            against=f"on {small:,} posts",
            theirs=few.get(name, 0),
            goal=1.0 if name.startswith("objects") else None,
        )
