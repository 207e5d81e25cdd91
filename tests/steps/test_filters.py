"""Filters along the chain: pages and feeds that come with a post, follow it, and go with their setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest
from botocore.exceptions import ClientError
from defusedxml import ElementTree

from functions.render import filter_pages, site
from functions.render.objects import feed_keys
from functions.render.writer import WAYS_IN
from infra.local.standin import World
from shared import aws
from tests.steps.chain import DAY, NOW, SMALL, A, B, C, Chain, before, due, paper, running, story
from tests.steps.links import ATOM, broken_links
from tests.steps.test_render import watched

# Hacker News alone makes them hot: A, B, C in this order.
WORLD = msgspec.structs.replace(
    SMALL, posts=(), upvotes=(), stories=(story(1, A, 100), story(2, B, 90), story(3, C, 80))
)
FILTERS = 'Some: "Paper 10010", "paper 10030", +"about 10030"; Robots: cat:cs.RO'
SITE = {"SITE_URL": "https://hot.example.org"}
PAGE = f"{DAY}.html"
TOMORROW = NOW + timedelta(days=1)


@contextmanager
def set_to(chain: Chain, text: str) -> Iterator[None]:
    """The service with another FILTERS."""
    environment: Any = chain.cloud.environments["render"]
    with mock.patch.dict(environment, FILTERS=text):
        yield


@contextmanager
def deleted(keys: list[str]) -> Iterator[None]:
    """Each key that is deleted is added to those that are written, with a minus before it."""
    delete = aws.delete_object

    def noted(key: str) -> None:
        delete(key)
        keys.append(f"-{key}")

    with mock.patch.object(aws, "delete_object", noted):
        yield


def keys_of(*slugs: str) -> list[str]:
    """The objects of some filters, in the order in which they are written."""
    return [key for slug in slugs for key in (f"filter/{slug}.html", *feed_keys(f"filter/{slug}"))]


PAGES = keys_of("some", "robots")


def listed(page: str) -> list[tuple[str, str]]:
    """The papers on a filter's page, each with its rank."""
    return re.findall(
        r'<span class="rank">(\d+)</span>\s*<div>\s*<a class="title" href="\.\./paper/([\d.]+)\.html"', page
    )


def badges(page: str) -> list[str]:
    """The filters that a page's papers are marked by, by slug."""
    return re.findall(r'href="(?:\.\./)*filter/([a-z0-9-]+)\.html"><span aria-hidden', page)


def filter_keys(chain: Chain) -> list[str]:
    return sorted(key for key in chain.bucket() if key.startswith("filter/"))


def publish(chain: Chain, at: datetime = NOW) -> list[str]:
    """A measuring run; the keys that it wrote, but for the status."""
    with watched() as keys:
        chain.order(at, measure=True)
    return [key for key in keys if not key.startswith("status.")]


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(WORLD, settings=SITE | {"FILTERS": FILTERS}) as chain:
        yield chain


def test_page_and_feed_come_with_the_post_before_what_links_them(chain: Chain) -> None:
    keys = publish(chain)
    assert [key for key in keys if key.startswith("filter/")] == PAGES
    # First what nothing leads to yet, last the ways in.
    assert keys[keys.index("sitemap.xml") :] == [key for key in WAYS_IN if key in keys]
    assert keys.index(PAGES[-1]) < keys.index("sitemap.xml")
    page = chain.read("filter/some.html")
    assert listed(page) == [("1", A.id), ("3", C.id)]
    assert badges(page) == badges(chain.read(PAGE)) == badges(chain.read("index.html")) == ["some"]
    assert "Nothing matched yet" in chain.read("filter/robots.html")
    assert "Nothing matched yet" not in page
    assert broken_links(chain.bucket()) == []
    assert '<a href="filter/robots.html">Robots</a>' in chain.read("index.html")


def test_the_feed_has_an_entry_for_each_day_with_papers(chain: Chain) -> None:
    publish(chain)
    root, empty = (ElementTree.fromstring(chain.read(f"filter/{slug}.xml")) for slug in ("some", "robots"))
    (entry,) = root.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == f"https://hot.example.org/filter/some/{DAY}"
    content = entry.findtext(f"{ATOM}content", "")
    assert (A.title in content, B.title in content, C.title in content) == (True, False, True)
    assert list(empty.iter(f"{ATOM}entry")) == []
    for feed in (root, empty):
        assert feed.findtext(f"{ATOM}updated") == "2021-06-19T07:55:00Z"
        for link in feed.iter(f"{ATOM}link"):
            assert link.get("href", "").removeprefix("https://hot.example.org/") in chain.bucket()


def test_a_second_run_that_finds_the_same_writes_nothing(chain: Chain) -> None:
    publish(chain)
    settled, filtered = chain.settled(), of_the_table(chain)
    assert publish(chain, TOMORROW) == []
    chain.order(TOMORROW + timedelta(hours=1), date=str(DAY))
    assert chain.settled() == settled
    assert of_the_table(chain) == filtered


def of_the_table(chain: Chain) -> list[str]:
    """What the table keeps of the filters."""
    return [
        item["document"]["S"]
        for item in chain.items()
        if (item["pk"]["S"], item["sk"]["S"]) == ("SITE", "FILTERS")
    ]


def test_without_the_setting_there_is_no_trace_of_filters() -> None:
    with running(WORLD) as chain:
        publish(chain)
        assert filter_keys(chain) == []
        assert of_the_table(chain) == []
        assert [key for key, body in chain.bucket().items() if b"filter/" in body] == []


def test_a_living_post_takes_its_filters_along(chain: Chain) -> None:
    publish(chain)
    more = (story(1, A, 70), story(2, B, 200), story(3, C, 10))
    chain.standin.world = msgspec.structs.replace(WORLD, stories=more)
    keys = publish(chain, TOMORROW)
    assert [key for key in keys if key.startswith("filter/")] == [
        *keys_of("some"),
        "filter/robots.xml",  # it is as new as the newest post
        "filter/robots.rss.xml",
    ]
    assert listed(chain.read("filter/some.html")) == [("2", A.id)]
    root = ElementTree.fromstring(chain.read("filter/some.xml"))
    assert root.findtext(f"{ATOM}entry/{ATOM}updated") == "2021-06-20T07:55:00Z"
    assert broken_links(chain.bucket()) == []


def test_another_setting_is_applied_by_the_next_run_whatever_that_publishes(chain: Chain) -> None:
    publish(chain)
    data = chain.data()
    with set_to(chain, 'Some: "paper 10020", +about; New: author:"Ada Example", +"paper 10030"'):
        with watched() as keys, deleted(keys):
            chain.order(NOW + timedelta(hours=1))  # a tick that has nothing to publish
        assert keys == [
            *keys_of("new"),  # before the day that links it
            *(PAGE, f"paper/{B.id}.html", f"paper/{C.id}.html"),
            *("week/2021-W24.html", "month/2021-06.html"),
            *("category/cs.LG/2021-06.html", "category/cs.LG.html"),
            *(*keys_of("some"), "top.html", "index.html", "status.json", "status.html"),
            *(f"-{key}" for key in keys_of("robots")),
        ]
        assert listed(chain.read("filter/some.html")) == [("2", B.id)]
        assert badges(chain.read(PAGE)) == ["some", "new"]
        assert [rank for rank, _ in listed(chain.read("filter/new.html"))] == ["1", "2", "3"]
        assert broken_links(chain.bucket()) == []
        assert chain.data() == data, "the day's data has no part in it"
        assert publish(chain, TOMORROW) == []


def test_filters_that_are_gone_take_their_objects_along_last(chain: Chain) -> None:
    publish(chain)
    with watched() as keys, deleted(keys), set_to(chain, ""):
        chain.order(TOMORROW, measure=True)
    assert keys == [
        *(PAGE, f"paper/{C.id}.html", "week/2021-W24.html", "month/2021-06.html"),
        *("category/cs.LG/2021-06.html", "category/cs.LG.html", "top.html", "index.html"),
        *("status.json", "status.html"),
        *(f"-{key}" for key in keys_of("robots", "some")),
    ]
    assert badges(chain.read(PAGE)) == []
    assert "filter/" not in chain.read("index.html")
    assert broken_links(chain.bucket()) == []


def test_a_crash_before_the_deletion_is_made_good() -> None:
    with running(WORLD, settings=SITE | {"FILTERS": FILTERS}) as chain:
        publish(chain)
        with set_to(chain, "Other: about, +about"):
            failures = ["index.html"]
            with mock.patch.object(aws, "put_object", failing_once(failures)):
                chain.at(TOMORROW)
                chain.cloud.triggers.tick(TOMORROW)
                chain.cloud.triggers.drain()
            assert failures == []
            assert filter_keys(chain) == sorted(keys_of("other"))
            assert broken_links(chain.bucket()) == []
            crashed = chain.settled()
    with running(WORLD, settings=SITE | {"FILTERS": FILTERS}) as chain:
        publish(chain)
        with set_to(chain, "Other: about, +about"):
            chain.tick(TOMORROW)
        assert chain.settled() == crashed


def test_a_setting_taken_back_after_a_crash_leaves_nothing_of_it(chain: Chain) -> None:
    publish(chain)
    settled = chain.settled()
    with set_to(chain, "Other: about, +about"), mock.patch.object(aws, "put_object", refusing("index.html")):
        chain.at(TOMORROW)
        chain.cloud.triggers.tick(TOMORROW)
        chain.cloud.triggers.drain()
    assert "filter/other.html" in chain.bucket()
    publish(chain, TOMORROW + timedelta(days=1))
    assert chain.settled() == settled


def refusing(key: str) -> Any:
    return failing_once([key] * 99)


def failing_once(keys: list[str]) -> Any:
    put = aws.put_object

    def failing(key: str, *more: Any, **named: Any) -> None:
        if key in keys:
            keys.remove(key)
            raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
        put(key, *more, **named)

    return failing


def test_a_day_too_old_for_the_filters_pages_keeps_no_link_to_one_that_is_gone() -> None:
    monday = paper(10110, due(DAY).date() + timedelta(days=2))
    world = World(papers=(*before(DAY, 10000), A, monday), stories=(story(1, A, 100), story(2, monday, 100)))
    with (
        mock.patch.object(site, "FILTER_POSTS", 1),
        mock.patch.object(filter_pages, "FILTER_POSTS", 1),
        running(world, settings=SITE | {"FILTERS": "Old: +paper; Kept: paper"}) as chain,
    ):
        publish(chain)
        publish(chain, due(monday.listed))
        assert listed(chain.read("filter/kept.html")) == [("1", monday.id)]
        assert badges(chain.read(PAGE)) == ["old"]
        with set_to(chain, "Kept: paper"):
            publish(chain, due(monday.listed) + timedelta(days=1))
        assert badges(chain.read(PAGE)) == []
        assert filter_keys(chain) == sorted(keys_of("kept"))
        assert broken_links(chain.bucket()) == []
