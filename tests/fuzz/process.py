"""One target under atheris, in a process that `python -m tests.fuzz` starts. What is ours is instrumented."""

from __future__ import annotations

import logging
import sys

import atheris

with atheris.instrument_imports(include=["functions", "shared", "latex2mathml"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the target of the first argument; the others are libFuzzer's. Never returns."""
    name, *options = sys.argv[1:]
    logging.disable()
    atheris.Setup([sys.argv[0], *options], TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
