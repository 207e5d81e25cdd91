r"""TeX accents and letters as Unicode, outside mathematics: `Ren\'e`, `S{\l}owik`, `Erd\H{o}s`.

arXiv's own services do the same for names; the arXivRaw format is the one that does not. Titles and
abstracts are kept as written, as the query API gives them, and converted where they are shown.
"""

from __future__ import annotations

import re
import unicodedata

# TeX command -> combining character.
_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
    "b": "\u0331",
}
_LETTERS = {
    "aa": "å",
    "AA": "Å",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "o": "ø",
    "O": "Ø",
    "l": "ł",
    "L": "Ł",
    "ss": "ß",
    "i": "ı",
    "j": "ȷ",
    "dh": "ð",
    "DH": "Ð",
    "th": "þ",
    "TH": "Þ",
    "dj": "đ",
    "DJ": "Đ",
    "ng": "ŋ",
    "NG": "Ŋ",
}
_NAMES = "|".join(sorted(_LETTERS, key=len, reverse=True))
# The outer braces are optional, but come in pairs: {\'e} as well as \'e and \'{e}.
_ACCENTED = re.compile(
    r"""
    (?P<open>\{)?
    \\(?:(?P<mark>[`'^~=."])|(?P<word>[uvHrcdkb])(?=[\s{\\]))\s*
    (?:\{\s*(?P<braced>[A-Za-z]|\\[ij])\s*\}|(?P<bare>[A-Za-z]|\\[ij](?![A-Za-z])\s*))
    (?(open)\s*\})
    """,
    re.VERBOSE,
)
_SPECIAL = re.compile(
    rf"(?P<open>\{{)?\\(?P<name>{_NAMES})(?![A-Za-z])(?(open)\s*\}}|(?:\{{\}}|\s+(?=[a-z]))?)"
)
# Bounded, as in a text of many beginnings without an end each would be followed to the text's end.
_MATH = re.compile(r"(\$[^$]*\$|\\\(.{0,2000}?\\\))")


def accents(text: str) -> str:
    """Text with the TeX accents and letters outside mathematics as Unicode."""
    if "\\" not in text:
        return text
    pieces = _MATH.split(text)
    # Every second piece is mathematics.
    pieces[::2] = [letters(piece) for piece in pieces[::2]]
    return "".join(pieces)


def letters(text: str) -> str:
    """Text without mathematics with its TeX accents and letters as Unicode."""
    if "\\" not in text:
        return text
    text = _ACCENTED.sub(_accented, text)
    return _SPECIAL.sub(lambda match: _LETTERS[match["name"]], text)


def _accented(match: re.Match[str]) -> str:
    letter = (match["braced"] or match["bare"]).removeprefix("\\").strip()
    return unicodedata.normalize("NFC", letter + _ACCENTS[match["mark"] or match["word"]])
