"""What rows are measured with."""

from __future__ import annotations

from msgspec import Struct


class Options(Struct, frozen=True, kw_only=True):
    """`rounds` are counted, after one that is not; `without` are the optimisations to be done without.

    With `tiny` the sizes are such that rows run in seconds and tell nothing.
    """

    rounds: int = 5
    without: tuple[str, ...] = ()
    tiny: bool = False
