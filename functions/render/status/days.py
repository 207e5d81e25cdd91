"""What became of each day: whether it had an announcement, and whether its post is there.

A day is one of five things. *quiet*: it had no announcement. *waiting*: its announcement or its post is still
to come, in time. *published*. *partial*: published without papers that did not arrive. *failed*: arXiv could
not be listed, or the post is overdue.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from functions.render.status import sources
from functions.render.status.times import minute, next_measuring
from shared import clock
from shared.run_states import RunState
from shared.settings import Settings
from shared.table import Announcement, Post

# So many days are told.
_DAYS = 14

State = Literal["quiet", "waiting", "published", "partial", "failed"]


class DayLine(Struct, frozen=True, kw_only=True):
    """A calendar day with the number of papers listed and hot; `reason` says why it is not published."""

    date: str
    status: State
    listed: int = 0
    hot: int = 0
    reason: str = ""


def lines(
    settings: Settings,
    runs: list[RunState],
    announcements: list[Announcement],
    posts: dict[str, Post],
    now: datetime,
) -> tuple[DayLine, ...]:
    """The last days up to `now`, newest first, from the oldest announcement on; runs are newest first."""
    told = _told_by_runs(runs)
    listed = {announcement.listed: announcement for announcement in announcements}
    calendar = [now.date() - timedelta(days=number) for number in range(_DAYS)]
    # The first listings may have failed: then all that is known are the days they were about.
    oldest = min(listed or [name for name in told if name >= calendar[-1].isoformat()], default="9999")
    return tuple(
        _listed(settings, runs, listed[name], posts.get(name), now)
        if name in listed
        else _unlisted(runs, day, told.get(name), max(listed, default=""), now)
        for day in calendar
        if (name := day.isoformat()) >= oldest
    )


def _unlisted(runs: list[RunState], day: date, told: DayLine | None, newest: str, now: datetime) -> DayLine:
    """A day without an announcement: what runs told of it, and whether a later day (`newest`) had one."""
    name = day.isoformat()
    if not clock.is_working_day(day):
        return DayLine(date=name, status="quiet", reason="weekend")
    # What could not be listed stays failed until somebody lists it.
    if told and (told.status != "waiting" or name > newest):
        return told
    if name < newest:
        # A day between others that were asked for by hand is one that no run was about.
        is_unknown = told is None and day >= clock.run_time(runs[-1].run.id).date()
        reason = "not looked for" if is_unknown else "no announcement"
        return DayLine(date=name, status="quiet", reason=reason)
    reason = "not announced yet" if day == now.date() else "not looked for yet"
    return DayLine(date=name, status="waiting", reason=reason)


def _told_by_runs(runs: list[RunState]) -> dict[str, DayLine]:
    """The days of which runs found no announcement, by what the latest of them found."""
    told: dict[str, DayLine] = {}
    for state in reversed(runs):
        run = state.run
        for name in run.awaited:
            if not run.failure:
                told[name] = DayLine(date=name, status="waiting", reason="not announced yet")
            # A day that was found to have had nothing is looked for still, and failing at that is no news.
            elif name not in told or told[name].status != "quiet":
                told[name] = DayLine(date=name, status="failed", reason=run.failure)
        for name in run.quiet:
            told[name] = DayLine(date=name, status="quiet", reason="no announcement")
    return told


def _listed(
    settings: Settings,
    runs: list[RunState],
    announcement: Announcement,
    post: Post | None,
    now: datetime,
) -> DayLine:
    """A day that had its announcement."""
    line = DayLine(date=announcement.listed, status="published", listed=announcement.papers)
    if post and post.status != "publishing":
        line = msgspec.structs.replace(line, hot=len(post.rows))
        if post.status == "published":
            return line
        reason = f"papers of the run {', '.join(post.unfinished)} did not arrive"
        return msgspec.structs.replace(line, status="partial", reason=reason)
    due = settings.post_due(announcement.listed)
    if now >= due:
        if reason := _overdue(settings, runs, announcement, now):
            return msgspec.structs.replace(line, status="failed", reason=reason)
        if any(state.status == "open" and _has(state, announcement.listed) for state in runs):
            reason = "listed; its post is on its way"
            return msgspec.structs.replace(line, status="waiting", reason=reason)
        # The service was off when it was due: the next measuring publishes it.
        due = next_measuring(settings, now, sources.last_daily([state.run for state in runs]))
    reason = f"listed; its post is due {minute(due)}"
    return msgspec.structs.replace(line, status="waiting", reason=reason)


def _overdue(settings: Settings, runs: list[RunState], announcement: Announcement, now: datetime) -> str:
    """Why the post of a day that was due did not come; "" if no run has had to make it yet."""
    states = announcement.sources
    if states and not any(state.ever_measured for state in states.values()):
        return sources.unavailable(states)
    old_enough = settings.publishable_from(announcement.listed)
    # A run may have ended a moment ago, and rendering it be under way.
    latest = now - timedelta(minutes=settings.run_deadline_minutes)
    made = [
        state.run.id
        for state in runs
        if state.status != "open"
        and state.run.kind != "list"
        and _has(state, announcement.listed)
        and old_enough <= clock.run_time(state.run.id) <= latest
    ]
    return f"its post could not be made by the run {made[0]}" if made else ""


def _has(state: RunState, name: str) -> bool:
    return any(day.date == name for day in state.run.days)
