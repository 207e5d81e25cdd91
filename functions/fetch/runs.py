"""A run from its order to the queue: lists, measures, writes the run, queues the papers.

The run is written before its papers are queued, so that nothing can end before it has begun; announcements
are remembered after, so that what failed in between is listed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from functions.fetch import listing, measure
from functions.fetch.arxiv import schedule
from functions.fetch.candidates import Candidate
from functions.fetch.listing import Listing
from functions.fetch.measure import LIVING, Measurement
from shared import aws, clock, run_states, table
from shared.log import logger
from shared.paper import Measured, Message, Paper, SourceState, encode_message
from shared.reads import Reads
from shared.run_states import Run, RunDay, RunKind, RunState
from shared.settings import Settings
from shared.table import Announcement, Post, Quiet

# More papers than that are several runs: a run's pending list has to fit an item.
MOST_PAPERS = 5_000
# As many announcements as matter to a run: two weeks of missed ones and the week of living posts.
_KNOWN = 25
# Open runs are looked for among so many: two days of ticks.
_RECENT_RUNS = 48


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


def tick(settings: Settings, now: datetime, rested: float | None) -> Outcome:
    """The hourly tick: measures at its hour, otherwise lists what is awaited; closes overdue runs.

    A day whose measuring was missed (a crash, an outage, the day of deployment) is measured by a later tick.
    The scheduler delivers at least once, and Lambda repeats what failed: the time is the run's name, so that
    is the same run, of which only what is missing is done.
    """
    run = clock.iso(now)
    recent = run_states.recent(_RECENT_RUNS)
    _close_overdue(settings, recent, now)
    before = run_states.get(run)
    if before and before.is_queued:
        return Outcome(run=run, kind=before.run.kind, repeated=True)
    if before and _is_stored(before):
        return _remembered_late(settings, before, now, rested)
    if now.hour >= settings.measure_hour_utc and not _has_measured(recent, run):
        return measuring(settings, now, rested)
    known, imported = _known(_KNOWN)
    found = listing.list_awaited(settings, known, now, rested, imported=imported)
    messages = measure.listed_only(run, _papers(found))
    return _finish(_Work(run=run, kind="list", found=found, known=known, messages=messages))


def measuring(settings: Settings, now: datetime, rested: float | None) -> Outcome:
    """Lists what is awaited, then measures every paper of the last 7 days, all new ones, and days missed."""
    run = clock.iso(now)
    known, imported = _known(_KNOWN)
    found = listing.list_awaited(settings, known, now, rested, imported=imported)
    work = _Work(run=run, kind="measure", found=found, known=known)
    return _finish(_measured(settings, work, _to_measure(work, now), now))


def dated(
    settings: Settings,
    run: str,
    day: date,
    now: datetime,
    rested: float | None,
    *,
    asks_x: bool = True,
    asks_archive: bool = False,
) -> Outcome:
    """Lists, measures and publishes one listing date, however old.

    A past day without an announcement is remembered as quiet, once arXiv has said so.
    """
    known, imported = _known()
    if day.isoformat() in imported:
        refusal = Listing(failure=f"{day} was imported, and stays as its post has it")
        return _finish(_Work(run=run, kind="date", found=refusal, known=known))
    gap = schedule.working_days(day - timedelta(days=listing.MISSED_DAYS), day - timedelta(days=1))
    quiet = table.quiet_days(each.isoformat() for each in gap)
    found = listing.list_date(settings, day, known, now, rested, quiet=quiet)
    days = [listed.announcement for listed in found.listed]
    if not days:
        # Listed before, and arXiv cannot be had now: what is known of the day is measured again.
        days = [announcement for announcement in known if announcement.listed == day.isoformat()]
    work = _Work(run=run, kind="date", found=found, known=known)
    work = _measured(settings, work, days, now, asks_x=asks_x, asks_archive=asks_archive)
    if found.listed:
        _supersede(run, day)
    outcome = _finish(work)
    if day.isoformat() in found.quiet and listing.is_settled(day, now):
        table.put_quiet(Quiet(listed=day.isoformat(), run=run))
    return outcome


def _supersede(run: str, day: date) -> None:
    """End the runs of a day by hand that broke off: what they wait for is now this one's to queue.

    Nobody repeats them. Once closed, they would call the day partial for as long as they are remembered.
    """
    name = day.isoformat()
    post = table.posts([name]).get(name)
    earlier = run_states.recent(_RECENT_RUNS)
    earlier += filter(None, map(run_states.get, post.unfinished if post else ()))
    for state in {state.run.id: state for state in earlier}.values():
        before = state.run
        is_of_day = before.kind == "date" and {each.date for each in before.days} == {name}
        if is_of_day and state.pending and not before.id.startswith(run):
            run_states.put(msgspec.structs.replace(before, days=()), set())


def _known(limit: int = 0) -> tuple[list[Announcement], frozenset[str]]:
    """The announcements listed so far, newest first, and the days whose posts were imported.

    Nobody listed those: what is known of them says nothing of the block of an announcement.
    """
    found = table.announcements(limit)
    imported = frozenset(each.listed for each in found if each.via == "import")
    return [each for each in found if each.listed not in imported], imported


def _is_stored(state: RunState) -> bool:
    """Whether all papers of a run, of all its parts, have come to the table."""
    parts = [state, *map(run_states.get, _parts(state.run.id, state.run.parts)[1:])]
    return all(part is not None and not part.pending and part.status != "open" for part in parts)


def _remembered_late(settings: Settings, before: RunState, now: datetime, rested: float | None) -> Outcome:
    """Do what a run broke off before, whose papers are stored: remember what was listed and measured.

    What was listed is listed again for that. Nothing is measured: that was, and paid for.
    """
    run = before.run
    known, imported = _known(_KNOWN)
    found = listing.list_awaited(settings, known, now, rested, imported=imported)
    work = _Work(run=run.id, kind=run.kind, found=found, known=known)
    if run.kind == "measure":
        days = _to_measure(work, now)
        work = msgspec.structs.replace(
            work, states={day.listed: _states(day, run.sources) for day in days if run.sources}
        )
    _remember(work)
    if work.announcements().keys() >= set(run.listed):
        for name in _parts(run.id, run.parts):
            run_states.mark_queued(name)
    return Outcome(run=run.id, kind=run.kind, listed=run.listed, failure=work.found.failure, repeated=True)


class _Work(Struct, frozen=True, kw_only=True):
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


def _to_measure(work: _Work, now: datetime) -> list[Announcement]:
    """The days that a measuring run measures: living ones and missed ones."""
    days = (*(listed.announcement for listed in work.found.listed), *work.known)
    return [day for day in days if _is_living(day.listed, now) or _was_missed(day, now)]


def _measured(
    settings: Settings, work: _Work, days: list[Announcement], now: datetime, **asks: bool
) -> _Work:
    """The run with some days measured; `asks` is what X may be asked, see measure."""
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
    measurement = measure.measure(settings, work.run, now, candidates, days, is_first=is_first, **asks)
    posts = table.posts(day.listed for day in days)
    states = {day.listed: _states(day, measurement.sources) for day in days}
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


def _finish(work: _Work) -> Outcome:
    """Write the run, queue its papers, remember its announcements."""
    found, measurement = work.found, work.measurement
    announcements = work.announcements()
    new = tuple(listed.announcement.listed for listed in found.listed)
    requests = {"arxiv": found.requests} | (measurement.requests if measurement else {})
    spent = measurement.reads if measurement else Reads()
    parts = _split(work.messages)
    earlier = run_states.get(work.run)
    names = _parts(work.run, max(len(parts), earlier.run.parts if earlier else 1))
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
            sources=measurement.sources if measurement else {},
            # A repeat does not list again what was remembered before it broke off.
            listed=tuple(sorted({*(before.run.listed if before else ()), *new})),
            quiet=found.quiet,
            awaited=found.awaited,
            failure=found.failure,
            queued=len(part),
            parts=len(names),
            requests=requests,
            posts_read=spent.posts,
            users_read=spent.users,
        )
        run_states.put(record, {message.paper.id for message in part})
        aws.send(encode_message(msgspec.structs.replace(message, run=name)) for message in part)
    for name in names[len(parts) :]:
        run_states.put(Run(id=name, kind=work.kind, parts=len(names)), set())
    _remember(work)
    for name in names:
        run_states.mark_queued(name)
    outcome = Outcome(
        run=work.run,
        kind=work.kind,
        listed=new,
        quiet=found.quiet,
        awaited=found.awaited,
        failure=found.failure,
        days=tuple(sorted({message.paper.listed for message in work.messages} | work.due)),
        papers=sum(listed.announcement.papers for listed in found.listed),
        queued=len(work.messages),
        posts_read=spent.posts,
        users_read=spent.users,
        sources={
            name: _in_words(state) for name, state in (measurement.sources if measurement else {}).items()
        },
        requests=requests,
    )
    logger.info("run queued", extra={"outcome": msgspec.to_builtins(outcome)})
    return outcome


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


def _parts(run: str, number: int) -> list[str]:
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


def _remember(work: _Work) -> None:
    announcements = work.announcements()
    new = {listed.announcement.listed for listed in work.found.listed}
    for day in sorted(new | work.states.keys()):
        known = announcements[day]
        table.put_announcement(msgspec.structs.replace(known, sources=work.states.get(day, known.sources)))


def _papers(found: Listing) -> list[Paper]:
    return [record.paper(listed.announcement.listed) for listed in found.listed for record in listed.records]


def _candidates(found: Listing, days: list[str]) -> list[Candidate]:
    """The papers to measure: those stored for the days and those just listed, each once."""
    stored: dict[str, Measured] = {}
    for day in days:
        stored.update((measured.paper.id, measured) for measured in table.papers(day))
    listed = {paper.id: paper for paper in _papers(found)}
    papers = {paper_id: measured.paper for paper_id, measured in stored.items()}
    for paper_id, paper in listed.items():
        # A paper stays on the day on which it was listed first.
        first = papers.get(paper_id)
        papers[paper_id] = msgspec.structs.replace(paper, listed=first.listed) if first else paper
    return [Candidate(paper=paper, stored=stored.get(paper_id)) for paper_id, paper in papers.items()]


def _states(day: Announcement, measured: dict[str, SourceState]) -> dict[str, SourceState]:
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


def _is_living(day: str, now: datetime) -> bool:
    return now - clock.midnight(day) < LIVING


def _was_missed(day: Announcement, now: datetime) -> bool:
    """Whether a day grew too old to be living before any run measured it, because the service was off."""
    return now - clock.midnight(day.listed) <= timedelta(days=listing.MISSED_DAYS + 1) and not any(
        state.ever_measured for state in day.sources.values()
    )


def _has_measured(recent: list[RunState], run: str) -> bool:
    """Whether another run of this run's UTC day has measured; one that had nothing to measure has not."""
    return any(
        state.run.kind == "measure"
        and state.run.sources
        and state.run.id[:10] == run[:10]
        and not state.run.id.startswith(run)
        for state in recent
    )


def _close_overdue(settings: Settings, recent: list[RunState], now: datetime) -> None:
    """End runs that were left open: complete if nothing is pending, partial if their time is over."""
    for state in recent:
        if state.status != "open":
            continue
        if not state.pending:
            run_states.complete(state.run.id)
        elif now - clock.run_time(state.run.id) >= timedelta(minutes=settings.run_deadline_minutes):
            logger.error("run closed unfinished", extra={"run": state.run.id, "pending": len(state.pending)})
            run_states.close(state.run.id)


def as_answer(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON types."""
    answer: dict[str, Any] = msgspec.to_builtins(outcome)
    return answer
