"""One input through a target, without a fuzzer: python -m tests.fuzz.replay TARGET FILE"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    target, file = sys.argv[1:]
    TARGETS[target].run(Path(file).read_bytes())
    print(f"{target}: nothing found in {file}")
