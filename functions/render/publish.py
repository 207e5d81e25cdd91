"""Publishes the days of a run: reads them, renders what they stand on, writes what changed, tells the status.

What is written in which order, writer.py says. The table is told what is published once it is, so that after
a crash the same is found to be done again. The event that a post has appeared comes last.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from functions.render import filter_pages, groups, pages, site
from functions.render.announce import announce, unannounced
from functions.render.due import reason_to_skip
from functions.render.publication import Publication
from functions.render.status import status
from functions.render.trouble import troubles
from functions.render.writer import Writer
from shared import clock, lease, metrics, reads, run_states, shelf, table
from shared.log import logger
from shared.run_states import RunState
from shared.settings import Settings
from shared.shelf import Shelf
from shared.table import Announcement, Post

# Longer than the function may run.
_LEASE_SECONDS = 360
# A stream repeats at once: waiting here, and not failing, outlives the lease of one that crashed.
_LEASE_WAIT = 200
# So many runs tell what became of the days on the status page: the ticks of two weeks, and some by hand.
_RUNS = 400
# So many announcements the status page needs.
_ANNOUNCEMENTS = 40
# The smallest page that X gives: with less left of a month nothing can be read.
_SMALLEST_PAGE = 10


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
        state = run_states.get(run_id)
        if state is None:
            logger.error("run is gone")
            return Published(run=run_id)
        return _publish(settings, state)


def _publish(settings: Settings, state: RunState) -> Published:
    announcements = table.announcements(_ANNOUNCEMENTS)
    before = shelf.read()
    published_filters = table.published_filters()
    refilter = filter_pages.are_behind(settings, published_filters)
    posts = table.posts(_dates(state, before, every=refilter))
    outdated = filter_pages.outdated(settings, _newest_first(posts, before)) if refilter else []
    skipped = {day.date: reason_to_skip(settings, state, day, posts.get(day.date)) for day in state.run.days}
    writer = Writer()
    # The status stands alone before there is a post, and loads them too.
    writer.write(pages.assets())
    before, interrupted = _making(state, before, skipped)
    runs = run_states.recent(_RUNS)
    publication = Publication(settings, state, before, posts)
    for run_day in state.run.days:
        if not skipped[run_day.date]:
            publication.add_run_day(run_day, state)
    for date, run in interrupted.items():
        publication.add_interrupted(date, run)
    for post in outdated:
        publication.add_published(post.date)
    new = unannounced(_newest_first(publication.posts, publication.shelf), clock.run_time(state.run.id))
    # Nobody is told of a post before the front page links it, whichever run was to write that.
    if publication.shelf.days and (publication.days or new or refilter):
        for post in new:
            publication.add_published(post.date)
        publication.add_neighbours()
        if refilter:
            filter_pages.remember(settings, published_filters, outdated)
        objects = publication.objects()
        if not before.days:
            # The front page leads to the status, which knows of no post so far.
            _publish_status(settings, runs, announcements, posts, writer, has_posts=False)
        writer.write(objects, new=publication.new_keys(objects))
        publication.store()
    budget_left = _publish_status(
        settings, runs, announcements, publication.posts, writer, has_posts=bool(publication.shelf.days)
    )
    if refilter:
        filter_pages.clear(settings, published_filters, list(publication.posts.values()), writer)
    result = Published(
        run=state.run.id,
        days=tuple(date for date, reason in skipped.items() if not reason),
        skipped={date: reason for date, reason in skipped.items() if reason},
        written=writer.written,
        unchanged=writer.unchanged,
    )
    logger.info("run published", extra={"result": msgspec.to_builtins(result)})
    wrong = troubles(
        settings,
        runs,
        announcements,
        publication.posts,
        publication.shelf.days.keys(),
        clock.run_time(state.run.id),
    )
    _tell(state.run.id, wrong, budget_left)
    announce(settings, [publication.posts[post.date] for post in new])
    return result


def _tell(run: str, wrong: tuple[str, ...], budget_left: int | None) -> None:
    """Tell the alarms what is not well, and nothing where all is."""
    told: list[metrics.Name] = []
    if wrong:
        logger.error("trouble", extra={"reasons": wrong})
        told.append("Trouble")
    if budget_left is not None and budget_left < _SMALLEST_PAGE:
        told.append("BudgetSpent")
    metrics.tell(run, told)


def _making(state: RunState, before: Shelf, skipped: dict[str, str]) -> tuple[Shelf, dict[str, str]]:
    """Note which days are about to be published for the first time; the shelf with that, and which of the
    days an earlier run began, with that run.
    """
    interrupted = {
        date: run for date, run in before.making.items() if date not in before.days and skipped.get(date, "-")
    }
    ours = {date for date, reason in skipped.items() if not reason and date not in before.days}
    making = interrupted | dict.fromkeys(ours, state.run.id)
    if making != before.making:
        shelf.write_making(making)
    return msgspec.structs.replace(before, making=making), interrupted


def _dates(state: RunState, before: Shelf, *, every: bool) -> set[str]:
    """The days whose posts a publication begins with: the run's, the interrupted, neighbours, the latest."""
    visible = sorted(before.days, reverse=True)
    dates = {day.date for day in state.run.days} | before.making.keys()
    if every:
        return dates.union(visible)
    near = {name for date in dates for name in groups.neighbours(date, visible) if name}
    return dates.union(near, visible[: site.FILTER_POSTS])


def _newest_first(posts: dict[str, Post], visible: Shelf) -> list[Post]:
    """The posts that may be linked, newest first."""
    dates: Iterable[str] = sorted(visible.days, reverse=True)
    return [posts[date] for date in dates if date in posts]


def _publish_status(
    settings: Settings,
    runs: list[RunState],
    announcements: list[Announcement],
    posts: dict[str, Post],
    writer: Writer,
    *,
    has_posts: bool,
) -> int | None:
    """Write the status; returns what may still be read from X in the month, None where X is off."""
    read, of_archive = reads.of_month(runs[0].run.id[:7])
    told = status(settings, runs, announcements, posts, read, of_archive)
    writer.write(site.status_objects(settings, told, has_posts=has_posts))
    return max(0, told.x.cap - read.units) if told.x else None
