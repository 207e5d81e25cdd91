"""Pages over many days, along the chain: the right papers in the right order, whenever their day came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec
import pytest

from infra.local.standin import World
from infra.local.standin.world import Paper
from tests.steps.chain import READERS, Chain, before, due, paper, running, story
from tests.steps.links import broken_links, page, reachable
from tests.steps.test_render import watched

SITE = "https://hot.example.org"
MAY, JUNE, MONDAY = date(2021, 5, 12), date(2021, 6, 18), date(2021, 6, 21)
JULY, NEXT = date(2021, 7, 1), date(2021, 7, 2)
LAST = due(NEXT)


def listed(number: int, day: date, *categories: str) -> Paper:
    """A paper whose id is of its month."""
    one = paper(number, day, categories=categories)
    return msgspec.structs.replace(one, id=one.id.replace("2106.", f"{day:%y%m}."))


def older(day: date) -> Iterable[Paper]:
    """The announcement before, so that the block of a day has a lower end."""
    for one in before(day, 10000):
        yield msgspec.structs.replace(one, id=one.id.replace("2106.", f"{day:%y%m}."))


IN_MAY = listed(10100, MAY, "cs.LG", "cs.CV")
FIRST, SECOND = listed(10210, JUNE, "cs.LG", "stat.ML"), listed(10220, JUNE, "cs.CV")
ON_MONDAY = listed(10310, MONDAY, "cs.CL", "cs.LG")
IN_JULY, LATER = listed(10410, JULY, "cs.LG"), listed(10510, NEXT, "cs.CV")
POINTS = {IN_MAY: 300, FIRST: 100, SECOND: 80, ON_MONDAY: 120, IN_JULY: 90, LATER: 60}


def world(**changed: int) -> World:
    """All papers, each with a story; some with other points than POINTS."""
    stories = [
        story(number, one, changed.get(one.title.replace(" ", "_"), points))
        for number, (one, points) in enumerate(POINTS.items(), 1)
    ]
    papers = (*older(MAY), *older(JUNE), *older(JULY), *POINTS)
    return World(papers=tuple(papers), users=READERS, stories=tuple(stories))


def papers_on(text: str) -> list[str]:
    """The papers that a page lists, in order."""
    return re.findall(r'href="(?:\.\./)*paper/([\w.-]+)\.html" dir', text)


def ids(*papers: Paper) -> list[str]:
    return [one.id for one in papers]


@pytest.fixture(name="bucket", scope="module")
def _bucket() -> dict[str, str]:
    """July first, then May, then June: each is filled in between others, or before all of them."""
    with running(world(), LAST, settings={"SITE_URL": SITE}) as chain:
        for day in (JULY, NEXT, MAY):
            chain.order(LAST, date=str(day))
        assert broken_links(chain.bucket()) == []
        chain.order(LAST, **{"from": str(JUNE), "to": str(MONDAY)})
        assert broken_links(chain.bucket()) == []
        assert chain.published() == [str(day) for day in (MAY, JUNE, MONDAY, JULY, NEXT)]
        bucket = chain.bucket()
    assert unreached(bucket) == {"404.html"}
    return {key: body.decode() for key, body in bucket.items() if not key.endswith(".gz")}


def unreached(bucket: dict[str, bytes]) -> set[str]:
    """The pages that no page leads to."""
    return {key for key in bucket if key.endswith(".html")} - reachable(bucket)


NEWEST = {"cs.LG": "2021-07", "cs.CV": "2021-07", "cs.CL": "2021-06", "stat.ML": "2021-06"}


def test_weeks_months_and_the_top_stand_by_score(bucket: dict[str, str]) -> None:
    expected = {
        "week/2021-W19.html": ids(IN_MAY),
        "week/2021-W24.html": ids(FIRST, SECOND),
        "week/2021-W25.html": ids(ON_MONDAY),
        "week/2021-W26.html": ids(IN_JULY, LATER),
        "month/2021-05.html": ids(IN_MAY),
        "month/2021-06.html": ids(ON_MONDAY, FIRST, SECOND),
        "month/2021-07.html": ids(IN_JULY, LATER),
        "top.html": ids(IN_MAY, ON_MONDAY, FIRST, IN_JULY, SECOND, LATER),
    }
    assert {key: papers_on(text) for key, text in bucket.items() if key in expected} == expected
    assert {key for key in bucket if key.startswith(("week/", "month/"))} == expected.keys() - {"top.html"}
    ranks = re.findall(r'<span class="rank">(\d+)</span>', bucket["month/2021-06.html"])
    assert ranks == ["1", "2", "3"]
    assert f'href="../{MONDAY}.html#{ON_MONDAY.id}"' in bucket["month/2021-06.html"]


def test_a_category_has_its_papers_by_day_and_rank(bucket: dict[str, str]) -> None:
    expected = {
        "cs.LG/2021-05": ids(IN_MAY),
        "cs.LG/2021-06": ids(ON_MONDAY, FIRST),
        "cs.LG/2021-07": ids(IN_JULY),
        "cs.LG": ids(IN_JULY),
        "cs.CV/2021-05": ids(IN_MAY),
        "cs.CV/2021-06": ids(SECOND),
        "cs.CV/2021-07": ids(LATER),
        "cs.CV": ids(LATER),
        "cs.CL/2021-06": ids(ON_MONDAY),
        "cs.CL": ids(ON_MONDAY),
        "stat.ML/2021-06": ids(FIRST),
        "stat.ML": ids(FIRST),
    }
    found = {
        key.removeprefix("category/").removesuffix(".html"): papers_on(text)
        for key, text in bucket.items()
        if key.startswith("category/") and key.endswith(".html")
    }
    assert found == expected
    # In its day it has the rank that it has there, whatever stands on this page.
    assert re.findall(r'<span class="rank">(\d+)</span>', bucket["category/cs.CV/2021-06.html"]) == ["2"]


def test_a_month_that_came_later_stands_between_the_others(bucket: dict[str, str]) -> None:
    def leads_to(key: str) -> list[str]:
        links = page(bucket[key].encode()).links
        return [
            link
            for link in links
            if re.search(r"(month|week|category/cs\.CV)/\d|^(\.\./)*category/cs.CV.html", link)
        ]

    assert leads_to("category/cs.CV/2021-07.html")[:2] == [
        *("../../category/cs.CV/2021-06.html", "../../category/cs.CV.html"),
    ]
    assert leads_to("category/cs.CV.html")[:2] == [
        *("../category/cs.CV/2021-07.html", "../category/cs.CV/2021-06.html"),
    ]
    assert leads_to("category/cs.CV/2021-06.html")[0] == "../../category/cs.CV/2021-05.html"
    assert leads_to("month/2021-07.html") == ["../month/2021-06.html", "../week/2021-W26.html"]
    assert leads_to("month/2021-06.html") == [
        *("../month/2021-05.html", "../week/2021-W24.html", "../week/2021-W25.html"),
    ]
    assert leads_to("week/2021-W26.html") == ["../week/2021-W25.html"]
    assert leads_to("week/2021-W24.html") == ["../week/2021-W19.html"]


def test_days_lead_to_those_before_and_after_whenever_they_came(bucket: dict[str, str]) -> None:
    near = {
        key: re.findall(r'rel="(prev|next)" href="([\d-]+)\.html"', text)
        for key, text in bucket.items()
        if re.fullmatch(r"\d{4}-[\d-]+\.html", key)
    }
    days = [str(day) for day in (MAY, JUNE, MONDAY, JULY, NEXT)]
    assert near == {
        f"{day}.html": [
            *([("prev", days[number - 1])] if number else []),
            *([("next", days[number + 1])] if number + 1 < len(days) else []),
        ]
        for number, day in enumerate(days)
    }


def test_the_archive_has_all_months_and_categories(bucket: dict[str, str]) -> None:
    text = bucket["archive.html"]
    assert re.findall(r'href="month/([\d-]+)\.html"', text) == ["2021-07", "2021-06", "2021-05"]
    days = re.findall(r'href="([\d-]+)\.html" title', text)
    assert sorted(days) == [str(day) for day in (MAY, JUNE, MONDAY, JULY, NEXT)]
    assert re.findall(r'href="category/([\w.]+)\.html"', text) == sorted(NEWEST)
    assert f'title="{JUNE}: 2 hot, score 180"' in text


def test_the_front_page_is_of_the_newest_day(bucket: dict[str, str]) -> None:
    assert papers_on(bucket["index.html"]) == ids(LATER)
    before_it = bucket["index.html"].partition('aria-label="The days before"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([\d-]+)\.html"', before_it) == [str(day) for day in (JULY, MONDAY, JUNE, MAY)]


def test_each_paper_has_a_page_that_leads_to_its_day(bucket: dict[str, str]) -> None:
    for one, points in POINTS.items():
        text = bucket[f"paper/{one.id}.html"]
        assert f'href="../{one.listed}.html#{one.id}"' in text
        assert f"score {points}<" in text
    assert {key for key in bucket if key.startswith("paper/")} == {f"paper/{one.id}.html" for one in POINTS}


def test_a_search_finds_each_month_by_its_own_file(bucket: dict[str, str]) -> None:
    months = json.loads(bucket["search/index.json"])["months"]
    assert [(name, papers) for name, papers, *_ in months] == [("2021-07", 2), ("2021-06", 3), ("2021-05", 1)]
    found = [one[0] for one in json.loads(bucket["search/2021-06.json"])["papers"]]
    assert found == ids(ON_MONDAY, FIRST, SECOND)


def test_a_feed_of_a_category_has_its_papers_alone(bucket: dict[str, str]) -> None:
    items = json.loads(bucket["category/cs.CV.json"])["items"]
    assert [item["url"] for item in items] == [f"{SITE}/{day}.html" for day in (NEXT, JUNE, MAY)]
    assert [re.findall(r"arxiv\.org/abs/([\d.]+)", item["content_html"]) for item in items] == [
        *(ids(LATER), ids(SECOND), ids(IN_MAY)),
    ]


@pytest.fixture(name="chain")
def _chain() -> Iterable[Chain]:
    with running(world(), LAST, settings={"SITE_URL": SITE}) as chain:
        chain.order(LAST, **{"from": str(JULY), "to": str(NEXT)}, x=True)
        yield chain


def test_a_paper_that_leaves_the_post_keeps_its_page(chain: Chain) -> None:
    chain.standin.world = world(Paper_10410=10)
    chain.tick(LAST + timedelta(days=1))
    assert chain.ranking(JULY) == []
    bucket = {key: body.decode() for key, body in chain.bucket().items() if not key.endswith(".gz")}
    listing = [key for key, text in bucket.items() if IN_JULY.id in papers_on(text)]
    assert listing == [], "no page lists it any more"
    text = bucket[f"paper/{IN_JULY.id}.html"]
    assert f'Once in the post of <a href="../{JULY}.html">' in text
    assert "score 10<" in text
    assert papers_on(bucket["category/cs.LG.html"]) == []
    assert broken_links(chain.bucket()) == []
    # It comes back as what it was.
    chain.standin.world = world()
    chain.tick(LAST + timedelta(days=2))
    assert f'Number 1 of <a href="../{JULY}.html#{IN_JULY.id}">' in chain.read(f"paper/{IN_JULY.id}.html")


def test_a_run_that_changes_nothing_writes_the_status_alone(chain: Chain) -> None:
    settled = chain.settled()
    for at, order in (
        (LAST + timedelta(hours=1), {}),
        (LAST + timedelta(days=1), {"measure": True}),
        (LAST + timedelta(days=1, hours=1), {"date": str(JULY)}),
    ):
        with watched() as keys:
            chain.order(at, **order)
        assert keys == ["status.json", "status.html"], order
    assert chain.settled() == settled
