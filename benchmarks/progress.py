"""What is being done, on stderr: the table alone is on stdout."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def say(what: str) -> None:
    """Tell what is done now, and how long it has taken so far."""
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {what}", file=sys.stderr, flush=True)
