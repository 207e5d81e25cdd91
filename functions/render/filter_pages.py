"""The filters' pages in the bucket: whether they follow the setting, which days are behind, what is to go.

The pages of days link those of filters, and the other way round. So one that is gone keeps its page until
nothing does.
"""

from __future__ import annotations

from msgspec.structs import replace

from functions.render.objects import feed_keys
from functions.render.site import FILTER_POSTS
from functions.render.writer import Writer
from shared import filters, table
from shared.settings import Settings
from shared.table import Post, PublishedFilters

# What a post, and the note of what is published, says of its setting while another is being applied. After a
# crash in between, whatever setting comes next is applied to all of it.
_CHANGING = "changing"


def are_behind(settings: Settings, published: PublishedFilters) -> bool:
    """Whether what the bucket has of filters follows another setting, wholly or, after a crash, in part."""
    return published.digest != filters.digest(settings.filters) or set(published.slugs) != _slugs(settings)


def outdated(settings: Settings, posts: list[Post]) -> list[Post]:
    """The posts to be read again, as they were marked by other filters: those that filters show, and older
    ones that link a filter which is gone. `posts` are newest first.
    """
    digest = filters.digest(settings.filters)
    latest = [post for post in posts[:FILTER_POSTS] if post.filters != digest]
    return latest + [
        post
        for post in posts[FILTER_POSTS:]
        if post.filters == _CHANGING or not _highlighting(post) <= _slugs(settings)
    ]


def remember(settings: Settings, published: PublishedFilters, posts: list[Post]) -> None:
    """Note what is to come before it comes, so that a crash leaves nothing behind that nobody knows of.

    `posts` are the outdated ones, as the table has them.
    """
    both = tuple(sorted(_slugs(settings).union(published.slugs)))
    table.put_published_filters(PublishedFilters(slugs=both, digest=_CHANGING))
    for post in posts:
        table.put_post(replace(post, filters=_CHANGING))


def clear(settings: Settings, published: PublishedFilters, posts: list[Post], writer: Writer) -> None:
    """Delete what belongs to no filter any more, and remember that all follows the setting now."""
    linked = set().union(*map(_highlighting, posts))
    for slug in sorted(set(published.slugs) - _slugs(settings) - linked):
        writer.delete((f"filter/{slug}.html", *feed_keys(f"filter/{slug}")))
    kept = _slugs(settings) | (linked & set(published.slugs))
    table.put_published_filters(
        PublishedFilters(slugs=tuple(sorted(kept)), digest=filters.digest(settings.filters))
    )


def _slugs(settings: Settings) -> set[str]:
    return {one.slug for one in settings.named_filters}


def _highlighting(post: Post) -> set[str]:
    """The filters that a day's page links."""
    return {slug for row in post.rows for slug in row.highlights}
