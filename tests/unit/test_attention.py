"""Merging, scoring and choosing mentions: the arithmetic that decides what is hot and what is shown."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.attention import (
    Rules,
    apply,
    merge_mentions,
    rank_mentions,
    score,
    selected,
    shown,
    totals,
)
from shared.paper import (
    FULL_MENTIONS,
    MESSAGE_VERSION,
    Author,
    Counts,
    Measured,
    Mention,
    Message,
    Paper,
    SourceName,
    SourceState,
)

PAPER = Paper(id="2106.09685", title="LoRA", authors=("A",), categories=("cs.CL",), listed="2021-06-18")
ONE = {"x": 1.0, "hackernews": 1.0, "huggingface": 1.0}
RULES = Rules(weights=ONE, show_from=25)
START = datetime(2021, 6, 18, tzinfo=UTC)
RUNS = [f"2021-06-{day}T07:55:00Z" for day in (19, 20, 21)]
ADA = Author(id="1", name="Ada", username="ada")


def mention(number: int | str, likes: int = 0, *, source: SourceName = "x", **more: Any) -> Mention:
    values: dict[str, Any] = {
        "author": ADA,
        "created_at": START + timedelta(minutes=int(number)),
        "url": f"https://x.com/ada/status/{number}",
        "text": f"words {number}",
        "counts": Counts(likes=likes),
    }
    return Mention(source=source, id=str(number), **(values | more))


def paper_of(mentions: Iterable[Mention], **more: Any) -> Measured:
    return Measured(paper=PAPER, mentions=tuple(mentions), **more)


def message(run: str, *mentions: Mention, dropped: tuple[str, ...] = ()) -> Message:
    return Message(
        v=MESSAGE_VERSION,
        run=run,
        paper=PAPER,
        mentions=mentions,
        dropped=tuple(("x", one) for one in dropped),
        sources={"x": SourceState(state="measured", measured_at=run)},
    )


def applied(*messages: Message, stored: Measured | None = None) -> Measured:
    for each in messages:
        stored = apply(stored, each, RULES)
    assert stored
    return stored


def ids(mentions: tuple[Mention, ...]) -> list[str]:
    return [each.id for each in mentions]


# --- score and order ---------------------------------------------------------------------------------------


def test_the_score_is_weight_times_engagement_over_all_sources() -> None:
    mentions = [
        mention(1, counts=Counts(reposts=3, likes=4, replies=100)),
        mention(2, source="hackernews", counts=Counts(points=10, comments=100)),
        mention(3, source="huggingface", counts=Counts(upvotes=5)),
    ]
    assert score(mentions, ONE) == 22
    assert score(mentions, {"x": 0.5, "hackernews": 2, "huggingface": 0}) == 23.5
    assert score([], ONE) == 0


def test_totals_are_told_by_source() -> None:
    mentions = [
        mention(1, counts=Counts(reposts=3, likes=4)),
        mention(2, counts=Counts(reposts=1, replies=2)),
        mention(3, source="hackernews", counts=Counts(points=10)),
    ]
    assert totals(mentions) == {
        "x": Counts(reposts=4, likes=4, replies=2),
        "hackernews": Counts(points=10),
    }


def test_mentions_stand_by_score_then_time_then_age_of_their_id() -> None:
    early, late = START, START + timedelta(hours=1)
    wanted = [
        mention(5, 9, created_at=late),
        mention(7, 5, created_at=early),
        mention(9, 5, created_at=late),
        mention(10, 5, created_at=late),
        mention(11, 5, created_at=late),
    ]
    for order in itertools.permutations(wanted):
        assert list(rank_mentions(order, ONE)) == wanted


def test_the_weight_of_a_source_orders_too() -> None:
    story = mention(1, source="hackernews", counts=Counts(points=10))
    assert ids(rank_mentions([mention(2, 15), story], {"x": 1, "hackernews": 2})) == ["1", "2"]


# --- what is shown -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("likes", "expected"),
    [
        ([], 0),
        ([3], 1),  # the first always
        ([3, 2], 1),
        ([30, 24], 1),
        ([30, 25], 2),
        ([30, 26, 25, 24], 3),
        ([100] * 10, 10),
        ([100] * 11, 10),  # ten at most
    ],
)
def test_the_first_is_shown_and_others_from_25_on_ten_at_most(likes: list[int], expected: int) -> None:
    mentions = [mention(number, count) for number, count in enumerate(likes)]
    assert ids(shown(paper_of(reversed(mentions)), RULES)) == [str(number) for number in range(expected)]


def test_a_nameless_mention_is_counted_but_not_shown() -> None:
    nameless = mention(1, 90, author=Author(id="2"))
    nobodys = mention(2, 80, author=None)
    mentions = (nameless, nobodys, mention(3, 70))
    assert ids(selected(paper_of(mentions), RULES)) == ["1", "2", "3"]
    assert ids(shown(paper_of(mentions), RULES)) == ["3"]
    assert score(mentions, ONE) == 240


def test_only_posts_with_a_text_can_be_embedded() -> None:
    story = mention(1, source="hackernews", counts=Counts(points=500))
    mentions = [story, mention(2, 400).compact(), mention(3, 30)]
    assert ids(shown(paper_of(mentions), RULES)) == ["3"]


# --- merging -----------------------------------------------------------------------------------------------


def test_the_same_mention_is_one_by_source_and_id_with_the_newest_counts() -> None:
    story = mention(1, source="hackernews", counts=Counts(points=3))
    merged = merge_mentions([mention(1, 5), mention(2, 5)], [mention(1, 8), story])
    assert {key: each.counts.engagement for key, each in merged.items()} == {
        ("x", "1"): 8,
        ("x", "2"): 5,
        ("hackernews", "1"): 3,
    }


def test_what_the_newer_one_does_not_know_stays_known() -> None:
    named, nameless = mention(1, 5), mention(1, 8, author=Author(id="1"), url="https://x.com/i/status/1")
    (one,) = merge_mentions([named], [nameless]).values()
    assert (one.author, one.url, one.counts.likes) == (ADA, named.url, 8)
    (other,) = merge_mentions([named], [mention(1, 9).compact()]).values()
    assert (other.text, other.counts.likes) == ("words 1", 9)
    (third,) = merge_mentions([named.compact()], [nameless]).values()
    assert third == nameless


def test_counts_may_fall() -> None:
    stored = applied(message(RUNS[0], mention(1, 80)), message(RUNS[1], mention(1, 60)))
    assert stored.score == 60


# --- applying messages --------------------------------------------------------------------------------------


def test_a_first_message_makes_the_paper() -> None:
    stored = applied(message(RUNS[0], mention(1, 5), mention(2, 9)))
    assert (stored.paper, ids(stored.mentions), stored.score) == (PAPER, ["2", "1"], 14)
    assert (stored.run, stored.measured_at) == (RUNS[0], RUNS[0])


def test_a_sweep_that_does_not_return_a_mention_says_nothing_about_it() -> None:
    stored = applied(message(RUNS[0], mention(1, 5)), message(RUNS[1]))
    assert ids(stored.mentions) == ["1"]
    assert (stored.run, stored.measured_at) == (RUNS[1], RUNS[0])


def test_numbers_that_did_not_change_keep_their_time() -> None:
    first = applied(message(RUNS[0], mention(1, 5)))
    again = applied(message(RUNS[1], mention(1, 5)), stored=first)
    assert (again.run, again.measured_at) == (RUNS[1], RUNS[0])
    assert applied(message(RUNS[2], mention(1, 6)), stored=again).measured_at == RUNS[2]


MESSAGES = [
    message(RUNS[0], mention(1, 5), mention(2, 5), mention(3, 5)),
    message(RUNS[1], mention(1, 7), mention(4, 5, author=Author(id="9")), dropped=("2",)),
    message(RUNS[2], mention(1, 6), mention(5, 5).compact(), dropped=("3",)),
]


def test_messages_may_come_in_any_order() -> None:
    for order in itertools.permutations(MESSAGES[1:]):
        stored = applied(MESSAGES[0], *order)
        assert stored.paper == PAPER
        assert stored.run == RUNS[2]
        assert {each.id: each.counts.likes for each in stored.mentions if each.id != "2"} == {
            "1": 6,
            "4": 5,
            "5": 5,
        }
        assert stored.sources["x"].measured_at == RUNS[2]
        assert "3" not in ids(stored.mentions)


def test_an_older_message_adds_what_is_unknown_and_overrides_nothing() -> None:
    newer = applied(message(RUNS[1], mention(1, 7)))
    both = applied(message(RUNS[0], mention(1, 99), mention(2, 3)), stored=newer)
    assert {each.id: each.counts.likes for each in both.mentions} == {"1": 7, "2": 3}
    assert (both.run, both.sources) == (newer.run, newer.sources)


def test_what_was_dropped_stays_dropped_until_it_is_seen_again() -> None:
    gone = applied(message(RUNS[0], mention(1, 5), mention(2, 5)), message(RUNS[1], dropped=("1",)))
    assert (ids(gone.mentions), gone.score) == (["2"], 5)
    late = applied(message(RUNS[0], mention(1, 5)), stored=gone)
    assert ids(late.mentions) == ["2"]
    assert ids(applied(message(RUNS[2]), stored=gone).mentions) == ["2"]
    assert ids(applied(message(RUNS[2], mention(1, 8)), stored=gone).mentions) == ["1", "2"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_applying_a_message_twice_changes_nothing_more(count: int) -> None:
    once = applied(*MESSAGES[:count])
    assert applied(*[each for each in MESSAGES[:count] for _ in range(2)]) == once
    assert applied(MESSAGES[count - 1], stored=once) == once


# --- many mentions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("likes", [0, 10])
def test_the_300_best_stay_full_however_often_the_paper_is_measured(likes: int) -> None:
    # All alike, as posts at the floor of the search are: compact ones have no time to be ordered by.
    many = message(RUNS[0], *(mention(number, likes) for number in range(FULL_MENTIONS + 50)))
    stored = applied(many)
    full = [each.id for each in stored.mentions if each.is_full]
    assert full == [str(number) for number in range(FULL_MENTIONS)]
    assert len(stored.mentions) == FULL_MENTIONS + 50
    for run in RUNS[1:]:
        story = mention(1, source="hackernews", counts=Counts(points=0 if not likes else 11))
        stored = applied(message(run, story), stored=stored)
        still = [each.id for each in stored.mentions if each.is_full and each.source == "x"]
        assert len(still) >= FULL_MENTIONS - 1
        assert set(still) <= set(full)


def test_trimming_costs_no_score_and_repeats_to_the_same() -> None:
    many = message(RUNS[0], *(mention(number, number % 7) for number in range(1000)))
    stored = applied(many)
    assert stored.score == sum(number % 7 for number in range(1000))
    assert applied(many, stored=stored) == stored
    empty = applied(message(RUNS[0]), stored=stored)
    assert msgspec.structs.replace(empty, sources=stored.sources) == stored
