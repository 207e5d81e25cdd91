"""Whether a post should have been there for hours: what the alarm of that name goes by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from functions.render.status.times import post_due
from shared import clock
from shared.settings import Settings
from shared.table import Announcement

# Ticks try again each hour; from 07:55 on, this is the tick before noon.
_PATIENCE = timedelta(hours=4)
# A day that is older was filled in by hand, or given up.
_MATTERS = timedelta(days=8)


def is_overdue(
    settings: Settings, announcements: list[Announcement], published: Collection[str], now: datetime
) -> bool:
    """Whether a day that arXiv announced has no post though that was due hours ago."""
    return any(
        announcement.listed not in published
        and now >= post_due(settings, announcement.listed) + _PATIENCE
        and now - clock.midnight(announcement.listed) < _MATTERS
        for announcement in announcements
    )
