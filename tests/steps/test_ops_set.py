"""The stack's parameters are changed one by one, and what is refused says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.stub import Stubber

from tests.steps.chain import NOW, SMALL, Chain, running
from tests.steps.operator import Operator


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(SMALL, parameters={"XBearerTokenParameter": "/hot-papers/x"}) as chain:
        yield chain


def test_a_parameter_is_changed_and_nothing_else(chain: Chain, ops: Operator) -> None:
    before = parameters(ops)
    done = ops("set", "MeasureHourUtc=9", "XBearerTokenParameter=", "Filters=")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        "MeasureHourUtc: 7 -> 9",
        "XBearerTokenParameter: /hot-papers/x -> (empty)",
    ]
    assert parameters(ops) == before | {"MeasureHourUtc": "9", "XBearerTokenParameter": ""}
    told = ops.client("lambda").get_function_configuration(
        FunctionName=chain.cloud.stack.outputs["FetchFunctionName"]
    )
    assert str(told["Environment"]["Variables"]["MEASURE_HOUR_UTC"]) == "9"
    assert ops("set", "MeasureHourUtc=9").out == "all of it is so already\n"


def parameters(ops: Operator) -> dict[str, str]:
    (stack,) = ops.client("cloudformation").describe_stacks(StackName="hot-papers")["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (["MeasureHour=9"], "no parameter 'MeasureHour'"),
        (["MeasureHourUtc"], "'MeasureHourUtc' is not of the form NAME=VALUE"),
        (["MeasureHourUtc=8", "MeasureHourUtc=9"], "MeasureHourUtc is given twice"),
        # CloudFormation would take it, and each function fail at it.
        (["MeasureHourUtc=8", "Filters=robots"], "FILTERS='robots': "),
    ],
)
def test_what_is_no_parameter_is_named(ops: Operator, values: list[str], named: str) -> None:
    before = parameters(ops)
    refused = ops("set", *values)
    assert refused.code == 2
    assert named in refused.err
    assert parameters(ops) == before


def stubbed() -> tuple[Any, Stubber]:
    """A CloudFormation client that answers as told, first what the stack is."""
    client = boto3.client("cloudformation", region_name="us-east-1")
    stub = Stubber(client)
    stub.add_response("describe_stacks", {"Stacks": [stack("UPDATE_COMPLETE")]})
    return client, stub


def stack(status: str) -> dict[str, Any]:
    return {
        "StackName": "hot-papers",
        "CreationTime": NOW,
        "StackStatus": status,
        "Parameters": [
            {"ParameterKey": "MeasureHourUtc", "ParameterValue": "7"},
            {"ParameterKey": "Contact", "ParameterValue": ""},
        ],
    }


ASKED = {
    "StackName": "hot-papers",
    "UsePreviousTemplate": True,
    "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    "Parameters": [
        {"ParameterKey": "MeasureHourUtc", "ParameterValue": "9"},
        {"ParameterKey": "Contact", "UsePreviousValue": True},
    ],
}


def test_a_value_that_is_refused_says_why(ops: Operator) -> None:
    client, stub = stubbed()
    stub.add_client_error(
        "update_stack", "ValidationError", "Parameter MeasureHourUtc: no", expected_params=ASKED
    )
    with stub, mock.patch.object(ops, "client", return_value=client):
        refused = ops("set", "MeasureHourUtc=9")
    assert refused.code == 1
    assert "nothing is changed: Parameter MeasureHourUtc: no" in refused.err


def test_an_update_that_is_rolled_back_says_why(ops: Operator) -> None:
    client, stub = stubbed()
    stub.add_response("update_stack", {"StackId": "id"}, ASKED)
    stub.add_response("describe_stacks", {"Stacks": [stack("UPDATE_ROLLBACK_COMPLETE")]})
    events = [
        event("hot-papers", "UPDATE_ROLLBACK_COMPLETE"),
        event("ScoreFunction", "UPDATE_FAILED", "Resource update cancelled"),
        event("FetchFunction", "UPDATE_FAILED", "no such hour"),
        event("hot-papers", "UPDATE_IN_PROGRESS"),
        event("Table", "CREATE_FAILED", "long ago"),
    ]
    stub.add_response("describe_stack_events", {"StackEvents": events})
    with stub, mock.patch.object(ops, "client", return_value=client):
        refused = ops("set", "MeasureHourUtc=9")
    assert refused.code == 1
    assert "it is rolled back: FetchFunction: no such hour" in refused.err


def event(name: str, status: str, reason: str = "") -> dict[str, Any]:
    told = {"StackId": "id", "EventId": name + status, "StackName": "hot-papers", "Timestamp": NOW}
    return told | {"LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": reason}
