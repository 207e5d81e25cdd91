"""Runs by their order: the tick's, a measuring, a day by hand; each becomes an execution."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from functions.fetch import execution, listing, measure
from functions.fetch.arxiv import schedule
from functions.fetch.execution import Outcome, Work
from functions.fetch.listing import Listing
from functions.fetch.measure import LIVING
from shared import clock, run_states, table
from shared.log import logger
from shared.run_states import RunState
from shared.settings import Settings
from shared.table import Announcement, Quiet

# As many announcements as matter to a run: two weeks of missed ones and the week of living posts.
_KNOWN = 25
# Open runs are looked for among so many: two days of ticks.
_RECENT_RUNS = 48


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
    messages = measure.listed_only(run, execution.papers_of(found))
    return execution.finish(Work(run=run, kind="list", found=found, known=known, messages=messages))


def measuring(settings: Settings, now: datetime, rested: float | None) -> Outcome:
    """Lists what is awaited, then measures every paper of the last 7 days, all new ones, and days missed."""
    run = clock.iso(now)
    known, imported = _known(_KNOWN)
    found = listing.list_awaited(settings, known, now, rested, imported=imported)
    work = Work(run=run, kind="measure", found=found, known=known)
    return execution.finish(execution.measured(settings, work, _to_measure(work, now), now))


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
        return execution.finish(Work(run=run, kind="date", found=refusal, known=known))
    gap = schedule.working_days(day - timedelta(days=listing.MISSED_DAYS), day - timedelta(days=1))
    quiet = table.quiet_days(each.isoformat() for each in gap)
    found = listing.list_date(settings, day, known, now, rested, quiet=quiet)
    days = [listed.announcement for listed in found.listed]
    if not days:
        # Listed before, and arXiv cannot be had now: what is known of the day is measured again.
        days = [announcement for announcement in known if announcement.listed == day.isoformat()]
    work = Work(run=run, kind="date", found=found, known=known)
    work = execution.measured(settings, work, days, now, asks_x=asks_x, asks_archive=asks_archive)
    if found.listed:
        _supersede(run, day)
    outcome = execution.finish(work)
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
    parts = [state, *map(run_states.get, execution.parts_of(state.run.id, state.run.parts)[1:])]
    return all(part is not None and not part.pending and part.status != "open" for part in parts)


def _remembered_late(settings: Settings, before: RunState, now: datetime, rested: float | None) -> Outcome:
    """Do what a run broke off before, whose papers are stored: remember what was listed and measured.

    What was listed is listed again for that. Nothing is measured: that was, and paid for.
    """
    run = before.run
    known, imported = _known(_KNOWN)
    found = listing.list_awaited(settings, known, now, rested, imported=imported)
    work = Work(run=run.id, kind=run.kind, found=found, known=known)
    if run.kind == "measure":
        days = _to_measure(work, now)
        work = msgspec.structs.replace(
            work, states={day.listed: execution.states_of(day, run.sources) for day in days if run.sources}
        )
    execution.remember(work)
    if work.announcements().keys() >= set(run.listed):
        for name in execution.parts_of(run.id, run.parts):
            run_states.mark_queued(name)
    return Outcome(run=run.id, kind=run.kind, listed=run.listed, failure=work.found.failure, repeated=True)


def _to_measure(work: Work, now: datetime) -> list[Announcement]:
    """The days that a measuring run measures: living ones and missed ones."""
    days = (*(listed.announcement for listed in work.found.listed), *work.known)
    return [day for day in days if _is_living(day.listed, now) or _was_missed(day, now)]


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
