"""Dead letters of all three queues: told without what is in them, and done again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from functions.fetch import listing
from functions.render import publication
from shared import aws
from shared.clock import iso
from tests.steps.chain import DAY, NOW, SCORES, SMALL, A, B, C, Chain, running
from tests.steps.operator import Operator, failures


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(SMALL) as chain:
        yield chain


def poison(chain: Chain) -> None:
    """The day is published without a paper, which score fails at until its message is given up."""
    put_together = aws.put_together

    def failing(puts: Sequence[aws.Put]) -> None:
        if any(put.item["sk"] == f"PAPER#{A.id}" for put in puts):
            raise aws.RefusedError("poisoned")
        put_together(puts)

    with mock.patch.object(aws, "put_together", failing):
        chain.order(measure=True)
    chain.tick(NOW + timedelta(hours=1))
    assert [paper for paper, _ in chain.ranking()] == [B.id, C.id]
    assert failures(chain) == {"fetch": 0, "score": 1, "render": 0}


def test_a_paper_that_was_given_up_comes_back_and_is_scored(chain: Chain, ops: Operator) -> None:
    poison(chain)
    told = ops("dead-letters")
    assert told.code == 0
    assert "papers  1 in PapersDeadLetters\n" in told.out
    assert f"{A.id} of the run {iso(NOW)}\n" in told.out
    assert A.abstract not in told.out
    assert failures(chain)["score"] == 1, "looking takes nothing"
    done = ops("redrive", "papers")
    assert (done.code, done.err) == (0, "")
    assert "papers  1 moved back" in done.out
    assert failures(chain)["score"] == 0
    assert dict(chain.ranking()) == SCORES
    assert chain.run().status == "complete"


def test_a_message_that_cannot_be_sent_is_not_lost(chain: Chain, ops: Operator) -> None:
    poison(chain)
    sending = ops.client

    def client(service: str) -> Any:
        made = sending(service)
        made.meta.events.register_first("before-call.sqs.SendMessage", refuse)
        return made

    def refuse(**_: Any) -> None:
        raise ops.client("sqs").exceptions.ClientError(
            {"Error": {"Code": "Throttled", "Message": "slow\ndown"}}, "SendMessage"
        )

    with mock.patch.object(ops, "client", client):
        refused = ops("redrive", "papers")
    assert refused.code == 1
    assert "slow down" in refused.err
    assert failures(chain)["score"] == 1
    assert ops("redrive").code == 0
    assert dict(chain.ranking()) == SCORES


def test_what_is_no_paper_goes_round_and_is_not_told(chain: Chain, ops: Operator) -> None:
    chain.send('{"v": 9, "abstract": "A stranger\'s words"}')
    chain.cloud.triggers.drain()
    told = ops("dead-letters").out
    assert "no message of this version" in told
    assert "words" not in told
    assert ops("redrive", "papers").code == 0
    assert failures(chain)["score"] == 1, "score refuses it again"


# --- fetch ---------------------------------------------------------------------------------------------


def give_up(chain: Chain, **event: Any) -> None:
    """fetch fails at an event until it is given up."""
    with mock.patch.object(listing, "list_date", side_effect=RuntimeError("new-token is no good")):
        chain.cloud.triggers.send("fetch", {"time": iso(NOW), **event})
        chain.cloud.triggers.drain()
    assert failures(chain)["fetch"] == 1


def test_an_event_that_fetch_failed_at_is_done_again(chain: Chain, ops: Operator) -> None:
    give_up(chain, date=str(DAY))
    told = ops("dead-letters").out
    assert "fetch   1 in FetchFailures\n" in told
    assert '{"time": "2021-06-19T07:55:00Z", "date": "2021-06-18"}: RuntimeError\n' in told
    done = ops("redrive", "fetch")
    assert (done.code, done.err) == (0, "")
    assert "fetch   1 done again\n" in done.out
    assert f"run     {iso(NOW)}#{DAY}\n" in done.out
    assert failures(chain)["fetch"] == 0
    assert dict(chain.ranking()) == SCORES


def test_an_event_that_fails_again_stays_and_keeps_none_from_its_turn(chain: Chain, ops: Operator) -> None:
    with mock.patch.object(listing, "list_date", side_effect=RuntimeError("broken")):
        for event in ({"date": str(DAY)}, {"date": "the Ides of March"}):
            chain.cloud.triggers.send("fetch", {"time": iso(NOW), **event})
        chain.cloud.triggers.drain()
    assert failures(chain)["fetch"] == 2
    done = ops("redrive", "fetch")
    assert done.code == 1
    assert "1 stay where they are" in done.err
    assert "fetch failed: OrderError" in done.out
    assert "fetch   1 done again\n" in done.out
    assert failures(chain)["fetch"] == 1
    assert chain.published() == [str(DAY)]
    assert ops("redrive", "fetch").code == 1, "it is there again at once"


@pytest.mark.parametrize("time", [iso(NOW), "<aws.scheduler.scheduled-time>"])
def test_a_tick_that_was_never_handed_over_happens(chain: Chain, ops: Operator, time: str) -> None:
    chain.cloud.client("sqs").send_message(
        QueueUrl=ops.queue("FetchFailures"),
        MessageBody=f'{{"time": "{time}"}}',
        MessageAttributes={"ERROR_CODE": {"DataType": "String", "StringValue": "ThrottlingException"}},
    )
    assert ": ThrottlingException\n" in ops("dead-letters").out
    assert ops("redrive", "fetch").code == 0
    assert failures(chain)["fetch"] == 0
    assert chain.published() == [str(DAY)]


def test_what_is_no_event_is_kept(chain: Chain, ops: Operator) -> None:
    for body in ("my-words", "[]", "{}"):
        chain.cloud.client("sqs").send_message(QueueUrl=ops.queue("FetchFailures"), MessageBody=body)
    batch = {"batchSize": 1, "streamArn": "my-words", "shardId": "one", "startSequenceNumber": "1"}
    for record in (
        "my-words",
        {"DDBStreamBatchInfo": 1},
        {"timestamp": iso(NOW), "DDBStreamBatchInfo": batch},
    ):
        chain.cloud.client("sqs").send_message(
            QueueUrl=ops.queue("RenderFailures"), MessageBody=json.dumps(record)
        )
    told = ops("dead-letters")
    assert told.out.count("no event, ") == 3
    assert told.out.count("no batch of runs, ") == 3
    assert "my-words" not in told.out
    assert ops("redrive").err.count("6 stay where they are") == 1
    assert failures(chain) == {"fetch": 3, "score": 0, "render": 3}
    assert chain.cloud.triggers.invocations == []


# --- render --------------------------------------------------------------------------------------------


def fail_to_render(chain: Chain) -> None:
    """A day's run is complete, and render fails at it until it is given up."""
    with mock.patch.object(publication, "read_day", side_effect=RuntimeError("broken")):
        chain.cloud.triggers.send("fetch", {"time": iso(NOW), "date": str(DAY)})
        chain.cloud.triggers.drain()
    assert failures(chain) == {"fetch": 0, "score": 0, "render": 1}
    assert chain.published() == []


def test_a_run_that_render_failed_at_is_published(chain: Chain, ops: Operator) -> None:
    fail_to_render(chain)
    assert "render  1 in RenderFailures\n" in ops("dead-letters").out
    done = ops("redrive", "render")
    assert (done.code, done.err) == (0, "")
    assert f"run     {iso(NOW)}#{DAY}\n" in done.out
    assert "render  1 runs told again" in done.out
    assert "forgotten" not in done.out
    assert failures(chain)["render"] == 0
    assert dict(chain.ranking()) == SCORES


def test_a_run_that_the_stream_has_forgotten_is_found_by_its_time(chain: Chain, ops: Operator) -> None:
    fail_to_render(chain)
    sending = ops.client

    def client(service: str) -> Any:
        made = sending(service)
        made.meta.events.register_first("before-call.dynamodb-streams.GetShardIterator", trimmed)
        return made

    def trimmed(**_: Any) -> None:
        streams = sending("dynamodbstreams")
        raise streams.exceptions.TrimmedDataAccessException(
            {"Error": {"Code": "TrimmedDataAccessException", "Message": "gone"}}, "GetShardIterator"
        )

    with mock.patch.object(ops, "client", client):
        done = ops("redrive", "render")
    assert done.code == 0
    assert "the stream has forgotten" in done.out
    assert f"run     {iso(NOW)}#{DAY}\n" in done.out
    assert failures(chain)["render"] == 0
    assert dict(chain.ranking()) == SCORES
