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
    assert "no env.json here: start `make serve`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"FetchFunction": {}}', "env.json is not that of a `serve`"),
        ("[]", "env.json is not that of a `serve`"),
        ("{", "env.json is not that of a `serve`"),
        # Nobody listens at port 1.
        ('{"Here": {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}}', "no AWS answers at http://127.0.0.1:1"),
    ],
)
def test_a_file_that_leads_nowhere_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (tmp_path / "env.json").write_text(text, encoding="utf-8")
    assert invoked.main(["fetch"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line
