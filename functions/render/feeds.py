"""A feed in its three forms: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. The same feed gives the same bytes.

Everything in a feed is taken for hostile: ElementTree and msgspec escape it, and what XML cannot hold is
taken out before. `content` alone is HTML; it was escaped where it was built (feed_content.py).

https://www.rfc-editor.org/rfc/rfc4287, https://www.rssboard.org/rss-specification,
https://www.jsonfeed.org/version/1.1/
"""

from __future__ import annotations

from email.utils import format_datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec
from msgspec import Struct

from functions.render.plain import line, plain
from shared import clock

_ATOM = "http://www.w3.org/2005/Atom"
_GENERATOR = "Hot Papers"
_LANGUAGE = "en"
# Minutes that a reader of RSS may wait before it asks again: nothing changes more often than every hour.
_TTL = "60"


class Entry(Struct, frozen=True):
    """A post in a feed. The times are RFC 3339; `updated_at` moves only when what the post shows did."""

    id: str
    url: str
    title: str
    published_at: str
    updated_at: str
    content: str
    categories: tuple[str, ...] = ()


class Feed(Struct, frozen=True):
    """A feed, its entries newest first. All addresses are absolute; `home` is the page that it belongs to.

    `author` is who publishes it; without one it is the feed's own title.
    """

    id: str
    title: str
    subtitle: str
    home: str
    atom: str
    rss: str
    json: str
    updated_at: str
    entries: tuple[Entry, ...]
    author: str = ""


def feed_id(site_url: str, under: str = "") -> str:
    """What a feed is known by. `under` is `category/cs.LG` or `filter/slug`, or "" for the feed of all."""
    return f"{_root(site_url)}/{under}.xml" if under else f"{_root(site_url)}/"


def entry_id(site_url: str, date: str, under: str = "") -> str:
    """What a day is known by in a feed; each feed has its own, as each shows other papers of the day."""
    return f"{_root(site_url)}/{under}/{date}" if under else f"{_root(site_url)}/{date}.html"


def _root(site_url: str) -> str:
    """The site's address in one form: ids are compared as text (RFC 4287, 4.2.6.1)."""
    scheme, _, rest = site_url.strip().rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}"


def atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    # Names are written with their prefixes: ElementTree's own are invented, or registered for the process.
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": _LANGUAGE})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    if feed.subtitle:
        _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", _rfc3339(feed.updated_at))
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.atom)
    _add(root, "link", rel="alternate", type="text/html", href=feed.home)
    _add(_add(root, "author"), "name", feed.author or feed.title)
    _add(root, "generator", _GENERATOR)
    for entry in feed.entries:
        node = _add(root, "entry")
        _add(node, "id", entry.id)
        _add(node, "title", entry.title)
        _add(node, "link", rel="alternate", type="text/html", href=entry.url)
        _add(node, "published", _rfc3339(entry.published_at))
        _add(node, "updated", _rfc3339(entry.updated_at))
        for category in entry.categories:
            _add(node, "category", term=category)
        _add(node, "content", type="html").text = plain(entry.content)
    return _document(root)


def rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0, with the whole content as `description`: one copy that every reader shows."""
    root = Element("rss", {"version": "2.0", "xmlns:atom": _ATOM})
    channel = _add(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", feed.home)
    _add(channel, "description", feed.subtitle)
    _add(channel, "language", _LANGUAGE)
    _add(channel, "lastBuildDate", _rfc822(feed.updated_at))
    _add(channel, "generator", _GENERATOR)
    _add(channel, "ttl", _TTL)
    _add(channel, "atom:link", rel="self", type="application/rss+xml", href=feed.rss)
    for entry in feed.entries:
        node = _add(channel, "item")
        _add(node, "guid", entry.id, isPermaLink="false")
        _add(node, "title", entry.title)
        _add(node, "link", entry.url)
        _add(node, "pubDate", _rfc822(entry.published_at))
        for category in entry.categories:
            _add(node, "category", category)
        _add(node, "description").text = plain(entry.content)
    return _document(root)


class _Author(Struct, frozen=True):
    name: str


class _Item(Struct, frozen=True, omit_defaults=True):
    id: str
    url: str
    title: str
    content_html: str
    date_published: str
    date_modified: str
    tags: tuple[str, ...] = ()


class _JsonFeed(Struct, frozen=True):
    version: str
    title: str
    home_page_url: str
    feed_url: str
    description: str
    language: str
    authors: tuple[_Author, ...]
    items: tuple[_Item, ...]


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    document = _JsonFeed(
        version="https://jsonfeed.org/version/1.1",
        title=line(feed.title),
        home_page_url=line(feed.home),
        feed_url=line(feed.json),
        description=line(feed.subtitle),
        language=_LANGUAGE,
        authors=(_Author(line(feed.author or feed.title)),),
        items=tuple(
            _Item(
                id=line(entry.id),
                url=line(entry.url),
                title=line(entry.title),
                content_html=plain(entry.content),
                date_published=_rfc3339(entry.published_at),
                date_modified=_rfc3339(entry.updated_at),
                tags=tuple(map(line, entry.categories)),
            )
            for entry in feed.entries
        ),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = SubElement(parent, tag, {name: line(value) for name, value in attributes.items()})
    child.text = None if text is None else line(text)
    return child


def _document(root: Element) -> bytes:
    indent(root, space="")
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _rfc3339(moment: str) -> str:
    return clock.iso(clock.parse_iso(moment))


def _rfc822(moment: str) -> str:
    """As RSS wants it, with a year of four digits: Sat, 19 Jun 2021 07:55:00 GMT."""
    return format_datetime(clock.parse_iso(moment), usegmt=True)
