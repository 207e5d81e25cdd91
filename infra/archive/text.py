"""A file of an old blog as the text that was meant: UTF-8, LF."""

from __future__ import annotations

import re

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


class TextError(Exception):
    """A file that is no text; the text says why."""


def read(body: bytes) -> str:
    """The text of a file, its line ends and letters repaired; raises TextError for what is not UTF-8."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise TextError(f"line {line}: it is not UTF-8") from None
    return repaired(text.replace("\r\n", "\n").replace("\r", "\n"))


def repaired(text: str) -> str:
    """A text without the damage of UTF-8 that was read as Windows-1252, once or more: `â€™` for `’`.

    What was not damaged stays: letters that are not ASCII make no UTF-8 by accident.
    """
    while (once := _BEYOND_ASCII.sub(_undamaged, text)) != text:
        text = once
    return text


def _undamaged(run: re.Match[str]) -> str:
    try:
        return b"".join(map(_byte, run[0])).decode("utf-8")
    except UnicodeError:
        return run[0]


def _byte(letter: str) -> bytes:
    # Windows-1252 leaves five bytes open, which browsers read as the control characters of Latin-1.
    return bytes([ord(letter)]) if "\x80" <= letter <= "\x9f" else letter.encode("cp1252")
