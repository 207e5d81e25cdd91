"""The rows there are: each a module with its number, its name, and `measure`, which yields its lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from benchmarks.bill import month
from benchmarks.cold import bytecode, starts
from benchmarks.counts import calls, outward
from benchmarks.embedded import growth, run
from benchmarks.line import Line
from benchmarks.options import Options
from benchmarks.reader import page, search
from benchmarks.site import day, whole


class Row(Protocol):
    """A module that measures a row."""

    ROW: int
    NAME: str

    def measure(self, options: Options) -> Iterator[Line]:
        """The row's lines, as they come."""


# In the order of their numbers.
ROWS: tuple[Row, ...] = (outward, calls, starts, bytecode, run, whole, day, growth, month, page, search)
