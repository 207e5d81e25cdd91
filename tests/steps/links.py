"""Every address that a site gives: in pages, stylesheets, feeds, the sitemap, robots.txt and JSON."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from defusedxml import ElementTree

ATOM = "{http://www.w3.org/2005/Atom}"
SITES = ("http://localhost:8000", "http://hot.example.org", "https://hot.example.org")
"""What tests have as SITE_URL, the default first: an address that begins so is the site's own."""
ENTRANCE = "index.html"
ROOTS = (ENTRANCE, "404.html", "status.html", "feed.xml", "rss.xml", "feed.json", "sitemap.xml", "robots.txt")
"""Where readers and programs begin."""

# So many objects are read once and remembered.
_READ = 4096
_ADDRESSES = ("href", "src", "cite", "action", "formaction", "poster", "data")
# Where feeds, lists of feeds and the sitemap have addresses: as attributes and as texts.
_XML_ATTRIBUTES = ("href", "url", "xmlUrl", "htmlUrl", "src")
_XML_TEXTS = ("loc", "link", "guid", "url", "uri", "comments", "docs", "icon", "logo")
# Names in JSON whose values are addresses; what else is text may look like one and lead nowhere.
_JSON_NAMES = re.compile(r"(^|_)(url|href|src|link|abs|pdf|code|project|icon|favicon|avatar)$")


class Link(NamedTuple):
    """An element's address, and what the element says of it."""

    tag: str
    address: str
    attrs: dict[str, str]


class Links(HTMLParser):
    """What a page leads to or loads, the names of its parts, and whether it has scripts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[Link] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.feed(page.decode())
        self.close()

    @property
    def scripts(self) -> list[str]:
        """Where its scripts are, and "" for each that stands in it."""
        found = [link.address for link in self.found if link.tag == "script"]
        return found + [""] * (self.tags.count("script") - len(found))

    @property
    def links(self) -> list[str]:
        """All addresses, in order."""
        return [link.address for link in self.found]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.handlers += [name for name in values if name.startswith("on")]
        self.ids |= {values["id"]} if "id" in values else set()
        addresses = [values[name] for name in _ADDRESSES if name in values]
        addresses += [part.split()[0] for part in values.get("srcset", "").split(",") if part.strip()]
        if tag == "meta" and re.search(r"(url|image)$", values.get("property", values.get("name", ""))):
            addresses.append(values.get("content", ""))
        self.found += [Link(tag, address, values) for address in addresses]


def own(link: str, key: str) -> tuple[str, str] | None:
    """The key and the fragment that a link in the object `key` leads to; None when that is another site."""
    parts = urlsplit(link)
    for site in SITES:
        if link == site or link.startswith((f"{site}/", f"{site}?", f"{site}#")):
            parts = urlsplit(link[len(site) :] or "/")
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    # A page in a folder leads out of it with `../`.
    target = posixpath.normpath(posixpath.join("/", posixpath.dirname(key), path)) if path else f"/{key}"
    folder = target == "/" or path.endswith("/")
    return (posixpath.join(target, ENTRANCE) if folder else target).lstrip("/"), unquote(parts.fragment)


@lru_cache(_READ)
def page(body: bytes) -> Links:
    """A page, read once."""
    return Links(body)


def parsed(bucket: Mapping[str, bytes]) -> dict[str, Links]:
    """All pages by key."""
    return {key: page(body) for key, body in bucket.items() if key.endswith(".html")}


def given(bucket: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """Each address that an object gives, with the object's key."""
    for key, body in bucket.items():
        yield from ((key, address) for address in _of_object(key, body))


@lru_cache(_READ)
def _of_object(key: str, body: bytes) -> tuple[str, ...]:
    return tuple(_found(key, body))


def _found(key: str, body: bytes) -> Iterator[str]:
    suffix = key.rpartition(".")[2]
    if suffix == "html":
        yield from page(body).links
        if key == "search.html":
            yield "search/index.json"
    elif key.startswith("search/"):
        yield from _of_search(json.loads(body))
    elif suffix == "css":
        yield from re.findall(r"""(?:url\(|@import )\s*["']?([^"')]+)""", body.decode())
    elif suffix in ("xml", "opml", "rss", "atom", "svg"):
        yield from _of_xml(body)
    elif suffix in ("json", "webmanifest"):
        yield from _of_json(json.loads(body))
    elif key == "robots.txt":
        yield from re.findall(r"(?im)^sitemap:\s*(\S+)", body.decode())


def _of_xml(body: bytes) -> Iterator[str]:
    for element in ElementTree.fromstring(body).iter():
        name = element.tag.rpartition("}")[2]
        yield from (element.attrib[each] for each in _XML_ATTRIBUTES if each in element.attrib)
        text = (element.text or "").strip()
        if name in _XML_TEXTS and text and element.get("isPermaLink") != "false":
            yield text
        if (name == "content" and element.get("type") == "html") or name in ("encoded", "description"):
            yield from _in_text(text)


def _of_json(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _of_json(each, inner)
    elif isinstance(value, list):
        for each in value:
            yield from _of_json(each, name)
    elif isinstance(value, str) and name == "content_html":
        yield from _in_text(value)
    elif name == "id":
        return  # a name, also where it looks like an address
    elif isinstance(value, str) and value and (_JSON_NAMES.search(name) or value.startswith(SITES)):
        yield value


def _of_search(data: Any) -> Iterator[str]:
    """What the search page loads, and makes links of, seen from where its files lie."""
    for month, _ in data.get("months", []):
        yield f"{month}.json"
    for paper, day, _, _, categories, _ in data.get("papers", []):
        yield f"../{day}.html#{paper.replace('/', '-')}"
        yield from (f"../category/{code}.html" for code in categories)


def _in_text(text: str) -> Iterator[str]:
    """The links in a feed's HTML; one that is not whole is told as it is, since a reader cannot follow it."""
    for link in Links(text.encode()).links:
        yield link if urlsplit(link).scheme else f"relative:{link}"


def broken_links(bucket: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """The addresses that lead nowhere: to no object, to no part of a page, or elsewhere without https."""
    pages = parsed(bucket)
    broken = []
    for key, link in given(bucket):
        target = own(link, key)
        if target is None:
            parts = urlsplit(link)
            works = parts.scheme == "https" and bool(parts.netloc)
        else:
            part_of = pages.get(target[0])
            works = target[0] in bucket and (not target[1] or bool(part_of and target[1] in part_of.ids))
        if not works:
            broken.append((key, link))
    return broken


def dead_ends(bucket: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """What all that can be reached leads to and does not exist: where the link is, and the missing key.

    Before there is a front page nobody knows of feeds and lists, and the status is all there is.
    """
    roots = ROOTS if ENTRANCE in bucket else ("status.html",)
    waiting = [key for key in roots if key in bucket]
    seen, dead = set(waiting), []
    while waiting:
        key = waiting.pop()
        for target in _targets(key, bucket[key]) - seen:
            seen.add(target)
            if target in bucket:
                waiting.append(target)
            else:
                dead.append((key, target))
    return dead


@lru_cache(_READ)
def _targets(key: str, body: bytes) -> frozenset[str]:
    """The keys of the site's own objects that an object leads to."""
    found = (own(address, key) for address in _of_object(key, body))
    return frozenset(target[0] for target in found if target is not None)


def reachable(bucket: Mapping[str, bytes], entrance: str = ENTRANCE) -> set[str]:
    """The pages that a reader gets to by links, from the entrance on."""
    pages = parsed(bucket)
    found, waiting = {entrance}, [entrance]
    while waiting:
        key = waiting.pop()
        for link in pages[key].found:
            target = own(link.address, key) if link.tag == "a" else None
            if target and target[0] in pages and target[0] not in found:
                found.add(target[0])
                waiting.append(target[0])
    return found
