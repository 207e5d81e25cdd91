"""The stand-in's worlds hold together, the bundled sample among them."""

from __future__ import annotations

import itertools
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from infra.local import sample
from infra.local.standin import World, WorldError, load, merge
from infra.local.standin.build import post_id, sent_at
from infra.local.standin.golden import day_from_golden
from infra.local.standin.neighbours import neighbours
from infra.local.standin.schedule import window, working_day
from infra.local.standin.split import Counts, split
from infra.local.standin.world import Post, dump
from tests.unit.standin.helpers import DAY, NOW, ORIGINAL, PAPERS, POSTS, REFERENCE, WORLD, at, paper


def test_world_keeps_its_form(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_bytes(dump(WORLD))
    assert load(path) == WORLD


def test_world_refuses_contradictions() -> None:
    with pytest.raises(WorldError, match=r"paper 2106\.00100 is there twice"):
        World(papers=(PAPERS[0], PAPERS[0]))
    with pytest.raises(WorldError, match="does not exist"):
        World(posts=(POSTS[3],))
    moved = msgspec.structs.replace(ORIGINAL.urls[0], start=0)
    with pytest.raises(WorldError, match=f"post {ORIGINAL.id}: the link at 0"):
        World(posts=(msgspec.structs.replace(ORIGINAL, urls=(moved,)),))
    with pytest.raises(WorldError, match="not in order of time"):
        World(papers=(msgspec.structs.replace(PAPERS[5], versions=PAPERS[5].versions[::-1]),))
    assert merge(WORLD, World(papers=(paper(300),), note="second")).papers[-1].id == "2106.00300"
    assert merge(WORLD, WORLD) == WORLD


@pytest.mark.parametrize(
    ("listed", "opening", "closing"),
    [
        ("2021-06-18", "2021-06-16T18:00", "2021-06-17T18:00"),
        ("2021-06-21", "2021-06-17T18:00", "2021-06-18T18:00"),
        ("2021-06-22", "2021-06-18T18:00", "2021-06-21T18:00"),
        ("2021-06-23", "2021-06-21T18:00", "2021-06-22T18:00"),
        ("2022-01-13", "2022-01-11T19:00", "2022-01-12T19:00"),
        ("2021-03-16", "2021-03-12T19:00", "2021-03-15T18:00"),  # summer time begins in between
    ],
)
def test_submission_windows(listed: str, opening: str, closing: str) -> None:
    assert window(date.fromisoformat(listed)) == (at(opening), at(closing))


def test_ids_tell_when_a_post_was_sent() -> None:
    assert sent_at("1405698966390444037").replace(microsecond=0) == at("2021-06-18T01:28:44")
    assert sent_at(post_id(NOW, 5)) == NOW


def test_split_keeps_orders_and_totals() -> None:
    counts, hidden = split({"a": ["1", "2", "3"]}, {"a": Counts(10, 90)})
    scores = [counts[each].reposts + counts[each].likes for each in ("1", "2", "3")]
    assert sum(scores) == 100
    assert scores[0] > scores[1] > scores[2] >= 25
    assert sum(each.reposts for each in counts.values()) == 10
    assert hidden == {}


def test_split_suits_a_post_under_two_papers() -> None:
    totals = {"a": Counts(200, 300), "b": Counts(40, 30)}
    counts, hidden = split({"a": ["1", "2"], "b": ["2", "3"]}, totals)
    scores = {each: counts[each].reposts + counts[each].likes for each in counts}
    assert scores["1"] > scores["2"] > scores["3"] >= 25
    # What the shared post cannot carry alone is left for a post that is not shown.
    rest = hidden["b"]
    assert scores["2"] + scores["3"] + rest.reposts + rest.likes == 70
    with pytest.raises(ValueError, match="no counts suit the orders"):
        split({"a": ["1", "2"], "b": ["2", "1"]}, {"a": Counts(100, 100), "b": Counts(100, 100)})
    with pytest.raises(ValueError, match="post 2"):
        split({"a": ["1", "2"], "b": ["2", "3"]}, {"a": Counts(200, 0), "b": Counts(0, 200)})


def golden(day: str) -> dict[str, Any]:
    path = REFERENCE / "golden" / day / "day.json"
    if not path.exists():
        pytest.skip(f"the folder shared beside the checkout is not there: no {path}")
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


DAYS = [path.name for path in sorted((REFERENCE / "golden").glob("*"))] or ["2021-06-18"]


def linking(world: World, paper_id: str) -> list[Post]:
    link = f"https://arxiv.org/abs/{paper_id}"
    return [each for each in world.posts if any(url.expanded_url.startswith(link) for url in each.urls)]


@pytest.mark.parametrize("name", DAYS)
def test_published_days_come_out_again(name: str) -> None:
    day = golden(name)
    world = day_from_golden(day)
    opening, closing = window(date.fromisoformat(name))
    assert all(opening < each.versions[0] < closing for each in world.papers)
    for expected in day["papers"]:
        found = linking(world, expected["arxiv_id"])
        assert sum(each.reposts for each in found) == expected["retweets"]
        assert sum(each.likes for each in found) == expected["favorites"]
        assert all(max(each.reposts, each.likes) >= 10 for each in found)
        ranked = sorted(
            (each for each in found if each.state == "ok"),
            key=lambda each: (-each.reposts - each.likes, each.created_at, each.id),
        )
        assert [each.id for each in ranked] == [each["id"] for each in expected["posts"]]
        assert all(each.reposts + each.likes >= 25 for each in ranked[1:])
        assert [each.text for each in ranked] == [each["text"] for each in expected["posts"]]


def test_published_day_with_a_post_under_two_papers() -> None:
    text = "Two: https://t.co/a1 https://t.co/b2"
    urls = [
        {"start": 5, "end": 20, "url": "https://t.co/a1"},
        {"start": 21, "end": 36, "url": "https://t.co/b2"},
    ]
    sent = post_id(at("2021-06-18T10:00"))
    author = {"name": "Ada", "username": "ada"}
    shared = {"id": sent, "author": author, "lang": "en", "text": text, "entities": {"urls": urls}}
    same = {"title": "T", "authors": ["A"], "categories": ["cs.LG"], "abstract": "", "posts": [shared]}
    papers: list[dict[str, Any]] = [
        same | {"arxiv_id": f"2106.0000{number}", "retweets": 40 * number, "favorites": 40}
        for number in (1, 2)
    ]
    world = day_from_golden({"date": "2021-06-18", "papers": papers})
    assert [each.state for each in world.posts] == ["ok", "authorless", "authorless"]
    for expected in papers:
        found = linking(world, expected["arxiv_id"])
        assert sum(each.reposts for each in found) == expected["retweets"]
        assert sum(each.likes for each in found) == expected["favorites"]
    shared["entities"] = {"urls": urls[:1]}
    with pytest.raises(ValueError, match="too few links"):
        day_from_golden({"date": "2021-06-18", "papers": papers})


@pytest.mark.parametrize("name", DAYS)
def test_neighbours_surround_the_day(name: str) -> None:
    listed = date.fromisoformat(name)
    day = day_from_golden(golden(name))
    world = neighbours(day, listed)
    before, own, after = (
        sorted(each.id for each in world.papers if each.listed == when)
        for when in (working_day(listed, -1), listed, working_day(listed, 1))
    )
    assert before[-1] < own[0] < own[-1] < after[0]
    numbers = [int(each[5:]) for each in before + own]
    assert max(later - earlier for earlier, later in itertools.pairwise(numbers)) < 200
    old = [each for each in world.papers if each.datestamp == listed]
    assert sorted(len(each.versions) for each in old) == [1, 2]
    assert all(each.id < before[0] for each in old)
    hot = {each.id for each in day.papers}
    totals = {each: sum(one.reposts + one.likes for one in linking(world, each)) for each in own}
    assert {each for each, score in totals.items() if score >= 50} == hot
    assert any(0 < score < 50 for score in totals.values())
    retweets = [each for each in world.posts if each.retweet_of]
    assert len(retweets) == (3 if hot else 0)
    assert any("notarxiv.org" in url.expanded_url for each in world.posts for url in each.urls)


# --- the bundled sample ---

# The totals that were published of this day.
TOTALS = {
    "2106.09685": (2059, 229),
    "2106.09647": (717, 169),
    "2106.09578": (576, 53),
    "2106.09679": (484, 95),
    "2106.09467": (443, 83),
    "2106.09407": (332, 55),
    "2106.09650": (266, 108),
    "2106.09660": (220, 141),
    "2106.09357": (272, 45),
    "2106.09431": (225, 70),
    "2106.09681": (81, 79),
    "2106.09212": (100, 49),
    "2106.09707": (90, 32),
    "2106.09488": (36, 49),
    "2106.09608": (51, 28),
    "2106.09553": (36, 31),
}


def test_sample_day() -> None:
    assert sample.WORLD.stat().st_size < 120_000
    world = load(sample.WORLD)
    assert "invented" in world.note
    assert world.now == NOW
    assert not world.stories
    assert not world.upvotes
    papers = {each.id: each for each in world.papers}
    for paper_id, totals in TOTALS.items():
        found = linking(world, paper_id) + [
            each for each in world.posts if any(f"/pdf/{paper_id}" in url.expanded_url for url in each.urls)
        ]
        found = list({each.id: each for each in found}.values())
        assert (sum(each.reposts for each in found), sum(each.likes for each in found)) == totals
        assert all(max(each.reposts, each.likes) >= 10 for each in found)
    block = {each for each, one in papers.items() if one.listed == DAY}
    earlier = set(papers) - block
    assert set(TOTALS) < block
    assert max(earlier) < min(block)
    assert {papers[each].listed for each in earlier} == {DAY - timedelta(days=1)}
    for each in papers.values():
        assert each.abstract.startswith("Sample summary: ")
        assert (each.id in TOTALS) is not each.title.startswith("Sample paper")
        opening, closing = window(each.listed)
        assert opening < each.versions[0] < closing
    # Longer than X allows an account's name to be, so that nobody can have it.
    assert all(
        re.fullmatch(r"example_reader_\d+", each.username) and len(each.username) > 15 for each in world.users
    )
    assert all(sent_at(each.id) == each.created_at < NOW for each in world.posts)


def test_sample_day_is_told_like_the_published_one() -> None:
    published = {each["arxiv_id"]: each for each in golden("2021-06-18")["papers"]}
    papers = {each.id: each for each in load(sample.WORLD).papers}
    assert {each: (one["retweets"], one["favorites"]) for each, one in published.items()} == TOTALS
    for paper_id, expected in published.items():
        assert papers[paper_id].title == " ".join(expected["title"].split())
        assert list(papers[paper_id].authors) == expected["authors"]
        assert list(papers[paper_id].categories) == expected["categories"]
        assert expected["abstract"][:60] not in papers[paper_id].abstract
