"""What can be switched off to see that its row tells: `--without NAME`. The product has no switches for it.

A switch changes our modules in the process that calls it. Rows that measure whole processes hand the names
on to those, which call `off` before anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct


class Switch(Struct, frozen=True, kw_only=True):
    """An optimisation: the rows that show it, what is done without it, and how it is switched off."""

    name: str
    rows: tuple[int, ...]
    what: str
    off: Callable[[], None]


def _formula_cache() -> None:
    from functions.render import formula

    formula.mathml = formula.mathml.__wrapped__  # type: ignore[assignment]


SWITCHES = (
    Switch(
        name="formula-cache",
        rows=(6,),
        what="each formula is converted wherever it is shown, not once",
        off=_formula_cache,
    ),
)
NAMES = tuple(switch.name for switch in SWITCHES)


def off(names: Iterable[str]) -> None:
    """Switch some optimisations off in this process, for good."""
    wanted = set(names)
    for switch in SWITCHES:
        if switch.name in wanted:
            switch.off()
