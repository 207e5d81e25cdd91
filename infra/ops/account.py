"""The AWS account with the stack in it: its clients, and what the stack says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

# A client for a service's name.
Client = Callable[[str], Any]
# What makes that from a region and a profile, each "" for the caller's own.
Connect = Callable[[str, str], Client]

# fetch may run for 900 s, and a call that is tried again would start it a second time.
# Nothing is sent meanwhile, which many networks take for the end of a connection.
_INVOKING = Config(read_timeout=910, tcp_keepalive=True, retries={"total_max_attempts": 1})


class OpsError(Exception):
    """What was asked for could not be done; the text says why, in one line."""


def connect(region: str, profile: str) -> Client:
    """Clients of the caller's own account; raises BotoCoreError for a profile that is not there."""
    session = boto3.Session(region_name=region or None, profile_name=profile or None)

    def client(service: str) -> Any:
        return session.client(service, config=_INVOKING if service == "lambda" else None)

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
    def parameters(self) -> Mapping[str, str]:
        """The stack's parameters by name."""
        told = self._described.get("Parameters", ())
        return {each["ParameterKey"]: each["ParameterValue"] for each in told}

    def output(self, name: str) -> str:
        """An output of the stack; raises OpsError where it has none of the name."""
        for each in self._described.get("Outputs", ()):
            if each["OutputKey"] == name:
                return str(each["OutputValue"])
        raise OpsError(f"the stack {self.stack} has no output {name}: is it one of Hot Papers?")

    def resource(self, logical_id: str) -> str:
        """What a resource of the template is called in the account: a queue's URL, a log group's name."""
        try:
            return self._resources[logical_id]
        except KeyError:
            raise OpsError(f"the stack {self.stack} has no {logical_id}: is it one of Hot Papers?") from None

    @cached_property
    def _connected(self) -> Client:
        return self._connect(self._region, self._profile)

    @cached_property
    def _described(self) -> Mapping[str, Any]:
        (described,) = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return dict(described)

    @cached_property
    def _resources(self) -> Mapping[str, str]:
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
            for page in pages.paginate(StackName=self.stack)
            for each in page["StackResourceSummaries"]
        }
