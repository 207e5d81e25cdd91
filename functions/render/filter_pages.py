"""The pages and feeds of the filters in the bucket: which days have to be read again, what comes and goes.

The pages of days link those of filters, and the other way round. So a filter that is new has its page before
any day that readers can reach links it, and one that is gone keeps its page until nothing does.
"""

from __future__ import annotations

from functions.render import site
from functions.render.site import Objects
from shared import aws, filters, table
from shared.settings import Settings
from shared.table import Post, PublishedFilters


def are_behind(settings: Settings, published: PublishedFilters) -> bool:
    """Whether what the bucket has of filters follows another setting, wholly or, after a crash, in part."""
    slugs = {one.slug for one in settings.named_filters}
    return published.digest != filters.digest(settings.filters) or set(published.slugs) != slugs


def outdated(settings: Settings, posts: list[Post]) -> list[Post]:
    """The posts to be read again, as they were marked by other filters: those that filters show, and older
    ones that link a filter which is gone. `posts` are newest first.
    """
    digest = filters.digest(settings.filters)
    slugs = {one.slug for one in settings.named_filters}
    latest = [post for post in posts[: site.FEED_POSTS] if post.filters != digest]
    return latest + [post for post in posts[site.FEED_POSTS :] if not _highlighting(post) <= slugs]


def objects(settings: Settings, posts: list[Post]) -> Objects:
    """The feeds and pages of all filters. `posts` are newest first."""
    made: Objects = {}
    for one in settings.named_filters:
        made |= site.filter_objects(settings, one, posts)
    return made


def missing(settings: Settings, published: PublishedFilters, posts: list[Post]) -> Objects:
    """The objects of filters that are not in the bucket yet. What is to come is remembered first, so that a
    crash leaves nothing behind that nobody knows of.
    """
    slugs = {one.slug for one in settings.named_filters}
    if not slugs <= set(published.slugs):
        both = tuple(sorted(slugs.union(published.slugs)))
        table.put_published_filters(PublishedFilters(slugs=both, digest=published.digest))
    if not posts:
        return {}  # nothing can be reached yet
    return {
        key: content for key, content in objects(settings, posts).items() if aws.object_digest(key) is None
    }


def clear(settings: Settings, published: PublishedFilters, posts: list[Post]) -> None:
    """Delete what belongs to no filter any more, and remember that all follows the setting now."""
    slugs = {one.slug for one in settings.named_filters}
    linked = set().union(*map(_highlighting, posts))
    for slug in sorted(set(published.slugs) - slugs - linked):
        feed, page = site.filter_keys(slug)
        aws.delete_object(page)
        aws.delete_object(feed)
    kept = slugs | (linked & set(published.slugs))
    table.put_published_filters(
        PublishedFilters(slugs=tuple(sorted(kept)), digest=filters.digest(settings.filters))
    )


def _highlighting(post: Post) -> set[str]:
    """The filters that a day's page links."""
    return {slug for row in post.rows for slug in row.highlights}
