"""The site as data: days in, {key: object} out. Nothing here reads or writes anything.

Keys are flat, so that they work on a CDN, a bucket website and a plain static server alike. Objects come
in the order in which they may be written: what is linked before what links to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from functions.render import embed, markdown, public
from functions.render.day import Day, HotPaper, missing
from functions.render.status import Status
from shared import clock
from shared.filters import Filter
from shared.paper import SOURCE_LABELS
from shared.settings import Settings
from shared.table import Post, PostRow

# So many posts are in the feed, and on the pages and in the feeds of filters.
FEED_POSTS = 30

_TEMPLATES = Path(__file__).parent / "templates"
# Control characters, halves of characters, and marks that reorder the text around them: none of it is
# allowed in XML or fit for a page.
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
# Pages change while a post lives, the status every hour; what has its content in its name never does.
_SHORT = "public, max-age=300"
_SHORTEST = "public, max-age=60"
# What is added up of each source, in words.
_WHAT_COUNTS = {
    "x": "reposts and likes",
    "bluesky": "reposts and likes",
    "hackernews": "points",
    "huggingface": "upvotes",
}
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


class SiteObject(Struct, frozen=True):
    """What is to lie in the bucket under one key."""

    body: bytes
    content_type: str
    cache_control: str

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


Objects = dict[str, SiteObject]


def post_key(date: str) -> str:
    """The key of a day's Markdown post."""
    return f"posts/{date}---Hot-Papers.md"


def assets() -> Objects:
    """What pages load: one stylesheet."""
    return dict([_asset("style.css")])


def about_objects(settings: Settings) -> Objects:
    """The rule in plain words, with the numbers of the settings."""
    page = _render(settings, "about.html", title=f"How papers are chosen – {settings.site_title}")
    return {"about.html": _object(".html", page)}


def day_objects(settings: Settings, day: Day, *, older: str, newer: str) -> Objects:
    """The post of a day, its data and its page, with the dates of the posts before and after ("": none)."""
    page = _render(settings, "day.html", day=day, older=older, newer=newer, title=_title(settings, day.date))
    return {
        post_key(day.date): _object(".md", markdown.post(settings, day).encode()),
        f"{day.date}.json": _object(".json", public.day_json(settings, day)),
        f"{day.date}.html": _object(".html", page),
    }


def index_objects(settings: Settings, latest: Day, posts: list[Post]) -> Objects:
    """The front page with the latest post and the archive, and the feed. `posts` are newest first."""
    updated = max((post.updated_at for post in posts), default="")
    return {
        "index.html": _object(
            ".html", _render(settings, "index.html", day=latest, posts=posts, title=settings.site_title)
        ),
        "feed.xml": _object(".xml", _render(settings, "feed.xml", posts=posts[:FEED_POSTS], updated=updated)),
    }


def filter_keys(slug: str) -> tuple[str, str]:
    """The keys of a filter's feed and page, which leads to it."""
    return f"filter/{slug}.xml", f"filter/{slug}.html"


def filter_objects(settings: Settings, one: Filter, posts: list[Post]) -> Objects:
    """The feed and the page of a filter: its papers among the latest posts. `posts` are newest first."""
    found: list[tuple[Post, list[tuple[int, PostRow]]]] = []
    for post in posts[:FEED_POSTS]:
        ranked = [(rank, row) for rank, row in enumerate(post.rows, 1) if one.slug in row.filters]
        if ranked:
            found.append((msgspec.structs.replace(post, rows=tuple(row for _, row in ranked)), ranked))
    # Without an entry it is as new as the newest post in which there was none.
    updated = max((post.updated_at for post in [post for post, _ in found] or posts), default="")
    shown: dict[str, Any] = {
        "one": one,
        "days": found,
        "title": f"{one.name} – {settings.site_title}",
        "updated": updated,
    }
    feed, page = filter_keys(one.slug)
    return {
        feed: _object(".xml", _render(settings, "filter.xml", **shown)),
        page: _object(".html", _render(settings, "filter.html", root="../", **shown)),
    }


def status_objects(settings: Settings, status: Status, *, has_posts: bool) -> Objects:
    """How the service is, for people and for programs; the only objects that tell ages.

    Before there is a post, they stand alone and link to nothing.
    """
    title = f"Status of {settings.site_title}"
    return {
        "status.json": _object(
            ".json", msgspec.json.format(msgspec.json.encode(status), indent=1) + b"\n", _SHORTEST
        ),
        "status.html": _object(
            ".html",
            _render(settings, "status.html", status=status, title=title, has_posts=has_posts),
            _SHORTEST,
        ),
    }


def search_objects(settings: Settings, files: Mapping[str, bytes]) -> Objects:
    """The search page after what it loads; `files` are its data by key, in their order (see search.py)."""
    scripts = dict(map(_asset, ("match.js", "search.js")))
    page = _render(settings, "search.html", title=f"Search – {settings.site_title}", scripts=list(scripts))
    return {
        **{key: _object(".json", body) for key, body in files.items()},
        **scripts,
        "search.html": _object(".html", page),
    }


def plain(text: str) -> str:
    """A text from outside without the characters that are not fit to be shown."""
    return _UNSHOWABLE.sub("", text)


def _title(settings: Settings, date: str) -> str:
    return f"{settings.site_title} {date}"


def _object(suffix: str, body: bytes, cache_control: str = _SHORT) -> SiteObject:
    return SiteObject(body, _TYPES[suffix], cache_control)


@cache
def _asset(file: str) -> tuple[str, SiteObject]:
    body = (_TEMPLATES / file).read_bytes()
    stem, suffix = Path(file).stem, Path(file).suffix
    name = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}{suffix}"
    return name, SiteObject(body, _TYPES[suffix], _FOREVER)


@cache
def _environment() -> Environment:
    # Autoescape whatever a template is called: everything it shows came from outside.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Any] = {
        # The one text that is not escaped here: it was, where it was built.
        "mention_html": lambda mention: Markup(_UNSHOWABLE.sub("", embed.text_html(mention))),  # noqa: S704
        "long_date": embed.long_date,
        "minute": lambda text: f"{clock.parse_iso(text):%Y-%m-%d %H:%M} UTC",
        "number": lambda number: f"{number:,}",
        "years": _by_year,
        "feed_content": lambda post: environment.get_template("feed_entry.html").render(post=post),
        "plain": plain,
    }
    environment.filters |= filters
    environment.globals |= {
        "labels": SOURCE_LABELS,
        "what_counts": _WHAT_COUNTS,
        "numbers": _numbers,
        "missing": missing,
    }
    return environment


def _by_year(posts: list[Post]) -> list[tuple[str, list[Post]]]:
    """Posts, newest first, in years."""
    return [(year, list(part)) for year, part in groupby(posts, key=lambda post: post.date[:4])]


def _numbers(day: Day, hot: HotPaper) -> list[tuple[str, str, str]]:
    """What a page says of a paper's attention: (source, text, link), in the order of the sources."""
    shown: list[tuple[str, str, str]] = []
    for source, label in SOURCE_LABELS.items():
        state, counts = day.sources.get(source), hot.of(source)
        if state is None or (not state.ever_measured and state.state == "off"):
            continue
        link = ""
        if not state.ever_measured:
            text = "not measured"
        elif source == "hackernews":
            story = hot.top_story()
            text = f"{counts.points:,} points, {counts.comments:,} comments"
            link = story.url if story else ""
        elif source == "huggingface":
            text = f"{counts.upvotes:,} upvotes"
            link = f"https://huggingface.co/papers/{hot.paper.id}"
        else:
            text = f"{counts.reposts:,} reposts, {counts.likes:,} likes"
        if not counts.engagement and state.state == "measured" and not state.capped:
            continue
        missing = "unavailable" if state.state == "unavailable" else "capped" if state.capped else ""
        shown.append((label, f"{text} ({missing})" if missing and state.ever_measured else text, link))
    return shown


def _render(
    settings: Settings, template: str, *, has_posts: bool = True, root: str = "", **values: object
) -> bytes:
    """A template filled; `root` leads from the page's folder to the site's: "" or "../"."""
    site = settings.site_url.rstrip("/")
    return (
        _environment()
        .get_template(template)
        .render(
            settings=settings,
            site=site,
            style=_asset("style.css")[0],
            has_posts=has_posts,
            root=root,
            **values,
        )
        .encode("utf-8", "replace")
    )
