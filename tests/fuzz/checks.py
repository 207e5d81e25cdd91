"""What must hold of whatever comes of hostile input. Each raises AssertionError."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import msgspec
from defusedxml import ElementTree

from functions.fetch.arxiv.record import Record
from functions.render import pages
from functions.render.plain import UNSHOWABLE
from shared import identifiers
from shared.paper import MESSAGE_VERSION, Counts, Mention, Message, decode_message, encode_message

# Of whatever is counted.
_MOST = 10**15
# Of what an error says: it ends on the status page.
_LONGEST_REASON = 300
_LONGEST_ERROR = 4_000


def told(reason: object) -> None:
    """A reason is short, and can be shown."""
    text = str(reason)
    assert text.isprintable(), ascii(text)
    assert len(text) <= _LONGEST_REASON, len(text)


def short(error: object, before: str = "") -> None:
    """An error for the operator begins with what it is about, and is not as long as what was wrong."""
    text = str(error)
    assert text.startswith(before), ascii(text)
    assert len(text) <= _LONGEST_ERROR, len(text)


def identifier(paper_id: str) -> None:
    """An identifier is one in its one form."""
    assert identifiers.normalise(paper_id) == paper_id, ascii(paper_id)
    assert re.fullmatch(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", paper_id, re.ASCII), ascii(paper_id)
    year, month, _, _ = identifiers.sort_key(paper_id)
    assert 1991 <= year <= 2099, paper_id
    assert 1 <= month <= 12, paper_id


def record(one: Record) -> None:
    """A record can be queued as a paper, and stands on one line."""
    identifier(one.id)
    assert one.title
    assert one.categories
    assert one.submitted.tzinfo is UTC
    for text in (one.title, one.abstract, *one.authors, *one.categories):
        assert not re.search("[\x00-\x1f\x85\u2028\u2029]", text), ascii(text)
    message(Message(v=MESSAGE_VERSION, run="2021-06-19T07:55:00Z", paper=one.paper("2021-06-18")))


def message(one: Message) -> None:
    """A message comes out of the queue as it went in."""
    assert decode_message(encode_message(one)) == one


def counts(one: Counts) -> None:
    """Counts are numbers that the table takes."""
    for name in Counts.__struct_fields__:
        assert 0 <= getattr(one, name) <= _MOST, name


def mention(one: Mention) -> None:
    """A mention can be queued, counted and placed in time, and what is marked in it lies in it, in order."""
    assert msgspec.json.decode(msgspec.json.encode(one), type=Mention) == one
    assert one.id
    assert one.created_at is not None
    counts(one.counts)
    position = 0
    for entity in one.entities:
        assert position <= entity.start < entity.end, entity
        position = entity.end
    if one.url:
        assert urlsplit(one.url).hostname in ("bsky.app", "news.ycombinator.com", "huggingface.co"), one.url


def web_address(address: str) -> None:
    """An address is one of the web's."""
    assert address.startswith(("https://", "http://")), ascii(address)


def xml(text: str) -> Element:
    """Text that any parser of XML takes."""
    assert not UNSHOWABLE.search(text), ascii(text)
    root: Element = ElementTree.fromstring(text.encode())
    return root


def markup(text: str, allowed: Collection[str], attributes: Collection[str]) -> None:
    """A piece of HTML that is XML as well, with known elements and attributes, and no links but the web's."""
    for element in xml(f"<body>{text}</body>").iter():
        assert element.tag == "body" or element.tag in allowed, ascii(element.tag)
        assert set(element.attrib) <= set(attributes), ascii(element.attrib)
        if "href" in element.attrib:
            web_address(element.attrib["href"])


_THEME = (Path(pages.__file__).parent / "templates" / "theme.js").read_text(encoding="utf-8")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), names
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def page(text: str, tags: Collection[str], script: str = "") -> None:
    """A page has the elements that our templates have, and nothing that acts but scripts like `script`."""
    read = _Page()
    # The one script that stands in pages themselves.
    read.feed(text.replace(f"<script>{_THEME}</script>", ""))
    read.close()
    assert {tag for tag, _ in read.tags} <= set(tags), {tag for tag, _ in read.tags} - set(tags)
    for tag, attributes in read.tags:
        assert tag != "script" or (script and re.fullmatch(script, attributes.get("src", ""))), attributes
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name != "style", tag
            if name in ("href", "src", "action", "cite"):
                scheme = re.match(r"[\s\x00-\x20]*([^/?#:]*):", value)
                assert not scheme or scheme[1] in ("https", "http"), ascii(value)
