"""What somebody has to look at, out of what a tick reads of the table: what `TroubleAlarm` goes by.

Whatever a step has given up shows in what is missing for it, so that no queue has to be watched for that:
docs/alarms.md tells which of these is which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from functions.render.due import reason_to_skip
from shared import clock
from shared.run_states import RunDay, RunState
from shared.settings import Settings
from shared.table import Announcement, Post

# Ticks try again each hour; from 07:55 on, this is the tick before noon.
_PATIENCE = timedelta(hours=4)
# So long nothing can be listed before somebody is told: arXiv's own pauses are shorter.
_SILENCE = timedelta(hours=20)
# A day that is older was filled in by hand, or given up.
_MATTERS = timedelta(days=8)
# What is told of a run is told so long, unless it is made good before.
_RECENT = timedelta(hours=24)
# A run is closed by the second tick after it, unless it may take longer, and render tries for minutes.
_RENDERED = timedelta(hours=3)
# Two ticks are an hour apart. One that was lost is told so long.
_TICK_LOST, _LOST_RECENTLY = timedelta(hours=2), timedelta(hours=6)


def troubles(
    settings: Settings,
    runs: list[RunState],
    announcements: list[Announcement],
    posts: Mapping[str, Post],
    published: Collection[str],
    now: datetime,
) -> tuple[str, ...]:
    """What is wrong as of the newest run, in words for the log. `runs` are newest first.

    `published` are all days with a post, `posts` those posts that were read.
    """
    found = {
        "a post is overdue": is_overdue(settings, announcements, published, now),
        "arXiv cannot be listed": cannot_list(runs),
        "papers did not arrive": lacks_papers(runs, now),
        "a tick was lost": lost_a_tick(runs, now),
        "a run was not rendered": was_not_rendered(settings, runs, posts, published, now),
    }
    return tuple(words for words, is_so in found.items() if is_so)


def is_overdue(
    settings: Settings, announcements: list[Announcement], published: Collection[str], now: datetime
) -> bool:
    """Whether a day that arXiv announced has no post though that was due hours ago."""
    return any(
        announcement.listed not in published
        # Nobody waits for an old post that is being imported.
        and announcement.via != "import"
        and now >= settings.post_due(announcement.listed) + _PATIENCE
        and now - clock.midnight(announcement.listed) < _MATTERS
        for announcement in announcements
    )


def cannot_list(runs: list[RunState]) -> bool:
    """Whether the latest runs, newest first, could not list what is awaited, all of them and for long.

    Then it is not known whether arXiv announced, which no number of posts would tell.
    """
    failed = list(takewhile(lambda state: state.run.failure, filter(_is_tick, runs)))
    if not failed:
        return False
    return clock.run_time(failed[0].run.id) - clock.run_time(failed[-1].run.id) >= _SILENCE


def lacks_papers(runs: list[RunState], now: datetime) -> bool:
    """Whether a run was closed without papers, which score has given up or has not come to."""
    return any(state.status == "partial" and _age(state, now) < _RECENT for state in runs)


def lost_a_tick(runs: list[RunState], now: datetime) -> bool:
    """Whether there was no run at a tick: it was not handed over, or fetch has given it up."""
    times = [
        clock.run_time(state.run.id)
        for state in filter(_is_tick, runs)
        if _age(state, now) < _LOST_RECENTLY + _TICK_LOST
    ]
    return any(
        newer - older >= _TICK_LOST and now - newer < _LOST_RECENTLY for newer, older in pairwise(times)
    )


def was_not_rendered(
    settings: Settings,
    runs: list[RunState],
    posts: Mapping[str, Post],
    published: Collection[str],
    now: datetime,
) -> bool:
    """Whether render has given up a run: it was closed hours ago, and days of it are as before."""
    return any(
        _is_as_before(settings, state, day, posts.get(day.date), published)
        for state in runs
        if state.status != "open" and _RENDERED <= _age(state, now) < _RECENT
        for day in state.run.days
    )


def _is_as_before(
    settings: Settings, state: RunState, day: RunDay, post: Post | None, published: Collection[str]
) -> bool:
    if day.date not in published:
        return not reason_to_skip(settings, state, day, None)
    # One that is behind keeps what it showed, whatever is rendered.
    if post is None or post.is_behind or post.published_at > clock.run_iso(state.run.id):
        return False
    return post.run < state.run.id


def _is_tick(state: RunState) -> bool:
    return state.run.kind in ("list", "measure")


def _age(state: RunState, now: datetime) -> timedelta:
    return now - clock.run_time(state.run.id)
