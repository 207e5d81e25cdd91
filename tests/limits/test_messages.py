"""SQS: 1 MiB a message and a batch, ten messages a batch, and the characters that it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from shared import attention, aws, settings
from shared.paper import (
    MESSAGE_BYTES,
    MESSAGE_VERSION,
    Extras,
    Message,
    decode_message,
    encode_message,
    room_in,
    trim,
)
from tests.limits.large import RUN, SOURCES, largest_paper, mentions, on_bluesky, on_x, paper

MIB = 1024 * 1024
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
TAKEN = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@pytest.fixture(autouse=True)
def _queue(in_memory: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    url = aws.client("sqs").create_queue(QueueName="papers")["QueueUrl"]
    monkeypatch.setenv("QUEUE_URL", url)
    settings.get.cache_clear()
    yield
    aws.client("sqs").delete_queue(QueueUrl=url)
    settings.get.cache_clear()


def received() -> list[str]:
    """All that is in the queue."""
    bodies: list[str] = []
    while (
        messages := aws.client("sqs")
        .receive_message(QueueUrl=settings.get().queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        .get("Messages", [])
    ):
        bodies += [message["Body"] for message in messages]
    return bodies


def message(about: Any, *said: Any, **more: Any) -> Message:
    """As fetch drafts it."""
    bare = Message(v=MESSAGE_VERSION, run=RUN, paper=about, sources=SOURCES, **more)
    return replace(bare, mentions=trim(tuple(said), room_in(bare)))


def test_ten_papers_with_2000_long_mentions_each_are_queued_one_by_one() -> None:
    said = mentions(1_000, 4_000)
    sent = [encode_message(message(largest_paper(number), *said)) for number in range(1, 11)]
    assert all(MESSAGE_BYTES * 3 // 4 < len(body.encode()) <= MESSAGE_BYTES for body in sent)
    assert aws.send(sent) == 10
    assert sorted(received()) == sorted(sent)
    for body in sent:
        kept = decode_message(body).mentions
        assert [one.counts for one in kept] == [one.counts for one in said]
        assert all(one.is_full for one in kept[: attention.SHOWN_MENTIONS])


def test_a_message_of_all_that_can_be_long_is_short_enough() -> None:
    gone = tuple(sorted(on_bluesky(number).key for number in range(4_000)))
    longest = "語" * 600
    extras = Extras(code=longest, project=longest, summary=longest)
    body = encode_message(message(largest_paper(), *mentions(3_000, 4_000), dropped=gone, extras=extras))
    assert MESSAGE_BYTES * 3 // 4 < len(body.encode()) <= MESSAGE_BYTES
    assert aws.send([body]) == 1
    assert received() == [body]


@pytest.mark.parametrize("over", [-1, 0, 1])
def test_what_does_not_fit_a_batch_goes_with_the_next(over: int) -> None:
    sizes = [200_000, 300_000, aws._SEND_BYTES - 500_000 + over, 1]
    calls = aws.send("ü" * (size // 2) + "x" * (size % 2) for size in sizes)
    assert calls == (1 if over < 0 else 2)
    assert sorted(len(body.encode()) for body in received()) == sorted(sizes)
    assert aws._SEND_BYTES < MIB


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 19, 20, 21])
def test_ten_messages_are_a_batch(count: int) -> None:
    sent = [f"message {number}" for number in range(count)]
    assert aws.send(sent) == -(-count // 10)
    assert sorted(received()) == sorted(sent)


def test_every_character_comes_through_and_none_is_sent_that_the_queue_refuses() -> None:
    everything = "".join(map(chr, range(0x110000)))
    text = re.sub("[\ud800-\udfff]", "", everything)
    assert not TAKEN.fullmatch(text)
    for start in range(0, len(text), 50_000):
        part = text[start : start + 50_000]
        strange = message(
            paper(title=part[:100], abstract=part[-100:]), on_x(1, part), extras=Extras(summary=part[:50])
        )
        body = encode_message(strange)
        assert TAKEN.fullmatch(body), start
        assert decode_message(body) == strange
        assert json.loads(body)["mentions"][0]["text"] == part


def test_a_post_with_a_character_that_the_queue_refuses_is_counted_like_any_other() -> None:
    strange = message(paper(), on_x(1, "all \ufffe is \uffff well \x00\x1f"))
    aws.send([encode_message(strange)])
    (body,) = received()
    assert decode_message(body) == strange
