"""score against the table: what fails alone, what races, what is kept and for how long."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import msgspec
import pytest

from functions.score.papers import Delivery, store
from infra.local.standin import World
from shared import attention, aws, history, run_states, settings, table
from shared.paper import (
    MESSAGE_VERSION,
    Author,
    Counts,
    Extras,
    Measured,
    Mention,
    Message,
    Paper,
    SourceState,
    encode_message,
)
from shared.run_states import Run
from tests.steps.chain import Chain, running

RUN, LATER = "2021-06-19T07:55:00Z", "2021-06-20T07:55:00Z"
LISTED = "2021-06-18"


@pytest.fixture(name="chain", scope="module")
def _chain() -> Iterator[Chain]:
    with running(World()) as chain:
        yield chain


@pytest.fixture(name="environment", autouse=True)
def _environment(chain: Chain) -> Iterator[None]:
    """The table as score sees it, empty."""
    with mock.patch.dict("os.environ", chain.cloud.environments["score"]):
        settings.get.cache_clear()
        for item in chain.items():
            aws.client("dynamodb").delete_item(
                TableName=settings.get().table_name, Key={"pk": item["pk"], "sk": item["sk"]}
            )
        yield
    settings.get.cache_clear()


def paper(paper_id: str = "2106.00001") -> Paper:
    return Paper(id=paper_id, title="T", authors=("A",), categories=("cs.LG",), listed=LISTED)


def mention(number: int, likes: int, **more: Any) -> Mention:
    return Mention(
        source="x",
        id=str(number),
        counts=Counts(likes=likes),
        created_at=datetime(2021, 6, 18, tzinfo=UTC),
        **more,
    )


def message(*mentions: Mention, run: str = RUN, paper_id: str = "2106.00001", **more: Any) -> Message:
    return Message(v=MESSAGE_VERSION, run=run, paper=paper(paper_id), mentions=mentions, **more)


def begin(*paper_ids: str, run: str = RUN) -> None:
    run_states.put(Run(id=run, kind="measure"), set(paper_ids))


def deliver(*messages: Message) -> list[str]:
    return store(settings.get(), [Delivery(id=str(n), message=one) for n, one in enumerate(messages)])


def stored(paper_id: str = "2106.00001") -> Measured:
    found = table.stored_papers([table.paper_key(LISTED, paper_id)])
    (one,) = found.values()
    assert one.measured is not None
    return one.measured


def run_state(run: str = RUN) -> run_states.RunState:
    state = run_states.get(run)
    assert state is not None
    return state


_PUT_TOGETHER = aws.put_together


def unlucky(sk: str, error: Exception) -> Callable[[Sequence[aws.Put]], None]:
    """Writing fails where an item of this sort key is among what is written."""

    def put_together(puts: Sequence[aws.Put]) -> None:
        if any(put.item["sk"] == sk for put in puts):
            raise error
        _PUT_TOGETHER(puts)

    return put_together


@contextmanager
def overtaken_by(*messages: Message) -> Iterator[None]:
    """Within it others deliver these messages just before the first write."""
    others = list(messages)

    def put_together(puts: Sequence[aws.Put]) -> None:
        while others:
            assert deliver(others.pop()) == []
        _PUT_TOGETHER(puts)

    with mock.patch.object(aws, "put_together", put_together):
        yield


# --- what fails, fails alone -------------------------------------------------------------------------


def bad_messages() -> list[str]:
    good = json.loads(encode_message(message(mention(1, 5))))
    return [
        "{not JSON",
        "[]",
        "{}",
        "null",
        json.dumps(good | {"v": 2}),
        json.dumps(good | {"v": "1"}),
        json.dumps({name: value for name, value in good.items() if name != "paper"}),
        json.dumps(good | {"mentions": [{"source": "y", "id": "1", "counts": {}}]}),
        json.dumps(good | {"mentions": [{"source": "x", "id": 1, "counts": {}}]}),
    ]


def test_what_is_no_message_goes_to_the_dead_letters_by_itself(chain: Chain) -> None:
    ids = [f"2106.{number:05}" for number in range(20)]
    begin(*ids)
    good = [encode_message(message(mention(1, 60), paper_id=each)) for each in ids]
    bad = bad_messages()
    chain.send(*good[:10], *bad, *good[10:])
    dead = chain.cloud.triggers.failures()["score"]
    chain.cloud.triggers.drain()
    assert chain.cloud.triggers.failures()["score"] == dead + len(bad)
    assert {stored(each).score for each in ids} == {60}
    assert run_state().status == "complete"


def test_a_paper_that_cannot_be_written_comes_again_alone() -> None:
    begin("2106.00001", "2106.00002")
    messages = [message(mention(1, 5)), message(mention(1, 5), paper_id="2106.00002")]
    with mock.patch.object(aws, "put_together", unlucky("PAPER#2106.00001", aws.RefusedError("no luck"))):
        assert deliver(*messages) == ["0"]
    assert run_state().pending == {"2106.00001"}
    assert run_state().status == "open"
    assert deliver(messages[0]) == []
    assert run_state().status == "complete"


def test_a_service_that_is_away_is_not_asked_for_each_paper() -> None:
    begin("2106.00001", "2106.00002")
    messages = [message(mention(1, 5)), message(mention(1, 5), paper_id="2106.00002")]
    with mock.patch.object(aws, "put_together", side_effect=RuntimeError("away")) as put:
        assert deliver(*messages) == ["0", "1"]
    assert put.call_count == 1
    assert run_state().pending == {"2106.00001", "2106.00002"}


def test_a_message_that_cannot_be_merged_fails_alone() -> None:
    begin("2106.00001", "2106.00002")
    apply = attention.apply

    def failing(before: Measured | None, one: Message, rules: attention.Rules) -> Measured:
        if one.mentions[0].id == "2":
            raise RuntimeError("no luck")
        return apply(before, one, rules)

    with mock.patch.object(attention, "apply", failing):
        assert deliver(*(message(mention(number, 5)) for number in (1, 2, 3))) == ["1"]
    assert stored().score == 10


def test_papers_that_cannot_be_taken_off_come_again_and_change_nothing() -> None:
    begin("2106.00001")
    with mock.patch.object(run_states, "take_off", side_effect=RuntimeError("no luck")):
        assert deliver(message(mention(1, 5))) == ["0"]
    assert stored().score == 5
    assert deliver(message(mention(1, 5))) == []
    assert stored().score == 5
    assert (run_state().status, run_state().revision) == ("complete", 0)


# --- races -------------------------------------------------------------------------------------------


def test_a_paper_that_somebody_else_wrote_meanwhile_is_merged_with() -> None:
    begin("2106.00001")
    begin("2106.00001", run=LATER)
    with overtaken_by(message(mention(2, 40), run=LATER)):
        assert deliver(message(mention(1, 5))) == []
    assert {one.id: one.counts.likes for one in stored().mentions} == {"1": 5, "2": 40}
    assert (stored().score, stored().run, stored().measured_at) == (45, LATER, LATER)


def test_a_lost_race_is_run_again() -> None:
    begin("2106.00001")
    outcomes = [aws.ConditionFailedError("version = :version"), mock.DEFAULT]
    with mock.patch.object(aws, "put_together", side_effect=outcomes, wraps=aws.put_together) as put:
        assert deliver(message(mention(1, 5))) == []
    assert put.call_count == 2
    assert stored().score == 5


def test_races_without_an_end_leave_the_message_to_the_queue() -> None:
    begin("2106.00001")
    with mock.patch.object(aws, "put_together", side_effect=aws.ConditionFailedError("version")):
        assert deliver(message(mention(1, 5))) == ["0"]
    assert run_state().status == "open"


def test_both_messages_of_a_batch_about_one_paper_count() -> None:
    begin("2106.00001")
    assert deliver(message(mention(1, 5)), message(mention(1, 5)), message(mention(2, 7))) == []
    assert stored().score == 12


# --- merging in the table ----------------------------------------------------------------------------


def test_newer_counts_win_and_what_was_dropped_stays_so() -> None:
    begin("2106.00001")
    begin("2106.00001", run=LATER)
    named = Author(id="9", name="Ada", username="ada")
    deliver(message(mention(1, 5, author=named), mention(2, 6), mention(3, 7)))
    deliver(message(mention(1, 3), run=LATER, dropped=(("x", "2"),)))
    assert {one.id: one.counts.likes for one in stored().mentions} == {"1": 3, "3": 7}
    assert next(one for one in stored().mentions if one.id == "1").author == named
    # The older run's message once more, after the newer one.
    deliver(message(mention(1, 5), mention(2, 6), mention(4, 8)))
    assert {one.id: one.counts.likes for one in stored().mentions} == {"1": 3, "3": 7, "4": 8}
    assert stored().run == LATER


def test_numbers_that_did_not_change_keep_their_time() -> None:
    begin("2106.00001")
    begin("2106.00001", run=LATER)
    states = {"x": SourceState(state="measured", measured_at=LATER)}
    deliver(message(mention(1, 5)))
    deliver(message(mention(1, 5), run=LATER, sources=states))
    assert (stored().measured_at, stored().run) == (RUN, LATER)


def test_only_papers_that_were_never_hot_expire() -> None:
    begin("2106.00001", "2106.00002", run=RUN)
    begin("2106.00002", run=LATER)
    deliver(message(mention(1, 49)), message(mention(1, 50), paper_id="2106.00002"))
    deliver(message(mention(1, 10), run=LATER, paper_id="2106.00002"))
    items = {one["sk"]: one for one in aws.query(table.day_key(LISTED), "PAPER#")}
    expires = datetime.fromtimestamp(items["PAPER#2106.00001"]["expires_at"], UTC)
    assert expires == datetime(2021, 8, 18, tzinfo=UTC), "60 days after the run"
    assert "expires_at" not in items["PAPER#2106.00002"], "it was hot once"


def test_many_long_mentions_fit_the_message_and_the_item() -> None:
    begin("2106.00001")
    many = tuple(mention(number, number, text="ü" * 4000) for number in range(1000))
    big = message(*(one.compact() if one.counts.likes < 700 else one for one in many))
    best_first = msgspec.structs.replace(big, mentions=tuple(reversed(big.mentions)))
    assert deliver(best_first) == []
    assert stored().score == sum(range(1000)), "those that are not kept in full count, too"
    assert stored().mentions[0].is_full
    assert not stored().mentions[999].is_full


# --- history -----------------------------------------------------------------------------------------


def noted(paper_id: str = "2106.00001") -> dict[str, float]:
    dates = ["2021-06-18", "2021-06-19", "2021-06-20"]
    points = history.of_papers([paper_id], dates).get(paper_id, {})
    return {date: point.score for date, point in sorted(points.items())}


def item_of(pk: str, sk: str) -> aws.Item:
    item = aws.get((pk, sk))
    assert item is not None
    return item


def test_a_paper_is_noted_on_each_date_on_which_its_numbers_changed() -> None:
    begin("2106.00001")
    begin("2106.00001", run=LATER)
    deliver(message(mention(1, 60)), message(mention(1, 60)))
    assert noted() == {"2021-06-19": 60}
    deliver(message(mention(1, 60), run=LATER))
    assert noted() == {"2021-06-19": 60}, "nothing has changed"
    deliver(message(mention(1, 70), mention(2, 5), run=LATER))
    assert noted() == {"2021-06-19": 60, "2021-06-20": 75}
    (point,) = history.of_papers(["2106.00001"], ["2021-06-20"])["2106.00001"].values()
    assert point.totals == {"x": Counts(likes=75)}


def test_a_paper_that_nobody_mentions_has_no_history_and_one_that_lost_all_has() -> None:
    begin("2106.00001", "2106.00002")
    begin("2106.00001", run=LATER)
    deliver(message(mention(1, 60)), message(paper_id="2106.00002"))
    assert noted("2106.00002") == {}
    deliver(message(run=LATER, dropped=(("x", "1"),)))
    assert noted() == {"2021-06-19": 60, "2021-06-20": 0}


def test_the_history_of_a_paper_that_is_not_hot_expires_with_it() -> None:
    begin("2106.00001", "2106.00002")
    deliver(message(mention(1, 49)), message(mention(1, 50), paper_id="2106.00002"))
    cold = item_of("PAPER#2106.00001", "AT#2021-06-19")
    assert cold["expires_at"] == item_of(*table.paper_key(LISTED, "2106.00001"))["expires_at"]
    assert "expires_at" not in item_of("PAPER#2106.00002", "AT#2021-06-19")


def test_paper_and_note_are_written_together_or_not_at_all() -> None:
    begin("2106.00001")
    client = aws.client("dynamodb")
    with mock.patch.object(client, "transact_write_items", side_effect=RuntimeError("crash")):
        assert deliver(message(mention(1, 5))) == ["0"]
    assert (noted(), list(aws.query(table.day_key(LISTED), "PAPER#"))) == ({}, [])
    assert deliver(message(mention(1, 7))) == []
    assert (stored().score, noted()) == (7, {"2021-06-19": 7})


def test_whoever_loses_a_race_leaves_the_winners_note() -> None:
    begin("2106.00001")
    # The other invocation has begun with the same version, and is done before this one writes.
    with overtaken_by(message(mention(1, 40), mention(2, 30))):
        assert deliver(message(mention(1, 40))) == []
    assert (stored().score, noted()) == (70, {"2021-06-19": 70})


def test_both_dates_of_a_batch_are_noted() -> None:
    begin("2106.00001")
    begin("2106.00001", run=LATER)
    assert deliver(message(mention(1, 60)), message(mention(1, 9), run=LATER)) == []
    assert noted() == {"2021-06-19": 60, "2021-06-20": 9}
    assert "expires_at" not in item_of(*table.paper_key(LISTED, "2106.00001")), "it was hot once"


def test_a_late_message_is_noted_on_the_date_of_the_numbers_it_brings() -> None:
    latest = "2021-06-21T07:55:00Z"
    for run in (RUN, LATER, latest):
        begin("2106.00001", run=run)
    deliver(message(mention(1, 60)))
    # The newest run brings no number; the one before it comes last.
    deliver(message(run=latest, extras=Extras(code="https://a.example")))
    deliver(message(mention(2, 30), run=LATER))
    assert noted() == {"2021-06-19": 60, "2021-06-20": 90}
