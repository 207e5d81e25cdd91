"""What every embed is made of: text as HTML, its marked pieces linked, and a date in words.

Nothing of another site's HTML is passed through; every field is hostile until escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from shared.paper import Entity, Mention

# Where a marked piece of text leads; "" leads nowhere.
Address = Callable[[Entity], str]

_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# Control characters that some reader of Markdown or XML chokes on; what directs the text stays, as X has it.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """Text as HTML, in attributes too; `'` in the form that X's own embeds use."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def linked(mention: Mention, address: Address) -> str:
    """The text of a mention as HTML, what is marked in it linked."""
    pieces: list[str] = []
    position = 0
    for entity in mention.entities:
        if entity.start < position or entity.end > len(mention.text):
            continue
        pieces.append(_lines(mention.text[position : entity.start]))
        pieces.append(_link(entity, mention.text[entity.start : entity.end], address(entity)))
        position = entity.end
    pieces.append(_lines(mention.text[position:]))
    return "".join(pieces)


def _lines(text: str) -> str:
    if _is_plain(text.replace("\n", "")):
        return escape(text).replace("\n", "<br>")
    # Anything else that some reader takes for a line break would break the one line of Markdown.
    for breaking in ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        text = text.replace(breaking, "\n")
    return escape(_CONTROLS.sub("", text)).replace("\n", "<br>")


def line(text: str) -> str:
    """Text as one line of HTML."""
    words = " ".join(text.split())
    return escape(words if _is_plain(words) else _CONTROLS.sub("", words))


def _is_plain(text: str) -> bool:
    """Whether there is surely nothing to take out: so with most texts, and told faster than by a pattern."""
    return text.isascii() and text.isprintable()


def _link(entity: Entity, text: str, address: str) -> str:
    return f'<a href="{escape(address)}">{line(entity.shown or text)}</a>' if address else _lines(text)


def web_address(target: str) -> str:
    """A link's own address where it is one of the web's; "" otherwise."""
    if not target.startswith(("https://", "http://")):
        return ""
    address = "".join(target.split())
    return address if _is_plain(address) else _CONTROLS.sub("", address)


def is_right_to_left(lang: str) -> bool:
    """Whether a language is written from right to left."""
    return lang.partition("-")[0] in _RIGHT_TO_LEFT


def long_date(moment: datetime) -> str:
    """A date as X writes it, in UTC: June 18, 2021."""
    return f"{_MONTHS[moment.month - 1]} {moment.day}, {moment.year}"
