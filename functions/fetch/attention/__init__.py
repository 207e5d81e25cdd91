"""The sources of attention: one file each, swept once a run, however many papers there are."""

from __future__ import annotations

from functions.fetch.attention import bluesky, hackernews, huggingface, x
from functions.fetch.attention.sweep import Sweeper

# Every source there is. A new one is a file here, a line here, and its name in shared/paper.py.
SOURCES: tuple[tuple[str, Sweeper], ...] = (
    ("x", x.sweep),
    ("bluesky", bluesky.sweep),
    ("hackernews", hackernews.sweep),
    ("huggingface", huggingface.sweep),
)
