"""The embedded AWS with toy functions: how the scheduler, the queue and the stream are played."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local import schedules
from infra.local.cloud import Cloud
from infra.local.filters import FilterError, matches, parse_pattern
from tests.steps.toys import TEXT, TICK, installed, letter, put, send


@pytest.fixture(name="toys")
def _toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    yield from installed(tmp_path, monkeypatch)


@pytest.fixture(name="cloud")
def _cloud(toys: Any) -> Iterator[Cloud]:
    with Cloud(template=TEXT, now=TICK, caller={}) as entered:
        yield entered


# --- the scheduler and events that nobody waits for ----------------------------------------------------


def test_a_tick_tells_its_scheduled_time(cloud: Cloud, toys: Any) -> None:
    later = TICK + timedelta(hours=1)
    invocation = cloud.triggers.tick(later)
    assert invocation.exception is None
    assert toys.events == [{"time": "2021-06-19T08:55:00Z"}]
    assert cloud.clock.now() == toys.seen["now"] == later
    assert cloud.triggers.latest_tick("fetch", later + timedelta(minutes=59)) == later
    with pytest.raises(schedules.ScheduleError, match="2021-06-19T07:54:00Z"):
        cloud.triggers.tick(TICK - timedelta(minutes=1))


def test_a_failing_tick_is_repeated_and_then_kept(cloud: Cloud, toys: Any) -> None:
    toys.fails[0] = 2
    cloud.triggers.tick(TICK)
    cloud.triggers.drain()
    assert toys.events == [{"time": "2021-06-19T07:55:00Z"}] * 3
    assert cloud.clock.now() == TICK + timedelta(minutes=3), "a pause of one minute, then of two"
    assert cloud.triggers.failures()["fetch"] == 0
    assert len({call.request_id for call in cloud.triggers.invocations}) == 1, "as Lambda repeats an event"
    toys.fails[0] = 3
    cloud.triggers.tick(TICK)
    cloud.triggers.drain()
    assert cloud.triggers.failures() == {"fetch": 1, "score": 0, "render": 0}
    failure = letter(cloud, "FetchFailures")
    assert failure["requestPayload"] == {"time": "2021-06-19T07:55:00Z"}
    assert failure["requestContext"]["approximateInvokeCount"] == 3
    assert failure["responsePayload"] == {"errorMessage": "no luck", "errorType": "RuntimeError"}


def test_a_failing_manual_event_is_not_repeated(cloud: Cloud, toys: Any) -> None:
    toys.fails[0] = 1
    assert isinstance(cloud.triggers.invoke("fetch", {}).exception, RuntimeError)
    cloud.triggers.drain()
    assert len(toys.events) == 1


def test_schedules_within_a_day() -> None:
    noon = datetime(2021, 6, 19, 12, 0, tzinfo=UTC)
    assert schedules.latest("cron(0/20 6,18 * * ? *)", noon) == noon.replace(hour=6, minute=40)
    assert schedules.is_due("cron(*/15 */4 ? * * *)", noon)
    for unknown in ("rate(1 hour)", "cron(55 7 ? * MON *)", "cron(60 * * * ? *)", "cron(5/0 * * * ? *)"):
        with pytest.raises(schedules.ScheduleError):
            schedules.latest(unknown, noon)


# --- the queue -----------------------------------------------------------------------------------------


def test_messages_come_in_batches(toys: Any) -> None:
    told: list[tuple[str, dict[str, int]]] = []
    with Cloud(
        template=TEXT, caller={}, on_step=lambda step, counts: told.append((step, dict(counts)))
    ) as cloud:
        send(cloud, *(str(number) for number in range(55)))
        cloud.triggers.drain()
    assert toys.calls == [[str(n) for n in range(50)], [str(n) for n in range(50, 55)]]
    assert told == [
        ("score", {"records": 50, "failed": 0, "waiting": 5}),
        ("score", {"records": 5, "failed": 0, "waiting": 0}),
    ]
    record = toys.events[0]["Records"][0]
    assert record["eventSource"] == "aws:sqs"
    assert ":hot-papers-PapersQueue-" in record["eventSourceARN"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record.keys() >= {"messageId", "receiptHandle", "messageAttributes", "md5OfBody", "awsRegion"}


def test_a_failed_message_comes_back_alone_until_it_is_set_aside(cloud: Cloud, toys: Any) -> None:
    toys.broken.add("bad")
    send(cloud, "good", "bad", "fine")
    cloud.triggers.drain()
    assert toys.calls == [["good", "bad", "fine"], *[["bad"]] * 4]
    assert cloud.triggers.failures()["score"] == 1
    # Five timeouts: four before the repeats, one before the queue sets the message aside.
    assert cloud.clock.now() == TICK + 5 * timedelta(seconds=366)


def test_a_crash_brings_the_whole_batch_back(cloud: Cloud, toys: Any) -> None:
    send(cloud, "good", "crash")
    cloud.triggers.drain()
    assert toys.calls == [["good", "crash"]] * 5
    assert cloud.triggers.failures()["score"] == 2


def test_an_answer_without_sense_fails_the_whole_batch(
    cloud: Cloud, toys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = [
        {"batchItemFailures": [{"itemIdentifier": "nobody"}]},
        {"batchItemFailures": [{"id": "1"}]},
        {"batchItemFailures": None},
    ]

    def answer(event: Any, context: Any) -> Any:
        return answers.pop(0)

    monkeypatch.setattr("toys.score.handler.lambda_handler", answer)
    send(cloud, "message")
    cloud.triggers.drain()
    assert answers == []
    assert cloud.triggers.failures()["score"] == 0


# --- the stream ----------------------------------------------------------------------------------------


def test_render_is_started_by_closed_runs_alone(cloud: Cloud, toys: Any) -> None:
    put(cloud, "RUN", "a", "open")
    put(cloud, "DAY#2021-06-18", "POST", "complete")
    cloud.triggers.drain()
    assert toys.calls == []
    put(cloud, "RUN", "a", "complete")
    put(cloud, "RUN", "b", "partial")
    cloud.triggers.drain()
    assert toys.calls == [["a", "b"]]
    put(cloud, "RUN", "a", "complete")
    cloud.triggers.drain()
    assert len(toys.calls) == 1, "a write that changes nothing is no news"
    put(cloud, "RUN", "a", "complete", revision=1)
    cloud.triggers.drain()
    assert toys.calls[1:] == [["a"]]
    record = toys.events[-1]["Records"][0]
    assert record["eventName"] == "MODIFY"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["dynamodb"]["NewImage"]["revision"] == {"N": "1"}
    assert record["dynamodb"].keys() >= {"ApproximateCreationDateTime", "SequenceNumber", "StreamViewType"}


def test_a_run_that_cannot_be_rendered_is_found_and_given_up(cloud: Cloud, toys: Any) -> None:
    toys.broken.add("b")
    for run in "abc":
        put(cloud, "RUN", run, "complete")
    cloud.triggers.drain()
    # Halved until it stands alone, then tried five times more.
    assert toys.calls == [["a", "b", "c"], ["a"], ["b", "c"], *[["b"]] * 6, ["c"]]
    assert cloud.triggers.failures()["render"] == 1
    assert letter(cloud, "RenderFailures")["DDBStreamBatchInfo"]["batchSize"] == 1
    assert [invocation.records for invocation in cloud.triggers.invocations][:3] == [3, 1, 2]


def test_filters_match_as_lambdas_do() -> None:
    pattern = parse_pattern('{"a": {"b": ["x", 1, null]}, "c": [{"exists": false}]}')
    assert matches(pattern, {"a": {"b": "x"}})
    assert matches(pattern, {"a": {"b": None}})
    assert not matches(pattern, {"a": {"b": True}})
    assert not matches(pattern, {"a": {}})
    assert not matches(pattern, {"a": "x"})
    assert not matches(pattern, {})
    assert not matches(pattern, {"a": {"b": "x"}, "c": 1})
    assert matches(parse_pattern('{"a": {"b": [{"exists": false}]}}'), {})
    for refused in ("[]x", "{}", '{"a": []}', '{"a": "x"}', '{"a": [{"prefix": "x"}]}', '{"a": [["x"]]}'):
        with pytest.raises(FilterError):
            parse_pattern(refused)
