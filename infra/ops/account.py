"""The AWS account with the stack in it: its clients, and what the stack says of itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# A client for a service's name.
Client = Callable[[str], Any]
# What CloudFormation lists of a stack, by logical id.
Resources = Mapping[str, Mapping[str, Any]]
# What makes that from a region and a profile, each "" for the caller's own.
Connect = Callable[[str, str], Client]

# fetch may run for 900 s, and a call that is tried again would start it a second time.
# Nothing is sent meanwhile, which many networks take for the end of a connection.
_INVOKING = Config(read_timeout=910, tcp_keepalive=True, retries={"total_max_attempts": 1})


class OpsError(Exception):
    """What was asked for could not be done; the text says why, in one line."""


def connect(region: str, profile: str) -> Client:
    """Clients of the caller's own account; raises BotoCoreError for a profile that is not there."""
    # The variable that the AWS CLI goes by from version 2 on, and boto3 does not know.
    region = region or os.environ.get("AWS_REGION", "")
    session = boto3.Session(region_name=region or None, profile_name=profile or None)

    def client(service: str) -> Any:
        try:
            return session.client(service, config=_INVOKING if service == "lambda" else None)
        except ValueError as error:  # an AWS_ENDPOINT_URL that is none
            raise OpsError(str(error)) from None

    return client


class Account:
    """An account and the stack of a name in it. All of it is asked for on first use.

    Besides OpsError, everything raises what boto3 does: ClientError and BotoCoreError.
    """

    def __init__(self, stack: str, region: str, profile: str, connect_: Connect) -> None:
        self.stack = stack
        self._region, self._profile, self._connect = region, profile, connect_
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The client of a service."""
        if service not in self._clients:
            self._clients[service] = self._connected(service)
        return self._clients[service]

    @property
    def region(self) -> str:
        """The region that is asked."""
        return str(self.client("cloudformation").meta.region_name)

    @cached_property
    def described(self) -> Mapping[str, Any] | None:
        """What CloudFormation says of the stack; None where there is none of the name."""
        try:
            (described,) = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return dict(described)

    @property
    def parameters(self) -> Mapping[str, str]:
        """The stack's parameters by name."""
        told = self._there.get("Parameters", ())
        return {each["ParameterKey"]: each["ParameterValue"] for each in told}

    def output(self, name: str) -> str:
        """An output of the stack; raises OpsError where it has none of the name."""
        for each in self._there.get("Outputs", ()):
            if each["OutputKey"] == name:
                return str(each["OutputValue"])
        raise OpsError(
            f"the stack {self.stack} has no output {name}: is it one of Hot Papers? "
            f"CloudFormation says {self._there['StackStatus']}"
        )

    def resource(self, logical_id: str) -> str:
        """What a resource of the template is called in the account: a queue's URL, a log group's name."""
        try:
            return self._resources[logical_id]
        except KeyError:
            raise OpsError(f"the stack {self.stack} has no {logical_id}: is it one of Hot Papers?") from None

    def resources_of(self, stack_id: str) -> Resources:
        """The resources of a stack; of one that was deleted, too, for 90 days."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            each["LogicalResourceId"]: each
            for page in pages.paginate(StackName=stack_id)
            for each in page["StackResourceSummaries"]
        }

    @cached_property
    def _connected(self) -> Client:
        return self._connect(self._region, self._profile)

    @property
    def _there(self) -> Mapping[str, Any]:
        if self.described is None:
            raise OpsError(
                f"there is no stack {self.stack} in {self.region}: --stack and --region name another"
            )
        return self.described

    @cached_property
    def _resources(self) -> Mapping[str, str]:
        resources = self.resources_of(self._there["StackId"])
        return {name: each.get("PhysicalResourceId", "") for name, each in resources.items()}
