"""What a person sees of a run: a line a step, and a bar where a step takes longer than a second."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from shared import log

# Seconds after which a bar appears.
_PATIENCE = 1.0


class Progress:
    """Counts what happens, shows bars on a terminal, and tells each step when it is over."""

    def __init__(self) -> None:
        self._requests = _RequestBar()
        self._batches: tqdm[Any] | None = None
        self._stored = 0
        self._failed = 0

    def __enter__(self) -> Progress:
        # The functions log as in Lambda, to stdout, which here belongs to the result.
        logger = logging.getLogger(log.SERVICE)
        self._handlers = logger.handlers[:]
        logger.handlers[:] = [self._requests]
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.close_bar()
        self._close_batches()
        logging.getLogger(log.SERVICE).handlers[:] = self._handlers

    def on_step(self, step: str, counts: Mapping[str, int]) -> None:
        """A function was called; see infra.local.triggers.OnStep."""
        if step == "fetch":
            self._requests.close_bar()
        elif step == "score":
            self._stored += counts["records"] - counts["failed"]
            self._failed += counts["failed"]
            if self._batches is None:
                total = counts["records"] + counts["waiting"]
                self._batches = bar("score", total, "paper")
            self._batches.update(counts["records"])
        else:
            self._close_batches()

    def _close_batches(self) -> None:
        if self._batches is not None:
            self._batches.close()
            self._batches = None
            failed = f", {self._failed} failed" if self._failed else ""
            say("score", f"{self._stored:,} papers stored{failed}")
            self._stored = self._failed = 0


class _RequestBar(logging.Handler):
    """Counts the outward requests that the functions log."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: tqdm[Any] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "request":
            if self._bar is None:
                self._bar = bar("fetch", None, "request")
            self._bar.update(1)

    def close_bar(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def bar(name: str, total: int | None, unit: str) -> tqdm[Any]:
    """A bar on a terminal, for what takes longer than a second; with a total it tells the time left."""
    return tqdm(
        desc=name, total=total, unit=unit, delay=_PATIENCE, leave=False, file=sys.stderr, disable=None
    )


def say(step: str, text: str) -> None:
    """Tell a step's outcome."""
    with tqdm.external_write_mode():
        print(f"{step:<7} {text}", flush=True)


def ask(question: str) -> str:
    """What somebody at the terminal answers; "" at its end."""
    with tqdm.external_write_mode():
        try:
            return input(question)
        except EOFError:
            return ""


def nobody_reads() -> int:
    """The exit code when who reads stdout has had enough, such as `head`."""
    # Python would complain of it once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
