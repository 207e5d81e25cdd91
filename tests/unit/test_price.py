"""The most that X's full archive may cost: told where days would ask it, and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from infra.local import price
from shared import settings

FRIDAY = date(2021, 6, 18)
NOW = datetime(2021, 9, 27, 9, 0, tzinfo=UTC)
ALLOWED = {"X_BEARER_TOKEN": "secret", "X_ARCHIVE_POSTS": "20000"}


def told(
    capsys: pytest.CaptureFixture[str], *days: date, left: int = 20_000, more: dict[str, str] | None = None
) -> str:
    configured = settings.parse(ALLOWED | (more or {}))
    asking = price.agreed(configured, days, NOW, left=lambda: left, is_agreed=True)
    assert asking <= set(days)
    said = capsys.readouterr().out
    assert bool(asking) == ("at most" in said), "asked is what has a price"
    return said.removeprefix("x       full archive: ").rstrip("\n")


@pytest.mark.parametrize(
    ("number", "left", "more", "text"),
    [
        (1, 20_000, {}, "1 day, at most 500 posts, $2.50"),
        (5, 20_000, {}, "5 days, at most 2,500 posts, $12.50"),
        (5, 1_234, {}, "5 days, at most 1,234 posts, $6.17"),
        (
            5,
            20_000,
            {"X_POSTS_PER_RUN": "4000", "X_POST_PRICE": "0.1"},
            "5 days, at most 20,000 posts, $2,000.00",
        ),
        # A user is one unit of a post's price where posts cost nothing, and two where they cost half.
        (1, 20_000, {"X_POST_PRICE": "0"}, "1 day, at most 500 posts, $5.00"),
        (1, 20_000, {"X_POST_PRICE": "0.008"}, "1 day, at most 500 posts, $4.00"),
        (5, 9, {}, "5 days without X, as X_ARCHIVE_POSTS is reached"),
        (5, -3, {}, "5 days without X, as X_ARCHIVE_POSTS is reached"),
    ],
)
def test_it_is_the_days_times_the_cap_of_a_run_or_what_is_left(
    number: int, left: int, more: dict[str, str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [FRIDAY - timedelta(days=4 - place) for place in range(number)]
    assert told(capsys, *days, left=left, more=more) == text


@pytest.mark.parametrize(
    "more", [{"X_BEARER_TOKEN": ""}, {"X_ARCHIVE_POSTS": "9"}, {"X_POSTS_PER_RUN": "9"}], ids=str
)
def test_where_x_is_off_there_is_none(more: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, FRIDAY, more=more) == ""


def test_a_stacks_token_is_a_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    more = {"X_BEARER_TOKEN": "", "X_BEARER_TOKEN_PARAMETER": "/hot-papers/x"}
    assert told(capsys, FRIDAY, more=more) == "1 day, at most 500 posts, $2.50"


def test_days_without_a_list_and_days_that_recent_search_reaches_cost_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    saturday, recent = FRIDAY + timedelta(days=1), NOW.date() - timedelta(days=3)
    assert told(capsys, saturday, recent) == ""
    assert told(capsys, saturday, recent, FRIDAY) == "1 day, at most 500 posts, $2.50"


def test_what_is_agreed_to_are_the_days_that_were_counted() -> None:
    saturday, recent = FRIDAY + timedelta(days=1), NOW.date() - timedelta(days=3)
    configured = settings.parse(ALLOWED)
    days = (saturday, recent, FRIDAY)
    assert price.agreed(configured, days, NOW, left=lambda: 500, is_agreed=True) == {FRIDAY}
