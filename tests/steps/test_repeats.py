"""Whatever happens twice, late or in another order counts once; what is lost is told and made good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest

from infra.local.standin import World
from shared import aws
from shared.clock import iso
from shared.paper import MESSAGE_VERSION, Counts, Measured, Mention, Message, decode_message, encode_message
from tests.steps.chain import (
    DAY,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    Chain,
    before,
    due,
    noon,
    paper,
    running,
    said,
)

HOUR = timedelta(hours=1)
RANKING = list(SCORES.items())


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    """The small day, published."""
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        assert chain.ranking() == RANKING
        yield chain


# --- the same again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [{"date": str(DAY)}, {"measure": True}, {}])
def test_the_same_day_again_changes_nothing_but_the_status(chain: Chain, again: dict[str, Any]) -> None:
    published, papers = chain.settled(), stored(chain)
    for moment in (NOW, NOW + timedelta(days=1)):
        chain.order(moment, **again)
        assert chain.settled() == published
        assert stored(chain) == papers
    assert chain.status()["as_of"] == "2021-06-20T07:55:00Z"


def stored(chain: Chain) -> list[Measured]:
    """The papers as the table has them, but for the time of the last run."""
    papers = [
        msgspec.json.decode(item["document"]["S"], type=Measured)
        for item in chain.items()
        if item["sk"]["S"].startswith("PAPER#")
    ]
    return sorted(
        (msgspec.structs.replace(one, run="", sources={}) for one in papers), key=lambda one: one.paper.id
    )


def test_a_duplicate_tick_is_the_same_run() -> None:
    with running(SMALL) as chain:
        assert chain.tick(NOW)["repeated"] is False
        published = chain.bucket()
        chain.standin.forget()
        assert chain.tick(NOW)["repeated"] is True
        assert chain.bucket() == published, "the status, too"
        assert chain.standin.requests == []


def test_a_run_in_which_nothing_changed_publishes_a_day_that_has_become_due() -> None:
    with running(SMALL, noon(DAY, 12)) as chain:
        # Everything about the day is measured before it may be published, and nothing changes after.
        chain.order(noon(DAY, 23), measure=True)
        assert str(DAY) not in chain.published()
        outcome = chain.tick(due(DAY))
        assert outcome["queued"] == 0
        assert chain.ranking() == RANKING
        assert "(06/18/2021 23:00:00)" in chain.post(), "when the numbers last changed"
        assert "date: 2021-06-19T07:55:00Z\n" in chain.post()


# --- messages that come again, late, or after their run ----------------------------------------------


@contextmanager
def tampered(change: Callable[[list[str]], Iterable[str]]) -> Iterator[list[str]]:
    """Messages pass through `change` on their way into the queue; gives all that fetch sent."""
    sent: list[str] = []
    send = aws.send

    def sending(bodies: Iterable[str]) -> int:
        bodies = list(bodies)
        sent.extend(bodies)
        return send(change(bodies))

    with mock.patch.object(aws, "send", sending):
        yield sent


def all_but(*lost: str) -> Callable[[list[str]], list[str]]:
    return lambda bodies: [body for body in bodies if decode_message(body).paper.id not in lost]


def test_duplicates_of_messages_count_once() -> None:
    with running(SMALL) as chain, tampered(lambda bodies: [*bodies, *bodies, *bodies]) as sent:
        chain.order(date=str(DAY))
        assert chain.ranking() == RANKING
        published, run = chain.bucket(), chain.run()
        chain.send(*sent)
        chain.cloud.triggers.drain()
        assert chain.bucket() == published
        assert chain.run() == run, "a message that changes nothing is no news"


def test_a_duplicate_stream_record_renders_the_same() -> None:
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        published = chain.bucket()
        record = {"dynamodb": {"Keys": {"pk": {"S": "RUN"}, "sk": {"S": chain.run().run.id}}}}
        done = chain.cloud.triggers.invoke("render", {"Records": [record, record]})
        (result,) = done.result["published"]
        assert (result["written"], result["days"]) == (0, [str(DAY)])
        assert chain.bucket() == published


def test_a_message_of_an_older_run_that_comes_late_brings_nothing_back() -> None:
    with running(SMALL) as chain, tampered(lambda bodies: bodies) as sent:
        chain.order(date=str(DAY))
        old = list(sent)
        more = (said(A, 61, 45), *SMALL.posts[1:])
        chain.standin.world = msgspec.structs.replace(SMALL, posts=more)
        chain.tick(NOW + timedelta(days=1))
        assert chain.ranking()[0] == (A.id, 113)
        published = chain.settled()
        chain.send(*old)
        chain.cloud.triggers.drain()
        assert chain.settled() == published


def test_a_message_for_a_closed_run_raises_its_revision_and_is_rendered(chain: Chain) -> None:
    late = Message(
        v=MESSAGE_VERSION,
        run=chain.run().run.id,
        paper=decoded(chain, B.id).paper,
        mentions=(Mention(source="x", id="1", counts=Counts(likes=1000)),),
    )
    revision = chain.run().revision
    chain.send(encode_message(late))
    chain.cloud.triggers.drain()
    assert chain.run().revision == revision + 1
    assert chain.ranking()[0] == (B.id, 1090)


def decoded(chain: Chain, paper_id: str) -> Measured:
    (item,) = [item for item in chain.items() if item["sk"]["S"] == f"PAPER#{paper_id}"]
    return msgspec.json.decode(item["document"]["S"], type=Measured)


def test_a_message_for_a_run_that_is_gone_keeps_its_paper(chain: Chain) -> None:
    message = Message(v=MESSAGE_VERSION, run="2020-01-01T07:55:00Z", paper=decoded(chain, A.id).paper)
    moved = msgspec.structs.replace(message.paper, id="2106.10099")
    chain.send(encode_message(msgspec.structs.replace(message, paper=moved)))
    chain.cloud.triggers.drain()
    assert decoded(chain, "2106.10099").paper == moved
    assert chain.cloud.triggers.failures()["score"] == 0


# --- messages that are lost --------------------------------------------------------------------------


def test_a_run_that_does_not_end_is_closed_and_completed_when_its_papers_come() -> None:
    with running(SMALL) as chain:
        with tampered(all_but(B.id)) as sent:
            chain.order(measure=True)
        assert chain.published() == [], "the run is still open"
        assert chain.run().status == "open"
        chain.tick(NOW + HOUR)
        assert chain.run().status == "partial"
        assert [one for one, _ in chain.ranking()] == [one for one, _ in RANKING if one != B.id]
        assert chain.data()["partial"] is True
        assert chain.day_status()[str(DAY)] == "partial"
        assert "Partial" in chain.read(f"{DAY}.html")
        (told,) = [run for run in chain.status()["runs"] if run["id"] == "2021-06-19T07:55:00Z"]
        assert (told["status"], told["pending"]) == ("partial", 1)
        # The paper comes after all.
        chain.send(*sent)
        chain.cloud.triggers.drain()
        assert chain.run().status == "complete"
        assert chain.ranking() == RANKING
        assert chain.data()["partial"] is False
        assert chain.day_status()[str(DAY)] == "published"


def test_a_run_is_not_closed_before_its_time() -> None:
    with running(SMALL, settings={"RUN_DEADLINE_MINUTES": "90"}) as chain:
        with tampered(all_but(B.id)):
            chain.order(measure=True)
        chain.tick(NOW + HOUR)
        assert chain.run().status == "open"
        chain.tick(NOW + 2 * HOUR)
        assert chain.run().status == "partial"


def test_a_day_stays_partial_while_a_paper_is_missing() -> None:
    with running(SMALL) as chain:
        with tampered(all_but(B.id)) as sent:
            chain.order(measure=True)
        chain.tick(NOW + HOUR)
        # Another run passes, and still nobody knows of the paper.
        chain.tick(NOW + timedelta(days=1))
        assert B.id not in [one for one, _ in chain.ranking()]
        assert chain.data()["partial"] is True
        assert chain.day_status()[str(DAY)] == "partial"
        chain.send(*sent)
        chain.cloud.triggers.drain()
        assert chain.ranking() == RANKING
        assert chain.data()["partial"] is False
        assert chain.day_status()[str(DAY)] == "published"


def test_a_run_whose_end_was_not_written_is_ended_by_the_next_tick() -> None:
    with running(SMALL) as chain:
        with mock.patch("shared.run_states.complete", return_value=False):
            chain.order(measure=True)
        assert (chain.run().status, chain.run().pending) == ("open", frozenset())
        chain.tick(NOW + HOUR)
        assert chain.run().status == "complete"
        assert chain.ranking() == RANKING


def test_a_queue_that_fails_leaves_the_announcement_to_the_next_tick() -> None:
    tuesday = paper(10200, due(DAY).date() + timedelta(days=3))
    world = World(
        papers=(*SMALL.papers, *before(tuesday.listed, 10100), tuesday), users=READERS, posts=SMALL.posts
    )
    with running(world) as chain:
        chain.order(measure=True)
        chain.at(noon(tuesday.listed, 4))
        with mock.patch.object(aws, "send", side_effect=aws.UnfinishedError("1 messages were not queued")):
            failed = chain.cloud.triggers.tick(noon(tuesday.listed, 3) + timedelta(minutes=55))
        assert isinstance(failed.exception, aws.UnfinishedError)
        chain.cloud.triggers.drain()
        assert {"2106.10200", "2106.10100"} <= {one.paper.id for one in stored(chain)}


def test_a_run_that_broke_off_is_published_whole_by_its_repeat() -> None:
    with running(SMALL) as chain:
        chain.order(measure=True)
        chain.standin.world = msgspec.structs.replace(
            SMALL, posts=(*SMALL.posts, said(B, 500, at=noon(DAY, 30), by=READERS[1], serial=9))
        )
        # The papers are stored, and then nothing works: the run is not ended.
        with mock.patch("shared.run_states.complete", return_value=False):
            chain.order(NOW + HOUR, measure=True)
        assert chain.ranking()[0][0] != B.id
        # The same run again finds nothing left to queue, and still has the day to publish.
        chain.order(NOW + HOUR, measure=True)
        assert chain.ranking()[0][0] == B.id


def test_a_tick_that_broke_off_when_all_was_queued_remembers_and_measures_nothing_again() -> None:
    with running(SMALL) as chain:
        with mock.patch("functions.fetch.execution.remember", side_effect=RuntimeError("the end")):
            failed = chain.cloud.triggers.tick(NOW)
        assert failed.exception is not None
        assert chain.announcements() == []
        chain.standin.forget()
        # Its papers are stored before it is repeated.
        chain.cloud.triggers.drain()
        assert {request.service for request in chain.standin.requests} == {"oai"}
        (announcement,) = chain.announcements()
        assert announcement.listed == str(DAY)
        assert {state.state for state in announcement.sources.values()} == {"measured"}
        chain.standin.forget()
        assert chain.tick(NOW)["repeated"] is True
        assert chain.standin.requests == [], "all is done now"


def test_a_run_of_several_parts_is_stored_when_all_are() -> None:
    papers = [paper(10010 + number) for number in range(3)]
    world = msgspec.structs.replace(SMALL, papers=(*before(DAY, 10000), *papers), posts=())
    sent: list[int] = []
    send = aws.send

    def once(bodies: Iterable[str]) -> int:
        if sent:
            raise aws.UnfinishedError("the queue is gone")
        sent.append(1)
        return send(bodies)

    with running(world) as chain, mock.patch("functions.fetch.execution.MOST_PAPERS", 2):
        with mock.patch.object(aws, "send", once):
            assert chain.cloud.triggers.tick(NOW).exception is not None
        # The first part is stored before the run is repeated.
        chain.cloud.triggers.drain()
        assert {one.paper.id for one in stored(chain)} >= {one.id for one in papers}


def test_two_dates_asked_for_at_one_time_are_two_runs() -> None:
    dates = [DAY, DAY - timedelta(days=1)]
    with running(SMALL) as chain:
        chain.at(NOW)
        for day in dates:
            chain.cloud.triggers.invoke("fetch", {"time": iso(NOW), "date": str(day)})
        chain.cloud.triggers.drain()
        assert chain.ranking() == RANKING
        runs = {item["sk"]["S"] for item in chain.items() if item["pk"]["S"] == "RUN"}
        assert runs == {f"{iso(NOW)}#{day}" for day in dates}
