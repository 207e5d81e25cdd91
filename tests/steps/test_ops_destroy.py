"""`destroy`: what goes, what stays, and that nothing goes without a yes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from infra.local.cloud import Cloud
from infra.ops.__main__ import main
from tests.steps.chain import NOW

NAME = "hot-papers"


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        fill(cloud.client("s3"), cloud.stack.outputs["BucketName"])
        yield cloud


def fill(s3: Any, bucket: str) -> None:
    """Objects with old versions, and the marker of a deletion."""
    # moto loses what the template says of it.
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"old", b"new"):
        s3.put_object(Bucket=bucket, Key="index.html", Body=body)
    s3.put_object(Bucket=bucket, Key="gone.html", Body=b"")
    s3.delete_object(Bucket=bucket, Key="gone.html")


def there(cloud: Cloud) -> tuple[bool, bool, bool]:
    """Whether stack, table and bucket are there."""
    stacks = [each["StackName"] for each in cloud.client("cloudformation").describe_stacks()["Stacks"]]
    buckets = [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]]
    tables = cloud.client("dynamodb").list_tables()["TableNames"]
    outputs = cloud.stack.outputs
    return NAME in stacks, outputs["TableName"] in tables, outputs["BucketName"] in buckets


Destroy = Callable[..., int]


@pytest.fixture(name="destroy")
def _destroy(cloud: Cloud) -> Destroy:
    def run(*arguments: str, answer: str = NAME, client: Any = cloud.client) -> int:
        with mock.patch("sys.stdin", io.StringIO(answer)):
            return main(["destroy", *arguments], lambda _region, _profile: client)

    return run


@pytest.mark.parametrize("answer", ["", "y\n", "hot-paper\n"])
def test_without_its_name_nothing_is_removed(
    cloud: Cloud, destroy: Destroy, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert destroy("--data", answer=answer) == 1
    assert there(cloud) == (True, True, True)
    assert "nothing is removed" in capsys.readouterr().err


def test_it_says_what_it_keeps(cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]) -> None:
    assert destroy(answer="") == 1
    asked = capsys.readouterr().out
    assert "removes the stack hot-papers in us-east-1, and keeps" in asked
    assert cloud.stack.outputs["TableName"] in asked
    assert cloud.stack.outputs["BucketName"] in asked
    assert destroy() == 0
    assert there(cloud) == (False, True, True)


def test_what_a_stack_left_is_found_when_it_is_gone(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert destroy() == 0
    capsys.readouterr()

    assert destroy(answer="") == 0, "there is no question"
    told = capsys.readouterr().out
    assert "is gone already" in told
    assert "make destroy DATA=1" in told
    assert there(cloud) == (False, True, True)

    assert destroy("--data", answer="no") == 1
    asked = capsys.readouterr().out
    assert cloud.stack.outputs["TableName"] in asked
    assert cloud.stack.outputs["BucketName"] in asked
    assert there(cloud) == (False, True, True)
    assert destroy("--data") == 0
    assert there(cloud) == (False, False, False)
    for arguments in (), ("--data",):
        capsys.readouterr()
        assert destroy(*arguments, answer="") == 0
        assert "gone already, and so are its table and bucket" in capsys.readouterr().out


def test_all_goes_at_once_with_every_version(cloud: Cloud, destroy: Destroy) -> None:
    assert destroy("--data") == 0
    assert there(cloud) == (False, False, False)


def test_another_stack_of_the_name_keeps_its_data(cloud: Cloud, destroy: Destroy) -> None:
    assert destroy() == 0
    left = there(cloud)
    cloud.client("cloudformation").create_stack(StackName=NAME, TemplateBody=TEMPLATE)
    assert destroy("--data") == 0
    assert there(cloud) == left, "what the one before left is not this one's"
    assert destroy("--data") == 0
    assert there(cloud) == (False, False, False)


TEMPLATE = json.dumps(
    {
        "Resources": {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                },
            }
        }
    }
)


def test_a_name_that_was_never_there_is_told(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert destroy("--data", "--stack", "hot-papers-prd") == 1
    told = capsys.readouterr().err
    assert "no stack hot-papers-prd in us-east-1" in told
    assert "--table" in told
    assert there(cloud) == (True, True, True)


def test_a_stack_of_something_else_stays(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
    cloud.client("cloudformation").create_stack(StackName="other", TemplateBody=queue)
    assert destroy("--stack", "other", answer="other") == 1
    assert "is it one of Hot Papers?" in capsys.readouterr().err
    assert cloud.client("cloudformation").describe_stacks(StackName="other")["Stacks"]


def test_what_an_older_stack_left_is_named(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="older")
    fill(s3, "older")
    for time in ("deleted", "gone already"):
        assert destroy("--data", "--table", "older", "--bucket", "older") == 0
        told = capsys.readouterr().out
        assert f"the bucket older is {time}" in told
        assert "the table older is gone already" in told
    assert there(cloud) == (True, True, True)


def test_what_is_in_use_is_not_removed_by_its_name(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    assert destroy("--data", "--table", cloud.stack.outputs["TableName"]) == 2
    assert "is in use by the stack hot-papers" in capsys.readouterr().err
    assert there(cloud) == (True, True, True)


def refusing(*operations: str) -> Callable[[str], Any]:
    """Clients that are refused some operations."""

    def refuse(model: Any, **_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "you may not"}}, model.name)

    def client(service: str) -> Any:
        made = boto3.client(service, region_name="us-east-1")
        for operation in operations:
            made.meta.events.register(f"before-call.*.{operation}", refuse)
        return made

    return client


@pytest.mark.parametrize(
    ("operation", "kind", "after"),
    [
        ("DeleteTable", "table", (False, True, False)),
        ("DeleteObjects", "bucket", (False, False, True)),
        ("DeleteBucket", "bucket", (False, False, True)),
    ],
)
def test_what_cannot_be_removed_leaves_the_other_to_be_removed(
    cloud: Cloud,
    destroy: Destroy,
    operation: str,
    kind: str,
    after: tuple[bool, bool, bool],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert destroy("--data", client=refusing(operation)) == 1
    told = capsys.readouterr().err
    assert f"the {kind} {cloud.stack.outputs[f'{kind.title()}Name']}: " in told
    assert "you may not" in told
    assert there(cloud) == after
    assert destroy("--data") == 0, "again, with the right"
    assert there(cloud) == (False, False, False)


def test_both_failures_are_told(cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]) -> None:
    assert destroy("--data", client=refusing("DeleteTable", "DeleteBucket")) == 1
    told = capsys.readouterr().err
    assert cloud.stack.outputs["TableName"] in told
    assert cloud.stack.outputs["BucketName"] in told
    assert told.count("you may not") == 2


@pytest.mark.parametrize(("writes", "code"), [(1, 0), (4, 0), (1000, 1)])
def test_a_late_write_is_removed_too(
    cloud: Cloud, destroy: Destroy, writes: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    left = iter(range(writes))

    def write(params: Any, **_: Any) -> None:
        if next(left, None) is not None:
            cloud.client("s3").put_object(Bucket=params["Bucket"], Key="late.html", Body=b"")

    cloud.client("s3").meta.events.register("provide-client-params.s3.DeleteBucket", write)
    assert destroy("--data") == code
    assert there(cloud) == (False, False, bool(code))
    assert ("something writes into it" in capsys.readouterr().err) == bool(code)


def test_a_table_on_its_way_is_waited_for(cloud: Cloud, destroy: Destroy) -> None:
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(dynamodb) as stub:
        for _ in ("is it there", "what is it at"):
            stub.add_response("describe_table", {"Table": {"TableStatus": "DELETING"}})
        stub.add_client_error("describe_table", "ResourceNotFoundException")
        clients = {"dynamodb": dynamodb}
        assert (
            destroy("--data", "--table", "older", client=lambda name: clients.get(name) or cloud.client(name))
            == 0
        )
        stub.assert_no_pending_responses()


def stack(status: str) -> dict[str, Any]:
    told = {"StackId": "arn", "StackName": NAME, "CreationTime": NOW, "StackStatus": status}
    return {"Stacks": [told]}


def resource(name: str, physical: str, status: str, reason: str = "") -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "PhysicalResourceId": physical,
        "ResourceType": "AWS::X::Y",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "LastUpdatedTimestamp": NOW,
    }


def test_a_failed_first_deployment_goes_with_what_it_came_to(cloud: Cloud, destroy: Destroy) -> None:
    """It has no outputs, and some of its resources never had a name."""
    table = cloud.stack.outputs["TableName"]
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    resources = [
        resource("Table", table, "DELETE_SKIPPED"),
        resource("Bucket", "", "CREATE_FAILED", "no more buckets"),
        resource("FetchFunction", "gone", "DELETE_COMPLETE"),
    ]
    clients = {"cloudformation": cloudformation}
    with Stubber(cloudformation) as stub:
        stub.add_response("describe_stacks", stack("ROLLBACK_COMPLETE"), {"StackName": NAME})
        stub.add_response("list_stack_resources", {"StackResourceSummaries": resources}, {"StackName": "arn"})
        stub.add_response("delete_stack", {}, {"StackName": "arn"})
        stub.add_response("describe_stacks", stack("DELETE_COMPLETE"), {"StackName": "arn"})
        assert destroy("--data", client=lambda name: clients.get(name) or cloud.client(name)) == 0
        stub.assert_no_pending_responses()
    assert there(cloud) == (True, False, True)


def test_a_deployment_that_was_declined_goes(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its change set was made, and nothing of what is in it."""
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    clients = {"cloudformation": cloudformation}
    with Stubber(cloudformation) as stub:
        stub.add_response("describe_stacks", stack("REVIEW_IN_PROGRESS"))
        stub.add_response("list_stack_resources", {"StackResourceSummaries": []})
        stub.add_response("delete_stack", {})
        stub.add_response("describe_stacks", stack("DELETE_COMPLETE"))
        assert destroy(client=lambda name: clients.get(name) or cloud.client(name)) == 0
    assert "This removes the stack hot-papers in us-east-1\n" in capsys.readouterr().out
    assert there(cloud) == (True, True, True)


def test_a_stack_that_stays_says_why_and_keeps_its_data(
    cloud: Cloud, destroy: Destroy, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    listed = {
        "StackResourceSummaries": [
            resource("Table", cloud.stack.outputs["TableName"], "DELETE_SKIPPED"),
            resource("Distribution", "E1", "DELETE_FAILED", "it is not disabled"),
        ]
    }
    clients = {"cloudformation": cloudformation}
    with Stubber(cloudformation) as stub:
        stub.add_response("describe_stacks", stack("CREATE_COMPLETE"))
        stub.add_response("list_stack_resources", listed)
        stub.add_response("delete_stack", {})
        stub.add_response("describe_stacks", stack("DELETE_FAILED"))
        stub.add_response("list_stack_resources", listed)
        assert destroy("--data", client=lambda name: clients.get(name) or cloud.client(name)) == 1
    assert "the stack is not removed: Distribution: it is not disabled" in capsys.readouterr().err
    assert there(cloud) == (True, True, True)
