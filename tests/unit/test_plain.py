"""Texts from outside: what of them can be shown."""

from __future__ import annotations

import unicodedata

import pytest

from functions.render.plain import line, plain

RIGHT_TO_LEFT = "\u202e"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("As it is: é, ñ, 漢字, 🔥", "As it is: é, ñ, 漢字, 🔥"),
        ("a\x00b\x07c\x9fd", "abcd"),
        (f"gnp.{RIGHT_TO_LEFT}exe", "gnp.exe"),
        ("half \ud83d", "half "),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    ],
)
def test_what_cannot_be_shown_is_left_out(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_letter_keeps_the_marks_of_languages_and_no_pile() -> None:
    marks = "".join(map(chr, range(0x300, 0x340)))
    assert plain(f"Z{marks}a\u0323\u0302") == f"Z{marks[:6]}a\u0323\u0302"
    assert plain(f"e{marks[0]}" * 40) == f"e{marks[0]}" * 40, "each letter may have its own"
    for word in ("Việt Nam", "Ἀχιλλεύς", "ภาษาไทย", "שָׁלוֹם", "हिन्दी"):
        assert plain(unicodedata.normalize("NFD", word)) == unicodedata.normalize("NFD", word)


def test_each_character_alone_is_as_among_others() -> None:
    # Alone it may take the short way; a letter with an accent makes any text take the long one.
    assert all(plain(chr(code)) == plain(f"{chr(code)}é")[:-1] for code in range(0x3000))


def test_a_line_has_single_spaces() -> None:
    assert line(" two\n\twords\u2029here ") == "two words here"
