"""The embedded AWS: the stack in moto, here or on a server; its functions run here, on a virtual clock."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from typing import Any, Self
from unittest import mock

import boto3

from infra.local import environment
from infra.local.invoke import Invoker
from infra.local.moto_patches import VirtualClock, patched
from infra.local.permissions import Guard
from infra.local.stack import REGION, Stack, deploy, deployed
from infra.local.triggers import OnStep, Triggers, silent
from shared import aws, clock, settings


class Cloud:
    """A context manager; within it `stack`, `environments`, `triggers` and `client` can be used.

    `now` starts the virtual clock, which the functions see too. `parameters` are the stack's. `caller` holds
    variables that override the template's (the process's own when none are given). `template` is the text
    of another template. `server` is the address of an AWS that has the stack already (infra.local.server):
    the functions then work in that one, whose clock is its own.
    One at a time, in one thread: moto in a process is no more than that.
    A function's call to AWS that its role does not allow is refused; `guard` knows which of it was needed.
    """

    stack: Stack
    environments: Mapping[str, Mapping[str, str]]
    triggers: Triggers

    def __init__(
        self,
        *,
        now: datetime | None = None,
        parameters: Mapping[str, str] | None = None,
        caller: Mapping[str, str] | None = None,
        template: str | None = None,
        server: str = "",
        on_step: OnStep = silent,
    ) -> None:
        self.clock = VirtualClock(now or datetime.now(UTC))
        self._parameters = parameters
        self._caller = dict(os.environ if caller is None else caller)
        self._template = template
        self._server = server
        self._on_step = on_step
        self.guard = Guard()
        self._exit = ExitStack()
        self.client = cache(self._client)

    def __enter__(self) -> Self:
        with ExitStack() as entered:
            self._enter(entered)
            # Kept open from here on; what was entered before a failure has been left by now.
            self._exit = entered.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def objects(self) -> Iterator[tuple[str, bytes]]:
        """The bucket's objects in the order of their keys, each with its body."""
        bucket = self.stack.outputs["BucketName"]
        s3 = self.client("s3")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for item in page.get("Contents", ()):
                yield item["Key"], s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()

    def _enter(self, entered: ExitStack) -> None:
        entered.enter_context(environment.no_account(REGION))
        if not self._server:
            # Late: it imports all of moto, and the command line's help should not wait for it.
            from moto import mock_aws

            entered.enter_context(patched(self.clock.timestamp))
            entered.enter_context(mock_aws())
        entered.enter_context(mock.patch.object(clock, "source", self.clock.now))
        entered.enter_context(mock.patch.object(clock, "sleep", self.clock.advance))
        # Clients made before belong to another AWS, and those made within must not outlive this one.
        entered.callback(self.client.cache_clear)
        entered.callback(settings.get.cache_clear)
        entered.callback(aws.reset)
        session = boto3.Session()
        session.events.register("before-parameter-build", self.guard.before_parameter_build)
        # The functions' clients come from the default session.
        entered.enter_context(mock.patch.object(boto3, "DEFAULT_SESSION", session))
        cloudformation = self.client("cloudformation")
        self.stack = (
            deployed(cloudformation)
            if self._server
            else deploy(cloudformation, self._template, parameters=self._parameters)
        )
        wiring = self.stack.wiring
        endpoint = {"AWS_ENDPOINT_URL": self._server} if self._server else {}
        self.environments = {
            step: variables | endpoint
            for step, variables in environment.of_functions(wiring.functions, self._caller).items()
        }
        invoker = Invoker(wiring.functions, self.environments, self.guard)
        self.triggers = Triggers(
            wiring, self.client, invoker, self.clock, self._on_step, moves_queues=not self._server
        )

    def _client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self._server or None)
