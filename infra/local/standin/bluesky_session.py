"""Logging in to Bluesky: tokens are given out for an app password and hold for two hours."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from infra.local.standin.bluesky_ids import did
from infra.local.standin.world import World

# Public reports say "about two hours"; the service promises nothing.
LIFETIME = timedelta(hours=2)
# Every other one is right.
WRONG_PASSWORD = "wrong"  # noqa: S105 - no secret

Sessions = dict[str, datetime]
"""The access tokens given out, and when."""


def log_in(
    identifier: str, password: str, world: World, now: datetime, sessions: Sessions
) -> dict[str, Any] | None:
    """The answer to a login, whose token is added to `sessions`; None when it is refused.

    An account is named by its whole handle, its e-mail address or its DID, never by a bare user name.
    """
    named = "." in identifier or "@" in identifier or identifier.startswith("did:")
    if not named or password == WRONG_PASSWORD:
        return None
    handle = _handle(identifier, world)
    access, refresh = (_token(f"{kind} {handle} {now} {len(sessions)}") for kind in ("access", "refresh"))
    sessions[access] = now
    return {
        "did": identifier if identifier.startswith("did:") else did(handle),
        "handle": handle,
        "accessJwt": access,
        "refreshJwt": refresh,
        "active": True,
    }


def holds(token: str, sessions: Sessions, now: datetime) -> bool:
    """Whether the token was given out here and is not too old."""
    return token in sessions and now - sessions[token] <= LIFETIME


def _handle(identifier: str, world: World) -> str:
    if identifier.startswith("did:"):
        known = {post.did: post.handle for post in world.bluesky}
        # What the service shows where an account's handle leads nowhere.
        return known.get(identifier, "handle.invalid")
    return identifier.removeprefix("@").replace("@", ".")


def _token(seed: str) -> str:
    """Like a JSON web token from outside; there is nothing in it to read."""
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return f"eyJ{digest[:20]}.{digest[20:40]}.{digest[40:]}"
