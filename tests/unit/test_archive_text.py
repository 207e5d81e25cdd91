"""Files of an old blog as the text that was meant."""

from __future__ import annotations

import pytest

from infra.archive.text import TextError, read, repaired

MEANT = "It’s “new” – café, naïve, 日本語, ☃ and \u201d."


def damaged(text: str) -> str:
    """UTF-8 read as Windows-1252, the five open bytes as browsers read them."""
    return "".join(
        chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes([byte]).decode("cp1252")
        for byte in text.encode()
    )


def test_damage_is_repaired_however_often_it_was_done() -> None:
    assert "â€™" in damaged(MEANT)
    assert repaired(damaged(MEANT)) == MEANT
    assert repaired(damaged(damaged(MEANT))) == MEANT


@pytest.mark.parametrize("text", [MEANT, "Ã", "ÄÖÜ äöü ß", "Ã© is two letters\u2029", "→ é", ""])
def test_what_is_not_damaged_stays(text: str) -> None:
    assert repaired(text) == (text if "Ã©" not in text else "é is two letters\u2029")


def test_a_damaged_piece_is_repaired_beside_a_good_one() -> None:
    assert repaired(f"{damaged('é')} and é") == "é and é"


def test_line_ends_and_a_mark_are_taken_away() -> None:
    assert read(b"\xef\xbb\xbf\r\n\r\n---\r\ntitle: A\r\n") == "\n\n---\ntitle: A\n"
    assert read(b"title: A\rtags: B\r\n") == "title: A\ntags: B\n", "Markdown's line ends, too"


def test_what_is_no_text_is_told_with_its_line() -> None:
    with pytest.raises(TextError, match="line 3: it is not UTF-8"):
        read(b"---\ntitle: A\ncaf\xe9\n")
