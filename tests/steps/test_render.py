"""render against the bucket: what is written in which order, what is left alone, and that all of it holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import urlsplit

import msgspec
import pytest
from botocore.exceptions import ClientError
from defusedxml import ElementTree

from infra.local.standin import World
from infra.local.standin.build import user
from infra.local.standin.world import Url
from shared import aws
from tests.steps.chain import (
    DAY,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    C,
    before,
    due,
    noon,
    paper,
    running,
    said,
)
from tests.steps.links import ATOM, Links, broken_links, given, own, reachable

MONDAY = paper(10110, due(DAY).date() + timedelta(days=2))
TWO_DAYS = msgspec.structs.replace(
    SMALL, papers=(*SMALL.papers, MONDAY), posts=(*SMALL.posts, said(MONDAY, 80))
)


@contextmanager
def watched() -> Iterator[list[str]]:
    """The keys of all objects that are written, in order."""
    keys: list[str] = []
    put = aws.put_object

    def noted(key: str, *more: Any, **named: Any) -> None:
        put(key, *more, **named)
        keys.append(key)

    with mock.patch.object(aws, "put_object", noted):
        yield keys


@contextmanager
def looked_at() -> Iterator[list[str]]:
    """The keys of all objects that are looked at before they are written or not."""
    keys: list[str] = []
    digest = aws.object_digest

    def noted(key: str) -> str | None:
        keys.append(key)
        return digest(key)

    with mock.patch.object(aws, "object_digest", noted):
        yield keys


# --- order, and what is left alone -------------------------------------------------------------------


class Turn(NamedTuple):
    """What a run wrote, in order, and the bucket after it."""

    keys: list[str]
    bucket: dict[str, bytes]


@pytest.fixture(name="turns", scope="module")
def _turns() -> list[Turn]:
    """The first day published, then the second, then nothing new."""
    turns = []
    with running(TWO_DAYS, settings={"SITE_URL": "https://hot.example.org/"}) as chain:
        for at in (NOW, due(MONDAY.listed), due(MONDAY.listed) + timedelta(days=1)):
            with watched() as keys:
                chain.tick(at)
            turns.append(Turn(list(keys), chain.bucket()))
    return turns


def test_what_is_linked_is_written_before_what_links_to_it(turns: list[Turn]) -> None:
    assert [re.sub(r"\.[0-9a-f]{12}\.", ".", key) for key in turns[0].keys] == [
        *("icon.svg", "style.css", "site.js", "match.js", "search.js"),
        *("status.json", "status.html"),  # it stands alone for now
        *("about.html", "404.html", "schema/day.json"),
        *("posts/2021-06-18---Hot-Papers.md", "2021-06-18.json", "2021-06-18.html"),
        *(f"paper/{one.id}.html" for one in (A, B, C)),
        *("week/2021-W24.html", "month/2021-06.html", "search/2021-06.json", "data/2021-06.jsonl.gz"),
        *("category/cs.LG/2021-06.html", "category/cs.LG.html"),
        *("category/cs.LG.xml", "category/cs.LG.rss.xml", "category/cs.LG.json"),
        *("archive/2021.html", "top.html", "search/index.json", "search.html"),
        *("sitemap.xml", "robots.txt", "rss.xml", "feed.json", "feed.xml", "archive.html", "index.html"),
        *("status.json", "status.html"),
    ]
    assert turns[1].keys == [
        *("posts/2021-06-21---Hot-Papers.md", "2021-06-21.json", "2021-06-21.html"),
        *(f"paper/{MONDAY.id}.html", "week/2021-W25.html"),
        "2021-06-18.html",  # it leads to the newer day from now on
        *("month/2021-06.html", "search/2021-06.json", "data/2021-06.jsonl.gz"),
        *("category/cs.LG/2021-06.html", "category/cs.LG.html"),
        *("category/cs.LG.xml", "category/cs.LG.rss.xml", "category/cs.LG.json"),
        *("archive/2021.html", "top.html", "search/index.json"),
        *("sitemap.xml", "rss.xml", "feed.json", "feed.xml", "archive.html", "index.html"),
        *("status.json", "status.html"),
    ]
    assert turns[2].keys == ["status.json", "status.html"], "nothing else has changed"


TYPES = {
    r"posts/.*\.md": "text/markdown",
    r".*\.html": "text/html",
    r".*\.css": "text/css",
    r".*\.js": "text/javascript",
    r".*\.svg": "image/svg+xml",
    r"robots\.txt": "text/plain",
    r"data/.*\.jsonl\.gz": "application/gzip",
    r"sitemap\.xml": "application/xml",
    r"(.*\.)?rss\.xml": "application/rss+xml",
    r"feed\.xml|(category|filter)/.*(?<!\.rss)\.xml": "application/atom+xml",
    r"feed\.json|(category|filter)/.*\.json": "application/feed+json",
    r"([\d-]+|status|(search|schema)/.*)\.json": "application/json",
}


def test_objects_have_their_types_and_may_be_cached() -> None:
    with running(SMALL, settings={"FILTERS": "A: paper"}) as chain:
        chain.order(measure=True)
        bucket = chain.cloud.stack.outputs["BucketName"]
        for key in chain.bucket():
            head = chain.cloud.client("s3").head_object(Bucket=bucket, Key=key)
            (type_,) = [found for pattern, found in TYPES.items() if re.fullmatch(pattern, key)]
            is_text = type_ != "application/gzip"
            assert head["ContentType"] == (f"{type_}; charset=utf-8" if is_text else type_), key
            lasting = "immutable" in head["CacheControl"]
            has_its_content = re.search(r"\.[0-9a-f]{12}\.", key) is not None
            assert lasting is has_its_content, "only what has its content in its name lasts"
            assert re.search(r"max-age=\d+", head["CacheControl"])


def test_what_should_be_new_is_written_without_a_look() -> None:
    with running(TWO_DAYS) as chain:
        chain.tick(NOW)
        with looked_at() as keys, watched() as written:
            chain.tick(due(MONDAY.listed))
        new = {
            "2021-06-21.html",
            "2021-06-21.json",
            "posts/2021-06-21---Hot-Papers.md",
            f"paper/{MONDAY.id}.html",
        }
        assert new & set(keys) == set()
        assert new <= set(written)
        assert {"index.html", "feed.xml", "2021-06-18.html"} <= set(keys), "these are there"


def test_what_should_be_new_and_is_there_is_compared() -> None:
    with running(TWO_DAYS) as chain:
        chain.tick(NOW)
        expected = chain.bucket()
    with running(TWO_DAYS) as chain:
        bucket = chain.cloud.stack.outputs["BucketName"]
        for key in (f"paper/{A.id}.html", f"{DAY}.html"):
            same = expected[key] if key.startswith("paper") else b"an older page"
            metadata = {"sha256": hashlib.sha256(same).hexdigest()}
            chain.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=same, Metadata=metadata)
        with looked_at() as keys, watched() as written:
            chain.tick(NOW)
        assert {f"paper/{A.id}.html", f"{DAY}.html"} <= set(keys)
        assert f"paper/{A.id}.html" not in written, "it is the same"
        assert chain.bucket() == expected


@pytest.mark.parametrize("key", ["2021-06-18.json", "index.html"])
def test_a_crash_while_writing_is_made_good_and_leaves_no_trace(key: str) -> None:
    with running(SMALL) as chain:
        chain.order(measure=True)
        expected = chain.bucket()
    put, failures = aws.put_object, [key]

    def failing(name: str, *more: Any, **named: Any) -> None:
        if name in failures:
            failures.remove(name)
            raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
        put(name, *more, **named)

    with running(SMALL) as chain, mock.patch.object(aws, "put_object", failing):
        chain.at(NOW)
        chain.cloud.triggers.tick(NOW)
        chain.cloud.triggers.drain()
        assert failures == []
        assert chain.bucket() == expected
        assert chain.cloud.triggers.failures()["render"] == 0


# --- links -------------------------------------------------------------------------------------------


def test_every_link_leads_somewhere(turns: list[Turn]) -> None:
    assert [broken_links(turn.bucket) for turn in turns] == [[], [], []]
    for turn in turns:
        pages = {key for key in turn.bucket if key.endswith(".html")}
        assert pages - reachable(turn.bucket) == {"404.html"}
        led_to = {target[0] for key, address in given(turn.bucket) if (target := own(address, key))}
        assert turn.bucket.keys() - led_to == {"robots.txt"}
    assert b'<a rel="next"' not in turns[0].bucket["2021-06-18.html"]
    assert b'<a rel="next" href="2021-06-21.html">' in turns[1].bucket["2021-06-18.html"]
    assert b'<a rel="prev" href="2021-06-18.html">' in turns[1].bucket["2021-06-21.html"]


def test_every_link_leads_somewhere_before_anything_is_published() -> None:
    with running(SMALL, noon(DAY, 4)) as chain:
        chain.tick(noon(DAY, 4) + timedelta(minutes=55))
        assert chain.published() == []
        assert "status.html" in chain.bucket()
        assert broken_links(chain.bucket()) == []


# --- the feed ----------------------------------------------------------------------------------------


def entries(feed: bytes) -> dict[str, tuple[str | None, str | None]]:
    """The ids of a feed's entries with their times of publication and of the last change."""
    root = ElementTree.fromstring(feed)
    assert root.tag == f"{ATOM}feed"
    return {
        entry.findtext(f"{ATOM}id", ""): (
            entry.findtext(f"{ATOM}published"),
            entry.findtext(f"{ATOM}updated"),
        )
        for entry in root.iter(f"{ATOM}entry")
    }


def test_the_feed_keeps_its_ids_and_tells_changes(turns: list[Turn]) -> None:
    site = "https://hot.example.org"
    first = (f"{site}/2021-06-18.html", ("2021-06-19T07:55:00Z", "2021-06-19T07:55:00Z"))
    second = (f"{site}/2021-06-21.html", ("2021-06-22T07:55:00Z", "2021-06-22T07:55:00Z"))
    told = [list(entries(turn.bucket["feed.xml"]).items()) for turn in turns]
    # That there is a newer day is no change of the older one.
    assert told == [[first], [second, first], [second, first]]
    links = [
        one.get("href", "") for one in ElementTree.fromstring(turns[2].bucket["feed.xml"]).iter(f"{ATOM}link")
    ]
    assert all(link.startswith(f"{site}/") for link in links)
    assert {urlsplit(link).path.lstrip("/") for link in links} <= turns[2].bucket.keys()


def test_the_times_of_several_days_asked_for_at_once_are_times() -> None:
    with running(TWO_DAYS) as chain:
        chain.order(due(MONDAY.listed), **{"from": str(DAY), "to": str(MONDAY.listed)})
        assert chain.published() == [str(DAY), str(MONDAY.listed)]
        moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
        data = chain.data(MONDAY.listed)
        assert moment.fullmatch(data["published_at"])
        assert all(moment.fullmatch(one["measured_at"]) for one in data["papers"])
        assert moment.fullmatch(chain.status()["as_of"])
        for published, updated in entries(chain.read("feed.xml").encode()).values():
            assert published == updated == "2021-06-22T07:55:00Z"


# --- hostile texts -----------------------------------------------------------------------------------

BREAKOUT = "</title></textarea><script>alert(1)</script><img src=x onerror=alert(2)>\"' ]]> -->"
OVERRIDE = "\u202e\u2066gnp.exe\u2069"
HOSTILE = paper(
    10050,
    title=f"{BREAKOUT} {OVERRIDE} {{{{ 7*7 }}}}",
    authors=(f"Ada {BREAKOUT}", f"{OVERRIDE} Bob"),
    abstract=f"{BREAKOUT} {OVERRIDE} [x](javascript:alert(3)) <!-- ",
)
MALLORY = user("mallory", f'{BREAKOUT} "><svg onload=alert(4)> {OVERRIDE}')
ATTACK = said(
    HOSTILE, 90, by=MALLORY, words=f"{BREAKOUT}\x00\x07\x1b[31m\u2028 {OVERRIDE} javascript:alert(5)"
)
_START = ATTACK.text.index("javascript:")
ATTACK = msgspec.structs.replace(
    ATTACK,
    urls=(
        Url(
            start=_START,
            end=_START + len("javascript:alert(5)"),
            url="javascript:alert(5)",
            expanded_url="javascript:alert(5)",
            display_url='pic.twitter.com/"><script>',
        ),
        *ATTACK.urls,
    ),
)
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(name="hostile", scope="module")
def _hostile() -> dict[str, bytes]:
    world = World(
        papers=(*before(DAY, 10000), A, HOSTILE), users=(*READERS, MALLORY), posts=(ATTACK, said(A, 60))
    )
    with running(world) as chain:
        chain.order(measure=True)
        assert [one for one, _ in chain.ranking()] == [HOSTILE.id, A.id]
        return chain.bucket()


def test_hostile_texts_are_only_text_on_pages(hostile: dict[str, bytes]) -> None:
    for key, body in hostile.items():
        if key.endswith(".html"):
            page = Links(body)
            assert "img" not in page.tags, key
            assert page.handlers == []
            # Ours is the button's, and there are the charts.
            drawn = re.findall(r'<svg (?:viewBox="0 0 20 20"|class="(?:spark|chart)")', body.decode())
            assert page.tags.count("svg") == len(drawn)
            loaded = [one for one in page.scripts if one]
            assert len(page.scripts) == len(loaded) + 1, "the theme's, which the policy knows by its hash"
            assert all(
                re.fullmatch(r"(\.\./)*/?(site|match|search)\.[0-9a-f]{12}\.js", one) for one in loaded
            )
            assert "49" not in re.findall(r"\b49\b", body.decode())
    assert b"javascript:alert(5)" in hostile["2021-06-18.html"], "it stays as a text"
    assert broken_links(hostile) == []


@pytest.mark.parametrize("key", ["2021-06-18.html", "index.html", "feed.xml"])
def test_control_characters_and_marks_that_turn_the_text_are_left_out(
    hostile: dict[str, bytes], key: str
) -> None:
    assert UNFIT.findall(hostile[key].decode()) == []


def test_hostile_texts_are_only_text_in_the_feed(hostile: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(hostile["feed.xml"])
    (content,) = [one.text or "" for one in root.iter(f"{ATOM}content")]
    inner = Links(content.encode())
    assert set(inner.tags) <= {"h2", "ul", "li", "a", "br", "p", "blockquote", "span"}
    assert inner.handlers == []
    assert [link for link in inner.links if not link.startswith("https://")] == []
    assert "&lt;script&gt;alert(1)" in content


def test_hostile_texts_are_data_in_the_json(hostile: dict[str, bytes]) -> None:
    (first, _) = json.loads(hostile["2021-06-18.json"])["papers"]
    assert first["title"] == " ".join(HOSTILE.title.split())
    (mention,) = first["mentions"]
    assert mention["url"] == f"https://x.com/mallory/status/{ATTACK.id}"


def test_hostile_texts_are_only_text_in_markdown(hostile: dict[str, bytes]) -> None:
    post = hostile["posts/2021-06-18---Hot-Papers.md"].decode()
    ours = "\n".join(
        line for line in post.split("\n") if not line.startswith(("<blockquote class", "<script async"))
    )
    assert "<" not in ours
    assert "](javascript:" not in post
    (embed, _) = [line for line in post.split("\n") if line.startswith("<blockquote")]
    tags = re.findall(r"<(/?\w+)", embed)
    assert set(tags) <= {"blockquote", "/blockquote", "p", "/p", "a", "/a", "br"}
    assert re.findall(r'href="(?!https://)', embed) == []
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", post) == []
    # Every line break is one that we wrote: front matter and papers have their lines.
    assert post.count("\n# ") == 2


def test_the_front_page_shows_the_newest_day_and_the_archive_all_days(turns: list[Turn]) -> None:
    newest = turns[2].bucket["index.html"].decode()
    assert MONDAY.title in newest
    assert A.title not in newest
    days = re.findall(r'href="([\d-]+)\.html" title="(.*?)"', turns[2].bucket["archive.html"].decode())
    assert days == [
        (str(DAY), f"{DAY}: {len(SCORES)} hot, score {sum(SCORES.values())}"),
        (str(MONDAY.listed), f"{MONDAY.listed}: 1 hot, score 80"),
    ]
