"""The embedded AWS with toy functions: the stack, its environments, its permissions, its server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.dynamodb.models import table as moto_table
from moto.sqs import models as moto_sqs

from infra.local import template
from infra.local.cloud import Cloud
from infra.local.moto_patches import MotoChangedError, patched
from infra.local.server import serve
from shared import aws, clock, settings
from tests.steps.toys import TEXT, TICK, edited, installed, put, send


@pytest.fixture(name="toys")
def _toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    yield from installed(tmp_path, monkeypatch)


@pytest.fixture(name="cloud")
def _cloud(toys: Any) -> Iterator[Cloud]:
    with Cloud(template=TEXT, now=TICK, caller={}) as entered:
        yield entered


# --- the stack and its environments -------------------------------------------------------------------


def test_the_template_itself_is_deployed_and_says_what_is_missing(cloud: Cloud) -> None:
    assert cloud.stack.dropped == (
        "BucketPolicy (AWS::S3::BucketPolicy)",
        "Distribution (AWS::CloudFront::Distribution)",
        "OriginAccess (AWS::CloudFront::OriginAccessControl)",
        "SiteHeaders (AWS::CloudFront::ResponseHeadersPolicy)",
        "PostsTopicPolicy (AWS::SNS::TopicPolicy)",
        "PostsMail (AWS::SNS::Subscription)",
        "AlarmsTopicPolicy (AWS::SNS::TopicPolicy)",
        "AlarmsMail (AWS::SNS::Subscription)",
        "TroubleAlarm (AWS::CloudWatch::Alarm)",
        "TicksMissingAlarm (AWS::CloudWatch::Alarm)",
        "XBudgetAlarm (AWS::CloudWatch::Alarm)",
        "Budget (AWS::Budgets::Budget)",
    )
    outputs, environments = cloud.stack.outputs, cloud.environments
    assert environments["fetch"]["QUEUE_URL"] == outputs["QueueUrl"]
    assert environments["render"]["BUCKET_NAME"] == outputs["BucketName"]
    assert {environment["TABLE_NAME"] for environment in environments.values()} == {outputs["TableName"]}
    assert "QUEUE_URL" not in environments["render"]
    assert "X_BEARER_TOKEN_PARAMETER" not in {*environments["score"], *environments["render"]}


def test_the_callers_variables_override_the_templates(toys: Any) -> None:
    caller = {
        "CATEGORIES": "math",
        "TABLE_NAME": "another",
        "ARXIV_OAI_URL": "http://127.0.0.1:1/oai",
        "X_POSTS_PER_RUN": "7",
        "X_BEARER_TOKEN": "secret",
        "BLUESKY_HANDLE": "ada.example",
        "BLUESKY_APP_PASSWORD": "secret",
        "BLUESKY_URL": "http://127.0.0.1:1/xrpc",
        "SITE_NOTICE": "a sample",
        "EVENT_BUS_NAME": "mine",
        "SHELL": "/bin/sh",
    }
    with Cloud(template=TEXT, caller=caller, parameters={"SiteTitle": "Mine"}) as cloud:
        fetch, score, render = (cloud.environments[step] for step in ("fetch", "score", "render"))
        assert {name: fetch[name] for name in caller if name in fetch and name != "TABLE_NAME"} == {
            name: caller[name] for name in caller if name not in {"TABLE_NAME", "EVENT_BUS_NAME", "SHELL"}
        }
        assert fetch["TABLE_NAME"] == cloud.stack.outputs["TableName"]
        # Declared for fetch alone, or a secret: for fetch alone. Declared nowhere: for all.
        of_fetch = {name for name in caller if name.startswith(("ARXIV_", "X_", "BLUESKY_"))}
        assert len(of_fetch) == 6
        assert not of_fetch & (score.keys() | render.keys())
        assert score["SITE_NOTICE"] == "a sample"
        assert render["SITE_TITLE"] == "Mine"
        assert render["EVENT_BUS_NAME"] == "default", "whose events these are is the stack's to say"


@pytest.mark.parametrize(
    ("parameters", "caller", "address"),
    [
        ({}, {}, "http://localhost:8000"),
        ({}, {"SITE_URL": "https://hot.example.org"}, "https://hot.example.org"),
        ({"SiteUrl": "https://hot.example.org"}, {}, "https://hot.example.org"),
        ({"Hosting": "website"}, {}, "http://BUCKET.s3-website.us-east-1.amazonaws.com"),
        ({"Hosting": "cloudfront"}, {}, "https://no-Distribution"),
    ],
)
def test_a_site_on_this_machine_has_an_address_on_it(
    toys: Any, parameters: dict[str, str], caller: dict[str, str], address: str
) -> None:
    with Cloud(template=TEXT, parameters=parameters, caller=caller) as cloud:
        address = address.replace("BUCKET", cloud.stack.outputs["BucketName"])
        assert {one["SITE_URL"] for one in cloud.environments.values()} == {address}
        assert ("DistributionId" in cloud.stack.outputs) is (parameters.get("Hosting") == "cloudfront")


def test_a_function_sees_its_environment_alone(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "https://sqs.example.org")
    monkeypatch.setenv("BUCKET_NAME", "another")
    before = dict(os.environ)
    with Cloud(template=TEXT, now=TICK, caller={"CATEGORIES": "math"}) as cloud:
        invocation = cloud.triggers.invoke("fetch", {"measure": True})
        assert settings.get().bucket_name == "another", "settings must not outlive the call"
    assert os.environ == before
    seen = toys.seen["environment"]
    assert "mine" not in seen.values()
    assert "AWS_ENDPOINT_URL_SQS" not in seen
    assert "BUCKET_NAME" not in seen
    assert toys.seen["settings"].categories == "math"
    assert toys.seen["now"] == TICK
    assert clock.now() > TICK
    assert invocation.result["seconds"] == pytest.approx(900, abs=5)
    assert toys.seen["context"].function_name == cloud.stack.outputs["FetchFunctionName"]
    assert toys.events == [{"measure": True}]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("            MaximumRetryAttempts: 5", "            #", "MaximumRetryAttempts"),
        ('"status": {"S": ["complete"', '"status": {"S": [{"prefix": "p"}', "prefix"),
        ("ScheduleExpressionTimezone: UTC", "ScheduleExpressionTimezone: CET", "CET"),
        (
            "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt PapersDeadLetters.Arn\n        max",
            "      # max",
            "letter",
        ),
        ("BatchSize: 50\n", "BatchSize: 50\n            Nonsense: 1\n", "Nonsense"),
    ],
)
def test_what_cannot_be_played_is_refused(toys: Any, old: str, new: str, complaint: str) -> None:
    with (
        pytest.raises(template.TemplateError, match=complaint),
        Cloud(template=edited((old, new)), caller={}),
    ):
        pass


def test_a_call_that_the_role_does_not_list_is_refused(toys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def scan(event: Any, context: Any) -> Any:
        return aws.client("dynamodb").scan(TableName=settings.get().table_name)["Count"]

    text = edited(
        (
            "- dynamodb:Query # a day's papers, announcements, recent runs\n"
            "                  - dynamodb:PutItem # the run",
            "- dynamodb:Scan # ",
        )
    )
    with Cloud(template=TEXT, caller={}) as cloud:
        monkeypatch.setattr("toys.fetch.handler.lambda_handler", scan)
        refused = cloud.triggers.invoke("fetch", {}).exception
        assert "does not allow dynamodb:Scan" in str(refused)
        assert cloud.client("dynamodb").scan(TableName=cloud.stack.outputs["TableName"])["Count"] == 0
    with Cloud(template=text, caller={}) as cloud:
        assert cloud.triggers.invoke("fetch", {}).result == 0


# --- one wiring ----------------------------------------------------------------------------------------


def test_changing_the_template_changes_the_run(toys: Any) -> None:
    text = edited(
        ("BatchSize: 50", "BatchSize: 3"),
        ("FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []"),
        ('"status": {"S": ["complete", "partial"]}', '"status": {"S": ["open"]}'),
        ("CATEGORIES: !Ref Categories", "CATEGORIES: math"),
        ("cron(55 * * * ? *)", "cron(5 4 * * ? *)"),
        ('{"time": "<aws', '{"at": "<aws'),
        ("Timeout: 900", "Timeout: 100"),
    )
    with Cloud(template=text, caller={}) as cloud:
        toys.broken.add("0")
        send(cloud, "0", "1", "2", "3")
        put(cloud, "RUN", "a", "complete")
        put(cloud, "RUN", "b", "open")
        cloud.triggers.drain()
        assert toys.calls == [["0", "1", "2"], ["b"], ["3"]], "and nothing is reported as failed"
        tick = cloud.triggers.tick(TICK.replace(hour=4, minute=5))
        assert toys.events[-1] == {"at": "2021-06-19T04:05:00Z"}
        assert tick.result["seconds"] == pytest.approx(100, abs=5)
        assert toys.seen["settings"].categories == "math"


def test_what_moto_lacks_is_dropped_and_what_refers_to_it_is_stubbed(toys: Any) -> None:
    text = edited(
        ("Resources:\n", "Resources:\n  Siren:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {}\n"),
        (
            "          POWERTOOLS_SERVICE_NAME: fetch\n",
            "          POWERTOOLS_SERVICE_NAME: !Sub ${Siren.Arn}/x\n",
        ),
        ("          POWERTOOLS_SERVICE_NAME: score\n", "          POWERTOOLS_SERVICE_NAME: !Ref Siren\n"),
        (
            "          POWERTOOLS_SERVICE_NAME: render\n",
            "          POWERTOOLS_SERVICE_NAME: !GetAtt Siren.Arn\n",
        ),
    )
    with Cloud(template=text, caller={}) as cloud:
        assert "Siren (AWS::CloudWatch::Alarm)" in cloud.stack.dropped
        names = [cloud.environments[step]["POWERTOOLS_SERVICE_NAME"] for step in ("fetch", "score", "render")]
        assert names == ["no-Siren/x", "no-Siren", "no-Siren"]


class Rewritten:
    """A part of moto that works in another way."""


def test_a_changed_moto_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def rewritten(shard: object, change: object) -> None: ...

    changes: tuple[Callable[[], None], ...] = (
        lambda: monkeypatch.delattr(moto_sqs, "unix_time_millis"),
        lambda: monkeypatch.setattr(moto_table.StreamShard, "add", rewritten),
        lambda: monkeypatch.setattr("moto.core.models.MockAWS", Rewritten),
    )
    for change in changes:
        change()
        with pytest.raises(MotoChangedError), patched(lambda: 0.0):
            pass
        monkeypatch.undo()
    with patched(lambda: 7.0):
        moment: float = vars(moto_sqs)["unix_time_millis"]()
        assert moment == 7000.0


# --- the server ----------------------------------------------------------------------------------------


def test_the_same_stack_is_served_to_other_processes() -> None:
    with serve(caller={"CATEGORIES": "math"}, seen_as="host.docker.internal") as served:
        fetch = served.environments["FetchFunction"]
        assert fetch["CATEGORIES"] == "math"
        assert fetch["AWS_ENDPOINT_URL"] == served.url.replace("127.0.0.1", "host.docker.internal")
        sqs = boto3.client(
            "sqs",
            region_name="us-east-1",
            endpoint_url=served.url,
            aws_access_key_id="x",
            aws_secret_access_key="x",
        )
        sqs.send_message(QueueUrl=fetch["QUEUE_URL"], MessageBody="hello")
        (message,) = sqs.receive_message(QueueUrl=fetch["QUEUE_URL"])["Messages"]
        assert message["Body"] == "hello"
        s3 = served.client("s3")
        s3.put_object(
            Bucket=served.environments["RenderFunction"]["BUCKET_NAME"], Key="index.html", Body=b"x"
        )
        port = int(served.url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"), serve(port=port):
            pass


def test_functions_here_can_be_played_in_the_aws_of_a_server(toys: Any) -> None:
    with serve(caller={}, template=TEXT) as served, Cloud(server=served.url, now=TICK, caller={}) as cloud:
        toys.broken.add("bad")
        send(cloud, "good", "bad")
        put(cloud, "RUN", "a", "complete")
        cloud.triggers.drain()
        assert sorted(toys.calls) == [["a"], ["good", "bad"]], "the server's clock hides what failed"
        assert cloud.triggers.failures() == {"fetch": 0, "score": 0, "render": 0}
        attributes = served.client("sqs").get_queue_attributes(
            QueueUrl=cloud.environments["fetch"]["QUEUE_URL"],
            AttributeNames=["ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        assert attributes["ApproximateNumberOfMessagesNotVisible"] == "1"
        assert cloud.environments["render"]["AWS_ENDPOINT_URL"] == served.url
