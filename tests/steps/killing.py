"""A process that ends at one of its calls to AWS."""

from __future__ import annotations

from typing import Any
from unittest import mock

from shared import aws


class Killed(KeyboardInterrupt):
    """The process ends here."""


def killing(after: int, error: type[BaseException] = Killed) -> Any:
    """Within it, every call to AWS after so many fails with an error."""
    calls, client = 0, aws.client

    def counted(service: str) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise error
        return client(service)

    counted.cache_clear = client.cache_clear  # type: ignore[attr-defined]
    return mock.patch.object(aws, "client", counted)
