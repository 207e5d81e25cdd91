"""The site as data: days in, {key: object} out. Nothing here reads or writes anything.

Keys are flat, so that they work on a CDN, a bucket website and a plain static server alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from functions.render import export, groups, markdown, mathml, pages, public, search, year_chart
from functions.render.day import Day
from functions.render.groups import Placed
from functions.render.objects import SHORTEST, Objects, made, paper_key, post_key
from functions.render.status import Status
from shared.filters import Filter
from shared.settings import Settings
from shared.shelf import Shelf
from shared.table import Post

# What a day's data looks like; docs/api.md promises it.
_SCHEMA = Path(__file__).parent / "schema" / "day.schema.json"
# So many of the latest posts are on the pages of filters.
FILTER_POSTS = 30
# So many characters describe a page.
_DESCRIPTION = 200
# So many days before the latest are linked from the front page, and so many papers of a year ago shown.
_BEFORE, _YEAR_AGO = 7, 3
# So many papers of a month are first in their category.
_FIRST = 5


def fixed_objects(settings: Settings) -> Objects:
    """What every page loads or leads to, and what nothing but the settings changes."""
    path = urlsplit(settings.site_url).path.rstrip("/")
    title = settings.site_title
    return pages.assets() | {
        "about.html": _page(settings, "about.html", title=f"How papers are chosen – {title}"),
        # Shown at any address, so it leads from the root of the host.
        "404.html": _page(settings, "404.html", title=f"Not here – {title}", root=f"{path}/"),
        "schema/day.json": made(".json", _SCHEMA.read_bytes()),
        "robots.txt": made(
            "robots.txt",
            f"User-agent: *\nAllow: /\nSitemap: {settings.site_url}/sitemap.xml\n".encode(),
        ),
    }


def day_objects(settings: Settings, day: Day, *, older: str, newer: str) -> Objects:
    """The post of a day, its data and its page, with the dates of the posts before and after ("": none)."""
    return {
        post_key(day.date): made(".md", markdown.post(settings, day).encode()),
        f"{day.date}.json": made(".json", public.day_json(settings, day)),
    } | day_page(settings, day, older=older, newer=newer)


def day_page(settings: Settings, day: Day, *, older: str, newer: str) -> Objects:
    """The page of a day."""
    title = f"{pages.long_day(day.date)} – {settings.site_title}"
    shown = {"older": older, "newer": newer, "description": _first_titles(day)}
    return {f"{day.date}.html": _page(settings, "day.html", title=title, day=day, **shown)}


def paper_objects(settings: Settings, day: Day) -> Objects:
    """A page for each hot paper of a day."""
    return {
        paper_key(hot.paper.id): _page(
            settings,
            "paper.html",
            root="../",
            day=day,
            hot=hot,
            title=f"{mathml.text(hot.paper.title)} – {settings.site_title}",
            description=_beginning(mathml.text(hot.paper.abstract) or settings.site_description),
        )
        for hot in day.papers
    }


def index_objects(settings: Settings, latest: Day, shelf: Shelf, year_ago: Post | None = None) -> Objects:
    """The front page: the latest post, the days before it, and what was first a year ago."""
    before = [date for date in sorted(shelf.days, reverse=True) if date < latest.date][:_BEFORE]
    shown = {
        "day": latest,
        "before": before,
        "description": _first_titles(latest),
        "then": year_ago.date if year_ago else "",
        "placed": groups.placed([year_ago])[:_YEAR_AGO] if year_ago else [],
    }
    return {"index.html": _page(settings, "index.html", title=settings.site_title, **shown)}


def _first_titles(day: Day) -> str:
    """A day in a sentence, for search engines and whoever is sent its address."""
    titles = "; ".join(mathml.text(hot.paper.title) for hot in day.papers[:3])
    return titles or "No paper of this announcement reached the threshold."


def _beginning(text: str) -> str:
    words = text[:_DESCRIPTION].split(" ")
    return text if len(text) <= _DESCRIPTION else " ".join(words[:-1]) + " …"


def archive_objects(settings: Settings, year: str, shelf: Shelf) -> Objects:
    """A year as a calendar; the newest year at the plain address, too, and with all categories."""
    years = sorted({date[:4] for date in shelf.days}, reverse=True)
    days = {date: (day.total, day.papers) for date, day in shelf.days.items()}
    shown: dict[str, Any] = {
        "year": year,
        "years": years,
        "months": groups.calendar(year, days),
        "attention": year_chart.attention(year, shelf.days),
        "by_month": year_chart.categories(year, shelf.days),
        "categories": sorted(shelf.categories) if year == years[0] else [],
        "title": f"Archive {year} – {settings.site_title}",
    }
    objects = {f"archive/{year}.html": _page(settings, "archive.html", root="../", **shown)}
    if year == years[0]:
        objects["archive.html"] = _page(settings, "archive.html", **shown)
    return objects


def category_objects(
    settings: Settings, code: str, month: str, posts: Iterable[Post], shelf: Shelf
) -> Objects:
    """A category's hot papers of a month, out of the month's posts; the newest at the plain address, too."""
    months = shelf.categories[code]
    older, _ = groups.neighbours(month, months)
    placed = groups.of_category(posts, code)
    shown: dict[str, Any] = {
        "code": code,
        "month": month,
        "older": older,
        # Of a few papers the best are seen without being told.
        "first": groups.top(placed, _FIRST) if len(placed) > 2 * _FIRST else [],
        "days": groups.by_day(placed),
        "title": f"{code}, {pages.month_name(month)} – {settings.site_title}",
    }
    key = f"category/{code}/{month}.html"
    objects = {key: _page(settings, "category.html", root="../../", is_newest=False, **shown)}
    if month == months[-1]:
        plain = _page(settings, "category.html", root="../", is_newest=True, **shown)
        objects[f"category/{code}.html"] = plain
    return objects


def week_objects(settings: Settings, week: str, posts: Sequence[Post], shelf: Shelf) -> Objects:
    """The papers of a week, by score."""
    monday, friday = groups.week_days(week)
    older, _ = groups.neighbours(week, {groups.week(date) for date in shelf.days})
    return {
        f"week/{week}.html": _ranking(
            settings,
            groups.top(groups.placed(posts)),
            heading=f"Week {week[6:].lstrip('0')} of {week[:4]}",
            under=f"{monday} to {max([friday, *(post.date for post in posts)])}",
            near=[(f"week/{older}.html", "← the week before")] if older else [],
        )
    }


def month_objects(settings: Settings, month: str, posts: Iterable[Post], shelf: Shelf) -> Objects:
    """The papers of a month, by score."""
    older, _ = groups.neighbours(month, {groups.month(date) for date in shelf.days})
    weeks = sorted({groups.week(date) for date in shelf.days if date.startswith(month)})
    return {
        f"month/{month}.html": _ranking(
            settings,
            groups.top(groups.placed(posts), 100),
            heading=pages.month_name(month),
            near=[
                *([(f"month/{older}.html", f"← {pages.month_name(older)}")] if older else []),
                *((f"week/{week}.html", f"Week {week[6:].lstrip('0')}") for week in weeks),
                (export.month_key(month), "Data"),
            ],
        )
    }


def top_objects(settings: Settings, shelf: Shelf) -> Objects:
    """The highest scores ever."""
    newest = max(shelf.days)
    return {
        "top.html": _ranking(
            settings,
            groups.top(Placed(one.date, one.rank, one.row) for one in shelf.top),
            root="",
            heading="The most talked-about papers",
            near=[
                (f"week/{groups.week(newest)}.html", "This week"),
                (f"month/{newest[:7]}.html", pages.month_name(newest[:7])),
            ],
        )
    }


def _ranking(
    settings: Settings,
    placed: Sequence[Placed],
    *,
    heading: str,
    near: list[tuple[str, str]],
    under: str = "",
    root: str = "../",
) -> Any:
    return _page(
        settings,
        "ranking.html",
        root=root,
        placed=placed,
        heading=heading,
        under=under,
        near=near,
        title=f"{heading} – {settings.site_title}",
    )


def filter_objects(settings: Settings, one: Filter, posts: Sequence[Post]) -> Objects:
    """The page of a filter: its papers among the latest posts. `posts` are newest first."""
    found = [each for each in groups.placed(posts[:FILTER_POSTS]) if one.slug in each.row.filters]
    title = f"{one.name} – {settings.site_title}"
    return {
        f"filter/{one.slug}.html": _page(
            settings, "filter.html", root="../", one=one, days=groups.by_day(found), title=title
        )
    }


def search_objects(settings: Settings, shelf: Shelf) -> Objects:
    """The search page, and which months there are."""
    counts: dict[str, int] = {}
    for date, day in shelf.days.items():
        counts[groups.month(date)] = counts.get(groups.month(date), 0) + day.papers
    return {
        search.INDEX: made(".json", search.months(counts)),
        "search.html": _page(settings, "search.html", title=f"Search – {settings.site_title}"),
    }


def sitemap_objects(settings: Settings, shelf: Shelf) -> Objects:
    """The pages that a search engine should know; papers it finds from their days."""
    keys = ["index.html", "archive.html", "top.html", "about.html"]
    keys += [f"{date}.html" for date in sorted(shelf.days, reverse=True)]
    keys += [f"category/{code}.html" for code in sorted(shelf.categories)]
    urls = "".join(f"<url><loc>{escape(f'{settings.site_url}/{key}')}</loc></url>\n" for key in keys)
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )
    return {"sitemap.xml": made("sitemap.xml", body.encode())}


def status_objects(settings: Settings, status: Status, *, has_posts: bool) -> Objects:
    """How the service is, for people and for programs; the only objects that tell ages.

    Before there is a post, they stand alone and link to nothing.
    """
    title = f"Status – {settings.site_title}"
    page = pages.render(settings, "status.html", status=status, title=title, has_posts=has_posts)
    data = msgspec.json.format(msgspec.json.encode(status), indent=1) + b"\n"
    return {
        "status.json": made("status.json", data, cache_control=SHORTEST),
        "status.html": made("status.html", page, cache_control=SHORTEST),
    }


def _page(settings: Settings, template: str, **values: Any) -> Any:
    return made(".html", pages.render(settings, template, **values))
