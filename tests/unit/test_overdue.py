"""When somebody is told that posts do not come."""

from __future__ import annotations

import pytest

from functions.render.overdue import cannot_list
from shared.table import Run, RunKind, RunState


def run(hour: int, failure: str = "", kind: RunKind = "list") -> RunState:
    name = f"2021-06-{18 + hour // 24}T{hour % 24:02}:55:00Z"
    return RunState(
        run=Run(id=name, kind=kind, failure=failure), status="complete", revision=0, pending=frozenset()
    )


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        (range(4, 25), True),
        (range(4, 24), False),
        (range(0), False),
        ([24], False),
        ([hour for hour in range(25) if hour != 12], False),
    ],
)
def test_arxiv_that_cannot_be_had_for_long_is_told(failing: list[int], told: bool) -> None:
    runs = [run(hour, "HTTP 403" if hour in failing else "") for hour in range(24, -1, -1)]
    assert cannot_list(runs) is told
    assert cannot_list([]) is False


def test_a_day_by_hand_says_nothing_of_the_others() -> None:
    runs = [run(24, "HTTP 403"), run(24, "", "date"), *(run(hour, "HTTP 403") for hour in range(23, 2, -1))]
    assert cannot_list(runs) is True
