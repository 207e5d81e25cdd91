"""A reader of the bucket: where its pages, feeds and lists lead, and what of it is not there."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from defusedxml import ElementTree

SITE = "https://hot.example.org"
# Where readers and programs begin.
ROOTS = (
    *("index.html", "404.html", "status.html", "feed.xml", "rss.xml", "feed.json"),
    *("sitemap.xml", "robots.txt"),
)


class Links(HTMLParser):
    """What a page leads to or loads, and whether it has scripts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.scripts: list[str] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "cite", "action"):
                self.links.append(value or "")
            if name == "id":
                self.ids.add(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag == "script":
            self.scripts.append(dict(attrs).get("src") or "")


@cache
def page(body: bytes) -> Links:
    """A page, read once."""
    return Links(body)


def broken_links(bucket: Mapping[str, bytes], site: str = SITE) -> list[tuple[str, str]]:
    """The links of all objects that lead nowhere: to no object, to no part of a page, or not to https."""
    return [
        (key, link) for key in bucket for link in links(bucket, key) if not works(bucket, key, link, site)
    ]


def dead_ends(bucket: Mapping[str, bytes], site: str = SITE) -> list[tuple[str, str]]:
    """The links of all that can be reached that lead to no object.

    Before there is a front page nobody knows of feeds and lists, and the status is all there is.
    """
    todo = [key for key in ROOTS if key in bucket] if "index.html" in bucket else ["status.html"]
    todo = [key for key in todo if key in bucket]
    seen, broken = set(todo), []
    while todo:
        key = todo.pop()
        for link in links(bucket, key):
            target = key_of(key, link, site)
            if target is None or target in seen:
                continue
            seen.add(target)
            if target in bucket:
                todo.append(target)
            else:
                broken.append((key, link))
    return broken


def reachable(bucket: Mapping[str, bytes], site: str = SITE) -> set[str]:
    """All keys that can be reached from the front page."""
    seen, todo = {"index.html"}, ["index.html"]
    while todo:
        key = todo.pop()
        for link in links(bucket, key):
            target = key_of(key, link, site)
            if target and target in bucket and target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def links(bucket: Mapping[str, bytes], key: str) -> list[str]:
    """Where an object leads, as it stands there."""
    return _links(key, bucket[key])


def works(bucket: Mapping[str, bytes], key: str, link: str, site: str) -> bool:
    """Whether a link leads to an object, and to a part of it that is there; or to another site."""
    target = key_of(key, link, site)
    if target is None:
        parts = urlsplit(link)
        return parts.scheme == "https" and bool(parts.netloc)
    fragment = urlsplit(link).fragment
    return target in bucket and (not fragment or fragment in page(bucket[target]).ids)


def key_of(key: str, link: str, site: str) -> str | None:
    """The key that a link of an object leads to; None where it leads to another site."""
    if link.startswith(f"{site}/"):
        return urlsplit(link).path.lstrip("/")
    parts = urlsplit(link)
    if parts.scheme:
        return None
    if parts.path.startswith("/"):
        return parts.path.lstrip("/")
    # A page in a folder leads out of it with `../`.
    return posixpath.normpath(posixpath.join(posixpath.dirname(key), parts.path)) if parts.path else key


@cache
def _links(key: str, body: bytes) -> list[str]:
    if key.endswith(".html"):
        return [*page(body).links, *(["search/index.json"] if key == "search.html" else [])]
    if key.endswith(".xml"):
        return _of_xml(ElementTree.fromstring(body))
    if key.endswith(".json"):
        return _of_json(key, json.loads(body))
    if key == "robots.txt":
        return [line.split(": ")[1] for line in body.decode().splitlines() if line.startswith("Sitemap:")]
    return []


def _of_json(key: str, data: Any) -> list[str]:
    """What the search page makes links of, seen from where its files lie, and the links of a feed."""
    if key == "search/index.json":
        return [f"{name}.json" for name, *_ in data["months"]]
    if key.startswith("search/"):
        return [f"../{date}.html#{paper.replace('/', '-')}" for paper, date, *_ in data["papers"]]
    if "jsonfeed.org" not in data.get("version", ""):
        return []
    return [data["home_page_url"], data["feed_url"], *(item["url"] for item in data["items"])]


def _of_xml(root: Any) -> list[str]:
    """The links of a feed or a sitemap; ids are none."""
    found = []
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name == "link":
            found.append(element.get("href") or element.text or "")
        elif name == "loc":
            found.append(element.text or "")
    return found
