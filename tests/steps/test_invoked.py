"""`make invoke-…` without containers: what each function is given, and what a failure comes to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.local import invoked, sample
from infra.local.cloud import Cloud
from infra.local.standin import Standin, load


def test_each_step_gets_what_waits_for_it_and_the_post_is_there() -> None:
    given: list[tuple[str, int]] = []
    world = load(sample.WORLD)
    with Standin(world) as standin, Cloud(now=world.now, caller=standin.environment) as cloud:

        def run(function: str, path: Path) -> str:
            event = json.loads(path.read_text("utf-8"))
            given.append((function, len(event.get("Records", ()))))
            call = cloud.triggers.invoke(function.removesuffix("Function").lower(), event)
            return json.dumps(call.result if call.exception is None else {"errorType": "E"})

        calls = invoked.Calls(cloud.stack.wiring, cloud.client, run)
        for step in ("fetch", "score", "render"):
            calls.step(step)
        assert calls.failures == []
        keys = [key for key, _ in cloud.objects()]
    assert given == [
        ("FetchFunction", 0),
        ("ScoreFunction", 49),
        ("RenderFunction", 1),
    ]
    assert any(key.startswith("posts/2021-06-18") for key in keys)


def test_without_a_queued_paper_it_is_the_example() -> None:
    given: list[Any] = []
    with Cloud() as cloud:

        def run(_function: str, path: Path) -> str:
            given.append(json.loads(path.read_text("utf-8")))
            return '{"errorType": "MessageError", "errorMessage": "no"}'

        calls = invoked.Calls(cloud.stack.wiring, cloud.client, run)
        calls.step("score")
        calls.step("render")
    events = Path(__file__).parents[1] / "events"
    assert given == [
        json.loads((events / name).read_text("utf-8")) for name in ("papers.json", "stream.json")
    ]
    assert calls.failures == ["score: MessageError: no", "render: MessageError: no"]
