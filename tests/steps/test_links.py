"""Where the whole site leads: every address works, every page is found, and nothing leads to strangers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from defusedxml import ElementTree

from tests.steps.chain import Site
from tests.steps.links import ENTRANCE, Link, broken_links, given, own, parsed, reachable
from tests.steps.site_world import DAYS, EMPTY, SITE

# A host more is a decision: whom do our readers get sent to?
HOSTS = {
    "arxiv.org",
    "bsky.app",
    "github.com",
    "huggingface.co",
    "news.ycombinator.com",
    "t.co",  # what links in posts on X are
    "twitter.com",
    "x.com",
    "example.org",  # a project page in the tests' world
}
# What a link may say of where it leads: https://html.spec.whatwg.org/multipage/links.html#linkTypes
ON_ANCHORS = {"alternate", "author", "bookmark", "external", "help", "license", "next", "nofollow"}
ON_ANCHORS |= {"noopener", "noreferrer", "prev", "search", "tag", "ugc"}
ON_LINKS = {"alternate", "apple-touch-icon", "author", "canonical", "help", "icon", "license", "manifest"}
ON_LINKS |= {"me", "modulepreload", "next", "preload", "prev", "search", "sitemap", "stylesheet"}


def _related(site: Site) -> Iterator[tuple[str, Link, set[str]]]:
    """Each link of each page with its rel."""
    for key, page in parsed(site.bodies).items():
        for link in page.found:
            if link.tag in ("a", "area", "link", "form"):
                yield key, link, set(link.attrs.get("rel", "").lower().split())


def test_every_address_leads_somewhere(site: Site) -> None:
    assert broken_links(site.bodies) == []


def test_addresses_are_looked_for_in_every_kind_of_object(site: Site) -> None:
    kinds = {key.rpartition(".")[2] for key, _ in given(site.bodies)}
    assert {"html", "xml", "json"} <= kinds


def test_every_page_is_reached_from_the_front_page(site: Site) -> None:
    pages = {key for key in site.bodies if key.endswith(".html")}
    assert pages - reachable(site.bodies) - {"404.html"} == set()
    assert ENTRANCE in pages


def test_every_page_leads_to_the_front_page(site: Site) -> None:
    assert [key for key in parsed(site.bodies) if ENTRANCE not in reachable(site.bodies, key)] == []


def test_pages_lead_to_known_hosts_alone(site: Site) -> None:
    strange = {
        (key, address)
        for key, address in given(site.bodies)
        if own(address, key) is None and urlsplit(address).hostname not in HOSTS
    }
    assert strange == set()


def test_pages_load_nothing_from_elsewhere(site: Site) -> None:
    loaded = {
        (key, link.address)
        for key, page in parsed(site.bodies).items()
        for link in page.found
        if link.tag not in ("a", "area", "blockquote", "q", "meta") and own(link.address, key) is None
    }
    assert loaded == set()


def test_the_words_about_a_link_are_known_and_fit_its_place(site: Site) -> None:
    assert {
        (key, link.address, word)
        for key, link, rel in _related(site)
        for word in rel - (ON_LINKS if link.tag == "link" else ON_ANCHORS)
    } == set()


def test_what_opens_a_window_gives_it_no_hold_on_ours(site: Site) -> None:
    assert [
        (key, link.address)
        for key, link, rel in _related(site)
        if link.attrs.get("target") and not rel & {"noopener", "noreferrer"}
    ] == []


@pytest.mark.parametrize("word", ["prev", "next"])
def test_there_is_one_page_before_and_one_after(site: Site, word: str) -> None:
    told: dict[tuple[str, str], set[str]] = {}
    for key, link, rel in _related(site):
        if word in rel:
            told.setdefault((key, link.tag), set()).add(link.address)
    assert [found for found in told.items() if len(found[1]) > 1] == []


def test_before_and_after_are_each_others_opposites(site: Site) -> None:
    ends: dict[str, set[tuple[str, str]]] = {"prev": set(), "next": set()}
    for key, link, rel in _related(site):
        for word in rel & ends.keys():
            target = own(link.address, key)
            assert target, (key, link.address)
            ends[word].add((key, target[0]))
    assert ends["prev"] == {(there, here) for here, there in ends["next"]}


def test_feeds_and_styles_are_what_links_say_they_are(site: Site) -> None:
    for key, link, rel in _related(site):
        target = own(link.address, key)
        if target is None:
            continue
        served = site.types[target[0]].partition(";")[0]
        if "stylesheet" in rel:
            assert served == "text/css", (key, link.address)
        elif link.attrs.get("type"):
            assert served == link.attrs["type"], (key, link.address)
        else:
            assert "alternate" not in rel, f"{key}: {link.address} is an alternate of no type"


def test_the_sitemap_has_what_leads_to_every_page(site: Site) -> None:
    places = [
        element.text or ""
        for element in ElementTree.fromstring(site.bodies["sitemap.xml"]).iter()
        if element.tag.rpartition("}")[2] == "loc"
    ]
    assert len(places) == len(set(places))
    days = {f"{day}.html" for day in (*DAYS, EMPTY)}
    categories = {key for key in site.bodies if re.fullmatch(r"category/[^/]+\.html", key)}
    fixed = {"index.html", "archive.html", "top.html", "about.html"}
    assert set(places) == {f"{SITE}/{key}" for key in days | categories | fixed}
    assert len(categories) > 3
