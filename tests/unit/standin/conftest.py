"""The running stand-in of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.standin import Standin
from tests.unit.standin.helpers import NOW, WORLD


@pytest.fixture
def standin() -> Iterator[Standin]:
    with Standin(WORLD, now=NOW) as running:
        yield running
