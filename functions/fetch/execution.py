"""A run on its way: measured, written, queued, remembered.

The run is written before its papers are queued, so that nothing can end before it has begun; announcements
are remembered after, so that what failed in between is listed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from functions.fetch import measure
from functions.fetch.candidates import Candidate
from functions.fetch.listing import Listing
from functions.fetch.measure import Measurement
from shared import aws, run_states, table
from shared.log import logger
from shared.paper import Measured, Message, Paper, SourceState, encode_message
from shared.reads import Reads
from shared.run_states import Run, RunDay, RunKind
from shared.settings import Settings
from shared.table import Announcement, Post

# More papers than that are several runs: a run's pending list has to fit an item.
MOST_PAPERS = 5_000


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run did, as the function answers it."""

    run: str
    kind: str
    listed: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    failure: str = ""
    days: tuple[str, ...] = ()
    papers: int = 0
    queued: int = 0
    posts_read: int = 0
    users_read: int = 0
    sources: dict[str, str] = {}
    requests: dict[str, int] = {}
    repeated: bool = False


class Work(Struct, frozen=True, kw_only=True):
    """A run on its way: what was listed and measured, and what is to be queued and rendered for it."""

    run: str
    kind: RunKind
    found: Listing
    known: list[Announcement]
    messages: tuple[Message, ...] = ()
    measurement: Measurement | None = None
    states: dict[str, dict[str, SourceState]] = {}  # by listing date
    due: frozenset[str] = frozenset()  # days to render though none of their papers changed

    def announcements(self) -> dict[str, Announcement]:
        """Those known and those just listed, by listing date."""
        found = (listed.announcement for listed in self.found.listed)
        return {announcement.listed: announcement for announcement in (*self.known, *found)}

    @property
    def new(self) -> tuple[str, ...]:
        """The listing dates of what was just listed."""
        return tuple(listed.announcement.listed for listed in self.found.listed)

    @property
    def sources(self) -> dict[str, SourceState]:
        """How each source was measured; empty where nothing was."""
        return self.measurement.sources if self.measurement else {}

    @property
    def requests(self) -> dict[str, int]:
        """How many requests were made, by service."""
        return {"arxiv": self.found.requests} | (self.measurement.requests if self.measurement else {})

    @property
    def reads(self) -> Reads:
        """What was read from X."""
        return self.measurement.reads if self.measurement else Reads()


def measured(
    settings: Settings,
    work: Work,
    days: list[Announcement],
    now: datetime,
    *,
    asks_x: bool = True,
    asks_archive: bool = False,
) -> Work:
    """The run with some days measured; what X may be asked, measure tells."""
    if not days:
        return work
    remembered = {announcement.listed: announcement for announcement in work.known}
    # What was known of a day's sources stays known when the day is listed again.
    days = [
        msgspec.structs.replace(day, sources=remembered[day.listed].sources)
        if day.listed in remembered
        else day
        for day in days
    ]
    candidates = _candidates(work.found, [day.listed for day in days])
    is_first = work.kind == "date" or not work.known
    measurement = measure.measure(
        settings,
        work.run,
        now,
        candidates,
        days,
        is_first=is_first,
        asks_x=asks_x,
        asks_archive=asks_archive,
    )
    posts = table.posts(day.listed for day in days)
    states = {day.listed: states_of(day, measurement.sources) for day in days}
    return msgspec.structs.replace(
        work,
        messages=measurement.messages,
        measurement=measurement,
        states=states,
        due=frozenset(
            day
            for day in states
            if now >= settings.publishable_from(day) and _is_due(posts.get(day), states[day])
        ),
    )


def finish(work: Work) -> Outcome:
    """Write the run, queue its papers, remember its announcements."""
    found, announcements = work.found, work.announcements()
    parts = _split(work.messages)
    earlier = run_states.get(work.run)
    names = parts_of(work.run, max(len(parts), earlier.run.parts if earlier else 1))
    states = [earlier, *map(run_states.get, names[1:])]
    # A try that broke off may have had more parts: what is left of them is in those before.
    emptied = [state for state in states[len(parts) :] if state]
    # Every other day goes with its papers: none is published by a run that does not wait for all of them.
    only_due = work.due.difference(message.paper.listed for message in work.messages)
    for name, before, part in zip(names, states, parts, strict=False):
        days = {message.paper.listed for message in part}
        kept = before.run.days if before else ()
        if part is parts[-1]:
            days |= only_due
            kept += tuple(day for state in emptied for day in state.run.days)
        record = Run(
            id=name,
            kind=work.kind,
            days=_days(kept, days, announcements, work.states),
            sources=work.sources,
            # A repeat does not list again what was remembered before it broke off.
            listed=tuple(sorted({*(before.run.listed if before else ()), *work.new})),
            quiet=found.quiet,
            awaited=found.awaited,
            failure=found.failure,
            queued=len(part),
            parts=len(names),
            requests=work.requests,
            posts_read=work.reads.posts,
            users_read=work.reads.users,
        )
        run_states.put(record, {message.paper.id for message in part})
        aws.send(encode_message(msgspec.structs.replace(message, run=name)) for message in part)
    for name in names[len(parts) :]:
        run_states.put(Run(id=name, kind=work.kind, parts=len(names)), set())
    remember(work)
    for name in names:
        run_states.mark_queued(name)
    outcome = _outcome(work)
    logger.info("run queued", extra={"outcome": msgspec.to_builtins(outcome)})
    return outcome


def _outcome(work: Work) -> Outcome:
    found = work.found
    return Outcome(
        run=work.run,
        kind=work.kind,
        listed=work.new,
        quiet=found.quiet,
        awaited=found.awaited,
        failure=found.failure,
        days=tuple(sorted({message.paper.listed for message in work.messages} | work.due)),
        papers=sum(listed.announcement.papers for listed in found.listed),
        queued=len(work.messages),
        posts_read=work.reads.posts,
        users_read=work.reads.users,
        sources={name: _in_words(state) for name, state in work.sources.items()},
        requests=work.requests,
    )


def _split(messages: Iterable[Message]) -> list[list[Message]]:
    """Messages as those of one run or, where there are too many, of several.

    A day's papers go by one run, unless they alone are too many: a run publishes its days when it ends.
    """
    days: dict[str, list[Message]] = {}
    for message in messages:
        days.setdefault(message.paper.listed, []).append(message)
    parts: list[list[Message]] = [[]]
    for of_day in days.values():
        if len(parts[-1]) + len(of_day) > MOST_PAPERS and parts[-1]:
            parts.append([])
        for message in of_day:
            if len(parts[-1]) == MOST_PAPERS:
                parts.append([])
            parts[-1].append(message)
    return parts


def parts_of(run: str, number: int) -> list[str]:
    """The ids of a run's parts: its own, then `run#2` and so on."""
    return [run, *(f"{run}#{part}" for part in range(2, number + 1))]


def _days(
    kept: tuple[RunDay, ...],
    days: set[str],
    announcements: dict[str, Announcement],
    states: dict[str, dict[str, SourceState]],
) -> tuple[RunDay, ...]:
    """The days of a run. A repeat has `kept` those of the time before.

    Papers that the first time got stored are not queued again, but nobody has published them yet.
    """
    found = {day.date: day for day in kept}
    found |= {
        day: RunDay(date=day, papers=announcements[day].papers, sources=states.get(day, {})) for day in days
    }
    return tuple(found[day] for day in sorted(found))


def _in_words(state: SourceState) -> str:
    words = f"{state.state}, capped" if state.capped else state.state
    return f"{words}: {state.reason}" if state.reason else words


def remember(work: Work) -> None:
    """Write the announcements that are new or were measured: after their papers are queued."""
    announcements = work.announcements()
    for day in sorted({*work.new, *work.states}):
        known = announcements[day]
        table.put_announcement(msgspec.structs.replace(known, sources=work.states.get(day, known.sources)))


def papers_of(found: Listing) -> list[Paper]:
    """The papers of what was just listed, each with its listing date."""
    return [record.paper(listed.announcement.listed) for listed in found.listed for record in listed.records]


def _candidates(found: Listing, days: list[str]) -> list[Candidate]:
    """The papers to measure: those stored for the days and those just listed, each once."""
    stored: dict[str, Measured] = {}
    for day in days:
        stored.update((measured.paper.id, measured) for measured in table.papers(day))
    listed = {paper.id: paper for paper in papers_of(found)}
    papers = {paper_id: measured.paper for paper_id, measured in stored.items()}
    for paper_id, paper in listed.items():
        # A paper stays on the day on which it was listed first.
        first = papers.get(paper_id)
        papers[paper_id] = msgspec.structs.replace(paper, listed=first.listed) if first else paper
    return [Candidate(paper=paper, stored=stored.get(paper_id)) for paper_id, paper in papers.items()]


def states_of(day: Announcement, measured: dict[str, SourceState]) -> dict[str, SourceState]:
    """The sources of a day after a run: one that failed keeps the time at which it was measured last."""
    states = dict(day.sources)
    for name, state in measured.items():
        before = day.sources.get(name)
        states[name] = (
            msgspec.structs.replace(state, measured_at=before.measured_at)
            if before and not state.measured_at
            else state
        )
    return states


def _is_due(post: Post | None, states: dict[str, SourceState]) -> bool:
    """Whether a day must be rendered though no paper changed: new, unfinished, or its sources changed."""
    if post is None or post.status != "published" or post.is_behind:
        return any(state.ever_measured for state in states.values())
    return _visible(post.sources) != _visible(states)


def _visible(states: dict[str, SourceState]) -> dict[str, tuple[str, bool, bool]]:
    return {name: (state.state, state.capped, state.ever_measured) for name, state in states.items()}


def as_answer(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON types."""
    answer: dict[str, Any] = msgspec.to_builtins(outcome)
    return answer
