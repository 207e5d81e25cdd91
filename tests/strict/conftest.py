"""One AWS in memory, and two kinds of clients of it: with the rules and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import boto3
import botocore.handlers
import pytest
from moto import mock_aws

from tests.strict.layer import HANDLERS

Client = Callable[[str], Any]


@pytest.fixture(name="strict", scope="module")
def _strict(aws_account: None) -> Iterator[Client]:
    """Clients as every other test has them."""
    with mock_aws():
        yield boto3.Session().client


@pytest.fixture(name="alone", scope="module")
def _alone(strict: Client) -> Client:
    """Clients that have nothing but moto before them."""
    without = [handler for handler in botocore.handlers.BUILTIN_HANDLERS if handler not in HANDLERS]
    with mock.patch.object(botocore.handlers, "BUILTIN_HANDLERS", without):
        made: Client = boto3.Session().client
    return made
