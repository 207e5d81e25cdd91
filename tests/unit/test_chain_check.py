"""The gate's look at the containers' answers finds what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.containers.chain import DAY, answers, faults

SAID = (
    "Build Succeeded\n"
    'fetch  {"queued": 2}\nscore  {"batchItemFailures": []}\n'
    f'render  {{"published": [{{"days": ["{DAY}"]}}]}}\n'
)
OBJECTS = (f"posts/{DAY}/post.md", f"{DAY}.html")


def test_a_chain_that_ran_has_no_fault() -> None:
    assert faults(answers(SAID), OBJECTS) == []


@pytest.mark.parametrize(
    ("step", "answer", "fault"),
    [
        ("fetch", {"queued": 0}, "fetch"),
        ("score", {"batchItemFailures": [{"itemIdentifier": "1"}]}, "score"),
        ("render", {"published": []}, "render"),
    ],
)
def test_each_fault_is_named(step: str, answer: dict[str, Any], fault: str) -> None:
    (found,) = faults(answers(SAID) | {step: [answer]}, OBJECTS)
    assert fault in found


def test_an_empty_bucket_is_one() -> None:
    assert len(faults(answers(SAID), ())) == 2
