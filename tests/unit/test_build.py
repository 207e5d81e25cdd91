"""What `sam build` calls: whether there is bytecode is told, as a cold start without takes longer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import artefact

ROOT = Path(__file__).parents[2]
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def build(artifacts: Path, version: str, *compilers: str) -> str:
    """Build fetch without its packages, for a version of Python; returns what is said last."""
    artifacts.mkdir()
    done = subprocess.run(
        [
            *("make", "--file=infra/build.mk", "build-FetchFunction", f"ARTIFACTS_DIR={artifacts}"),
            *("LAMBDA_PIP=true", f"LAMBDA_PYTHON={version}", f"LAMBDA_COMPILERS={' '.join(compilers)}"),
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (artifacts / "functions/fetch/handler.py").exists()
    # On stdout, as SAM shows nothing else.
    return done.stdout.splitlines()[-1]


def test_the_first_python_of_the_version_makes_the_bytecode(tmp_path: Path) -> None:
    told = build(tmp_path / "a", VERSION, "/nowhere/python", sys.executable)
    assert told == f"build-FetchFunction: with bytecode, by {sys.executable}"
    assert artefact.bytecode_faults(tmp_path / "a", VERSION) == []


@pytest.mark.parametrize(("version", "compiler"), [(VERSION, "/nowhere/python"), ("3.99", sys.executable)])
def test_without_one_it_is_said_and_all_else_is_there(tmp_path: Path, version: str, compiler: str) -> None:
    told = build(tmp_path / "a", version, compiler)
    assert told.startswith(f"build-FetchFunction: without bytecode, as no Python {version} is here")
    assert list(tmp_path.rglob("*.pyc")) == []


def test_bytecode_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    for name in ("a", "another"):
        build(tmp_path / name, VERSION, sys.executable)
    assert artefact.tree_hash(tmp_path / "a") == artefact.tree_hash(tmp_path / "another")
