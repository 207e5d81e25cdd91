"""What went wrong in a fresh process is told with the place that somebody has to look at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

from functions.render import pages
from infra.local.player import explained
from shared.settings import Settings

ROOT = Path(__file__).parents[2]


def test_a_template_that_fails_is_named_with_its_line() -> None:
    with pytest.raises(UndefinedError) as raised:
        pages.render(Settings(), "ranking.html", title="")
    told = explained(raised.value)
    assert re.fullmatch(r"functions/render/templates/ranking\.html:\d+: UndefinedError: .*", told), told


def test_a_template_that_cannot_be_read_is_named_with_its_line() -> None:
    path = ROOT / "functions/render/templates/day.html"
    error = TemplateSyntaxError("unexpected '}'", 12, "day.html", str(path))
    assert explained(error) == "functions/render/templates/day.html:12: unexpected '}'"


def test_code_that_cannot_be_read_is_named_with_its_line() -> None:
    error = SyntaxError("'(' was never closed", (str(ROOT / "functions/render/pages.py"), 7, 1, "x = ("))
    assert explained(error) == "functions/render/pages.py:7: SyntaxError: '(' was never closed"


def test_what_is_from_elsewhere_is_told_in_one_line() -> None:
    assert explained(ValueError("one\ntwo")) == "ValueError: one"
