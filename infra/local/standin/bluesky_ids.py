"""How Bluesky names accounts, posts and versions of posts (https://atproto.com/specs/did, .../specs/tid)."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

# Sorts as the numbers do.
ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


def did(handle: str) -> str:
    """An account's lasting name; here it follows from the handle."""
    return f"did:plc:{_hash(handle.casefold(), size=15)}"


def rkey(at: datetime, serial: int = 0) -> str:
    """A post's key among its author's; `serial` (below 1024) tells posts of one microsecond apart."""
    number = ((at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1) << 10) + serial
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(13)))


def post_uri(author: str, key: str) -> str:
    """What names a post for ever."""
    return f"at://{author}/app.bsky.feed.post/{key}"


def cid(uri: str) -> str:
    """The content's hash; here it follows from the uri."""
    return f"bafyrei{_hash(uri, size=32)}"


def _hash(text: str, size: int) -> str:
    digest = hashlib.sha256(text.encode()).digest()[:size]
    return base64.b32encode(digest).decode().rstrip("=").lower()
