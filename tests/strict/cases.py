"""Calls that AWS refuses and moto alone bears."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError


class Case(NamedTuple):
    """A call, and what is told of it: an error's code, a colon, and something of its message."""

    told: str
    operation: str
    arguments: Mapping[str, Any]


def called(client: Any, case: Case, **more: Any) -> Any:
    """Make a case's call."""
    return getattr(client, case.operation)(**case.arguments, **more)


def refused(client: Any, case: Case, **more: Any) -> None:
    """Make a case's call, which has to be refused."""
    with pytest.raises(ClientError) as error:
        called(client, case, **more)
    code, _, named = case.told.partition(": ")
    answer = error.value.response["Error"]
    assert answer["Code"] == code
    assert named in answer["Message"]
