"""What nobody knows for certain of the services: the stand-in has it either way.

docs/sources.md says of each what the product does under either reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from infra.local.standin.answer import Answer, Params

EASTERN = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Readings:
    """One reading of each fact, the likelier one unless told.

    `oai_empty`: an empty answer is made anew, or the edge keeps it until midnight UTC. `query_dates`: a
    window tests v1's time or the current version's. `query_categories`: `cat:` finds cross-lists, too, or the
    primary category alone. `x_search`: a link is searched by words, as a string, or by words that may have
    dots ("" leaves it to the world). `x_missing`: what names a post that is gone. `x_author`: the newer
    vocabulary tells authors always, or only when they are expanded. `bluesky_domain`: a domain is its host
    alone, or the hosts below it, too. `bluesky_end`: after so many hits there is no cursor any more.
    `huggingface_today`: where it is the date that is not in the future.
    """

    oai_empty: Literal["anew", "until_midnight"] = "anew"
    query_dates: Literal["first", "current"] = "first"
    query_categories: Literal["all", "primary"] = "all"
    x_search: Literal["", "words", "substring", "hosts"] = ""
    x_missing: Literal["both", "resource_id", "value"] = "both"
    x_author: Literal["always", "expanded"] = "always"
    bluesky_domain: Literal["host", "below"] = "host"
    bluesky_end: int | None = None
    huggingface_today: Literal["utc", "eastern"] = "utc"


LIKELY = Readings()


class Edge:
    """What an edge keeps of empty OAI answers, by request, until the UTC date is another."""

    def __init__(self) -> None:
        self._kept: dict[tuple[tuple[str, str], ...], tuple[str, Answer]] = {}

    def answer(self, params: Params, now: datetime, make: Callable[[], Answer]) -> Answer:
        """The answer that is kept for the request, or else a new one."""
        key, today = tuple(sorted(params)), f"{now:%Y-%m-%d}"
        kept = self._kept.get(key)
        if kept and kept[0] == today:
            return kept[1]
        answer = make()
        if b"noRecordsMatch" in answer.body:
            self._kept[key] = (today, answer)
        return answer
