"""What X bills for whole runs that crash and are repeated, as the stand-in counts it."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from infra.local.standin import World, x
from shared import aws
from shared.clock import iso
from tests.steps.chain import DAY, NOW, READERS, A, before, running, said


@pytest.mark.parametrize("seed", range(6))
def test_runs_that_crash_and_repeat_are_billed_for_no_more_than_the_caps(seed: int) -> None:
    chance = random.Random(seed)
    days = [NOW + timedelta(days=number) for number in range(5)]
    posts = tuple(
        said(
            A,
            60,
            serial=number + 40,
            by=READERS[number % 5],
            words=f"Post {number}.",
            at=NOW + timedelta(hours=number),
        )
        for number in range(-40, 100)
    )
    world = World(papers=(*before(DAY, 10000), A), users=READERS, posts=posts)
    of_month = chance.choice([60, 90, 150])
    caps = {"X_POSTS_PER_RUN": "40", "X_POSTS_PER_MONTH": str(of_month), "MENTIONS_PER_ACCOUNT": "0"}
    answers: list[Any] = []
    answer, update = x.answer, aws.update
    crashes: list[str] = []

    def noted(*args: Any, **more: Any) -> Any:
        given = answer(*args, **more)
        answers.append(json.loads(given.body))
        return given

    def faulty(key: aws.Key, *args: Any, **more: Any) -> Any:
        fate = chance.random() if key[0].startswith("BUDGET#") else 1
        if fate < 0.15:
            crashes.append("before")
            raise SystemExit("before")
        done = update(key, *args, **more)
        if fate < 0.3:
            crashes.append("after")
            raise SystemExit("after")
        return done

    billed: list[int] = []
    with (
        running(world, settings=caps, page_sizes={"x": 15}) as chain,
        mock.patch.object(x, "answer", noted),
        mock.patch.object(aws, "update", faulty),
    ):
        for at in days:
            chain.at(at)
            billed.append(0)
            for _ in range(3):
                answers.clear()
                chain.cloud.triggers.invoke("fetch", {"time": iso(at), "measure": True})
                billed[-1] += units(answers)
            chain.cloud.triggers.drain()
    assert crashes, "no call crashed"
    assert max(billed) <= 40
    assert 0 < sum(billed) <= of_month


def units(answers: list[Any]) -> int:
    """What X bills for its answers to one execution: each post and user once, a user as two posts."""
    posts = {post["id"] for one in answers for post in one.get("data", [])}
    users = {user["id"] for one in answers for user in one.get("includes", {}).get("users", [])}
    return len(posts) + 2 * len(users)
