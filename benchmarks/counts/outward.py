"""Row 1: what the internet is asked for days of any size with the same number of mentions on X."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.counts.day import Counts, days
from benchmarks.line import Line, line
from benchmarks.options import Options

ROW = 1
NAME = "outward requests of a day"
_MOST = 40
# Told of the predecessor's own code, for a day of 1,200 papers: it searched once for each.
_PREDECESSORS = 1_243
_PREDECESSORS_NOTE = "its own figure, not measured here: 849 s, or 1 h 57 min under X's old limit"
# arXiv's two services; all others tell of attention.
_LISTING = ("oai", "query")


def measure(options: Options) -> Iterator[Line]:
    """Requests at each size, all of them and those about attention; the difference of the latter."""
    all_ = days(options)
    for day in all_:
        yield line(
            ROW,
            f"requests for {day.papers:,} papers",
            sum(day.outward.values()),
            "requests",
            goal=_MOST,
            note=", ".join(f"{service} {number}" for service, number in sorted(day.outward.items())),
        )
    few, some, many = all_
    yield line(
        ROW,
        f"requests for {some.papers:,} papers",
        sum(some.outward.values()),
        "requests",
        against="the predecessor at 1,200",
        theirs=_PREDECESSORS,
        note=_PREDECESSORS_NOTE,
    )
    asked = [attention(day) for day in all_]
    for day, number in zip(all_, asked, strict=True):
        yield line(ROW, f"of them about attention at {day.papers:,}", number, "requests")
    yield line(
        ROW,
        "most of those less the fewest",
        max(asked) - min(asked),
        "requests",
        goal=0,
        note=f"{few.papers:,} to {many.papers:,} papers, {few.mentions:,} mentions on X each",
    )


def attention(day: Counts) -> int:
    """The requests of a day to all but arXiv."""
    return sum(number for service, number in day.outward.items() if service not in _LISTING)
