"""Bluesky's embeds, in the form of its oEmbed service: https://docs.bsky.app/docs/advanced-guides/oembed."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from functions.render.embed.text import escape, is_right_to_left, line, linked, long_date, web_address
from shared.paper import Author, Entity, Mention

# It turns the blockquotes into cards, where a page wants that.
SCRIPT = '<script async src="https://embed.bsky.app/static/embed.js" charset="utf-8"></script>'
_SITE = "https://bsky.app"
_REFERRER = "ref_src=embed"


def blockquote(mention: Mention, author: Author, created_at: datetime) -> str:
    """The blockquote of a mention on Bluesky."""
    direction = ' dir="rtl"' if is_right_to_left(mention.lang) else ""
    profile = _profile(author.id)
    post = f"{profile}/post/{quote(mention.id.rpartition('/')[2], safe=':')}"
    return (
        f'<blockquote class="bluesky-embed" data-bluesky-uri="{line(mention.id)}" '
        f'data-bluesky-cid="{line(mention.cid)}"><p lang="{line(mention.lang)}"{direction}>'
        f"{linked(mention, address)}</p>&mdash; "
        f'<a href="{escape(profile)}?{_REFERRER}">{line(author.name)} (@{line(author.username)})</a> '
        f'<a href="{escape(post)}?{_REFERRER}">{long_date(created_at)}</a></blockquote>'
    )


def address(entity: Entity) -> str:
    """Where a marked piece of a text on Bluesky leads."""
    match entity.kind:
        case "url":
            return web_address(entity.target)
        case "mention":
            return _profile(entity.target)
        case "hashtag":
            return f"{_SITE}/hashtag/{quote(entity.target, safe='')}"
        case "cashtag":
            return ""  # there are none


def _profile(did: str) -> str:
    return f"{_SITE}/profile/{quote(did, safe=':')}"
