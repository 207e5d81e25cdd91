"""Whether a post should have been there for hours: what the alarm of that name goes by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import takewhile

from functions.render.status.times import post_due
from shared import clock
from shared.settings import Settings
from shared.table import Announcement, RunState

# Ticks try again each hour; from 07:55 on, this is the tick before noon.
_PATIENCE = timedelta(hours=4)
# So long nothing can be listed before somebody is told: arXiv's own pauses are shorter.
_SILENCE = timedelta(hours=20)
# A day that is older was filled in by hand, or given up.
_MATTERS = timedelta(days=8)


def is_overdue(
    settings: Settings, announcements: list[Announcement], published: Collection[str], now: datetime
) -> bool:
    """Whether a day that arXiv announced has no post though that was due hours ago."""
    return any(
        announcement.listed not in published
        # Nobody waits for an old post that is being imported.
        and announcement.via != "import"
        and now >= post_due(settings, announcement.listed) + _PATIENCE
        and now - clock.midnight(announcement.listed) < _MATTERS
        for announcement in announcements
    )


def cannot_list(runs: list[RunState]) -> bool:
    """Whether the latest runs, newest first, could not list what is awaited, all of them and for long.

    Then it is not known whether arXiv announced, which no number of posts would tell.
    """
    ticks = (one for one in runs if one.run.kind in ("list", "measure"))
    failed = list(takewhile(lambda state: state.run.failure, ticks))
    if not failed:
        return False
    return clock.run_time(failed[0].run.id) - clock.run_time(failed[-1].run.id) >= _SILENCE
