"""The change set of a first deployment, as CloudFormation would show it before anything is made."""

from __future__ import annotations

import json
import os
from unittest import mock

import boto3
from moto import mock_aws

from infra.local.stack import REGION
from infra.local.template import PATH, deployable, transform


def test_a_first_deployment_adds_what_the_template_names_and_nothing_else() -> None:
    given = {"Hosting": "none"}
    transformed = transform(PATH.read_text(encoding="utf-8"), parameters=given, region=REGION)
    ready = deployable(transformed)
    with mock.patch.dict(os.environ, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local"), mock_aws():
        client = boto3.client("cloudformation", region_name=REGION)
        client.create_change_set(
            StackName="first",
            ChangeSetName="all",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps(ready.body),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        shown = client.describe_change_set(StackName="first", ChangeSetName="all")
        assert shown["Status"] == "CREATE_COMPLETE"
        changes = {
            change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]
            for change in shown["Changes"]
        }
        assert client.describe_stacks()["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert {change["Action"] for change in changes.values()} == {"Add"}
    dropped = {told.split(" ")[0] for told in ready.dropped}
    named = transformed["Resources"].keys()
    conditional = {name for name in named if "Condition" in transformed["Resources"][name]}
    assert changes.keys() <= named
    assert named - changes.keys() - dropped - conditional == {
        name
        for name in named
        if transformed["Resources"][name]["Type"]
        in ("AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule", "AWS::Lambda::EventInvokeConfig")
    }
