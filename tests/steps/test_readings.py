"""What nobody knows for certain of the attention's sources comes out the same in either reading.

docs/sources.md has the table of them; those of arXiv are in test_readings_arxiv.py.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from infra.local.standin import Fault, World
from infra.local.standin.build import bluesky_post, post
from infra.local.standin.readings import Readings
from infra.local.standin.world import Upvotes
from tests.steps.chain import (
    DAY,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    C,
    Chain,
    before,
    noon,
    paper,
    running,
    skeet,
    votes,
)

ONE_DAY = timedelta(days=1)
D = paper(10050)
RANKING = list(SCORES.items())


def world(**more: Any) -> World:
    """The day's papers, another one, and whatever is said of them."""
    return World(papers=(*before(DAY, 10000), A, B, C, D), users=READERS, **more)


def state(chain: Chain, source: str) -> dict[str, Any]:
    (line,) = [line for line in chain.status()["sources"] if line["name"] == source]
    return dict(line)


def from_now(seconds: float) -> str:
    """A moment as a rate header tells it: by the clock on the wall, as http.py goes."""
    return str(int(datetime.now(UTC).timestamp() + seconds))


# --- X -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("search", ["words", "substring", "hosts"])
def test_links_are_found_however_x_takes_them_apart(search: Any) -> None:
    links = {
        A: f"https://arxiv.org/abs/{A.id}",
        B: f"https://export.arxiv.org/pdf/{B.id}v2",
        C: f"https://www.alphaxiv.org/abs/{C.id}",
        D: f"https://doi.org/10.48550/arXiv.{D.id}",
    }
    posts = [
        post(noon(DAY), READERS[number], "Read.", [link], serial=number, reposts=90 - number)
        for number, link in enumerate(links.values())
    ]
    posts.append(
        post(noon(DAY), READERS[4], "No.", [f"https://notarxiv.org/abs/{A.id}"], serial=9, reposts=99)
    )
    with running(world(posts=tuple(posts)), readings=Readings(x_search=search)) as chain:
        chain.order(date=str(DAY))
        assert chain.ranking() == [(A.id, 90), (B.id, 89), (C.id, 88), (D.id, 87)]


@pytest.mark.parametrize("missing", ["both", "resource_id", "value"])
@pytest.mark.parametrize(("kind", "vocabulary"), [("deleted", "tweet"), ("protected", "post")])
def test_a_post_that_is_gone_is_dropped_whatever_names_it(missing: Any, kind: str, vocabulary: Any) -> None:
    with running(SMALL, readings=Readings(x_missing=missing), vocabulary=vocabulary) as chain:
        chain.tick(NOW)
        gone = msgspec.structs.replace(SMALL.posts[0], state=kind)
        chain.standin.world = msgspec.structs.replace(SMALL, posts=(gone, *SMALL.posts[1:]))
        chain.tick(NOW + ONE_DAY)
        assert chain.ranking() == RANKING[1:]
        assert all(gone.id not in chain.read(key) for key in (f"{DAY}.json", f"{DAY}.html"))


@pytest.mark.parametrize("author", ["always", "expanded"])
def test_authors_are_named_whether_or_not_the_newer_words_tell_them(author: Any) -> None:
    with running(SMALL, readings=Readings(x_author=author), vocabulary="post") as chain:
        for moment in (NOW, NOW + ONE_DAY, NOW + 4 * ONE_DAY):
            chain.tick(moment)
            assert chain.ranking() == RANKING
            assert chain.post().count('(@reader_0) <a href="https://twitter.com/reader_0/status/') == 3
            page = chain.read(f"{DAY}.html")
            assert page.count('<a href="https://x.com/reader_0/status/') == 3


def test_no_address_without_a_name_is_told_anywhere() -> None:
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault("x", "500", match="/tweets?"))
        chain.order(date=str(DAY))
        assert chain.ranking() == RANKING
        assert [key for key, body in chain.bucket().items() if b"/i/status/" in body] == []
        mentions = chain.data()["papers"][0]["mentions"]
        assert not any("url" in one for one in mentions if one["source"] == "x")
        chain.standin.faults.clear()
        chain.tick(NOW + ONE_DAY)
        (named,) = [one for one in chain.data()["papers"][0]["mentions"] if one["source"] == "x"]
        assert named["url"] == f"https://x.com/reader_0/status/{named['id']}"
        assert [key for key, body in chain.bucket().items() if b"/i/status/" in body] == []


@pytest.mark.parametrize(
    ("reset", "waited", "is_measured"),
    [(None, 1, True), (30, 29, True), (900, 0, False)],
    ids=["no headers", "half a minute", "a quarter of an hour"],
)
def test_a_rate_limit_of_x_is_waited_for_if_it_says_how_long_or_not(
    reset: float | None, waited: float, is_measured: bool
) -> None:
    told = "" if reset is None else from_now(reset)
    headers = {"x-rate-limit-reset": told, "x-rate-limit-remaining": told and "0"}
    began = time.monotonic()
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault("x", "429", times=1, headers=headers))
        chain.order(date=str(DAY))
        # The header names a moment: what passes by itself until it is asked need not be waited for.
        passed = time.monotonic() - began
        assert waited - 1 - passed <= chain.waits.slept <= waited + 1
        assert (state(chain, "x")["state"] == "measured") is is_measured
        assert (chain.ranking() == RANKING) is is_measured
        assert ("X unavailable" in chain.post()) is not is_measured


# --- Bluesky -----------------------------------------------------------------------------------------

ON_BLUESKY = world(
    bluesky=(
        skeet(A, 60),
        bluesky_post(
            noon(DAY), "b.example.com", "B", "A card.", card=f"https://arxiv.org/abs/{B.id}", reposts=59
        ),
        bluesky_post(
            noon(DAY),
            "c.example.com",
            "C",
            "Elsewhere:",
            [f"https://huggingface.co/papers/{C.id}"],
            reposts=58,
        ),
        bluesky_post(
            noon(DAY), "d.example.com", "D", "And there:", [f"https://alphaxiv.org/abs/{D.id}"], reposts=57
        ),
        bluesky_post(
            noon(DAY), "e.example.com", "E", "No.", [f"https://notarxiv.org/abs/{A.id}"], reposts=99
        ),
    )
)


@pytest.mark.parametrize("reading", ["any", "text", "no_star", "star_literal"])
def test_bluesky_is_searched_whatever_asking_for_anything_means(reading: Any) -> None:
    with running(ON_BLUESKY, bluesky_query=reading) as chain:
        chain.order(date=str(DAY))
        assert chain.ranking() == [(A.id, 60), (B.id, 59), (C.id, 58), (D.id, 57)]


@pytest.mark.parametrize("kind", ["expired_token", "expired_token_401"])
@pytest.mark.parametrize("after", [0, 2])
def test_a_token_of_bluesky_may_expire_with_either_status(kind: str, after: int) -> None:
    with running(ON_BLUESKY) as chain:
        chain.standin.faults.append(Fault("bluesky", kind, times=1, after=after, match="searchPosts"))
        chain.order(date=str(DAY))
        assert [one for one, _ in chain.ranking()] == [A.id, B.id, C.id, D.id]


@pytest.mark.parametrize(("domain", "found"), [("host", [A, C]), ("below", [A, B, C])])
def test_links_below_a_domain_count_where_bluesky_finds_them(domain: Any, found: list[Any]) -> None:
    addresses = [
        f"https://www.arxiv.org/abs/{A.id}",
        f"https://export.arxiv.org/abs/{B.id}",
        f"https://arxiv.org/abs/{C.id}",
        f"https://info.arxiv.org/abs/{D.id}",
    ]
    posts = tuple(
        bluesky_post(noon(DAY), f"{number}.example.com", None, "See", [link], reposts=60 - number)
        for number, link in enumerate(addresses)
    )
    with running(world(bluesky=posts), readings=Readings(bluesky_domain=domain)) as chain:
        chain.order(date=str(DAY))
        assert [one for one, _ in chain.ranking()] == [one.id for one in found], "info. has no papers"


@pytest.mark.parametrize("end", [None, 10])
def test_what_counts_most_is_found_where_the_cursor_ends_early(end: int | None) -> None:
    quiet = tuple(
        skeet(A, 1, serial=number, at=noon(DAY, 13), words=f"Post {number}.", handle=f"n{number}.example.com")
        for number in range(40)
    )
    loud = (skeet(B, 60, at=noon(DAY, 9)), skeet(C, 55, at=noon(DAY, 8)))
    with running(
        world(bluesky=(*quiet, *loud)), readings=Readings(bluesky_end=end), page_sizes={"bluesky": 5}
    ) as chain:
        chain.order(date=str(DAY))
        assert chain.ranking() == [(B.id, 60), (C.id, 55)]
        # What was found stays when the next search ends before it.
        more = tuple(msgspec.structs.replace(one, reposts=90) for one in quiet)
        chain.standin.world = world(bluesky=(*more, *loud))
        chain.order(NOW + timedelta(hours=1), date=str(DAY))
        assert chain.ranking()[-2:] == [(B.id, 60), (C.id, 55)]


# --- bodies and headers of failures ------------------------------------------------------------------


@pytest.mark.parametrize("source", ["x", "bluesky", "hackernews", "huggingface"])
@pytest.mark.parametrize("form", ["html", "json"])
def test_a_failure_is_one_whatever_its_body(source: str, form: Any) -> None:
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault(source, "403", form=form))
        chain.order(date=str(DAY))
        assert state(chain, source)["state"] == "unavailable"
        assert "HTTP 403" in state(chain, source)["reason"]
        others = [line["state"] for line in chain.status()["sources"] if line["name"] != source]
        assert others == ["measured"] * 3


@pytest.mark.parametrize("source", ["bluesky", "hackernews", "huggingface"])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_rate_limit_is_waited_for_whether_or_not_it_says_how_long(source: str, is_told: bool) -> None:
    told: dict[str, dict[str, str]] = {
        "bluesky": {"ratelimit-reset": from_now(30), "ratelimit-remaining": "0"},
        "hackernews": {"Retry-After": "30"},
        "huggingface": {"RateLimit": '"api";r=0;t=30'},
    }
    headers = told[source] if is_told else dict.fromkeys(told[source], "")
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault(source, "429", times=1, headers=headers))
        chain.order(date=str(DAY))
        assert state(chain, source)["state"] == "measured"
        assert chain.ranking() == RANKING
        assert (chain.waits.slept > 25) is is_told
        assert chain.waits.slept > 0


# --- Hacker News and Hugging Face --------------------------------------------------------------------


@pytest.mark.parametrize("comments", [6, None])
@pytest.mark.parametrize("points", [45, None])
def test_points_that_are_not_told_are_not_nothing(points: int | None, comments: int | None) -> None:
    untold = msgspec.structs.replace(SMALL.stories[1], points=points, comments=comments)
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        chain.standin.world = msgspec.structs.replace(SMALL, stories=(SMALL.stories[0], untold))
        chain.tick(NOW + ONE_DAY)
        assert chain.ranking() == RANKING
        assert "45 points" in chain.post()
    with running(msgspec.structs.replace(SMALL, stories=(SMALL.stories[0], untold))) as chain:
        chain.order(date=str(DAY))
        assert not re.search(r"\b0 points", chain.read(f"{DAY}.html"))
        # 26 by X and Hugging Face.
        assert (C.id in dict(chain.ranking())) is (points is not None)


@pytest.mark.parametrize("today", ["utc", "eastern"])
def test_hugging_faces_day_may_begin_later_than_ours(today: Any) -> None:
    night = NOW.replace(hour=2)
    with running(SMALL, night, readings=Readings(huggingface_today=today)) as chain:
        chain.order(night, date=str(DAY))
        assert chain.ranking() == RANKING
        assert state(chain, "huggingface")["state"] == "measured"


def test_another_refusal_of_hugging_face_is_one() -> None:
    with running(SMALL) as chain:
        chain.standin.faults.append(Fault("huggingface", "400", match="date=2021-06-18"))
        chain.order(date=str(DAY))
        assert state(chain, "huggingface")["state"] == "unavailable"


@pytest.mark.parametrize("later", [0, 1, 3])
def test_votes_count_under_whichever_date_a_paper_was_submitted(later: int) -> None:
    upvotes = (Upvotes(paper=A.id, date=DAY + later * ONE_DAY, upvotes=70), votes(B, 60))
    with running(world(upvotes=upvotes)) as chain:
        moment = NOW + 4 * ONE_DAY
        chain.order(moment, date=str(DAY))
        assert chain.ranking() == [(A.id, 70), (B.id, 60)]
