r"""TeX accents as letters: \'e is é, wherever braces stand, and mathematics stays as it is."""

from __future__ import annotations

import time

import pytest

from shared.tex import accents


@pytest.mark.parametrize(
    ("tex", "letters"),
    [
        (r"Ren\'e", "René"),
        (r"Ren\'{e}", "René"),
        (r"Ren{\'e}", "René"),
        (r"Ren{\'{e}}", "René"),
        (r"Mar\'ia", "María"),
        (r"Mar\'{\i}a", "María"),
        (r"Garc{\'\i}a", "García"),
        (r"Garc\'{\i}a and Garc\'\i a", "García and García"),
        (r"Nikola Pi\v{z}urica", "Nikola Pižurica"),
        (r"\v Capek", "Čapek"),
        (r"Erd\H{o}s", "Erdős"),
        (r"Fran\c{c}ois", "François"),
        (r"\c{S}ahin", "Şahin"),
        (r"K\"ohler", "Köhler"),
        (r"Mu\~noz", "Muñoz"),
        (r"H\^opital", "Hôpital"),
        (r"Pi\`etro", "Piètro"),
        (r"Lu\=a", "Luā"),
        (r"\.{Z}ak", "Żak"),
        (r"Gr\u{a}u", "Grău"),
        (r"\r{A}ngstr\"om", "Ångström"),
        (r"Kr\k{e}cki", "Kręcki"),
        (r"S{\l}owik", "Słowik"),
        (r"S\l owik", "Słowik"),
        (r"\L{}ukasz", "Łukasz"),
        (r"\O{}stergaard", "Østergaard"),
        (r"Bj{\o}rn", "Bjørn"),
        (r"Gro{\ss}", "Groß"),
        (r"{\AA}se", "Åse"),
        (r"Schr\"{o}dinger and \'{E}lie", "Schrödinger and Élie"),
    ],
)
def test_an_accent_becomes_its_letter(tex: str, letters: str) -> None:
    assert accents(tex) == letters


@pytest.mark.parametrize(
    "text",
    [
        "Edward J. Hu",
        "Léon Bottou",
        r"the $\ell_1$ norm and $\'e$",
        r"\(\l\) stays",
        r"\textbf{bold}",
        r"\times",
        r"\omega",
        "C:\\",
        r"\'",
        r"\'1",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert accents(text) == text


def test_text_beside_mathematics_is_converted() -> None:
    assert accents(r"Erd\H{o}s on $\'e$ by R\'enyi") == r"Erdős on $\'e$ by Rényi"


def test_beginnings_of_mathematics_without_an_end_take_no_time() -> None:
    began = time.process_time()
    accents("\\(" * 20_000)
    assert time.process_time() - began < 2
