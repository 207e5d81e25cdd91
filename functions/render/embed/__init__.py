"""A mention as an embed: its platform's own blockquote, written by us from parsed fields."""

from __future__ import annotations

from functions.render.embed import bluesky, text, x
from functions.render.embed.text import escape, long_date
from shared.paper import Mention

__all__ = ["blockquote", "escape", "long_date", "script", "text_html"]


def blockquote(mention: Mention) -> str:
    """The blockquote of a mention whose author is known; raises ValueError for any other."""
    if mention.author is None or mention.created_at is None:
        raise ValueError(f"mention {mention.id} has no author or no time")
    written = bluesky.blockquote if mention.source == "bluesky" else x.blockquote
    return written(mention, mention.author, mention.created_at)


def script(mention: Mention) -> str:
    """The tag of the script that turns the mention's blockquote into a card."""
    return bluesky.SCRIPT if mention.source == "bluesky" else x.SCRIPT


def text_html(mention: Mention) -> str:
    """The text of a mention as HTML, its links, names and tags linked."""
    return text.linked(mention, bluesky.address if mention.source == "bluesky" else x.address)
