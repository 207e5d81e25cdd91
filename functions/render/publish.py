"""Publishes the days of a run: reads them, renders what they stand on, writes what changed, tells the status.

What is written in which order, writer.py says. The table is told what is published once it is, so that after
a crash the same is found to be done again. The event that a post has appeared comes last.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from functions.render import edition, filter_pages, groups, overdue, pages, search, site
from functions.render.announce import announce, unannounced
from functions.render.day import Day
from functions.render.edition import FEED_POSTS, Edition
from functions.render.objects import Objects
from functions.render.reading import left, papers_of, published_day, read_day, search_entries
from functions.render.status import status
from functions.render.writer import Writer
from shared import clock, filters, lease, metrics, reads, shelf, table
from shared.log import logger
from shared.paper import SourceState
from shared.settings import Settings
from shared.shelf import Shelf
from shared.table import Announcement, Post, RunDay, RunState

# Longer than the function may run.
_LEASE_SECONDS = 360
# A stream repeats at once: waiting here, and not failing, outlives the lease of one that crashed.
_LEASE_WAIT = 200
# So many runs tell what became of the days on the status page: the ticks of two weeks, and some by hand.
_RUNS = 400
# So many announcements the status page needs, and a day that was interrupted is looked for among.
_ANNOUNCEMENTS = 40


class Published(Struct, frozen=True, kw_only=True):
    """What rendering a run came to."""

    run: str
    days: tuple[str, ...] = ()  # days that are published now
    skipped: dict[str, str] = {}  # days that are not, and why
    written: int = 0
    unchanged: int = 0


def publish(settings: Settings, run_id: str, *, invocation: str) -> Published:
    """Publish a run under the lease; what it reads, it reads after it has it.

    Raises LeaseHeldError, and NotAnnouncedError when all is published and the event bus cannot be told.
    """
    with lease.held("render", holder=invocation, seconds=_LEASE_SECONDS, wait=_LEASE_WAIT):
        state = table.get_run(run_id)
        if state is None:
            logger.error("run is gone")
            return Published(run=run_id)
        return _publish(settings, state)


def _publish(settings: Settings, state: RunState) -> Published:
    announcements = table.announcements(_ANNOUNCEMENTS)
    before = shelf.read()
    published_filters = table.published_filters()
    refilter = filter_pages.are_behind(settings, published_filters)
    posts = table.posts(_dates(state, announcements, before, every=refilter))
    outdated = filter_pages.outdated(settings, _newest_first(posts, before)) if refilter else []
    skipped = {day.date: _reason_to_skip(settings, state, day, posts.get(day.date)) for day in state.run.days}
    writer = Writer()
    # The status stands alone before there is a post, and loads them too.
    writer.write(pages.assets())
    pending = _Pending(settings, state, before, posts)
    for run_day in state.run.days:
        if not skipped[run_day.date]:
            pending.add_run_day(run_day, state)
    for post in posts.values():
        if post.status == "publishing" and post.date not in skipped:
            pending.add_interrupted(post)
    for post in outdated:
        pending.add_published(post.date)
    new = unannounced(_newest_first(pending.posts, pending.shelf), clock.run_time(state.run.id))
    # Nobody is told of a post before the front page links it, whichever run was to write that.
    if pending.shelf.days and (pending.days or new or refilter):
        for post in new:
            pending.add_published(post.date)
        pending.add_neighbours()
        if refilter:
            filter_pages.remember(settings, published_filters, outdated)
        objects = pending.objects()
        if not before.days:
            # The front page leads to the status, which knows of no post so far.
            _publish_status(settings, announcements, posts, writer, has_posts=False)
        writer.write(objects)
        pending.store()
    budget_left = _publish_status(
        settings, announcements, pending.posts, writer, has_posts=bool(pending.shelf.days)
    )
    if refilter:
        filter_pages.clear(settings, published_filters, list(pending.posts.values()), writer)
    result = Published(
        run=state.run.id,
        days=tuple(date for date, reason in skipped.items() if not reason),
        skipped={date: reason for date, reason in skipped.items() if reason},
        written=writer.written,
        unchanged=writer.unchanged,
    )
    logger.info("run published", extra={"result": msgspec.to_builtins(result)})
    is_overdue = overdue.is_overdue(
        settings, announcements, pending.shelf.days.keys(), clock.run_time(state.run.id)
    )
    counted: dict[metrics.Name, int] = {
        "PostsPublished": len(pending.shelf.days.keys() - before.days.keys()),
        "PostOverdue": int(is_overdue),
    }
    if budget_left is not None:
        counted["BudgetLeft"] = budget_left
    metrics.count(state.run.id, counted)
    announce(settings, [pending.posts[post.date] for post in new])
    return result


def _dates(state: RunState, announcements: list[Announcement], before: Shelf, *, every: bool) -> set[str]:
    """The days whose posts a publication begins with: the run's, the unpublished, neighbours, the latest."""
    visible = sorted(before.days, reverse=True)
    dates = {day.date for day in state.run.days}
    dates |= {announcement.listed for announcement in announcements} - before.days.keys()
    if every:
        return dates.union(visible)
    near = {name for date in dates for name in groups.neighbours(date, visible) if name}
    return dates.union(near, visible[: site.FILTER_POSTS])


class _Pending:
    """The days of a publication, their posts as they will be, and the shelf with them on it."""

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

    def add_interrupted(self, post: Post) -> None:
        """A day that an earlier run began to publish: what that did not come to is done now, in its name."""
        state = table.get_run(post.run)
        for run_day in state.run.days if state else ():
            if state and run_day.date == post.date:
                self._runs[post.date] = post.run
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
        """A day as it was published, whose pages may have to lead elsewhere now."""
        if date not in self.days:
            self._add(published_day(self._settings, self.posts[date]), self.posts[date])

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
        self._read_groups()
        latest = sorted(self.shelf.days, reverse=True)[:FEED_POSTS]
        recent = tuple(
            self.days[date]
            if date in self.days
            else published_day(settings, self.posts[date], with_history=date == latest[0])
            for date in latest
        )
        # When a day changed last is told by its data, which the feeds have to know.
        for date, day in self.days.items():
            older, newer = groups.neighbours(date, self.shelf.days)
            written = site.day_objects(settings, day, older=older, newer=newer)
            digests = {key: content.digest for key, content in written.items()}
            post, run = self.posts[date], self._runs.get(date, self._state.run.id)
            self.posts[date] = msgspec.structs.replace(
                post, updated_at=_updated_at(post, run, digests), objects=digests
            )
        months = {groups.month(date) for date in self.days}
        entries = search_entries(
            date for date in self.shelf.days if groups.month(date) in months and date not in self.days
        )
        made = Edition(
            days=self.days,
            before=self._posts_before,
            left={date: left(settings, self._posts_before[date], day) for date, day in self.days.items()},
            posts=self.posts,
            shelf_before=self._before,
            shelf=self.shelf,
            recent=recent,
            entries=entries | {date: _entries(day) for date, day in self.days.items()},
        )
        return edition.objects(settings, made)

    def _read_groups(self) -> None:
        """Read the other posts of the weeks, months and categories that the days are shown with."""
        weeks = {groups.week(date) for date in self.days}
        months = {groups.month(date) for date in self.days}
        months |= edition.category_pages(self.days, self._posts_before, self._before, self.shelf).keys()
        found = table.posts(
            date
            for date in self.shelf.days
            if date not in self.posts and (groups.week(date) in weeks or groups.month(date) in months)
        )
        self.posts |= found

    def store(self) -> None:
        """Tell the table what is published."""
        shelf.write_lists(self._before, self.shelf)
        for date, day in self.days.items():
            table.put_search_entries(date, _entries(day))
            if self.posts[date] != self._posts_before[date]:
                table.put_post(self.posts[date])
        shelf.write_days(self._before, self.shelf)


def _entries(day: Day) -> tuple[search.Entry, ...]:
    return tuple(search.entry(hot.paper, hot.rank, hot.score, day.date) for hot in day.papers)


def _reason_to_skip(settings: Settings, state: RunState, run_day: RunDay, post: Post | None) -> str:
    """Why a day is not published by this run; "" when it is."""
    if post is not None:
        return ""
    if state.run.kind == "list":
        return "first published by a measuring run"
    if clock.run_time(state.run.id) < settings.publishable_from(run_day.date):
        return f"published {settings.publish_after_hours} hours after its listing"
    if not any(source.ever_measured for source in run_day.sources.values()):
        return "no source was measured"
    return ""


def _unfinished(state: RunState, post: Post) -> tuple[str, ...]:
    """The runs, this or earlier ones, that were closed while papers of the day were on their way."""
    earlier = [run for run in post.unfinished if run != state.run.id and _is_waiting(table.get_run(run))]
    return tuple(sorted([*earlier, state.run.id] if state.pending else earlier))


def _is_waiting(state: RunState | None) -> bool:
    return state is not None and bool(state.pending)


def _updated_at(post: Post, run: str, digests: dict[str, str]) -> str:
    """When a day's data changed last; its page also changes when a neighbour appears, which is no news."""
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


def _newest_first(posts: dict[str, Post], visible: Shelf) -> list[Post]:
    """The posts that may be linked, newest first."""
    dates: Iterable[str] = sorted(visible.days, reverse=True)
    return [posts[date] for date in dates if date in posts]


def _publish_status(
    settings: Settings,
    announcements: list[Announcement],
    posts: dict[str, Post],
    writer: Writer,
    *,
    has_posts: bool,
) -> int | None:
    """Write the status; returns what may still be read from X in the month, None where X is off."""
    runs = table.recent_runs(_RUNS)
    read = reads.stored(reads.key(runs[0].run.id[:7]))
    told = status(settings, runs, announcements, posts, read)
    writer.write(site.status_objects(settings, told, has_posts=has_posts))
    return max(0, told.x.cap - read.units) if told.x else None
