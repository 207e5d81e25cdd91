"""What `sam build` calls: whether there is bytecode is told, as a cold start without takes longer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("is_there", [True, False])
def test_it_says_whether_it_compiled(tmp_path: Path, is_there: bool) -> None:
    commands, artifacts = tmp_path / "commands", tmp_path / "artifacts"
    commands.mkdir()
    artifacts.mkdir()
    if is_there:
        python = commands / "python9.9"
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
        python.chmod(0o755)
    done = subprocess.run(
        [
            *("make", "--file=infra/build.mk", "build-FetchFunction", f"ARTIFACTS_DIR={artifacts}"),
            *("LAMBDA_PIP=true", "LAMBDA_PYTHON=9.9"),
        ],
        cwd=ROOT,
        env={"PATH": f"{commands}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    # On stdout, as SAM shows nothing else.
    told = done.stdout.splitlines()[-1]
    assert told.startswith(f"build-FetchFunction: {'with' if is_there else 'without'} bytecode")
    assert (artifacts / "functions/fetch/handler.py").exists()
    assert bool(list(artifacts.rglob("*.pyc"))) is is_there
