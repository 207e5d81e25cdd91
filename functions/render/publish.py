"""Publishes the days of a run: reads them, renders them, writes what changed, and tells the status.

Order makes it safe: a day's objects before the pages that link them, then the status, deleted is after that,
and the event that a post has appeared comes last. A crash in between leaves the site as it was, or with a day
more that nothing links to yet.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec import Struct

from functions.render import filter_pages, site
from functions.render.announce import announce, unannounced
from functions.render.day import Day, hot_papers
from functions.render.movement import moved
from functions.render.site import Objects
from functions.render.status import status
from shared import aws, clock, filters, lease, reads, table
from shared.log import logger
from shared.paper import SourceState
from shared.settings import Settings
from shared.table import Announcement, Post, RunDay, RunState

# Longer than the function may run.
_LEASE_SECONDS = 360
# A stream repeats at once: waiting here, and not failing, outlives the lease of one that crashed.
_LEASE_WAIT = 200
# So many runs tell what became of the days on the status page: the ticks of two weeks, and some by hand.
_RUNS = 400


class Published(Struct, frozen=True, kw_only=True):
    """What rendering a run came to."""

    run: str
    days: tuple[str, ...] = ()  # days that are published now
    skipped: dict[str, str] = {}  # days that are not, and why
    written: int = 0
    unchanged: int = 0


class _Writer:
    """Writes objects that differ from what the bucket has."""

    def __init__(self) -> None:
        self.written = 0
        self.unchanged = 0

    def write(self, objects: Objects) -> None:
        for key, content in objects.items():
            if aws.object_digest(key) == content.digest:
                self.unchanged += 1
                continue
            aws.put_object(
                key,
                content.body,
                content_type=content.content_type,
                cache_control=content.cache_control,
                digest=content.digest,
            )
            self.written += 1


def publish(settings: Settings, run_id: str, *, invocation: str) -> Published:
    """Publish a run under the lease; what it reads, it reads after it has it.

    Raises LeaseHeldError, and NotAnnouncedError when all is published and the event bus cannot be told.
    """
    with lease.held("render", holder=invocation, seconds=_LEASE_SECONDS, wait=_LEASE_WAIT):
        state = table.get_run(run_id)
        if state is None:
            logger.error("run is gone", extra={"run": run_id})
            return Published(run=run_id)
        return _publish(settings, state)


def _publish(settings: Settings, state: RunState) -> Published:
    announcements = table.announcements()
    dates = {announcement.listed for announcement in announcements} | {day.date for day in state.run.days}
    posts = table.posts(dates)
    writer = _Writer()
    done: list[str] = []
    skipped: dict[str, str] = {}
    filtered = table.published_filters()
    refilter = filter_pages.are_behind(settings, filtered)
    if refilter:
        writer.write(site.assets())
        writer.write(filter_pages.missing(settings, filtered, _visible(posts)))
    for run_day in state.run.days:
        reason = _reason_to_skip(settings, state, run_day, posts.get(run_day.date))
        if reason:
            skipped[run_day.date] = reason
            continue
        posts[run_day.date] = _publish_day(settings, state, run_day, posts, writer)
        done.append(run_day.date)
    new = unannounced(_visible(posts), clock.run_time(state.run.id))
    # Nobody is told of a post before the front page links it, whichever run was to write that.
    if done or new or (refilter and _visible(posts)):
        _refilter_days(settings, state.run.id, posts, writer)
        _publish_neighbours(settings, [*done, *(post.date for post in new)], posts, writer)
        writer.write(filter_pages.objects(settings, _visible(posts)))
        _publish_index(settings, posts, writer)
    _publish_status(settings, announcements, posts, writer)
    if refilter:
        filter_pages.clear(settings, filtered, list(posts.values()))
    result = Published(
        run=state.run.id,
        days=tuple(done),
        skipped=skipped,
        written=writer.written,
        unchanged=writer.unchanged,
    )
    logger.info("run published", extra={"result": msgspec.to_builtins(result)})
    announce(settings, [posts[post.date] for post in new])
    return result


def _reason_to_skip(settings: Settings, state: RunState, run_day: RunDay, post: Post | None) -> str:
    """Why a day is not published by this run; "" when it is."""
    if post is not None:
        return ""
    if state.run.kind == "list":
        return "first published by a measuring run"
    age = clock.run_time(state.run.id) - clock.midnight(run_day.date)
    if age < timedelta(hours=settings.publish_after_hours):
        return f"published {settings.publish_after_hours} hours after its listing"
    if not any(source.ever_measured for source in run_day.sources.values()):
        return "no source was measured"
    return ""


def _publish_day(
    settings: Settings, state: RunState, run_day: RunDay, posts: dict[str, Post], writer: _Writer
) -> Post:
    post = posts.get(run_day.date)
    run = state.run.id
    if post is None:
        # The moment of first publication is decided before anything is visible, so that a repeat after a
        # crash publishes the same bytes.
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
    # A run that is told again after a newer one must not bring back older states.
    sources = run_day.sources if run >= post.run and run_day.sources else post.sources
    unfinished = _unfinished(state, post)
    day = _read_day(
        settings, post, listed=run_day.papers or post.papers, sources=sources, is_partial=bool(unfinished)
    )
    if _would_empty(post, day):
        return post
    after = msgspec.structs.replace(
        _write_day(settings, day, post, posts, writer, run=run),
        status="partial" if unfinished else "published",
        run=max(run, post.run),
        unfinished=unfinished,
    )
    if after != post:
        table.put_post(after)
    return after


def _would_empty(post: Post, day: Day) -> bool:
    """Whether a good post would become empty while a source is missing."""
    if day.papers or not post.rows or _all_measured(day.sources):
        return False
    logger.error("kept a good post from becoming empty", extra={"date": day.date})
    return True


def _write_day(
    settings: Settings, day: Day, post: Post, posts: dict[str, Post], writer: _Writer, *, run: str
) -> Post:
    """Write a day's objects; its post with what they show, which `run` has changed if anything did."""
    objects = site.day_objects(settings, day, **_neighbours(day.date, posts))
    writer.write(site.assets() | site.about_objects(settings))
    writer.write(objects)
    digests = {key: content.digest for key, content in objects.items()}
    return msgspec.structs.replace(
        post,
        updated_at=_updated_at(post, run, digests),
        papers=day.listed,
        sources=day.sources,
        rows=day.rows(),
        filters=filters.digest(settings.filters),
        objects=digests,
    )


def _refilter_days(settings: Settings, run: str, posts: dict[str, Post], writer: _Writer) -> None:
    """The days whose papers were marked by other filters than there are now."""
    for post in filter_pages.outdated(settings, _visible(posts)):
        day = _stored_day(settings, post)
        if not _would_empty(post, day):
            posts[post.date] = _write_day(settings, day, post, posts, writer, run=run)
            table.put_post(posts[post.date])


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


def _all_measured(sources: dict[str, SourceState]) -> bool:
    return all(source.state != "unavailable" and not source.capped for source in sources.values())


def _read_day(
    settings: Settings, post: Post, *, listed: int, sources: dict[str, SourceState], is_partial: bool
) -> Day:
    papers = table.papers(post.date, least_score=settings.paper_score_threshold)
    return Day(
        date=post.date,
        published_at=post.published_at,
        listed=listed,
        is_partial=is_partial,
        sources=sources,
        papers=moved(
            hot_papers(settings, papers),
            published_at=post.published_at,
            threshold=settings.paper_score_threshold,
        ),
    )


def _stored_day(settings: Settings, post: Post) -> Day:
    """A published day as it stands."""
    return _read_day(
        settings, post, listed=post.papers, sources=post.sources, is_partial=post.status == "partial"
    )


def _visible(posts: dict[str, Post]) -> list[Post]:
    """The posts that may be linked, newest first."""
    return sorted(
        (post for post in posts.values() if post.status != "publishing"),
        key=lambda post: post.date,
        reverse=True,
    )


def _neighbours(day: str, posts: dict[str, Post]) -> dict[str, str]:
    dates = [post.date for post in _visible(posts)]
    return {
        "older": max((one for one in dates if one < day), default=""),
        "newer": min((one for one in dates if one > day), default=""),
    }


def _publish_neighbours(settings: Settings, done: list[str], posts: dict[str, Post], writer: _Writer) -> None:
    """The pages before and after a day that is new: their links lead to it now. Days of the same run, too:
    each was written before there was the next.
    """
    near = {date for day in done for date in _neighbours(day, posts).values() if date}
    for date_ in sorted(near):
        post = posts[date_]
        day = _stored_day(settings, post)
        objects = site.day_objects(settings, day, **_neighbours(date_, posts))
        page = f"{date_}.html"
        if objects[page].digest == post.objects.get(page):
            continue
        writer.write({page: objects[page]})
        posts[date_] = msgspec.structs.replace(
            post,
            rows=day.rows(),
            filters=filters.digest(settings.filters),
            objects=post.objects | {page: objects[page].digest},
        )
        table.put_post(posts[date_])


def _publish_index(settings: Settings, posts: dict[str, Post], writer: _Writer) -> None:
    visible = _visible(posts)
    writer.write(site.index_objects(settings, _stored_day(settings, visible[0]), visible))


def _publish_status(
    settings: Settings, announcements: list[Announcement], posts: dict[str, Post], writer: _Writer
) -> None:
    runs = table.recent_runs(_RUNS)
    read = reads.stored(reads.key(runs[0].run.id[:7]))
    told = status(settings, runs, announcements, posts, read)
    writer.write(site.assets())
    writer.write(site.status_objects(settings, told, has_posts=bool(_visible(posts))))
