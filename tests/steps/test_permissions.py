"""Least privilege: what the steps need of AWS in every branch is what their roles allow, and nothing more.

The embedded AWS refuses a call that no statement is for, so that a branch without its permission fails here.
What was needed is compared with `tests/unit/used_actions.json`, which the template is held to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

import pytest

from infra.local.permissions import Grant, Guard
from shared import aws
from tests.steps.chain import DAY, NOW, SMALL, B, Chain, running
from tests.unit.template_checks import SECRETS, USED

HOUR = timedelta(hours=1)
FILTERS = "Robots: cat:cs.RO"


@pytest.fixture(name="chain", scope="module")
def _chain() -> Iterator[Chain]:
    """A service whose secrets are in SSM."""
    own = dict.fromkeys(("X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"), "")
    with running(SMALL, settings=own | {"FILTERS": FILTERS}, parameters=SECRETS) as chain:
        for name, value in zip(SECRETS.values(), ("secret", "service.example.com:abcd-efgh"), strict=True):
            chain.cloud.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        yield chain


@pytest.fixture(name="guard", scope="module")
def _guard(chain: Chain) -> Guard:
    """The service after every branch."""
    # The tick before: listed, nothing measured. Then a message that is lost, and comes late.
    chain.tick(NOW - HOUR)
    send = aws.send
    lost: list[str] = []

    def all_but_one(bodies: Iterator[str]) -> int:
        kept: list[str] = []
        for body in bodies:
            (lost if f'"{B.id}"' in body else kept).append(body)
        return send(kept)

    with mock.patch.object(aws, "send", all_but_one):
        chain.tick(NOW)
    assert chain.run().status == "open"
    chain.tick(NOW + HOUR)
    assert chain.run().status == "partial"
    chain.send(*lost)
    chain.cloud.triggers.drain()
    assert chain.data()["sources"]["x"]["state"] == chain.data()["sources"]["bluesky"]["state"] == "measured"
    # What is refused for good, and what the steps crash at.
    chain.send("no message")
    chain.cloud.triggers.drain()
    with mock.patch("functions.render.handler.publish", side_effect=RuntimeError):
        chain.at(NOW + 2 * HOUR)
        chain.cloud.triggers.tick(NOW + 2 * HOUR)
        chain.cloud.triggers.drain()
    with mock.patch("functions.fetch.runs.tick", side_effect=RuntimeError):
        chain.cloud.triggers.tick(NOW + 3 * HOUR)
        chain.cloud.triggers.drain()
    failures = chain.cloud.triggers.failures()
    assert failures.keys() == {"fetch", "score", "render"}
    assert all(failures.values())
    # A day by hand; then the filter is gone, and its page.
    chain.order(NOW + 4 * HOUR, date=DAY.isoformat())
    assert "filter/robots.html" in chain.bucket()
    with mock.patch.dict(chain.cloud.environments["render"], FILTERS=""):
        chain.tick(NOW + 24 * HOUR)
    assert "filter/robots.html" not in chain.bucket()
    # Several days by hand, and a month whose reading of X is at its end.
    answer = chain.order(NOW + 25 * HOUR, **{"from": (DAY - 24 * HOUR).isoformat(), "to": DAY.isoformat()})
    assert [run["kind"] for run in answer["runs"]] == ["date"], "the other is there"
    with mock.patch.dict(chain.cloud.environments["fetch"], X_POSTS_PER_MONTH="10"):
        chain.order(NOW + 26 * HOUR, measure=True)
    x = chain.run(NOW + 26 * HOUR).run.sources["x"]
    assert x.capped or x.state == "unavailable", x
    return chain.cloud.guard


def _plain(chain: Chain, grant: Grant) -> str:
    """A grant by the names of the template instead of those that the stack's things were given."""
    outputs = chain.cloud.stack.outputs
    resource = grant.local_resource
    for physical, logical in (
        (f"table/{outputs['TableName']}", "Table"),
        (outputs["BucketName"], "Bucket"),
        (outputs["QueueUrl"].rpartition("/")[2], "PapersQueue"),
    ):
        if resource == physical or resource.startswith(f"{physical}/"):
            resource = logical + resource.removeprefix(physical)
    return f"{grant.action} {resource}"


def test_what_the_steps_used_is_what_is_noted(chain: Chain, guard: Guard) -> None:
    used: dict[str, list[str]] = {step: [] for step in ("fetch", "score", "render")}
    for step, grant in guard.used:
        used[step].append(_plain(chain, grant))
    told = {step: sorted(actions) for step, actions in used.items()}
    assert told == json.loads(USED.read_text("utf-8")), "what is used has changed: note it there"


def test_another_resource_is_refused(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("index.html", "posts/2021-06-18---Hot-Papers.md"):
        monkeypatch.setattr(
            "functions.render.handler.lambda_handler", lambda *_, key=key: aws.delete_object(key)
        )
        refused = chain.cloud.triggers.invoke("render", {}).exception
        assert f"does not allow s3:DeleteObject on {chain.cloud.stack.outputs['BucketName']}/{key}" in str(
            refused
        )
