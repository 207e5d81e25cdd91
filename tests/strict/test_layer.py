"""The rules hold wherever moto is asked."""

from __future__ import annotations

import os
from unittest import mock

import botocore.handlers
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import Cloud
from shared import aws
from tests.simulator.simulate import Stage
from tests.strict.layer import HANDLERS

TOO_LONG = "a" * 2049
REFUSED = "pk has exceeded the size limit of 2048 bytes"


def refused(cloud: Cloud) -> None:
    """What a function asks for in an embedded AWS, and what is asked beside it."""
    with mock.patch.dict(os.environ, cloud.environments["score"]), pytest.raises(ClientError, match=REFUSED):
        aws.get((TOO_LONG, "b"))
    table, key = cloud.stack.outputs["TableName"], {"pk": {"S": TOO_LONG}, "sk": {"S": "b"}}
    with pytest.raises(ClientError, match=REFUSED):
        cloud.client("dynamodb").get_item(TableName=table, Key=key)


def test_embedded_runs_are_held_to_the_rules() -> None:
    with Cloud(caller={}) as cloud:
        refused(cloud)


def test_simulations_are_outside_of_tests_too() -> None:
    without = [handler for handler in botocore.handlers.BUILTIN_HANDLERS if handler not in HANDLERS]
    with mock.patch.object(botocore.handlers, "BUILTIN_HANDLERS", without), Stage() as stage:
        refused(stage.cloud)
