"""What a page makes a browser load before anybody clicks, and the words that are its purpose."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from msgspec import Struct

# By element, the attribute that is loaded.
_LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src", "object": "data"}
# Of links, those that are loaded.
_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}
# Elements whose text nobody reads on the page; `annotation` has a formula as TeX.
_UNSEEN = {"head", "script", "style", "template", "noscript", "annotation"}
_IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)["']?(?!data:)([^"')\s]+)""")


class Loads(Struct, frozen=True, kw_only=True):
    """A `document`, the `assets` that it loads by key, those scripts that hold it up, and its words."""

    document: bytes
    assets: dict[str, bytes]
    blocking: tuple[str, ...]
    words: str


class _Page(HTMLParser):
    """`loaded` are addresses in their order, `blocking` those of scripts that hold up what follows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.blocking: list[str] = []
        self.words: list[str] = []
        self._unseen: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _UNSEEN:
            self._unseen.append(tag)
        address = values.get(_LOADED.get(tag, ""), "")
        if tag == "link" and _RELATIONS.intersection(values.get("rel", "").lower().split()):
            address = values.get("href", "")
        if address:
            self.loaded.append(address)
        waits = not values.keys() & {"defer", "async"} and values.get("type") != "module"
        if tag == "script" and address and waits:
            self.blocking.append(address)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words += data.split()


def loads(objects: Mapping[str, bytes], key: str) -> Loads:
    """What a page of a site loads; raises KeyError where that is not in the site."""
    page = _Page(objects[key].decode())
    assets: dict[str, bytes] = {}
    wanted = [posixpath.normpath(posixpath.join(posixpath.dirname(key), one)) for one in page.loaded]
    while wanted:
        name = wanted.pop()
        assets[name] = objects[name]
        if name.endswith(".css"):
            found = _IN_STYLES.findall(objects[name].decode())
            wanted += [posixpath.normpath(posixpath.join(posixpath.dirname(name), one)) for one in found]
            wanted = [one for one in wanted if one not in assets]
    return Loads(
        document=objects[key], assets=assets, blocking=tuple(page.blocking), words=" ".join(page.words)
    )
