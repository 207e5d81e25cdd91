"""score: a batch of the queue's messages into the table, each counting once however often it comes."""

from __future__ import annotations

from typing import Any

from functions.score.papers import Delivery, store
from shared import log, settings
from shared.log import logger
from shared.paper import MessageError, decode_message


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Store the messages of a batch; returns those that failed, for the queue to deliver again."""
    configured = settings.get()
    log.only_from(configured.log_level)
    deliveries: list[Delivery] = []
    failed: list[str] = []
    for record in event["Records"]:
        try:
            deliveries.append(Delivery(id=record["messageId"], message=decode_message(record["body"])))
        except MessageError as error:
            # It fails every time and ends in the dead-letter queue, alone.
            logger.error("message refused", extra={"message_id": record["messageId"], "reason": str(error)})
            failed.append(record["messageId"])
    failed += store(configured, deliveries)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
