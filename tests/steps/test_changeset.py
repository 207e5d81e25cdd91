"""A first deployment: its change set, as CloudFormation would show it before anything is made, and its stack.

moto says what it can make. Of all else, `tests/unit/resolved.py` says what there is: by the same conditions,
which moto and it have to decide alike.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
import pytest
from moto import mock_aws

from infra.local.stack import REGION
from infra.local.template import FUNCTION, OUTPUT_PREFIX, PATH, ROLE, deployable, transform
from tests.unit.resolved import Resolved

# Nothing of these has a default that does something.
OPTIONAL = {
    "AlarmEmail": "ada@example.org",
    "BlueskyCredentialsParameter": "/papers/bluesky",
    "Contact": "ada@example.org",
    "Filters": "robots: robot",
    "IgnoredAccounts": "x:some_bot",
    "MonthlyBudget": "5",
    "NotifyEmail": "ada@example.org",
    "SiteUrl": "https://papers.example.org/hot",
    "XArchivePosts": "1000",
    "XBearerTokenParameter": "/papers/x",
}
SECRETS = ("XBearerTokenParameter", "BlueskyCredentialsParameter")
DOMAIN = {
    "DomainName": "hot.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0f1e2d3c",
}
CLOUDFRONT = {"Distribution", "OriginAccess", "SiteHeaders"}
GIVEN = {"PostsMail", "AlarmsMail", "XBudgetAlarm", "Budget"}
# What is given, and which of the resources that have a condition are there.
DEPLOYMENTS = {
    "nothing": ({"Hosting": "none"}, {"Overview"}),
    "no-dashboard": ({"Hosting": "none", "Dashboard": "false"}, set()),
    "website": ({"Hosting": "website"}, {"Overview"}),
    "cloudfront": ({}, {"Overview", *CLOUDFRONT}),
    "domain": (DOMAIN, {"Overview", *CLOUDFRONT}),
    "secrets": (
        {"Hosting": "none"} | {name: OPTIONAL[name] for name in SECRETS},
        {"Overview", "XBudgetAlarm"},
    ),
    "notify": ({"Hosting": "none", "NotifyEmail": "ada@example.org"}, {"Overview", "PostsMail"}),
    "alarm": ({"Hosting": "none", "AlarmEmail": "ada@example.org"}, {"Overview", "AlarmsMail"}),
    "budget": ({"Hosting": "none", "MonthlyBudget": "5"}, {"Overview", "Budget"}),
    "all-of-none": ({"Hosting": "none"} | OPTIONAL, {"Overview", *GIVEN}),
    "all-of-website": ({"Hosting": "website"} | OPTIONAL, {"Overview", *GIVEN}),
    "all-of-cloudfront": (OPTIONAL | DOMAIN, {"Overview", *GIVEN, *CLOUDFRONT}),
}

deployments = pytest.mark.parametrize("given", [given for given, _ in DEPLOYMENTS.values()], ids=DEPLOYMENTS)


@contextmanager
def cloudformation() -> Iterator[Any]:
    with mock.patch.dict(os.environ, AWS_ACCESS_KEY_ID="local", AWS_SECRET_ACCESS_KEY="local"), mock_aws():
        yield boto3.client("cloudformation", region_name=REGION)


def order(given: Mapping[str, str]) -> dict[str, Any]:
    """What is handed to CloudFormation, without what moto has no model of."""
    ready = deployable(transform(PATH.read_text("utf-8"), parameters=given, region=REGION))
    return {
        "TemplateBody": json.dumps(ready.body),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        "Capabilities": ["CAPABILITY_IAM"],
    }


def makeable(given: Mapping[str, str]) -> set[str]:
    """The resources that are there with these parameters, of those that moto has a model of."""
    ready = deployable(transform(PATH.read_text("utf-8"), parameters=given, region=REGION))
    return set(Resolved(given).resources) & set(ready.body["Resources"])


def test_every_optional_parameter_is_given() -> None:
    parameters = transform(PATH.read_text("utf-8"), parameters={}, region=REGION)["Parameters"]
    assert {name for name, parameter in parameters.items() if str(parameter["Default"]) in {"", "0"}} == (
        OPTIONAL | DOMAIN
    ).keys()


@pytest.mark.parametrize(("given", "there"), DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_what_has_a_condition_is_there_when_it_is_met(given: dict[str, str], there: set[str]) -> None:
    named = transform(PATH.read_text("utf-8"), parameters=given, region=REGION)["Resources"]
    resolved = Resolved(given)
    assert resolved.refused == []
    unconditional = {name for name, resource in named.items() if "Condition" not in resource}
    assert resolved.resources.keys() - unconditional == there
    assert unconditional <= resolved.resources.keys()


@deployments
def test_a_first_deployment_adds_what_is_there_and_nothing_else(given: dict[str, str]) -> None:
    with cloudformation() as client:
        client.create_change_set(
            StackName="first", ChangeSetName="all", ChangeSetType="CREATE", **order(given)
        )
        shown = client.describe_change_set(StackName="first", ChangeSetName="all")
        assert shown["Status"] == "CREATE_COMPLETE"
        changes = {
            change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"]
            for change in shown["Changes"]
        }
        assert client.describe_stacks()["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert {change["Action"] for change in changes.values()} == {"Add"}
    # moto's change sets do not look at the conditions of resources.
    assert changes.keys() - makeable(given) == ({"Overview"} if "Dashboard" in given else set())
    assert makeable(given) <= changes.keys()


@deployments
def test_what_is_deployed_is_what_the_conditions_say(given: dict[str, str]) -> None:
    resolved = Resolved(given)
    with cloudformation() as client:
        client.create_stack(StackName="papers", **order(given))
        made = client.describe_stack_resources(StackName="papers")["StackResources"]
        (stack,) = client.describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    # moto lists what a condition leaves out, but without its name.
    named = {one["LogicalResourceId"] for one in made if "LogicalResourceId" in one}
    assert named == makeable(given)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert {name for name in outputs if not name.startswith(OUTPUT_PREFIX)} == resolved.outputs.keys()
    # A reference is another name in each; what was given is the same.
    for name, resource in resolved.resources.items():
        if resource["Type"] not in {FUNCTION, ROLE} or name not in makeable(given):
            continue
        expected = resource["Properties"]
        properties = json.loads(outputs[OUTPUT_PREFIX + name])["Properties"]
        if resource["Type"] == FUNCTION:
            variables = properties["Environment"]["Variables"]
            assert given_of(variables, given) == given_of(expected["Environment"]["Variables"], given)
            assert variables["SITE_URL"] == outputs["SiteUrl"]
        else:
            assert actions(properties) == actions(expected)


def given_of(variables: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The variables whose value is one that was given."""
    return {name: value for name, value in variables.items() if value in given.values()}


def actions(role: Mapping[str, Any]) -> list[Any]:
    """What each statement of a role allows."""
    return [
        statement["Action"]
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement is not None  # AWS::NoValue in an output of moto's
    ]
