"""Every input that is kept, and every recorded answer, through its target: seconds, and no fuzzer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fuzz.targets import CORPUS, RECORDINGS, TARGETS, corpus

ROOT = Path(__file__).parents[2]
INPUTS = [(name, path) for name in TARGETS for path in corpus(name)]
RECORDED = [
    (name, path)
    for name, target in TARGETS.items()
    if target.recordings
    for path in sorted((RECORDINGS / target.recordings).iterdir())
]


@pytest.mark.parametrize(("name", "path"), INPUTS, ids=[f"{name}/{path.name}" for name, path in INPUTS])
def test_what_is_kept_finds_nothing(name: str, path: Path) -> None:
    TARGETS[name].run(path.read_bytes())


@pytest.mark.parametrize(("name", "path"), RECORDED, ids=[f"{name}/{path.name}" for name, path in RECORDED])
def test_what_is_recorded_finds_nothing(name: str, path: Path) -> None:
    TARGETS[name].run(path.read_bytes())


def test_the_corpus_stays_small() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == TARGETS.keys()
    for name in TARGETS:
        files = corpus(name)
        assert 1 <= len(files) <= 25, name
        assert [path.name for path in files if path.stat().st_size > 2_048] == []


def test_a_target_finds_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    # Should the functions catch what they look for, all of the above would prove nothing.
    monkeypatch.setattr("functions.fetch.arxiv.record._check", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        TARGETS["oai"].run((CORPUS / "oai" / "record.xml").read_bytes())


def test_every_target_is_documented() -> None:
    text = (ROOT / "docs/testing.md").read_text("utf-8").partition("\n## Hostile input\n")[2]
    rows = re.findall(r"^\| ([a-z, `]+) \|", text.partition("\n## ")[0], re.M)
    named = re.findall(r"`([a-z]+)`", " ".join(rows))
    assert sorted(named) == sorted(TARGETS)
