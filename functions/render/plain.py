"""Text without what is fit for no page: the first thing done to whatever came from outside."""

from __future__ import annotations

import re

# Control characters, halves of characters, and marks that reorder the text around them: none of it is
# allowed in XML or fit for a page.
UNSHOWABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Text without it, not escaped yet."""
    return UNSHOWABLE.sub("", text)
