"""Toy functions for the embedded AWS: each notes its calls and misbehaves as a test says."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.local import template
from infra.local.cloud import Cloud

TEXT = template.PATH.read_text(encoding="utf-8").replace("functions.", "toys.")
TICK = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)

# Each toy notes its calls and misbehaves as the test says.
TOYS = {
    "control.py": "calls, events, seen, broken, fails = [], [], {}, set(), [0]",
    "fetch/handler.py": """
import os
from shared import clock, settings
from toys import control

def lambda_handler(event, context):
    control.events.append(event)
    control.seen.update(environment=dict(os.environ), settings=settings.get(), context=context)
    control.seen["now"] = clock.now()
    if control.fails[0]:
        control.fails[0] -= 1
        raise RuntimeError("no luck")
    return {"seconds": context.get_remaining_time_in_millis() / 1000}
""",
    "score/handler.py": """
from toys import control

def lambda_handler(event, context):
    control.events.append(event)
    bodies = [record["body"] for record in event["Records"]]
    control.calls.append(bodies)
    if "crash" in bodies:
        raise SystemExit("crash")
    failed = [record["messageId"] for record in event["Records"] if record["body"] in control.broken]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}
""",
    "render/handler.py": """
from toys import control

def lambda_handler(event, context):
    control.events.append(event)
    runs = [record["dynamodb"]["Keys"]["sk"]["S"] for record in event["Records"]]
    control.calls.append(runs)
    if control.broken & set(runs):
        raise RuntimeError("cannot draw")
""",
}


def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The toys as a package of this process; yields the module through which a test steers them."""
    for name, source in TOYS.items():
        path = tmp_path / "toys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("toys.control")
    for name in [name for name in sys.modules if name.split(".")[0] == "toys"]:
        del sys.modules[name]


def edited(*changes: tuple[str, str]) -> str:
    """The template with each text replaced that stands in it once."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def send(cloud: Cloud, *bodies: str) -> None:
    """Messages into the queue of papers."""
    for body in bodies:
        cloud.client("sqs").send_message(QueueUrl=cloud.stack.outputs["QueueUrl"], MessageBody=body)


def put(cloud: Cloud, pk: str, sk: str, status: str, revision: int = 0) -> None:
    """A run, or something like it, into the table."""
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "status": {"S": status}, "revision": {"N": str(revision)}}
    cloud.client("dynamodb").put_item(TableName=cloud.stack.outputs["TableName"], Item=item)


def letter(cloud: Cloud, logical_id: str) -> Any:
    """The one message in a queue, which is named by its logical id."""
    (url,) = [url for url in cloud.client("sqs").list_queues()["QueueUrls"] if f"-{logical_id}-" in url]
    (message,) = cloud.client("sqs").receive_message(QueueUrl=url)["Messages"]
    return json.loads(message["Body"])
