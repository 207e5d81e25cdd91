"""Each rule of the queues earns its place: moto alone bears what is refused here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.moto_patches import VirtualClock, patched
from tests.strict.cases import Case, called, refused
from tests.strict.conftest import Client

NAME = "papers"
LONG = "é" * 524_289
ATTRIBUTES = {"why": {"DataType": "String", "StringValue": "b" * 1000}}


def sent(told: str, body: str, **more: Any) -> Case:
    """A message that is refused."""
    return Case(told, "send_message", {"MessageBody": body, **more})


def batch(told: str, *entries: Any) -> Case:
    """Messages of which one is refused, by their contents."""
    numbered = [{"Id": str(number), **entry} for number, entry in enumerate(entries)]
    return Case(told, "send_message_batch", {"Entries": numbered})


def deleted(told: str, *ids: str) -> Case:
    """A deletion that is refused."""
    entries = [{"Id": each, "ReceiptHandle": f"handle {each}"} for each in ids]
    return Case(told, "delete_message_batch", {"Entries": entries})


REFUSED = {
    "no body": sent("MissingParameter: MessageBody", ""),
    "an entry without a body": batch(
        "MissingParameter: MessageBody: entry 1", {"MessageBody": "a"}, {"MessageBody": ""}
    ),
    "a character that XML has not": sent("InvalidMessageContents: #x0 at 1 of the message", "a\0"),
    "a character that is none": sent("InvalidMessageContents: #xFFFE at 0", "\ufffe"),
    "an entry with such a character": batch(
        "InvalidMessageContents: #xB at 2 of entry 0", {"MessageBody": "ab\v"}
    ),
    "an attribute with such a character": sent(
        "InvalidMessageContents: #x1B at 0",
        "a",
        MessageAttributes={"why": {"DataType": "String", "StringValue": "\x1b"}},
    ),
    "many bytes in few characters": sent("InvalidParameterValue: shorter than 1048576 bytes: 1048578", LONG),
    "a batch of such a message": batch(
        "AWS.SimpleQueueService.BatchRequestTooLong: sent 1048578 bytes", {"MessageBody": LONG}
    ),
    "many bytes with the attributes": sent(
        "InvalidParameterValue: 1049009", "a" * 1_048_000, MessageAttributes=ATTRIBUTES
    ),
    "a batch of many bytes with the attributes": batch(
        "AWS.SimpleQueueService.BatchRequestTooLong: sent 1049009",
        {"MessageBody": "a" * 1_048_000, "MessageAttributes": ATTRIBUTES},
    ),
    "less than no delay": sent(
        "InvalidParameterValue: Value -1 for parameter DelaySeconds", "a", DelaySeconds=-1
    ),
    "an entry with less than no delay": batch(
        "InvalidParameterValue: <= 900: entry 0", {"MessageBody": "a", "DelaySeconds": -1}
    ),
    "eleven deletions": deleted(
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest: sent 11", *map(str, range(11))
    ),
    "a deletion with an id that is none": deleted(
        "AWS.SimpleQueueService.InvalidBatchEntryId: 80 letters long: a.b", "a.b"
    ),
}


@pytest.fixture(name="clock")
def _clock(strict: Client) -> Iterator[VirtualClock]:
    clock = VirtualClock(datetime(2021, 6, 18, tzinfo=UTC))
    with patched(clock.timestamp):
        yield clock


@pytest.fixture(name="url")
def _url(clock: VirtualClock, strict: Client) -> Iterator[str]:
    """A queue that hides what was received for a minute."""
    sqs = strict("sqs")
    yield (url := sqs.create_queue(QueueName=NAME, Attributes={"VisibilityTimeout": "60"})["QueueUrl"])
    sqs.delete_queue(QueueUrl=url)


def messages(client: Any, url: str) -> int:
    """How many messages there are, hidden ones included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(told[name]) for name in names)


def received(client: Any, url: str) -> str:
    """Receive the one message that there is; its receipt handle."""
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    return str(message["ReceiptHandle"])


def received_twice(client: Any, url: str, clock: VirtualClock) -> tuple[str, str]:
    """A message that somebody took too long for; its handles, the older one first."""
    client.send_message(QueueUrl=url, MessageBody="a")
    clock.advance(1)
    first = received(client, url)
    clock.advance(61)
    return first, received(client, url)


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_moto_alone_bears_is_refused(strict: Client, alone: Client, url: str, case: Case) -> None:
    refused(strict("sqs"), case, QueueUrl=url)
    assert messages(strict("sqs"), url) == 0
    called(alone("sqs"), case, QueueUrl=url)


def test_what_is_within_the_limits_is_sent(strict: Client, url: str) -> None:
    sqs = strict("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="\t\n\r \x7f\ud7ff\ue000\ufffd\U00010000\U0010ffff")
    sqs.send_message(QueueUrl=url, MessageBody=LONG[1:])
    assert messages(sqs, url) == 2


def deletions(client: Any, url: str, handle: str) -> None:
    """Delete by a handle, alone and in a batch."""
    client.delete_message(QueueUrl=url, ReceiptHandle=handle)
    answer = client.delete_message_batch(QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": handle}])
    assert [each["Id"] for each in answer["Successful"]] == ["a"]


def test_an_older_handle_deletes_nothing_and_is_told_so_by_nobody(
    strict: Client, url: str, clock: VirtualClock
) -> None:
    sqs = strict("sqs")
    first, second = received_twice(sqs, url, clock)
    deletions(sqs, url, first)
    assert messages(sqs, url) == 1
    deletions(sqs, url, second)
    assert messages(sqs, url) == 0


def test_a_handle_whose_time_is_over_deletes_what_nobody_received_since(
    strict: Client, url: str, clock: VirtualClock
) -> None:
    sqs = strict("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="a")
    clock.advance(1)
    handle = received(sqs, url)
    clock.advance(61)
    deletions(sqs, url, handle)
    assert messages(sqs, url) == 0


def test_moto_alone_deletes_by_an_older_handle(alone: Client, url: str, clock: VirtualClock) -> None:
    first, _ = received_twice(alone("sqs"), url, clock)
    deletions(alone("sqs"), url, first)
    assert messages(alone("sqs"), url) == 0


def hidden_again(client: Any, url: str, handle: str) -> None:
    """Ask for more time."""
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60)


def test_what_is_not_hidden_any_more_cannot_be_hidden_longer(
    strict: Client, alone: Client, url: str, clock: VirtualClock
) -> None:
    sqs = strict("sqs")
    first, second = received_twice(sqs, url, clock)
    hidden_again(sqs, url, second)
    with pytest.raises(ClientError, match="not available for visibility timeout change"):
        hidden_again(sqs, url, first)
    clock.advance(61)
    with pytest.raises(ClientError, match="not available for visibility timeout change"):
        hidden_again(sqs, url, second)
    hidden_again(alone("sqs"), url, first)
    hidden_again(alone("sqs"), url, second)
