"""Our own program of rows 6 and 7, each time a process: the renderer above table and bucket of files.

    python -m benchmarks.site.ours kinds TABLE OUT              the kinds of page that the rivals make
    python -m benchmarks.site.ours publish TABLE OUT RUN ...    what render does for some runs, whole

What was read and written is left in TABLE.counts.
"""

from __future__ import annotations

import argparse
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchmarks import switches
from benchmarks.site.store import Store, install

if TYPE_CHECKING:
    from functions.render.objects import Objects
    from shared.settings import Settings


def main() -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("kinds", "publish"))
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--without", action="append", default=[], choices=switches.NAMES)
    given = parser.parse_args()
    store = Store(given.table, given.out)
    install(store)
    switches.off(given.without)
    from shared.settings import Settings

    settings = Settings(site_url="https://hot.example.org", table_name="table", bucket_name="bucket")
    if given.what == "kinds":
        _kinds(settings, store)
    else:
        from functions.render.publish import publish
        from shared import log

        log.only_from("WARNING")
        for run in given.runs:
            publish(settings, run, invocation="benchmark")
    store.close()
    given.table.with_suffix(".counts").write_bytes(msgspec.json.encode(store.counts))


def _kinds(settings: Settings, store: Store) -> None:
    """Front page, a page for each day, the pages of categories, and the feed, a month at a time."""
    from functions.render import edition, feeds, groups, site
    from functions.render.day import Day
    from functions.render.feed_content import Contents
    from functions.render.reading import published_day
    from shared import shelf as shelf_
    from shared import table
    from shared.table import Post

    shelf = shelf_.read()
    dates = sorted(shelf.days)
    recent: list[Day] = []
    latest: dict[str, Post] = {}
    for month, of_month in groupby(dates, groups.month):
        posts = table.posts(of_month)
        for date, post in sorted(posts.items()):
            day = published_day(settings, post)
            place = dates.index(date)
            older = dates[place - 1] if place else ""
            newer = dates[place + 1] if place + 1 < len(dates) else ""
            _write(store, site.day_page(settings, day, older=older, newer=newer))
            if date in dates[-edition.FEED_POSTS :]:
                recent.insert(0, day)
                latest[date] = post
        for code in sorted({code for post in posts.values() for row in post.rows for code in row.categories}):
            _write(store, site.category_objects(settings, code, month, posts.values(), shelf))
    _write(store, site.index_objects(settings, recent[0], shelf))
    feed = edition.feed(settings, recent, latest, {day.date: Contents(day) for day in recent}, "", "")
    store.write("feed.xml", feeds.atom(feed))


def _write(store: Store, objects: Objects) -> None:
    for key, made in objects.items():
        store.write(key, made.body)


if __name__ == "__main__":
    main()
