"""What a reader loads, held against limits.json: more than there is a line of that file."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.reader import page, search, transfer

LIMITS = json.loads(Path(__file__).with_name("limits.json").read_text("utf-8"))


def test_the_latest_post_loads_no_more_than_it_did() -> None:
    loaded = page.front_page(page.PAPERS)
    told = {
        "assets": len(loaded.assets),
        "scripts that it waits for": len(loaded.blocking),
        "bytes": page.size(loaded),
        "bytes by gzip": page.sent(loaded),
    }
    limits = LIMITS["a page of 16 papers"]
    assert told.keys() == limits.keys()
    assert {name: number for name, number in told.items() if number > limits[name]} == {}


def test_a_first_answer_loads_no_more_than_it_did() -> None:
    loaded = search.first_answer(search.made(search.DAYS, search.REPEATS))
    told = {
        "files": len(loaded),
        "bytes": sum(map(len, loaded.values())),
        "bytes by gzip": sum(map(transfer.sent, loaded.values())),
    }
    limits = LIMITS["a search of 2,940 days"]
    assert told.keys() == limits.keys()
    assert {name: number for name, number in told.items() if number > limits[name]} == {}
