"""What is gone does not stay, what is kept is made good, what comes twice or too early changes nothing."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from infra.local.standin import Fault, World
from tests.steps.chain import DAY, NOW, READERS, SMALL, A, B, before, running, said, story


def test_what_was_deleted_does_not_stay_for_want_of_another_source() -> None:
    sent = said(A, 60, 40)
    world = World(papers=(*before(DAY, 10000), A), users=READERS, posts=(sent,))
    with running(world) as chain:
        chain.tick(NOW)
        assert sent.id in chain.post()
        gone = msgspec.structs.replace(sent, state="deleted")
        chain.standin.world = msgspec.structs.replace(world, posts=(gone,))
        chain.standin.faults.append(Fault("hackernews", "503"))
        chain.tick(NOW + timedelta(days=1))
        for key, body in chain.settled().items():
            assert sent.id.encode() not in body, key
        assert chain.ranking() == []


def test_a_post_that_was_kept_from_becoming_empty_is_made_good_once_all_can_be_had() -> None:
    world = World(papers=(*before(DAY, 10000), A), users=READERS, stories=(story(1, A, 60),))
    with running(world) as chain:
        chain.tick(NOW)
        fewer = msgspec.structs.replace(world, stories=(story(1, A, 10),))
        chain.standin.world = fewer
        chain.standin.faults.append(Fault("huggingface", "500"))
        chain.tick(NOW + timedelta(days=1))
        assert chain.ranking() == [(A.id, 60)], "kept, for a source is missing"
        chain.standin.faults.clear()
        chain.tick(NOW + timedelta(days=2))
        assert chain.ranking() == []


def test_a_tick_that_comes_twice_before_the_papers_are_stored_measures_once() -> None:
    posts = tuple(
        said(B, 5, 30, serial=number, by=READERS[number % 5], words=f"Post {number}.") for number in range(60)
    )
    world = World(
        papers=(*before(DAY, 10000), A, B), users=READERS, posts=(*posts, said(A, 60, 40, serial=99))
    )
    with running(world, settings={"X_POSTS_PER_RUN": "80"}) as chain:
        chain.at(NOW)
        chain.cloud.triggers.tick(NOW)
        again = chain.cloud.triggers.tick(NOW)
        assert again.result["repeated"] is True
        chain.cloud.triggers.drain()
        assert chain.data()["sources"]["x"] == {
            "state": "measured",
            "capped": True,
            "reason": "X_POSTS_PER_RUN is reached",
            "measured": True,
        }
        assert (A.id, 100) in chain.ranking()


def test_a_time_in_the_future_is_refused() -> None:
    with running(SMALL) as chain:
        ahead = {"time": "2021-07-19T07:55:00Z", "measure": True}
        refused = chain.cloud.triggers.invoke("fetch", ahead)
        assert "its time is in the future" in str(refused.exception)
