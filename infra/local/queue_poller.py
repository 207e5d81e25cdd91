"""Lambda's poller of a queue: batches of messages to a function, and what that says about each of them.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.invoke import Invocation, Invoke
from infra.local.template import TemplateError
from infra.local.wiring import QueueTrigger

# What one call of ReceiveMessage or DeleteMessageBatch takes, and the bytes of one event.
_AT_ONCE = 10
_EVENT_BYTES = 6_000_000


class QueuePoller:
    """Plays one queue trigger. Raises TemplateError for a queue where a bad message would never end."""

    def __init__(self, trigger: QueueTrigger, sqs: Any, invoke: Invoke) -> None:
        self._trigger = trigger
        self._sqs = sqs
        self._invoke = invoke
        self._received: list[Mapping[str, Any]] = []
        self.step = trigger.step
        self.url = queue_url(sqs, trigger.queue_arn)
        attributes = self._attributes()
        if "RedrivePolicy" not in attributes:
            raise TemplateError(f"the queue of {trigger.step} has no dead-letter queue")
        self.dead_letters_arn: str = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
        self.visibility_seconds = int(attributes["VisibilityTimeout"])

    def poll(self) -> tuple[Invocation, int] | None:
        """Hands one batch over: the call and how many messages failed; None when no message is visible."""
        batch = self._batch()
        if not batch:
            return None
        event = {"Records": [self._record(message) for message in batch]}
        invocation = self._invoke(self.step, event)
        failed = self._failed(invocation, [message["MessageId"] for message in batch])
        done = [message for message in batch if message["MessageId"] not in failed]
        for start in range(0, len(done), _AT_ONCE):
            self._sqs.delete_message_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(done[start : start + _AT_ONCE])
                ],
            )
        return invocation, len(failed)

    def waiting(self) -> int:
        """How many messages are visible or received but not yet handed over."""
        return int(self._attributes()["ApproximateNumberOfMessages"]) + len(self._received)

    def hidden(self) -> int:
        """How many messages will be visible again later."""
        attributes = self._attributes()
        return int(attributes["ApproximateNumberOfMessagesNotVisible"]) + int(
            attributes["ApproximateNumberOfMessagesDelayed"]
        )

    def _attributes(self) -> Mapping[str, str]:
        answer = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes

    def _batch(self) -> list[Mapping[str, Any]]:
        """Up to a batch of messages: several receives make one batch when the trigger waits for a window."""
        trigger = self._trigger
        while (missing := trigger.batch_size - len(self._received)) > 0:
            answer = self._sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=min(_AT_ONCE, missing),
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
                WaitTimeSeconds=0,
            )
            self._received += answer.get("Messages", ())
            if "Messages" not in answer or trigger.window_seconds == 0:
                break
        taken = size = 0
        for message in self._received:
            size += len(message["Body"].encode())
            if taken and size > _EVENT_BYTES:
                break
            taken += 1
        batch, self._received = self._received[:taken], self._received[taken:]
        return batch

    def _record(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {
                name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._trigger.queue_arn,
            "awsRegion": self._trigger.queue_arn.split(":")[3],
        }

    def _failed(self, invocation: Invocation, batch: Sequence[str]) -> set[str]:
        """The ids that stay in the queue; an answer that makes no sense leaves the whole batch there."""
        everything = set(batch)
        if invocation.exception is not None:
            return everything
        if not self._trigger.partial or not invocation.result:
            return set()
        try:
            failed = {item["itemIdentifier"] for item in invocation.result["batchItemFailures"] or ()}
        except (KeyError, TypeError):
            return everything
        return failed if failed <= everything else everything


def queue_url(sqs: Any, arn: str) -> str:
    """The address of a queue."""
    url: str = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
    return url


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        told["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        told["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return told
