"""Bluesky's error answers by kind.

What the service itself refuses is JSON (https://atproto.com/specs/xrpc#error-responses); an edge in front of
it sends a page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from infra.local.standin import bluesky
from infra.local.standin.answer import Answer, html_answer, json_answer

EXPIRED_TOKEN = "expired_token"  # noqa: S105 - a kind of fault
# The same with the status that is not documented.
EXPIRED_TOKEN_401 = "expired_token_401"  # noqa: S105
# How long from now a caller who asked too often has to wait.
WAIT = timedelta(seconds=55)
INTERNAL = {"error": "InternalServerError", "message": "Internal Server Error"}


def status(kind: str, target: str, now: datetime) -> Answer | None:
    """The answer of this kind to a request for `target`; None where an edge's page is as good as any."""
    path = bluesky.LOGIN if bluesky.LOGIN in target else bluesky.SEARCH
    refused = bluesky.WRONG_LOGIN if path == bluesky.LOGIN else bluesky.NO_LOGIN
    kinds: dict[str, Callable[[], Answer]] = {
        EXPIRED_TOKEN: lambda: bluesky.failure(400, *bluesky.EXPIRED),
        EXPIRED_TOKEN_401: lambda: bluesky.failure(401, *bluesky.EXPIRED),
        "400": lambda: bluesky.failure(400, "InvalidRequest", "The request is not valid"),
        "401": lambda: bluesky.failure(401, *refused),
        "403": lambda: html_answer(403, "403 Forbidden"),
        "429": lambda: bluesky.failure(
            429, "RateLimitExceeded", "Rate Limit Exceeded", bluesky.limits(path, now, 0, WAIT)
        ),
        "500": lambda: json_answer(500, INTERNAL),
    }
    return kinds[kind]() if kind in kinds else None
