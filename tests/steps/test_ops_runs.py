"""Runs by hand: asked for, rendered again, looked up in the logs; and the status in a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from functions.fetch import handler
from infra.local.standin import Fault
from infra.local.standin.schedule import working_day
from infra.local.standin.world import World
from shared.clock import iso
from tests.steps.chain import DAY, NOW, READERS, SCORES, SMALL, A, Chain, paper, running, said
from tests.steps.operator import Operator

NEXT = working_day(DAY, 1)
ON_NEXT = paper(20010, NEXT)
WORLD = World(
    papers=(*SMALL.papers, ON_NEXT),
    users=READERS,
    posts=(*SMALL.posts, said(ON_NEXT, 70)),
    stories=SMALL.stories,
    upvotes=SMALL.upvotes,
)


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(WORLD) as chain:
        yield chain


# --- status --------------------------------------------------------------------------------------------


def test_the_status_of_a_service_that_is_well(chain: Chain, ops: Operator) -> None:
    missing = ops("status")
    assert (missing.code, missing.out) == (1, "")
    assert "there is no status yet" in missing.err
    chain.order(measure=True)
    told = ops("status")
    assert told.code == 0
    assert told.out.startswith(f"ok as of {iso(NOW)}\n")
    assert "2021-06-18  published 3 hot of 4\n" in told.out
    assert "hackernews  measured\n" in told.out


def test_the_status_of_a_service_that_has_stopped(chain: Chain, ops: Operator) -> None:
    chain.order(measure=True)
    chain.at(NOW + timedelta(hours=3))
    told = ops("status")
    assert (told.code, told.err) == (1, "")
    assert told.out.startswith("NOT OK as of")
    assert "stale: it was to be written again by 2021-06-19T10:25:00Z" in told.out


def test_the_status_of_a_service_with_a_problem(chain: Chain, ops: Operator) -> None:
    chain.standin.faults += [Fault(name, "500") for name in ("x", "bluesky", "hackernews", "huggingface")]
    chain.order(measure=True)
    told = ops("status")
    assert told.code == 1
    assert "problem: " in told.out
    assert "stale" not in told.out
    assert "hackernews  unavailable: since 2021-06-19T07:55:00Z: HTTP 500" in told.out


# --- run -----------------------------------------------------------------------------------------------


def test_a_day_on_demand(chain: Chain, ops: Operator) -> None:
    done = ops("run", "--date", str(DAY))
    assert (done.code, done.err) == (0, "")
    assert f"#{DAY}\n" in done.out
    assert "fetch   2021-06-18: 4 papers" in done.out
    assert dict(chain.ranking()) == SCORES


def test_what_is_due_on_demand(chain: Chain, ops: Operator) -> None:
    assert ops("run", "--measure").code == 0
    assert chain.published() == [str(DAY)]


def test_a_range_is_asked_for_day_by_day(chain: Chain, ops: Operator) -> None:
    chain.at(NOW + timedelta(days=7))
    done = ops("run", "--from", str(DAY), "--to", str(NEXT))
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"day     {DAY}: 4 papers\nday     {NEXT}: 1 papers\n")
    assert chain.published() == [str(DAY), str(NEXT)]
    events = [call for call in chain.cloud.triggers.invocations if call.step == "fetch"]
    assert len(events) == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--x", "--date", str(DAY)], "--x belongs to --from and --to"),
        (["--from", "2021-06-12", "--to", "2021-06-13"], "arXiv announces Monday to Friday"),
    ],
)
def test_a_range_that_is_none_is_told(ops: Operator, arguments: list[str], named: str) -> None:
    told = ops("run", *arguments)
    assert told.code in (1, 2)
    assert named in told.err


@pytest.mark.parametrize("answer", [None, {"measure": True}])
def test_what_is_not_fetch_is_told(ops: Operator, answer: Any) -> None:
    with mock.patch.object(handler, "lambda_handler", return_value=answer):
        refused = ops("run", "--measure")
    assert refused.code == 1
    assert "what answered is not fetch" in refused.err


def test_a_run_that_fails_says_why(chain: Chain, ops: Operator) -> None:
    refused = ops("run", "--date", "2021-06-19")
    assert refused.code == 1
    assert "OrderError: arXiv announces Monday to Friday" in refused.err
    chain.standin.faults += [Fault("oai", "500"), Fault("query", "500")]
    failed = ops("run", "--date", str(DAY))
    assert failed.code == 1
    assert "HTTP 500" in failed.err


# --- rerender ------------------------------------------------------------------------------------------


def lose(chain: Chain, *keys: str) -> None:
    for key in keys:
        chain.cloud.client("s3").delete_object(Bucket=chain.cloud.stack.outputs["BucketName"], Key=key)


def publish_two(chain: Chain) -> dict[str, bytes]:
    chain.order(measure=True)
    chain.order(NOW + timedelta(days=3), measure=True)
    assert chain.published() == [str(DAY), str(NEXT)]
    return chain.settled()


def test_every_day_is_published_again_without_asking_anybody(chain: Chain, ops: Operator) -> None:
    whole = publish_two(chain)
    asked = len(chain.standin.requests)
    lose(chain, f"{DAY}.html", f"posts/{NEXT}---Hot-Papers.md")
    done = ops("rerender")
    assert (done.code, done.err) == (0, "")
    assert "2 days by " in done.out
    assert chain.settled() == whole
    assert len(chain.standin.requests) == asked


def test_one_day_is_published_again(chain: Chain, ops: Operator) -> None:
    whole = publish_two(chain)
    lose(chain, f"{DAY}.html")
    assert "1 days by 1 runs" in ops("rerender", "--date", str(DAY)).out
    assert chain.settled() == whole


def test_a_day_whose_runs_have_expired_is_published_again(chain: Chain, ops: Operator) -> None:
    whole = publish_two(chain)
    table = chain.cloud.stack.outputs["TableName"]
    for item in chain.items():
        if item["pk"]["S"] == "RUN":
            key = {"pk": item["pk"], "sk": item["sk"]}
            chain.cloud.client("dynamodb").delete_item(TableName=table, Key=key)
    lose(chain, f"{DAY}.html")
    for _ in range(2):
        assert ops("rerender").code == 0
        assert chain.settled() == whole
    ends = [item["expires_at"] for item in chain.items() if item["pk"]["S"] == "RUN"]
    assert all(int(end["N"]) > NOW.timestamp() for end in ends), "and forgotten again"


def test_a_day_without_a_post_is_named(chain: Chain, ops: Operator) -> None:
    assert "no post yet" in ops("rerender").err
    told = ops("rerender", "--date", "2021-06-17")
    assert told.code == 1
    assert "2021-06-17 has no post" in told.err


# --- logs ----------------------------------------------------------------------------------------------


def write(ops: Operator, group: str, *events: tuple[int, Any]) -> None:
    """Lines into a function's log group, each so many seconds after NOW."""
    name = next(
        each["PhysicalResourceId"]
        for each in ops.client("cloudformation").list_stack_resources(StackName="hot-papers")[
            "StackResourceSummaries"
        ]
        if each["LogicalResourceId"] == group
    )
    logs = ops.client("logs")
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    # What is older than 14 days is refused, there as here.
    with mock.patch("moto.logs.models.utcnow", return_value=NOW.replace(tzinfo=None)):
        answer = logs.put_log_events(
            logGroupName=name,
            logStreamName="one",
            logEvents=[
                {
                    "timestamp": int((NOW + timedelta(seconds=seconds)).timestamp() * 1000),
                    "message": line if isinstance(line, str) else json.dumps(line),
                }
                for seconds, line in events
            ],
        )
    assert not answer.get("rejectedLogEventsInfo")


def test_the_lines_of_a_run_are_told_in_order(chain: Chain, ops: Operator) -> None:
    run = iso(NOW)
    write(ops, "RenderLogs", (90, {"level": "INFO", "message": "run published", "result": {"run": run}}))
    write(
        ops,
        "FetchLogs",
        (1, {"level": "INFO", "message": "swept", "run": run, "service": "fetch", "source": "x"}),
        (2, {"level": "INFO", "message": "another's", "run": iso(NOW + timedelta(hours=1))}),
        (3, f"RequestId: 1 Task timed out at {run}"),
    )
    write(
        ops, "ScoreLogs", (30, {"level": "ERROR", "message": "paper not stored", "paper": A.id, "run": run})
    )
    told = ops("logs", run)
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        '2021-06-19T07:55:01.000Z fetch  INFO swept {"source": "x"}',
        "2021-06-19T07:55:03.000Z fetch  RequestId: 1 Task timed out at 2021-06-19T07:55:00Z",
        f'2021-06-19T07:55:30.000Z score  ERROR paper not stored {{"paper": "{A.id}"}}',
        f'2021-06-19T07:56:30.000Z render INFO run published {{"result": {{"run": "{run}"}}}}',
    ]
    assert ops("logs", f"{run}#{DAY}").out == told.out, "the time is what all of them name"
    silent = ops("logs", "2021-06-18T07:55:00Z")
    assert silent.code == 1
    assert "names 2021-06-18T07:55:00Z" in silent.err
    assert "names 1969" in ops("logs", "1969-06-18T07:55:00Z").err
    assert ops("logs", "0001-01-01T00:00:00Z").code == 1
