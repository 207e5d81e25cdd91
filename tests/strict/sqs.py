"""SQS's limits, and what becomes of a receipt handle when its message was received again.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.strict.refusal import refuse
from tests.strict.sizes import utf8

Params = Mapping[str, Any]

_MESSAGE_BYTES = 1_048_576
_DELETED_AT_ONCE = 10
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
# All but #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.
_STRANGE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# --- calls -------------------------------------------------------------------------------------------------


def _send_message(params: Params, model: Any, **_: Any) -> None:
    _check_message(model.name, params, "the message")
    if (size := _size(params)) > _MESSAGE_BYTES:
        refuse(
            model.name,
            f"One or more parameters are invalid. Reason: Message must be shorter than {_MESSAGE_BYTES} "
            f"bytes: {size}.",
            "InvalidParameterValue",
        )


def _send_message_batch(params: Params, model: Any, **_: Any) -> None:
    for entry in params["Entries"]:
        _check_message(model.name, entry, f"entry {entry['Id']}")
    if (size := sum(map(_size, params["Entries"]))) > _MESSAGE_BYTES:
        refuse(
            model.name,
            f"Batch requests cannot be longer than {_MESSAGE_BYTES} bytes. You have sent {size} bytes.",
            "AWS.SimpleQueueService.BatchRequestTooLong",
        )


def _delete_message(params: Params, context: Params, **_: Any) -> None:
    _forget_stale(params, [params["ReceiptHandle"]], context)


def _delete_message_batch(params: Params, model: Any, context: Params, **_: Any) -> None:
    entries = params["Entries"]
    if len(entries) > _DELETED_AT_ONCE:
        refuse(
            model.name,
            f"Maximum number of entries per request are {_DELETED_AT_ONCE}. You have sent {len(entries)}.",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        )
    for entry in entries:
        if not _ID.fullmatch(entry["Id"]):
            refuse(
                model.name,
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can "
                f"be at most 80 letters long: {entry['Id']}",
                "AWS.SimpleQueueService.InvalidBatchEntryId",
            )
    _forget_stale(params, [entry["ReceiptHandle"] for entry in entries], context)


def _change_message_visibility(params: Params, model: Any, context: Params, **_: Any) -> None:
    handle = params["ReceiptHandle"]
    for message in _messages(params, context):
        if message.had_receipt_handle(handle) and (message.receipt_handle != handle or message.visible):
            refuse(
                model.name,
                f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or "
                "is not available for visibility timeout change.",
                "InvalidParameterValue",
            )


HANDLERS = (
    ("before-parameter-build.sqs.SendMessage", _send_message),
    ("before-parameter-build.sqs.SendMessageBatch", _send_message_batch),
    ("before-parameter-build.sqs.DeleteMessage", _delete_message),
    ("before-parameter-build.sqs.DeleteMessageBatch", _delete_message_batch),
    ("before-parameter-build.sqs.ChangeMessageVisibility", _change_message_visibility),
)


# --- messages ----------------------------------------------------------------------------------------------


def _check_message(operation: str, message: Params, which: str) -> None:
    if not message["MessageBody"]:
        refuse(operation, f"The request must contain the parameter MessageBody: {which}", "MissingParameter")
    attributes = message.get("MessageAttributes", {})
    texts = [message["MessageBody"], *(value.get("StringValue", "") for value in attributes.values())]
    for text in texts:
        if found := _STRANGE.search(text):
            refuse(
                operation,
                f"Invalid characters found: #x{ord(found.group()):X} at {found.start()} of {which}",
                "InvalidMessageContents",
            )
    if message.get("DelaySeconds", 0) < 0:
        refuse(
            operation,
            f"Value {message['DelaySeconds']} for parameter DelaySeconds is invalid. Reason: DelaySeconds "
            f"must be >= 0 and <= 900: {which}",
            "InvalidParameterValue",
        )


def _size(message: Params) -> int:
    """The bytes of a message: its body, and its attributes with their names and types."""
    return utf8(message["MessageBody"]) + sum(
        utf8(name)
        + utf8(value["DataType"])
        + utf8(value.get("StringValue", ""))
        + len(value.get("BinaryValue", b""))
        for name, value in message.get("MessageAttributes", {}).items()
    )


# --- receipt handles ---------------------------------------------------------------------------------------


def _forget_stale(params: Params, handles: Iterable[str], context: Params) -> None:
    """Have moto do nothing for a handle that is not its message's newest, and call that done, as SQS does."""
    messages = _messages(params, context)
    older = set(handles).difference(message.receipt_handle for message in messages)
    for handle in older:
        if any(message.had_receipt_handle(handle) for message in messages):
            # What moto has deleted already it deletes again without a word.
            _queue(params, context).deleted_messages.add(handle)


def _messages(params: Params, context: Params) -> Any:
    queue = _queue(params, context)
    return queue._messages if queue else ()


def _queue(params: Params, context: Params) -> Any:
    """moto's queue, None where it has none of the name."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.sqs.models import sqs_backends

    name = params["QueueUrl"].rpartition("/")[2]
    return sqs_backends[DEFAULT_ACCOUNT_ID][context["client_region"]].queues.get(name)
