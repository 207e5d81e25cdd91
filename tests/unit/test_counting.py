"""Which mentions count: ignored accounts, repeated words, an account's first few; and what is told beside."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared import accounts
from shared.attention import apply, counted_of, in_order_of_counting, score, shown, totals
from shared.paper import FULL_MENTIONS, Author, Counts, Extras, Measured, Mention
from tests.unit.test_attention import ONE, RULES, RUNS, applied, ids, mention, message

BOB = Author(id="2", name="Bob", username="Bob_X")


def counting(*mentions: Mention, **rules: Any) -> Measured:
    with_rules = msgspec.structs.replace(RULES, **rules)
    return apply(None, message(RUNS[0], *mentions), with_rules)


def reasons(measured: Measured) -> dict[str, str]:
    return {id_: why for _, id_, why in measured.uncounted}


@pytest.mark.parametrize("entry", ["x:bob_x", "x:2", "bob_x"])
def test_an_ignored_account_counts_nothing_and_is_not_shown(entry: str) -> None:
    stored = counting(mention(1, 60), mention(2, 500, author=BOB), ignored=accounts.parse(entry))
    assert (stored.score, reasons(stored)) == (60, {"2": "ignored"})
    assert ids(shown(stored, RULES)) == ["1"]
    assert ids(counted_of(stored)) == ["1"]
    # Kept all the same, behind what counts, so that every number can be traced.
    assert ids(stored.mentions) == ["1", "2"]


def test_an_account_is_ignored_on_its_own_source_alone() -> None:
    story = mention(2, source="hackernews", author=BOB, counts=Counts(points=70))
    assert counting(story, ignored=accounts.parse("x:bob_x")).score == 70
    assert counting(story, ignored=accounts.parse("hackernews:bob_x")).score == 0
    # Whoever is not known by name can be ignored by id only.
    nameless = mention(3, 40, author=Author(id="2"))
    assert counting(nameless, ignored=accounts.parse("x:bob_x")).score == 40
    assert counting(nameless, ignored=accounts.parse("x:2")).score == 0


def test_the_same_words_by_one_account_count_once_whatever_link_they_end_in() -> None:
    first = mention(1, 30, text="So good!  https://t.co/one")
    again = mention(2, 40, text="so good! https://t.co/two")
    other = mention(3, 20, text="so good! https://t.co/two", author=BOB)
    stored = counting(first, again, other)
    assert (stored.score, reasons(stored)) == (60, {"1": "repeated"})


def test_two_links_without_a_word_are_the_same_words() -> None:
    stored = counting(mention(1, 30, text="https://t.co/one"), mention(2, 40, text="https://t.co/two"))
    assert (stored.score, reasons(stored)) == (40, {"1": "repeated"})


def test_so_many_mentions_of_an_account_count_the_highest_first() -> None:
    own = [mention(number, 10 * number) for number in range(1, 6)]
    stored = counting(*own, mention(9, 5, author=BOB), per_account=2)
    assert stored.score == 50 + 40 + 5
    assert reasons(stored) == {"1": "account", "2": "account", "3": "account"}
    assert counting(*own, per_account=0).score == 150
    nobodys = [mention(number, 10, author=None) for number in range(5)]
    assert counting(*nobodys, per_account=2).score == 50


def test_what_was_not_counted_stays_so_when_only_its_counts_are_kept() -> None:
    own = mention(1, 30, text="same")
    repeated = mention(2, 20, text="same")
    stored = counting(own, repeated)
    trimmed = msgspec.structs.replace(
        stored, mentions=tuple(one.compact() if one.id == "2" else one for one in stored.mentions)
    )
    after = apply(trimmed, message(RUNS[1], mention(3, 7)), RULES)
    assert (after.score, reasons(after)) == (37, {"2": "repeated"})


def test_the_rules_hold_beyond_what_is_kept_in_full() -> None:
    own = [mention(number, 10) for number in range(FULL_MENTIONS + 50)]
    stored = counting(*own, per_account=3)
    assert (stored.score, len(stored.uncounted)) == (30, len(own) - 3)
    # Strong ones that come later, when these have but their counts left, count against the same account.
    rules = msgspec.structs.replace(RULES, per_account=3)
    stronger = [mention(1000 + number, 99) for number in range(2)]
    assert apply(stored, message(RUNS[1], *stronger), rules).score == 99 * 2 + 10
    bots = [mention(number, 10, author=BOB) for number in range(FULL_MENTIONS + 50)]
    assert counting(*bots, ignored=accounts.parse("x:2")).score == 0


def test_a_message_keeps_what_counts_and_leaves_out_what_cannot_be_told_any_more() -> None:
    bots = [mention(number, 50, author=BOB) for number in range(FULL_MENTIONS + 50)]
    mine = [mention(1000 + number, 1) for number in range(5)]
    rules = msgspec.structs.replace(RULES, ignored=accounts.parse("x:2"))
    kept = in_order_of_counting([*bots, *mine], None, rules)
    assert ids(kept[:5]) == [str(1000 + number) for number in range(5)]
    assert len(kept) == FULL_MENTIONS


def test_weights_do_not_miss_the_threshold_by_a_hair() -> None:
    shares = [mention(number, likes) for number, likes in enumerate((288, 125, 54, 25, 8))]
    assert counting(*shares, weights={"x": 0.1}).score == 50


def test_what_counts_is_kept_in_full_before_what_does_not() -> None:
    spam = [mention(number, 1000 + number, author=BOB) for number in range(FULL_MENTIONS)]
    stored = counting(mention(999, 3), *spam, ignored=accounts.parse("x:2"))
    assert stored.mentions[0].id == "999"
    assert stored.mentions[0].is_full
    assert not stored.mentions[-1].is_full


def test_a_change_of_the_rules_changes_the_numbers_and_says_when() -> None:
    stored = counting(mention(1, 60), mention(2, 50, author=BOB))
    rules = msgspec.structs.replace(RULES, ignored=accounts.parse("x:2"))
    after = apply(stored, message(RUNS[1]), rules)
    assert (after.score, after.measured_at) == (60, RUNS[1])
    assert apply(after, message(RUNS[2]), rules).measured_at == RUNS[1]


def test_totals_are_of_what_counts() -> None:
    stored = counting(mention(1, 60), mention(2, 50, author=BOB), ignored=accounts.parse("x:2"))
    assert totals(counted_of(stored)) == {"x": Counts(likes=60)}
    assert score(counted_of(stored), ONE) == stored.score


# --- what Hugging Face tells beside ------------------------------------------------------------------------


def test_extras_are_the_newest_told_and_stay_when_nothing_is() -> None:
    one, two = Extras(code="https://a.example", stars=3), Extras(code="https://a.example")
    told = [
        msgspec.structs.replace(message(run), extras=extras)
        for run, extras in zip(RUNS, (one, two, None), strict=True)
    ]
    assert applied(*told[:1]).extras == one
    assert applied(*told).extras == two
    assert applied(*reversed(told)).extras == two


def test_a_paper_that_is_seen_without_extras_has_none_and_one_that_is_not_seen_keeps_them() -> None:
    there, without = Extras(code="https://a.example"), Extras()
    messages = [
        msgspec.structs.replace(message(run), extras=extras)
        for run, extras in zip(RUNS, (there, without, None), strict=True)
    ]
    assert applied(*messages).extras == without
    assert applied(*reversed(messages)).extras == without
