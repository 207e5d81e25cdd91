"""The functions' own code at work from here: with their settings, and the clients of an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from infra.local.environment import replaced
from infra.ops.account import Account
from infra.ops.set_parameters import SETTINGS
from shared import aws, settings
from shared.settings import Settings


@contextmanager
def in_their_place(account: Account) -> Iterator[Settings]:
    """Within it, `shared` reads and writes the stack's table; gives the stack's settings."""
    variables = {SETTINGS[name]: value for name, value in account.parameters.items() if name in SETTINGS}
    variables["TABLE_NAME"] = account.output("TableName")
    with replaced(variables), mock.patch.object(aws, "client", account.client):
        settings.get.cache_clear()
        try:
            yield settings.get()
        finally:
            settings.get.cache_clear()
