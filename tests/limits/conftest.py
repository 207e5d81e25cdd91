"""An AWS in memory that refuses what the real one does; see tests/strict."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws


@pytest.fixture(name="in_memory", scope="module")
def _in_memory(aws_account: None) -> Iterator[None]:
    """For a module's tests that need no more of a stack than a table or a queue."""
    with mock_aws():
        yield
