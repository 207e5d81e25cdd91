"""The event PostPublished: once for each post, again after a crash, never for what is refreshed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from unittest import mock

import msgspec
import pytest
from botocore.exceptions import ClientError

from functions.render import handler
from functions.render.announce import NotAnnouncedError
from functions.render.publish import Published
from infra.local.cloud import Cloud
from infra.local.standin import World
from shared import aws, table
from shared.clock import iso
from tests.steps.chain import (
    DAY,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    C,
    Chain,
    before,
    due,
    noon,
    paper,
    running,
    story,
)

NO_X = {"X_BEARER_TOKEN": ""}
ONE_DAY = timedelta(days=1)
WEEK = [date(2021, 6, day) for day in (15, 16, 17, 18, 21)]
PAPERS = [paper(10010 + 100 * number, day) for number, day in enumerate(WEEK)]
WORLD = World(
    papers=(*before(WEEK[0], 10000), *PAPERS),
    users=READERS,
    stories=tuple(story(number, each, 60 + number) for number, each in enumerate(PAPERS, 1)),
)


@contextmanager
def overheard(*errors: BaseException | None, after: bool = False) -> Iterator[list[dict[str, Any]]]:
    """All events that are sent; the first calls raise `errors` in turn, before or `after` it is sent."""
    sent: list[dict[str, Any]] = []
    todo = list(errors)
    put = aws.put_event

    def noted(detail_type: str, detail: str) -> None:
        error = todo.pop(0) if todo else None
        if error is None or after:
            put(detail_type, detail)
            sent.append(json.loads(detail))
            assert detail_type == "PostPublished"
        if error is not None:
            raise error

    with mock.patch.object(aws, "put_event", noted):
        yield sent


def told(sent: list[dict[str, Any]]) -> list[str]:
    return [detail["date"] for detail in sent]


def mailbox(cloud: Cloud, name: str = "mailbox") -> str:
    """A queue that gets what the stack's own rule lets through."""
    url: str = cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    (rule,) = cloud.client("events").list_rules()["Rules"]
    cloud.client("events").put_targets(Rule=rule["Name"], Targets=[{"Id": name, "Arn": arn["QueueArn"]}])
    return url


def mails(cloud: Cloud, url: str) -> list[dict[str, Any]]:
    answer = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in answer.get("Messages", ())]


def test_the_event_tells_the_post() -> None:
    with running(SMALL, settings={"SITE_URL": "https://hot.example.org/"}) as chain, overheard() as sent:
        url = mailbox(chain.cloud)
        chain.tick(NOW)
        (detail,) = sent
        assert detail == {
            "v": 1,
            "site": chain.cloud.stack.outputs["BucketName"],
            "date": "2021-06-18",
            "title": "Hot Papers 2021-06-18",
            "url": "https://hot.example.org/2021-06-18.html",
            "markdown": "posts/2021-06-18---Hot-Papers.md",
            "papers": 3,
            "listed": 4,
            "published_at": "2021-06-19T07:55:00Z",
            "recent": True,
            "top": [{"id": each.id, "title": each.title, "score": SCORES[each.id]} for each in (A, B, C)],
        }
        assert detail["markdown"] in chain.bucket()
        (mail,) = mails(chain.cloud, url)
        assert (mail["source"], mail["detail-type"], mail["detail"]) == (
            "hot-papers",
            "PostPublished",
            detail,
        )


def test_each_post_of_a_week_is_told_once_when_everything_about_it_is_there() -> None:
    there: list[bool] = []
    with running(WORLD, noon(WEEK[0], 8), settings=NO_X) as chain:
        put = aws.put_event

        def looking(detail_type: str, detail: str) -> None:
            day = json.loads(detail)["date"]
            links = [chain.read(key) for key in ("index.html", "feed.xml")]
            there.append(f"{day}.html" in chain.bucket() and all(f"{day}.html" in link for link in links))
            put(detail_type, detail)

        with mock.patch.object(aws, "put_event", looking), overheard() as sent:
            for number in range(10):
                for hour in (3, 7, 12):
                    chain.tick(noon(WEEK[0], 24 * number + hour) + timedelta(minutes=55))
        # The service begins with the newest day that can be published.
        assert told(sent) == ["2021-06-14", *(str(day) for day in WEEK)]
        assert there == [True] * 6
        assert {detail["recent"] for detail in sent} == {True}


def test_what_is_refreshed_is_not_told_again() -> None:
    with running(SMALL) as chain, overheard() as sent:
        chain.tick(NOW)
        stories = (story(1, B, 120, 3), *SMALL.stories[1:])
        chain.standin.world = msgspec.structs.replace(SMALL, stories=stories)
        chain.tick(NOW + ONE_DAY)
        assert chain.ranking()[0][0] == B.id
        chain.order(NOW + ONE_DAY, date=str(DAY))
        assert told(sent) == [str(DAY)]


def test_days_that_are_filled_in_later_are_told_on_the_bus_and_mailed_to_nobody() -> None:
    with running(WORLD, noon(WEEK[0], 24 * 60), settings=NO_X) as chain, overheard() as sent:
        url = mailbox(chain.cloud)
        chain.order(noon(WEEK[0], 24 * 60), **{"from": str(WEEK[0]), "to": str(WEEK[1])})
        assert [(detail["date"], detail["recent"]) for detail in sent] == [
            ("2021-06-15", False),
            ("2021-06-16", False),
        ]
        assert mails(chain.cloud, url) == []


def test_another_stacks_posts_are_not_mailed() -> None:
    with running(SMALL) as chain:
        url = mailbox(chain.cloud)
        detail = {"site": "another-bucket", "recent": True}
        entry = {"Source": "hot-papers", "DetailType": "PostPublished", "Detail": json.dumps(detail)}
        chain.cloud.client("events").put_events(Entries=[entry])
        assert mails(chain.cloud, url) == []


# --- faults ----------------------------------------------------------------------------------------------


def settle(chain: Chain) -> None:
    """The tick that publishes, and what follows; functions may fail on the way."""
    chain.at(NOW)
    chain.cloud.triggers.tick(NOW)
    chain.cloud.triggers.drain()


def test_a_crash_before_it_is_remembered_tells_it_again_and_then_no_more() -> None:
    put, crashes = table.put_post, [True]

    def forgetful(post: table.Post) -> None:
        if post.announced and crashes:
            crashes.clear()
            raise SystemExit("crash")
        put(post)

    with running(SMALL) as chain, overheard() as sent, mock.patch.object(table, "put_post", forgetful):
        settle(chain)
        assert told(sent) == [str(DAY)] * 2
        chain.tick(NOW + ONE_DAY)
        chain.order(NOW + ONE_DAY, date=str(DAY))
        assert told(sent) == [str(DAY)] * 2
        assert chain.cloud.triggers.failures()["render"] == 0


def test_a_lost_answer_tells_it_again() -> None:
    with running(SMALL) as chain, overheard(aws.EventError("no answer"), after=True) as sent:
        settle(chain)
        assert told(sent) == [str(DAY)] * 2
        assert chain.cloud.triggers.failures()["render"] == 0


def test_a_bus_that_fails_keeps_nothing_from_being_published_and_is_told_later() -> None:
    with running(WORLD, noon(WEEK[0], 8), settings=NO_X) as chain:
        down = [aws.EventError("bus is down")] * 6
        with overheard(*down) as sent:
            chain.at(due(WEEK[0]))
            chain.cloud.triggers.tick(due(WEEK[0]))
            chain.cloud.triggers.drain()
            assert chain.published() == [str(WEEK[0])]
            assert chain.status()["as_of"] == "2021-06-16T07:55:00Z"
            assert chain.day_status()[str(WEEK[0])] == "published"
            failures = [call.exception for call in chain.cloud.triggers.invocations if call.exception]
            assert [str(failure) for failure in failures] == ["2021-06-15: bus is down"] * 6
            assert chain.cloud.triggers.failures()["render"] == 1, "it is not given up in silence"
            assert sent == []
            # The next run, which has nothing to publish itself, makes it good.
            assert chain.tick(due(WEEK[0]) + timedelta(hours=1))["days"] == []
            assert told(sent) == [str(WEEK[0])]


def test_one_event_that_fails_costs_no_other_day_and_no_other_run() -> None:
    later = noon(WEEK[0], 24 * 30)
    down = aws.EventError("bus is down")
    with running(WORLD, later, settings=NO_X) as chain, overheard(down) as sent:
        for day in WEEK[:3]:
            chain.cloud.triggers.send("fetch", {"time": iso(later), "date": str(day)})
        chain.cloud.triggers.drain()
        assert chain.published() == [str(day) for day in WEEK[:3]]
        assert sorted(told(sent)) == [str(day) for day in WEEK[:3]]
        assert chain.cloud.triggers.failures()["render"] == 0


def test_the_next_run_of_a_batch_does_not_wait_for_the_event_of_one() -> None:
    published: list[str] = []

    def publish(_settings: Any, run: str, **_more: Any) -> Published:
        published.append(run)
        if run == "one":
            raise NotAnnouncedError("2021-06-15: bus is down")
        return Published(run=run)

    records = [{"dynamodb": {"Keys": {"pk": {"S": "RUN"}, "sk": {"S": name}}}} for name in ("one", "two")]
    with (
        mock.patch.object(handler, "publish", publish),
        pytest.raises(NotAnnouncedError, match="bus is down"),
    ):
        handler.lambda_handler({"Records": records}, mock.Mock(aws_request_id="1"))
    assert published == ["one", "two"]


def test_a_post_is_not_told_before_the_front_page_has_it() -> None:
    put, failures = aws.put_object, ["index.html"] * 6

    def failing(key: str, *more: Any, **named: Any) -> None:
        if key in failures:
            failures.remove(key)
            raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
        put(key, *more, **named)

    with running(SMALL) as chain, overheard() as sent, mock.patch.object(aws, "put_object", failing):
        settle(chain)
        assert (failures, told(sent)) == ([], [])
        assert "index.html" not in chain.bucket()
        assert chain.tick(NOW + timedelta(hours=1))["days"] == []
        made_good = chain.settled()
        assert "2021-06-18.html" in chain.read("index.html")
        assert told(sent) == [str(DAY)]
    with running(SMALL) as chain:
        settle(chain)
        assert chain.settled() == made_good, "as if nothing had been"


# --- the call itself ---------------------------------------------------------------------------------------


@pytest.fixture(name="bus")
def _bus(monkeypatch: pytest.MonkeyPatch) -> Any:
    client = mock.Mock()
    monkeypatch.setenv("EVENT_BUS_NAME", "default")
    monkeypatch.setattr(aws, "client", lambda _service: client)
    return client.put_events


def test_without_a_bus_nothing_is_sent(bus: mock.Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENT_BUS_NAME")
    aws.put_event("PostPublished", "{}")
    assert bus.mock_calls == []


def test_a_call_that_succeeds_without_the_event_is_an_error(bus: mock.Mock) -> None:
    failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slowly"}
    bus.return_value = {"FailedEntryCount": 1, "Entries": [failed]}
    with pytest.raises(aws.EventError, match="ThrottlingException: slowly"):
        aws.put_event("PostPublished", "{}")
    bus.side_effect = ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutEvents")
    with pytest.raises(aws.EventError, match="AccessDenied"):
        aws.put_event("PostPublished", "{}")
