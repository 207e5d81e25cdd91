"""The queues of what was given up: looked at without taking anything, or taken one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from infra.ops.account import Account

Letter = Mapping[str, Any]  # a message as SQS tells it

# The queue with what each step gave up, by its name in the template.
QUEUES = {"papers": "PapersDeadLetters", "fetch": "FetchFailures", "render": "RenderFailures"}

# A receive that does not wait asks some of the queue's servers only, and one that waits holds up the command
# where nothing is left: so many in a row without an answer are believed.
_EMPTY_ANSWERS = 5


class DeadLetters:
    """One of the queues, by its name in QUEUES."""

    def __init__(self, account: Account, name: str) -> None:
        self._sqs = account.client("sqs")
        self._url = account.resource(QUEUES[name])
        self._held: dict[str, Letter] = {}

    def count(self) -> int:
        """How many messages there are, those included that somebody has taken and not deleted yet."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def first(self, most: int) -> list[Letter]:
        """Some messages, at most so many, which stay where they are."""
        found: dict[str, Letter] = {}
        for _ in range(_EMPTY_ANSWERS):
            for letter in self._receive(most, seconds=0):
                found[letter["MessageId"]] = letter
        return list(found.values())[:most]

    @contextmanager
    def taken(self, seconds: int) -> Iterator[Iterator[Letter]]:
        """The messages one by one, each once; those that are not deleted are there again at the end.

        `seconds` is how long one is kept from others, more than what is done with it can take. Should this
        process die, it is there again after that time.
        """
        try:
            yield self._each(seconds)
        finally:
            for letter in self._held.values():
                # Refused where the time is over, and then it is there again by itself.
                with suppress(ClientError):
                    self._sqs.change_message_visibility(
                        QueueUrl=self._url, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0
                    )
            self._held.clear()

    def delete(self, letter: Letter) -> None:
        """Delete a message that was taken, once what it is about is in other hands."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter["ReceiptHandle"])
        del self._held[letter["MessageId"]]

    def _each(self, seconds: int) -> Iterator[Letter]:
        empty = 0
        while empty < _EMPTY_ANSWERS:
            letters = self._receive(1, seconds=seconds)
            empty = 0 if letters else empty + 1
            for letter in letters:
                is_new = letter["MessageId"] not in self._held
                self._held[letter["MessageId"]] = letter
                # One that could not be done comes again when a long round outlasts its time.
                if is_new:
                    yield letter

    def _receive(self, most: int, *, seconds: int) -> list[Letter]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=seconds,
            MessageSystemAttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        letters: list[Letter] = answer.get("Messages", [])
        return letters
