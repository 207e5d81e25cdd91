"""A feed in its three forms: as other programs read it, as its specification wants it, whatever is in it."""

from __future__ import annotations

import io
import json
import re
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser
import jsonschema
import msgspec
import pytest
from defusedxml import ElementTree

from functions.render.feeds import Entry, Feed, atom, entry_id, feed_id, json_feed, rss

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SITE = "https://hot.example.org"
RFC_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
RFC_822 = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"


def entry(date: str, **changes: Any) -> Entry:
    made = Entry(
        id=entry_id(SITE, date),
        url=f"{SITE}/{date}.html",
        title=f"Hot Papers {date}",
        published_at=f"{date}T07:55:00Z",
        updated_at=f"{date}T08:55:00Z",
        content=f'<p>Of {date}: <a href="https://arxiv.org/abs/2106.00001">a &lt;b&gt; &amp; c</a></p>\n',
        categories=("cs.LG", "stat.ML"),
    )
    return msgspec.structs.replace(made, **changes)


FEED = Feed(
    id=feed_id(SITE),
    title="Hot Papers",
    subtitle="New papers that are talked about",
    home=f"{SITE}/index.html",
    atom=f"{SITE}/feed.xml",
    rss=f"{SITE}/rss.xml",
    json=f"{SITE}/feed.json",
    updated_at="2021-06-21T08:55:00Z",
    entries=(entry("2021-06-21"), entry("2021-06-18")),
)
HOSTILE = {
    "markup": '</title><script>alert("1")</script>',
    "end of CDATA": "]]>",
    "entity": "&#0; &amp; &nbsp; &bomb;",
    "NUL": "a\x00b",
    "controls": "\x01\x08\x0b\x0c\x0e\x1b\x1f\x7f\x85\x9f",
    "line breaks": "a\r\nb\rc\nd\u2028e",
    "surrogates": "\ud800 \udfff \ud83d\ude00",
    "no characters": "\ufffe\uffff",
    "right-to-left override": "\u202egnp.exe\u202c \u2067x\u2069",
    "zalgo": "Z" + "\u0351\u036b\u0343" * 200,
    "long": "Ada Example, " * 800,
    "emoji": "👩🏽‍🔬🏴󠁧󠁢󠁥󠁮󠁧󠁿🔥",
    "declaration": "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>",
    "quotes": "\"' onmouseover='x'",
    "nothing": "",
}


def hostile(text: str) -> Feed:
    """A feed with a text in every place that is not a time."""
    return msgspec.structs.replace(
        FEED,
        title=text,
        subtitle=text,
        author=text,
        home=f"{SITE}/{text}",
        entries=(
            entry("2021-06-21", title=text, url=f"{SITE}/{text}", content=text, categories=(text,)),
            entry("2021-06-18"),
        ),
    )


def parsed(body: bytes) -> Any:
    """A feed as one of its most lenient readers has it, which says whether it had to be lenient."""
    told = feedparser.parse(io.BytesIO(body))
    assert not told.bozo, told.get("bozo_exception")
    return told


# --- as others read it -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("write", "version"), [(atom, "atom10"), (rss, "rss20")])
def test_a_reader_gets_back_what_was_put_in(write: Any, version: str) -> None:
    told = parsed(write(FEED))
    assert told.version == version
    assert told.encoding == "utf-8"
    assert (told.feed.title, told.feed.subtitle) == (FEED.title, FEED.subtitle)
    assert told.feed.link == FEED.home
    assert told.feed.generator == "Hot Papers"
    assert told.feed.updated_parsed[:6] == (2021, 6, 21, 8, 55, 0)
    ((itself,),) = [[link.href for link in told.feed.links if link.rel == "self"]]
    assert itself == (FEED.atom if version == "atom10" else FEED.rss)
    assert len(told.entries) == 2
    for got, put in zip(told.entries, FEED.entries, strict=True):
        assert (got.id, got.link, got.title) == (put.id, put.url, put.title)
        assert got.published_parsed[:6] == (2021, 6, int(put.published_at[8:10]), 7, 55, 0)
        assert tuple(tag.term for tag in got.tags) == put.categories
        content = got.content[0].value if version == "atom10" else got.summary
        assert content.strip() == put.content.strip()
    if version == "atom10":
        assert told.feed.id == FEED.id
        assert told.feed.author == "Hot Papers"
        assert told.entries[0].content[0].type == "text/html"
        assert told.entries[0].updated_parsed[3:5] == (8, 55)


def test_an_author_of_its_own_is_told() -> None:
    feed = msgspec.structs.replace(FEED, title="cs.LG – Hot Papers", author="Hot Papers")
    assert parsed(atom(feed)).feed.author == "Hot Papers"
    assert json.loads(json_feed(feed))["authors"] == [{"name": "Hot Papers"}]


# --- as the specifications want it -----------------------------------------------------------------------


def once(parent: Any, tag: str) -> str:
    """The text of a child that there must be one of."""
    (child,) = parent.findall(tag)
    return child.text or ""


@pytest.mark.parametrize("feed", [FEED, msgspec.structs.replace(FEED, entries=())], ids=["two", "none"])
def test_atom_has_what_its_specification_requires(feed: Feed) -> None:
    root = ElementTree.fromstring(atom(feed))
    assert root.tag == f"{ATOM}feed"
    assert root.get(XML_LANG) == "en"
    assert once(root, f"{ATOM}id") == f"{SITE}/"
    assert once(root, f"{ATOM}title") == "Hot Papers"
    assert once(root, f"{ATOM}generator")
    assert re.fullmatch(RFC_3339, once(root, f"{ATOM}updated"))
    (author,) = root.findall(f"{ATOM}author")
    assert once(author, f"{ATOM}name")
    links = [link.attrib for link in root.findall(f"{ATOM}link")]
    assert links == [
        {"rel": "self", "type": "application/atom+xml", "href": FEED.atom},
        {"rel": "alternate", "type": "text/html", "href": FEED.home},
    ]
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == len(feed.entries)
    assert len({once(one, f"{ATOM}id") for one in entries}) == len(entries)
    for one in entries:
        assert once(one, f"{ATOM}title")
        assert re.fullmatch(RFC_3339, once(one, f"{ATOM}updated"))
        assert re.fullmatch(RFC_3339, once(one, f"{ATOM}published"))
        assert [link.get("rel") for link in one.findall(f"{ATOM}link")] == ["alternate"]
        assert [category.get("term") for category in one.findall(f"{ATOM}category")] == ["cs.LG", "stat.ML"]
        (content,) = one.findall(f"{ATOM}content")
        assert content.attrib == {"type": "html"}
        assert not list(content), "HTML is text here, not elements"
    assert {element.tag.partition("}")[0] + "}" for element in root.iter()} == {ATOM}


@pytest.mark.parametrize("feed", [FEED, msgspec.structs.replace(FEED, entries=())], ids=["two", "none"])
def test_rss_has_what_its_specification_requires(feed: Feed) -> None:
    root = ElementTree.fromstring(rss(feed))
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = list(root)
    assert channel.tag == "channel"
    assert once(channel, "title") == "Hot Papers"
    assert once(channel, "link") == FEED.home
    assert once(channel, "description") == FEED.subtitle
    assert once(channel, "language") == "en"
    assert once(channel, "generator")
    assert int(once(channel, "ttl")) == 60
    assert re.fullmatch(RFC_822, once(channel, "lastBuildDate"))
    (itself,) = channel.findall(f"{ATOM}link")
    assert itself.attrib == {"rel": "self", "type": "application/rss+xml", "href": FEED.rss}
    items = channel.findall("item")
    assert len(items) == len(feed.entries)
    assert len({once(item, "guid") for item in items}) == len(items)
    for item, put in zip(items, feed.entries, strict=True):
        assert [guid.attrib for guid in item.findall("guid")] == [{"isPermaLink": "false"}]
        assert once(item, "title")
        assert once(item, "link") == put.url
        assert once(item, "description") == put.content
        assert [category.text for category in item.findall("category")] == ["cs.LG", "stat.ML"]
        assert re.fullmatch(RFC_822, once(item, "pubDate"))
        # The weekday has to be the date's.
        moment = parsedate_to_datetime(once(item, "pubDate"))
        assert f"{moment:%Y-%m-%dT%H:%M:%SZ}" == put.published_at
        assert once(item, "pubDate").startswith(f"{moment:%a}")


ADDRESS = {"type": "string", "pattern": r"^https?://[^\s]+$"}
TIME = {"type": "string", "pattern": f"^{RFC_3339}$"}
TEXT = {"type": "string"}
AUTHORS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "anyOf": [{"required": [name]} for name in ("name", "url", "avatar")],
        "properties": {"name": TEXT, "url": ADDRESS, "avatar": ADDRESS},
    },
}
# https://www.jsonfeed.org/version/1.1/, as far as this service writes it, and nothing else.
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "home_page_url": ADDRESS,
        "feed_url": ADDRESS,
        "description": TEXT,
        "language": {"type": "string", "pattern": "^[a-z]{2}(-[A-Z]{2})?$"},
        "authors": AUTHORS,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": ADDRESS,
                    "title": TEXT,
                    "content_html": TEXT,
                    "date_published": TIME,
                    "date_modified": TIME,
                    "tags": {"type": "array", "items": TEXT},
                },
            },
        },
    },
}


def test_json_feed_has_what_its_specification_requires() -> None:
    document = json.loads(json_feed(FEED))
    jsonschema.validate(document, JSON_FEED)
    jsonschema.validate(json.loads(json_feed(msgspec.structs.replace(FEED, entries=()))), JSON_FEED)
    assert {name: value for name, value in document.items() if name != "items"} == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Hot Papers",
        "home_page_url": FEED.home,
        "feed_url": FEED.json,
        "description": FEED.subtitle,
        "language": "en",
        "authors": [{"name": "Hot Papers"}],
    }
    first = FEED.entries[0]
    assert document["items"][0] == {
        "id": first.id,
        "url": first.url,
        "title": first.title,
        "content_html": first.content,
        "date_published": first.published_at,
        "date_modified": first.updated_at,
        "tags": ["cs.LG", "stat.ML"],
    }
    assert len({item["id"] for item in document["items"]}) == 2
    untagged = msgspec.structs.replace(FEED, entries=(entry("2021-06-18", categories=()),))
    assert "tags" not in json.loads(json_feed(untagged))["items"][0]


@pytest.mark.parametrize("moment", ["", "2021-06-18", "2021-06-18T07:55:00", "yesterday"])
@pytest.mark.parametrize("write", [atom, rss, json_feed])
def test_what_is_no_moment_is_refused(write: Any, moment: str) -> None:
    bad = msgspec.structs.replace(FEED, entries=(entry("2021-06-18", published_at=moment),))
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        write(bad)


def test_a_moment_is_told_in_utc() -> None:
    feed = msgspec.structs.replace(
        FEED, entries=(entry("2021-06-18", published_at="2021-06-19T01:05:00+02:00"),)
    )
    assert b"<published>2021-06-18T23:05:00Z<" in atom(feed)
    assert b"<pubDate>Fri, 18 Jun 2021 23:05:00 GMT<" in rss(feed)
    assert b'"date_published": "2021-06-18T23:05:00Z"' in json_feed(feed)


# --- whatever is in it -----------------------------------------------------------------------------------


def shown(text: str) -> str:
    """What has to be left of a text, in every form the same."""
    fit = re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]", "", text
    )
    return re.sub("([\u0300-\u036f]{6})[\u0300-\u036f]+", r"\1", fit)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    feed = hostile(text)
    title = " ".join(shown(" ".join(text.split())).split())
    content = shown(text.replace("\r\n", "\n").replace("\r", "\n"))
    root = ElementTree.fromstring(atom(feed))
    channel = ElementTree.fromstring(rss(feed))[0]
    document = json.loads(json_feed(feed))
    first, item, one = root.findall(f"{ATOM}entry")[0], channel.findall("item")[0], document["items"][0]
    assert [once(root, f"{ATOM}title"), once(channel, "title"), document["title"]] == [title] * 3
    assert [once(first, f"{ATOM}title"), once(item, "title"), one["title"]] == [title] * 3
    assert [once(first, f"{ATOM}content"), once(item, "description"), one["content_html"]] == [content] * 3
    terms = [category.get("term") for category in first.findall(f"{ATOM}category")]
    assert terms == [once(item, "category")] == one["tags"] == [title]
    assert once(root, f"{ATOM}author/{ATOM}name") == document["authors"][0]["name"] == title
    for write in (atom, rss):
        elements = [{one.tag for one in ElementTree.fromstring(write(made)).iter()} for made in (feed, FEED)]
        assert elements[0] <= elements[1], "a text makes no element"
    assert len(parsed(atom(feed)).entries) == len(parsed(rss(feed)).entries) == 2


def test_every_character_there_is_makes_a_feed() -> None:
    everything = "".join(map(chr, range(0x110000)))
    feed = hostile(everything)
    for body in (atom(feed), rss(feed)):
        text = body.decode("utf-8")
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", text), "not XML 1.0"
        assert not re.search("&#", text.replace("&#09;", "").replace("&#10;", "")), "nor hidden in a number"
        ElementTree.fromstring(body)
    json.loads(json_feed(feed).decode("utf-8"))


@pytest.mark.parametrize("write", [atom, rss, json_feed])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_same_feed_gives_the_same_bytes(write: Any, text: str) -> None:
    again = msgspec.json.decode(msgspec.json.encode(FEED), type=Feed)
    assert write(again) == write(FEED)
    assert write(hostile(text)) == write(hostile(text))
    assert write(FEED).endswith(b"\n")


# --- ids -------------------------------------------------------------------------------------------------


def test_ids_are_those_of_each_feed() -> None:
    assert feed_id(SITE) == "https://hot.example.org/"
    assert feed_id(SITE, "category/cs.LG") == "https://hot.example.org/category/cs.LG.xml"
    assert feed_id(SITE, "filter/two-words") == "https://hot.example.org/filter/two-words.xml"
    assert entry_id(SITE, "2021-06-18") == "https://hot.example.org/2021-06-18.html"
    assert entry_id(SITE, "2021-06-18", "category/cs.LG") == (
        "https://hot.example.org/category/cs.LG/2021-06-18"
    )
    assert entry_id(SITE, "2021-06-18", "filter/two-words") == (
        "https://hot.example.org/filter/two-words/2021-06-18"
    )


@pytest.mark.parametrize(
    "site", [f"{SITE}/", f"{SITE}//", f" {SITE}/ ", "HTTPS://Hot.Example.org", "https://HOT.example.org/"]
)
def test_ids_do_not_follow_how_the_site_is_written(site: str) -> None:
    for under in ("", "category/cs.LG", "filter/a"):
        assert feed_id(site, under) == feed_id(SITE, under)
        assert entry_id(site, "2021-06-18", under) == entry_id(SITE, "2021-06-18", under)


def test_a_site_in_a_folder_keeps_its_folder() -> None:
    assert entry_id("https://Pages.example.org/Hot/", "2021-06-18") == (
        "https://pages.example.org/Hot/2021-06-18.html"
    )
    assert feed_id("http://localhost:8000/") == "http://localhost:8000/"
