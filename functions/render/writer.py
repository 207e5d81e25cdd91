"""Writes a site's objects so that whatever readers can reach exists at every instant.

First come the objects that are not there yet: nothing that can be reached links them. Then those that have
changed: all that they link is there by now. The ways in, which everything is reached from, come last, the
front page after all others. An object that has not changed is not written. For an instant a link may lead to
the top of a page, where the part of it that is meant is gone already or still to come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress

from functions.render.objects import Objects
from shared import aws

# Where readers and programs begin, in the order in which they are written: before there is a front page, the
# others are known to nobody.
WAYS_IN = ("sitemap.xml", "robots.txt", "rss.xml", "feed.json", "feed.xml", "archive.html", "index.html")


class Writer:
    """Counts what it writes."""

    def __init__(self) -> None:
        self.written = 0
        self.unchanged = 0
        # What lies there, of the keys looked at so far: nobody else writes meanwhile.
        self._there: dict[str, str | None] = {}

    def write(self, objects: Objects, *, new: Collection[str] = ()) -> None:
        """Write what is new, then what has changed. Of the keys that are `new` there should be no object."""
        changed: list[str] = []
        last = [key for key in WAYS_IN if key in objects]
        for key, content in objects.items():
            if key in new and key not in last and key not in self._there:
                # One call instead of two, a look and a writing.
                with suppress(aws.ConditionFailedError):
                    self._put(objects, key, only_new=True)
                    continue
            if key not in self._there:
                self._there[key] = aws.object_digest(key)
            there = self._there[key]
            if there == content.digest:
                self.unchanged += 1
            elif there is None and key not in last:
                self._put(objects, key)
            else:
                changed.append(key)
        for key in (*(key for key in changed if key not in last), *(key for key in last if key in changed)):
            self._put(objects, key)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete what nothing links any more."""
        for key in keys:
            aws.delete_object(key)
            self._there[key] = None

    def _put(self, objects: Objects, key: str, *, only_new: bool = False) -> None:
        content = objects[key]
        aws.put_object(
            key,
            content.body,
            content_type=content.content_type,
            cache_control=content.cache_control,
            digest=content.digest,
            only_new=only_new,
        )
        self._there[key] = content.digest
        self.written += 1
