"""Measures the attention of papers: sweeps every source once, matches ids, names who is shown.

Sources fail by themselves: one that cannot be had costs its own signal, never a paper.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct

from functions.fetch.arxiv import schedule
from functions.fetch.attention import SOURCES, x
from functions.fetch.attention.budget import Budget
from functions.fetch.attention.sweep import Span, Sweep, unavailable
from functions.fetch.candidates import Candidate, Found, draft
from functions.fetch.names import Names
from shared import attention, clock
from shared.log import logger
from shared.paper import MESSAGE_VERSION, Extras, Measured, Message, Paper, SourceState
from shared.reads import Reads
from shared.settings import Settings
from shared.table import Announcement

# A post lives, and its papers are measured again, until it is so old.
LIVING = timedelta(days=7)
# An old day's interest ends some time after; what comes later belongs to other announcements' time.
_OLD_DAY = timedelta(days=8)
_NEVER = SourceState(state="off")


class Measurement(Struct, frozen=True, kw_only=True):
    """The outcome: the messages to queue, each source's state in this run, what it took and read from X."""

    messages: tuple[Message, ...]
    sources: dict[str, SourceState]
    requests: dict[str, int]
    reads: Reads = Reads()


def measure(
    settings: Settings,
    run: str,
    now: datetime,
    candidates: list[Candidate],
    days: list[Announcement],
    *,
    is_first: bool,
    asks_x: bool = True,
    asks_archive: bool = False,
) -> Measurement:
    """Measure papers that belong to some days. A paper gets a message if it is new or its mentions changed.

    `is_first` is for days that no hourly run before this one followed: then what was said about their papers
    before their list is looked for, too. Without `asks_x`, X is left to other runs; with `asks_archive`, its
    full archive may be asked about a day by itself that recent search does not reach.
    """
    by_id = {candidate.paper.id: candidate for candidate in candidates}
    is_archived = asks_x and asks_archive and len(days) == 1
    archive = x.archive_hours(settings, days[0].listed, now) if is_archived else None
    span = _span(run, now, days, is_first=is_first, asks_x=asks_x, archive=archive)
    sweeps = _swept(settings, span)
    found: Found = {}
    for swept in sweeps.values():
        for paper_id, mentions in swept.mentions.items():
            if paper_id in by_id:
                found.setdefault(paper_id, {}).update((mention.key, mention) for mention in mentions)
    gone = {(name, one) for name, swept in sweeps.items() for one in swept.gone}
    names = Names(settings, run, by_id, found, sweeps["x"], gone)
    names.resolve()
    extras: dict[str, Extras] = {}
    for swept in sweeps.values():
        extras |= swept.extras
    sources = {name: swept.state for name, swept in sweeps.items()}
    requests = {name: swept.requests for name, swept in sweeps.items()}
    if api := sweeps["x"].api:
        requests["x"] = api.requests
    if names.failure:
        state = sources["x"]
        sources["x"] = msgspec.structs.replace(
            state,
            capped=state.capped or names.capped,
            reason=state.reason or f"names could not be looked up: {names.failure}",
        )
    return Measurement(
        messages=tuple(
            message
            for candidate in candidates
            for message in [
                draft(settings, run, candidate, found, names.gone, sources, extras.get(candidate.paper.id))
            ]
            if _is_needed(settings, candidate, message)
        ),
        sources=sources,
        requests=requests,
        # Of a crashed try of the same run, too.
        reads=Reads() if sources["x"].state == "off" else Budget(settings, run).spent(),
    )


def _swept(settings: Settings, span: Span) -> dict[str, Sweep]:
    """Every source asked once, by its name."""
    sweeps: dict[str, Sweep] = {}
    for name, sweep in SOURCES:
        try:
            sweeps[name] = sweep(settings, span)
        except Exception as error:  # noqa: BLE001
            # A defect in one source's file must not cost the others; it is told, with its trace.
            logger.exception("sweep failed", extra={"source": name})
            sweeps[name] = unavailable(f"internal error ({type(error).__name__})")
        state = sweeps[name].state
        logger.info("swept", extra={"source": name, "state": state.state, "reason": state.reason})
    return sweeps


def listed_only(run: str, papers: list[Paper]) -> tuple[Message, ...]:
    """The messages of papers that are stored without being measured yet."""
    return tuple(Message(v=MESSAGE_VERSION, run=run, paper=paper) for paper in papers)


def _span(
    run: str,
    now: datetime,
    days: list[Announcement],
    *,
    is_first: bool,
    asks_x: bool,
    archive: tuple[datetime, datetime] | None,
) -> Span:
    starts = {day.listed: _start(day, is_first=is_first) for day in days}
    oldest, newest = min(starts.values(), default=now), max(starts.values(), default=now)
    never = [starts[day.listed] for day in days if not day.sources.get("x", _NEVER).ever_measured]
    # The oldest of them: a day that was measured by hand since says nothing of the others.
    measured = min((at for day in days if (at := day.sources.get("x", _NEVER).measured_at)), default="")
    is_old = newest <= now - LIVING
    return Span(
        run=run,
        now=now,
        since=oldest if is_old else now - LIVING,
        until=min(now, newest + _OLD_DAY) if is_old else now,
        unmeasured=min(never, default=now),
        measured=clock.run_time(measured) if measured else None,
        asks_x=asks_x,
        archive=archive,
    )


def _start(day: Announcement, *, is_first: bool) -> datetime:
    """Where the attention for a day's papers begins: with their list or (`is_first`) the one before.

    Some papers are talked about before their own list: their authors know them, or they were held back.
    """
    before = schedule.previous_working_day(date.fromisoformat(day.listed)).isoformat()
    return clock.midnight(before if is_first else day.listed)


def _is_needed(settings: Settings, candidate: Candidate, message: Message) -> bool:
    """Whether what is stored of a paper would change by a message."""
    stored = candidate.stored
    if stored is None:
        return True
    return _content(attention.apply(stored, message, settings.rules)) != _content(stored)


def _content(measured: Measured) -> Measured:
    """What is known of a paper, apart from when it was found out."""
    return msgspec.structs.replace(measured, sources={}, run="", measured_at="")
