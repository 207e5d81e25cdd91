"""What `sam local invoke` answered, for its exit code says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local import invoked


def test_the_answer_is_the_last_line() -> None:
    assert invoked.answer_of('{"level": "INFO"}\n\n{"queued": 3}\n') == {"queued": 3}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"errorMessage": "boom", "errorType": "ValueError"}', "ValueError: boom"),
        ("", "no answer"),
        ("null", "no answer"),
        ("Traceback", "no answer"),
    ],
)
def test_a_failure_is_told(text: str, why: str) -> None:
    with pytest.raises(invoked.AnswerError, match=why):
        invoked.answer_of(text)


def test_it_wants_a_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoked.main(["fetch"]) == 2
    assert "make serve" in capsys.readouterr().err
