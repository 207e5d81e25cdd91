"""What several files of tests of the steps begin with."""

from __future__ import annotations

import pytest

from tests.steps.chain import Chain
from tests.steps.operator import Operator


@pytest.fixture(name="ops")
def _ops(chain: Chain, capsys: pytest.CaptureFixture[str]) -> Operator:
    """Somebody at a command line, beside the `chain` of the file's own."""
    return Operator(chain, capsys)
