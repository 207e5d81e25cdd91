"""Text from outside made fit to be shown: without what XML forbids and what reorders the text around it."""

from __future__ import annotations

import re

# Control characters, halves of characters, and marks that reorder the text around them. What is left is
# legal in XML 1.0 (https://www.w3.org/TR/xml/#charsets).
UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


# A letter has few marks in any language; piles of them paint over the lines around.
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED = re.compile(f"({_MARK}{{6}}){_MARK}+")


def plain(text: str) -> str:
    """Text without what cannot be shown, nor more than six marks on a letter.

    Its line breaks are `\\n`, as every XML parser makes them.
    """
    # That is nearly every text, and told much faster than by the patterns.
    return text if text.isascii() and text.replace("\n", "").isprintable() else _cleaned(text)


def _cleaned(text: str) -> str:
    return _PILED.sub(r"\1", UNSHOWABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def line(text: str) -> str:
    """The same on one line, with single spaces."""
    # Split first: some of what is taken out separates words.
    return " ".join(plain(" ".join(text.split())).split())
