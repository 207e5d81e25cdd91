"""`python -m infra.local run ...`, with optimisations switched off: `--without=NAME` ... first."""

from __future__ import annotations

import sys

from benchmarks import switches
from infra.local.__main__ import main

if __name__ == "__main__":
    given = sys.argv[1:]
    names = [one.removeprefix("--without=") for one in given if one.startswith("--without=")]
    switches.off(names)
    sys.exit(main(["run", *(one for one in given if not one.startswith("--without="))]))
