"""X's embeds, to the byte as its oEmbed service wrote them: https://developer.x.com/en/docs/x-for-websites."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from functions.render.embed.text import escape, is_right_to_left, line, linked, long_date, web_address
from shared.paper import Author, Entity, Mention

# It turns the blockquotes into cards, where a page wants that.
SCRIPT = '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
_REFERRER = "ref_src=twsrc%5Etfw"


def blockquote(mention: Mention, author: Author, created_at: datetime) -> str:
    """The blockquote of a mention on X."""
    direction = "rtl" if is_right_to_left(mention.lang) else "ltr"
    post = f"https://twitter.com/{quote(author.username)}/status/{quote(mention.id)}?{_REFERRER}"
    return (
        f'<blockquote class="twitter-tweet"><p lang="{line(mention.lang)}" dir="{direction}">'
        f"{linked(mention, address)}</p>&mdash; {line(author.name)} (@{line(author.username)}) "
        f'<a href="{escape(post)}">{long_date(created_at)}</a></blockquote>'
    )


def address(entity: Entity) -> str:
    """Where a marked piece of a text on X leads."""
    match entity.kind:
        case "url":
            return web_address(entity.target)
        case "mention":
            return f"https://twitter.com/{quote(entity.target)}?{_REFERRER}"
        case "hashtag":
            return f"https://twitter.com/hashtag/{quote(entity.target)}?src=hash&{_REFERRER}"
        case "cashtag":
            return f"https://twitter.com/search?q=%24{quote(entity.target)}&src=ctag&{_REFERRER}"
