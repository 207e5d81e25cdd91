"""The stand-in speaks as Hugging Face's daily papers do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.local.standin import Standin
from tests.unit.standin.helpers import DAY, Reply, ask, get, keys, recording


def daily(standin: Standin, **params: Any) -> Reply:
    return ask(standin, "HUGGINGFACE_URL", "/daily_papers", **params)


def test_huggingface_by_date(standin: Standin) -> None:
    reply = daily(standin, date=DAY, limit=1)
    assert [(each["paper"]["id"], each["paper"]["upvotes"]) for each in reply.json] == [("2106.00102", 9)]
    following = re.fullmatch(r"<https://huggingface\.co/api(.+)>; rel=\"next\"", reply.headers["Link"])
    assert following is not None
    second = get(standin, standin.environment["HUGGINGFACE_URL"] + following[1])
    assert [(each["paper"]["id"], each["numComments"]) for each in second.json] == [("2106.00100", 2)]
    assert second.json[0]["paper"]["githubStars"] == 5
    assert "Link" not in second.headers
    assert daily(standin, date="2021-06-19").json == []
    assert daily(standin, date="2021-06-17").json[0]["title"] == "Its own title"


@pytest.mark.parametrize(
    "params", [{"limit": 101}, {"date": "2021-06-20"}, {"date": "today"}, {"sort": "best"}]
)
def test_huggingface_refuses(standin: Standin, params: dict[str, Any]) -> None:
    reply = daily(standin, **params)
    assert reply.status == 400
    assert set(reply.json) == {"error"}


def test_huggingface_looks_like_its_recording(standin: Standin) -> None:
    expected = keys(json.loads(recording("hf-daily-papers.json")))
    sent = keys(daily(standin, date=DAY).json)
    assert sent <= expected
    missing = {
        each
        for each in expected - sent
        if not re.search(r"mediaUrls|organization|authors/|projectPage", each)
    }
    assert missing == set()
