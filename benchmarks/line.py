"""A line of the table: a figure of ours, what it is held against, its goal and whether that is met."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Line(Struct, frozen=True, kw_only=True):
    """`goal` is the most that `ratio` may be where there is a rival or floor, else the most for `ours`.

    `theirs` is None when the rival could not be had; `met` is None where that or no goal leaves it open.
    """

    row: int
    what: str
    ours: float
    unit: str
    against: str = ""
    theirs: float | None = None
    ratio: float | None = None
    goal: float | None = None
    met: bool | None = None
    note: str = ""


def line(
    row: int,
    what: str,
    ours: float,
    unit: str,
    *,
    against: str = "",
    theirs: float | None = None,
    goal: float | None = None,
    note: str = "",
) -> Line:
    """A line with its ratio, and whether its goal is met."""
    ratio = ours / theirs if theirs else None
    held = ratio if against else ours
    return Line(
        row=row,
        what=what,
        ours=ours,
        unit=unit,
        against=against,
        theirs=theirs,
        ratio=ratio,
        goal=goal,
        met=None if goal is None or held is None else held <= goal,
        note=note,
    )


_HEADINGS = ("row", "what", "ours", "against", "theirs", "ratio", "goal", "met", "note")
# Of the short table: what is held against its goal, and what came of it.
_SHORT = ("row", "what", "against", "measured", "goal", "met")
_MET = {True: "yes", False: "NO", None: ""}


def table(lines: Iterable[Line]) -> str:
    """The lines as one table, in Markdown, its columns as wide as they have to be."""
    rows = [_HEADINGS, *(_cells(one) for one in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |\n"
        for row in rows
    )


def short(lines: Iterable[Line]) -> str:
    """Those with a goal, in Markdown, without what they were made of."""
    rows = [_SHORT, ("---",) * len(_SHORT), *(_held(one) for one in lines if one.goal is not None)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(one: Line) -> tuple[str, ...]:
    return (
        str(one.row),
        one.what,
        _with_unit(one),
        one.against,
        _number(one.theirs),
        _number(one.ratio),
        _number(one.goal),
        _MET[one.met],
        one.note,
    )


def _held(one: Line) -> tuple[str, ...]:
    measured = _number(one.ratio) if one.against else _with_unit(one)
    return str(one.row), one.what, one.against, measured, _number(one.goal), _MET[one.met]


def _with_unit(one: Line) -> str:
    return f"{_number(one.ours)} {one.unit}".strip()


def _number(number: float | None) -> str:
    """Three digits that tell, or all of a whole number."""
    if number is None:
        return ""
    if number == int(number):
        return f"{number:,.0f}"
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
