"""Which days of a range are missing: so it goes on where it broke off, and begins nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from shared import table
from shared.table import Announcement, Post

# Posts that are read at once: no more than that after the first day that is missing.
_AT_ONCE = 25


def missing(days: Sequence[date]) -> Iterator[date]:
    """The days that are neither published whole, nor imported, nor known to have had no announcement."""
    for start in range(0, len(days), _AT_ONCE):
        part = days[start : start + _AT_ONCE]
        names = [day.isoformat() for day in part]
        quiet, announced, posts = table.quiet_days(names), table.announced(names), table.posts(names)
        for day, name in zip(part, names, strict=True):
            if name not in quiet and not _is_there(announced.get(name), posts.get(name)):
                yield day


def _is_there(announcement: Announcement | None, post: Post | None) -> bool:
    # A run that broke off may be published, and its announcement not be remembered.
    if announcement is None:
        return False
    return announcement.via == "import" or (post is not None and post.status == "published")
