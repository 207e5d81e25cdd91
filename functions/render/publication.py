"""What is published together: days as the table has them, put into posts, objects and the shelf."""

from __future__ import annotations

import hashlib

import msgspec

from functions.render import edition, export, groups, search, site
from functions.render.day import Day
from functions.render.edition import FEED_POSTS, Edition
from functions.render.feed_content import Contents
from functions.render.objects import Objects, paper_key
from functions.render.reading import left, papers_of, published_day, read_day, search_entries
from shared import clock, filters, run_states, shelf, table
from shared.log import logger
from shared.paper import SourceState
from shared.run_states import RunDay, RunState
from shared.settings import Settings
from shared.shelf import Shelf
from shared.table import FeedEntry, Post


class Publication:
    """The days that are published together, their posts as they will be, and the shelf with them on it."""

    def __init__(self, settings: Settings, state: RunState, before: Shelf, posts: dict[str, Post]) -> None:
        self._settings = settings
        self._state = state
        self._before = before
        self._posts_before = dict(posts)
        self.posts = dict(posts)
        self.shelf = before
        self.days: dict[str, Day] = {}
        # The runs that publish the days, where it is not the one at hand.
        self._runs: dict[str, str] = {}
        # What a search finds the days' papers by, and the days as data.
        self._entries: dict[str, tuple[search.Entry, ...]] = {}
        self._exports: dict[str, tuple[export.Piece, ...]] = {}

    def add_interrupted(self, date: str, run: str) -> None:
        """A day that an earlier run began to publish: what that did not come to is done now, in its name."""
        state = run_states.get(run)
        for run_day in state.run.days if state else ():
            if state and run_day.date == date:
                self._runs[date] = run
                self.add_run_day(run_day, state)

    def add_run_day(self, run_day: RunDay, state: RunState) -> None:
        """A day that a run names, as its papers are now."""
        run, settings = state.run.id, self._settings
        post = self.posts.get(run_day.date)
        if post is None:
            # The moment of first publication is decided before anything is visible, so that a repeat after
            # a crash publishes the same bytes.
            post = Post(
                date=run_day.date,
                status="publishing",
                published_at=clock.run_iso(run),
                updated_at=clock.run_iso(run),
                run=run,
                papers=run_day.papers,
                sources=run_day.sources,
            )
            table.put_post(post)
            self._posts_before[post.date] = post
        # A run that is told again after a newer one must not bring back older states.
        sources = run_day.sources if run >= post.run and run_day.sources else post.sources
        unfinished = _unfinished(state, post)
        listed = run_day.papers or post.papers
        day = read_day(settings, post, listed=listed, sources=sources, is_partial=bool(unfinished))
        if _would_empty(post, day):
            self.posts[post.date] = msgspec.structs.replace(post, is_behind=True)
            if not post.is_behind:
                table.put_post(self.posts[post.date])
            return
        self._add(
            day,
            msgspec.structs.replace(
                post,
                status="partial" if unfinished else "published",
                run=max(run, post.run),
                unfinished=unfinished,
                is_behind=False,
            ),
        )

    def add_published(self, date: str) -> None:
        """A day as it was published, whose pages may have to lead elsewhere now.

        Where numbers have changed since, its post is written too: then with whatever is hot by now.
        """
        if date in self.days:
            return
        settings, post = self._settings, self.posts[date]
        day = published_day(settings, post)
        if day.rows() != post.rows and not post.is_behind:
            is_partial = post.status == "partial"
            now = read_day(settings, post, listed=post.papers, sources=post.sources, is_partial=is_partial)
            day = day if _would_empty(post, now) else now
        self._add(day, post)

    def add_neighbours(self) -> None:
        """The days before and after those that are new: their links lead to them now."""
        for date in [date for date in self.days if date not in self._before.days]:
            for near in groups.neighbours(date, self.shelf.days):
                if near:
                    self.add_published(near)

    def _add(self, day: Day, post: Post) -> None:
        self.days[day.date] = day
        self.posts[day.date] = msgspec.structs.replace(
            post,
            papers=day.listed,
            sources=day.sources,
            rows=day.rows(),
            filters=filters.digest(self._settings.filters),
        )
        self.shelf = self.shelf.with_posts([self.posts[day.date]])

    def objects(self) -> Objects:
        """All objects but the status; the posts know their digests then."""
        settings = self._settings
        recent = self._recent()
        self._read_groups()
        written: dict[str, Objects] = {}
        contents = {day.date: Contents(day) for day in (*recent, *self.days.values())}
        # When a day changed last is told by its data, and by its feeds for each.
        for date, day in self.days.items():
            older, newer = groups.neighbours(date, self.shelf.days)
            written[date] = site.day_objects(settings, day, older=older, newer=newer)
            digests = {key: content.digest for key, content in written[date].items()}
            post, run = self.posts[date], self._runs.get(date, self._state.run.id)
            told = edition.feed_contents(day, contents[date])
            self.posts[date] = msgspec.structs.replace(
                post,
                updated_at=_updated_at(post, run, digests),
                objects=digests,
                entries=_feed_entries(post, run, told),
            )
        self._entries = {date: _entries(day) for date, day in self.days.items()}
        self._exports = {date: export.pieces(day) for date, day in self.days.items()}
        months = {groups.month(date) for date in self.days}
        others = [date for date in self.shelf.days if groups.month(date) in months and date not in self.days]
        made = Edition(
            days=self.days,
            written=written,
            before=self._posts_before,
            left={date: left(settings, self._posts_before[date], day) for date, day in self.days.items()},
            posts=self.posts,
            shelf_before=self._before,
            shelf=self.shelf,
            recent=recent,
            entries=search_entries(others) | self._entries,
            exports=table.exports(others, export.Piece) | self._exports,
            contents=contents,
        )
        return edition.objects(settings, made)

    def new_keys(self, objects: Objects) -> set[str]:
        """Where no object should be yet, as far as the table tells."""
        if not self._before.days:
            return set(objects)
        found: set[str] = set()
        for date, day in self.days.items():
            if date not in self._before.days:
                found |= self.posts[date].objects.keys()
            known = {row.id for row in self._posts_before[date].rows}
            found |= {paper_key(hot.paper.id) for hot in day.papers if hot.paper.id not in known}
        return found

    def _recent(self) -> tuple[Day, ...]:
        """The latest days, for the front page and the feeds.

        One whose numbers have changed since it was published is published with them: its page, its data, the
        front page and the feeds tell the same.
        """
        latest = sorted(self.shelf.days, reverse=True)[:FEED_POSTS]
        found: list[Day] = []
        for date in latest:
            post = self.posts[date]
            if date not in self.days:
                day = published_day(self._settings, post, with_history=date == latest[0])
                if day.rows() == post.rows or post.is_behind:
                    found.append(day)
                    continue
                self.add_published(date)
            found.append(self.days[date])
        return tuple(found)

    def _read_groups(self) -> None:
        """Read the other posts that the days are shown with: of weeks, months, categories, a year ago."""
        weeks = {groups.week(date) for date in self.days}
        months = {groups.month(date) for date in self.days}
        months |= edition.category_pages(self.days, self._posts_before, self._before, self.shelf).keys()
        year_ago = groups.year_before(max(self.shelf.days), self.shelf.days)
        found = table.posts(
            date
            for date in self.shelf.days
            if date not in self.posts
            and (groups.week(date) in weeks or groups.month(date) in months or date == year_ago)
        )
        self.posts |= found

    def store(self) -> None:
        """Tell the table what is published, once the objects are made."""
        shelf.write_lists(self._before, self.shelf)
        for date in self.days:
            table.put_search_entries(date, self._entries[date])
            table.put_export(date, self._exports[date])
            if self.posts[date] != self._posts_before[date]:
                table.put_post(self.posts[date])
        shelf.write_days(self._before, self.shelf)
        if self._before.making:
            shelf.write_making({})


def _entries(day: Day) -> tuple[search.Entry, ...]:
    return tuple(search.entry(hot.paper, hot.rank, hot.score, day.date) for hot in day.papers)


def _unfinished(state: RunState, post: Post) -> tuple[str, ...]:
    """The runs, this or earlier ones, that were closed while papers of the day were on their way."""
    earlier = [run for run in post.unfinished if run != state.run.id and _is_waiting(run_states.get(run))]
    return tuple(sorted([*earlier, state.run.id] if state.pending else earlier))


def _is_waiting(state: RunState | None) -> bool:
    return state is not None and bool(state.pending)


def _updated_at(post: Post, run: str, digests: dict[str, str]) -> str:
    """When a day's data changed last; its page also changes when a neighbour appears, which is no news.

    That an old post was imported is none either.
    """
    if post.imported:
        return post.published_at
    data = {key: digest for key, digest in digests.items() if not key.endswith(".html")}
    is_same = data.items() <= post.objects.items()
    return post.updated_at if is_same else max(clock.run_iso(run), post.updated_at)


def _would_empty(post: Post, day: Day) -> bool:
    """Whether a good post would become empty while a source is missing.

    Not if each of its papers has lost mentions that were seen to be gone: what was taken back is not kept up
    for want of another source.
    """
    if day.papers or not post.rows or _all_measured(day.sources):
        return False
    kept = papers_of(post, (row.id for row in post.rows))
    if all(measured.dropped for measured in kept):
        return False
    logger.error("kept a good post from becoming empty", extra={"date": day.date})
    return True


def _all_measured(sources: dict[str, SourceState]) -> bool:
    return all(source.state != "unavailable" and not source.capped for source in sources.values())


def _feed_entries(post: Post, run: str, told: dict[str, str]) -> dict[str, FeedEntry]:
    """What the feeds tell of a post now, and since when; what a feed has dropped may come back to it."""
    entries = dict(post.entries)
    now = post.updated_at if post.imported else max(clock.run_iso(run), post.updated_at)
    for stem, content in told.items():
        digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
        known = post.entries.get(stem)
        is_same = known is not None and known.digest == digest
        entries[stem] = known if known and is_same else FeedEntry(digest, now)
    return entries
