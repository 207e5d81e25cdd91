"""render: for each run that the table's stream tells complete, its days into the bucket."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.render.announce import NotAnnouncedError
from functions.render.publish import Published, publish
from shared import log, run_states, settings
from shared.log import logger


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish the runs of a batch of stream records; returns what came of each.

    An exception makes the stream deliver the batch again: rendering twice is rendering once.
    """
    runs = [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"] if _is_run(record)]
    configured = settings.get()
    log.only_from(configured.log_level)
    # Several revisions of a run in one batch are one: it is read as it stands now.
    results: list[Published] = []
    failures: list[NotAnnouncedError] = []
    for run in dict.fromkeys(runs):
        try:
            with logger.append_context_keys(run=run):
                results.append(publish(configured, run, invocation=context.aws_request_id))
        except NotAnnouncedError as error:
            # All of it is published; the next run of the batch does not have to wait.
            failures.append(error)
    if failures:
        raise failures[0]
    return {"published": [msgspec.to_builtins(result) for result in results]}


def _is_run(record: dict[str, Any]) -> bool:
    keys = record["dynamodb"]["Keys"]
    return bool(keys["pk"]["S"] == run_states.RUNS)
