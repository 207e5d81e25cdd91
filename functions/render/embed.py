"""A mention as an embed: the platform's own blockquote, written by us from parsed fields.

Nothing of another site's HTML is passed through; every field is hostile until escaped.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import quote

from shared.paper import Entity, Mention

# X's script turns its blockquotes into cards, where a page wants that.
X_SCRIPT = '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>'
_REFERRER = "ref_src=twsrc%5Etfw"
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})


def escape(text: str) -> str:
    """Text as HTML, in attributes too; `'` in the form that X's own embeds use."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def blockquote(mention: Mention) -> str:
    """The blockquote of a mention on X whose author is known."""
    author = mention.author
    if author is None or mention.created_at is None:
        raise ValueError(f"mention {mention.id} has no author or no time")
    direction = "rtl" if mention.lang.split("-")[0] in _RIGHT_TO_LEFT else "ltr"
    address = f"https://twitter.com/{quote(author.username)}/status/{quote(mention.id)}?{_REFERRER}"
    return (
        f'<blockquote class="twitter-tweet"><p lang="{escape(mention.lang)}" dir="{direction}">'
        f"{text_html(mention)}</p>&mdash; {_line(author.name)} (@{escape(author.username)}) "
        f'<a href="{escape(address)}">{long_date(mention.created_at)}</a></blockquote>'
    )


def text_html(mention: Mention) -> str:
    """The text of a mention on X as HTML, its links, names and tags linked."""
    pieces: list[str] = []
    position = 0
    for entity in mention.entities:
        if entity.start < position or entity.end > len(mention.text):
            continue
        pieces.append(_lines(mention.text[position : entity.start]))
        pieces.append(_link(entity, mention.text[entity.start : entity.end]))
        position = entity.end
    pieces.append(_lines(mention.text[position:]))
    return "".join(pieces)


# Control characters that some reader of Markdown or XML chokes on; what directs the text stays, as X has it.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def _lines(text: str) -> str:
    # Anything else that some reader takes for a line break would break the one line of Markdown.
    for breaking in ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        text = text.replace(breaking, "\n")
    return escape(_CONTROLS.sub("", text)).replace("\n", "<br>")


def _line(text: str) -> str:
    return escape(_CONTROLS.sub("", " ".join(text.split())))


def _link(entity: Entity, text: str) -> str:
    match entity.kind:
        case "url":
            if not entity.target.startswith(("https://", "http://")):
                return _lines(text)
            address, text = "".join(entity.target.split()), entity.shown or text
        case "mention":
            address = f"https://twitter.com/{quote(entity.target)}?{_REFERRER}"
        case "hashtag":
            address = f"https://twitter.com/hashtag/{quote(entity.target)}?src=hash&{_REFERRER}"
        case "cashtag":
            address = f"https://twitter.com/search?q=%24{quote(entity.target)}&src=ctag&{_REFERRER}"
    return f'<a href="{escape(address)}">{_line(text)}</a>'


def long_date(moment: datetime) -> str:
    """A date as X writes it, in UTC: June 18, 2021."""
    return f"{moment:%B} {moment.day}, {moment.year}"
