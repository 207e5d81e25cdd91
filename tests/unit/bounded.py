"""Every source asked at one address, in a process that can be weighed.

    python -m tests.unit.bounded URL SECONDS

SECONDS are those of a request. Prints how each source ended, the seconds that it took, and the most memory
that the process had, in MB.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from functions.fetch import listing
from functions.fetch.attention import SOURCES
from functions.fetch.attention.sweep import Span
from shared import http, reads
from shared.reads import Reads
from shared.settings import Settings

_NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
_SPAN = Span(
    run="2021-06-19T07:55:00Z", now=_NOW, since=_NOW - timedelta(days=7), until=_NOW, unmeasured=_NOW
)


def _nothing(*_: Any, **__: Any) -> Reads:
    """What the table would tell of what was read from X."""
    return Reads()


def main(url: str, seconds: float) -> dict[str, Any]:
    """How each source ended."""
    settings = Settings(
        arxiv_oai_url=url,
        arxiv_api_url=url,
        x_api_url=url,
        bluesky_url=url,
        hackernews_url=url,
        huggingface_url=url,
        x_bearer_token="token",
        bluesky_handle="service.example.com",
        bluesky_app_password="abcd-efgh",
    )
    ended: dict[str, Any] = {}
    with (
        # Two of the tries are left out, the waits between them, and the table that notes what X is asked.
        mock.patch.object(http, "sleep"),
        mock.patch.object(http, "RETRIES", 1),
        mock.patch.object(http, "REQUEST_SECONDS", seconds),
        mock.patch.multiple(reads, stored=_nothing, reserve=_nothing, settle=_nothing),
    ):
        began = time.monotonic()
        listed = listing.list_date(settings, date(2021, 6, 18), [], _NOW, None)
        ended["arxiv"] = [
            "unavailable" if listed.failure else "listed",
            listed.failure,
            time.monotonic() - began,
        ]
        for name, sweep in SOURCES:
            began = time.monotonic()
            state = sweep(settings, _SPAN).state
            ended[name] = [state.state, state.reason, time.monotonic() - began]
    return ended | {"memory": _most_memory()}


def _most_memory() -> float:
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000_000
    # Linux's figure of getrusage begins with what the parent had when it forked.
    (line,) = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.M)
    return int(line) * 1024 / 1_000_000


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]))))
