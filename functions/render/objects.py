"""What lies in the bucket under one key: bytes, their type, how long they may be kept. And the keys."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from msgspec import Struct

# Pages change while a post lives, the status every hour; what has its content in its name never does.
SHORT = "public, max-age=300"
SHORTEST = "public, max-age=60"
FOREVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".gz": "application/gzip",
}
ATOM = "application/atom+xml; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
JSON_FEED = "application/feed+json; charset=utf-8"


class SiteObject(Struct, frozen=True):
    """What is to lie in the bucket under one key."""

    body: bytes
    content_type: str
    cache_control: str

    @property
    def digest(self) -> str:
        """SHA-256 of the body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


Objects = dict[str, SiteObject]


def made(key: str, body: bytes, *, cache_control: str = SHORT, content_type: str = "") -> SiteObject:
    """An object with the type that its key tells, unless another is named."""
    suffix = PurePosixPath(key).suffix or key
    return SiteObject(body, content_type or _TYPES[suffix], cache_control)


# --- keys --------------------------------------------------------------------------------------------


def post_key(date: str) -> str:
    """A day's Markdown post."""
    return f"posts/{date}---Hot-Papers.md"


def paper_key(paper_id: str) -> str:
    """A paper's page. Old identifiers have a slash: flat keys have it as a hyphen."""
    return f"paper/{paper_id.replace('/', '-')}.html"


def feed_keys(stem: str) -> tuple[str, str, str]:
    """A feed as Atom, RSS and JSON Feed; the stem is "" for the one of everything."""
    if not stem:
        return "feed.xml", "rss.xml", "feed.json"
    return f"{stem}.xml", f"{stem}.rss.xml", f"{stem}.json"
