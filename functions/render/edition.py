"""What a publication has to write: everything that some days, new or changed, stand on. Pure.

How much that is depends on those days alone, not on how many there were before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from functions.render import export, feeds, groups, search, site
from functions.render.day import Day, HotPaper
from functions.render.feed_content import Contents
from functions.render.objects import ATOM, JSON_FEED, RSS, Objects, feed_keys, made
from shared.settings import Settings
from shared.shelf import Shelf
from shared.table import Post

# So many posts are in each feed, with all that they show.
FEED_POSTS = 10
# What the stems of feeds begin with.
_CATEGORY, _FILTER = "category/", "filter/"


class Edition(Struct, frozen=True, kw_only=True):
    """What is published together.

    `days` are published, as the objects `written` of each, with what stood in their posts `before`, and the
    papers that have `left` them; `posts` are all posts at hand as they are now, by date: at least those of
    the days' months and weeks, those of `category_pages`, the latest, and that of a year before it.
    `shelf_before` is the shelf without the days. `recent` are the latest days, the newest first, for the
    front page and the feeds; `entries` and `exports` are what the files of the days' months are made of, by
    date; `contents` is what feeds tell of the days and the latest, by date.
    """

    days: Mapping[str, Day]
    written: Mapping[str, Objects]
    before: Mapping[str, Post]
    left: Mapping[str, tuple[HotPaper, ...]]
    posts: Mapping[str, Post]
    shelf_before: Shelf
    shelf: Shelf
    recent: tuple[Day, ...]
    entries: Mapping[str, tuple[search.Entry, ...]]
    exports: Mapping[str, tuple[export.Piece, ...]]
    contents: Mapping[str, Contents]


def objects(settings: Settings, edition: Edition) -> Objects:
    """All objects of a publication but the status."""
    shelf = edition.shelf
    found: Objects = site.fixed_objects(settings)
    for date, day in sorted(edition.days.items()):
        found |= edition.written[date]
        # In this order, for a paper that has left a day and stands in a later one.
        found |= site.paper_objects(settings, replace(day, papers=edition.left.get(date, ())))
        found |= site.paper_objects(settings, day)
    found |= _over_days(settings, edition)
    visible = sorted(
        (post for date, post in edition.posts.items() if date in shelf.days),
        key=lambda post: post.date,
        reverse=True,
    )
    for one in settings.named_filters:
        found |= site.filter_objects(settings, one, visible)
        found |= _feed(settings, edition, f"{_FILTER}{one.slug}", one.name)
    found |= site.top_objects(settings, shelf)
    found |= site.search_objects(settings, shelf)
    found |= site.sitemap_objects(settings, shelf)
    found |= _feed(settings, edition, "", "")
    latest = edition.recent[0]
    year_ago = edition.posts.get(groups.year_before(latest.date, shelf.days))
    return found | site.index_objects(settings, latest, shelf, year_ago)


def _over_days(settings: Settings, edition: Edition) -> Objects:
    """The pages over weeks, months and years that the days are in, and those of their categories."""
    shelf, found = edition.shelf, Objects()
    for week in sorted({groups.week(date) for date in edition.days}):
        found |= site.week_objects(settings, week, _of(edition, groups.week, week), shelf)
    for month in sorted({groups.month(date) for date in edition.days}):
        posts = _of(edition, groups.month, month)
        found |= site.month_objects(settings, month, posts, shelf)
        entries = chain.from_iterable(edition.entries.get(post.date, ()) for post in posts)
        found[search.month_key(month)] = made(".json", search.month(list(entries)))
        exports = {post.date: edition.exports.get(post.date, ()) for post in posts}
        found[export.month_key(month)] = made(".gz", export.month(exports))
    pages = category_pages(edition.days, edition.before, edition.shelf_before, shelf)
    for month, codes in sorted(pages.items()):
        posts = _of(edition, groups.month, month)
        for code in sorted(codes):
            found |= site.category_objects(settings, code, month, posts, shelf)
    for code in sorted(set().union(*pages.values())):
        found |= _feed(settings, edition, f"{_CATEGORY}{code}", code)
    for year in sorted(_archive_years(edition)):
        found |= site.archive_objects(settings, year, shelf)
    return found


def category_pages(
    days: Mapping[str, Day], before: Mapping[str, Post], shelf_before: Shelf, shelf: Shelf
) -> dict[str, set[str]]:
    """By month, the categories whose pages change: those that papers of the days have, or had before.

    Where a category has a month more, so does its page of the month after, which leads to it.
    """
    found: dict[str, set[str]] = {}
    for date, day in days.items():
        codes = {code for hot in day.papers for code in hot.paper.categories}
        codes |= {code for row in before[date].rows for code in row.categories}
        month = groups.month(date)
        for code in codes:
            months = shelf.categories.get(code, ())
            if month in months:
                found.setdefault(month, set()).add(code)
            _, newer = groups.neighbours(month, months)
            if newer and month not in shelf_before.categories.get(code, ()):
                found.setdefault(newer, set()).add(code)
    return found


def _archive_years(edition: Edition) -> set[str]:
    """The years whose calendars change: the days', and the newest, which leads to all categories."""
    years = {date[:4] for date in edition.shelf.days}
    # Each leads to all others.
    if years != {date[:4] for date in edition.shelf_before.days}:
        return years
    return {max(years)} | {date[:4] for date in edition.days}


def _of(edition: Edition, part: Callable[[str], str], name: str) -> list[Post]:
    """The posts of a week or month that are published."""
    return [
        post
        for date, post in sorted(edition.posts.items())
        if part(date) == name and date in edition.shelf.days
    ]


def feed_contents(day: Day, contents: Contents) -> dict[str, str]:
    """What each feed that a day stands in tells of it, by the feed's stem."""
    codes = {f"{_CATEGORY}{code}" for hot in day.papers for code in hot.paper.categories}
    slugs = {f"{_FILTER}{slug}" for hot in day.papers for slug in hot.marks.filters}
    return {stem: contents.of(_papers_in(day, stem)) for stem in sorted({"", *codes, *slugs})}


def _papers_in(day: Day, stem: str) -> tuple[HotPaper, ...]:
    """The papers of a day that a feed shows."""
    if stem.startswith(_CATEGORY):
        return tuple(hot for hot in day.papers if stem.removeprefix(_CATEGORY) in hot.paper.categories)
    if stem.startswith(_FILTER):
        return tuple(hot for hot in day.papers if stem.removeprefix(_FILTER) in hot.marks.filters)
    return day.papers


def _feed(settings: Settings, edition: Edition, stem: str, name: str) -> Objects:
    """A feed in its three forms."""
    made_of = feed(settings, edition.recent, edition.posts, edition.contents, stem, name)
    keys = feed_keys(stem)
    return {
        keys[0]: made(keys[0], feeds.atom(made_of), content_type=ATOM),
        keys[1]: made(keys[1], feeds.rss(made_of), content_type=RSS),
        keys[2]: made(keys[2], feeds.json_feed(made_of), content_type=JSON_FEED),
    }


def feed(
    settings: Settings,
    recent: Sequence[Day],
    posts: Mapping[str, Post],
    contents: Mapping[str, Contents],
    stem: str,
    name: str,
) -> feeds.Feed:
    """A feed: the latest days, with the papers that it is about."""
    site_url = settings.site_url
    entries: list[feeds.Entry] = []
    for day in recent[:FEED_POSTS]:
        papers = _papers_in(day, stem)
        if stem and not papers:
            continue
        post = posts[day.date]
        entries.append(
            feeds.Entry(
                id=feeds.entry_id(site_url, day.date, stem),
                url=f"{site_url}/{day.date}.html",
                title=f"{name or settings.site_title} {day.date}",
                published_at=post.published_at,
                updated_at=post.entries[stem].updated_at if stem in post.entries else post.updated_at,
                content=contents[day.date].of(papers),
                categories=_codes(papers),
            )
        )
    keys = feed_keys(stem)
    return feeds.Feed(
        id=feeds.feed_id(site_url, stem),
        title=f"{name} – {settings.site_title}" if name else settings.site_title,
        subtitle=settings.site_notice or settings.site_description,
        home=f"{site_url}/{stem or 'index'}.html",
        atom=f"{site_url}/{keys[0]}",
        rss=f"{site_url}/{keys[1]}",
        json=f"{site_url}/{keys[2]}",
        updated_at=max(
            (entry.updated_at for entry in entries),
            default=max((posts[day.date].updated_at for day in recent), default=""),
        ),
        entries=tuple(entries),
    )


def _codes(papers: Iterable[HotPaper]) -> tuple[str, ...]:
    return tuple(sorted({code for hot in papers for code in hot.paper.categories}))
