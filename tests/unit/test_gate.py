"""The gate runs the functions in containers, or fails, or was told that it may leave them out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

CONTAINERS = Path(__file__).parents[2] / ".ci" / "containers"
NAME = "the functions did not run in containers"

Gate = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """The gate's step in a checkout of its own, where docker and the command beside it answer as told."""
    checkout = tmp_path / "checkout"
    (checkout / ".ci").mkdir(parents=True)
    shutil.copy(CONTAINERS, checkout / ".ci")
    commands = tmp_path / "commands"
    commands.mkdir()

    def run(*, docker: str = "false", bringer: str = "", **given: str) -> subprocess.CompletedProcess[str]:
        fakes = {
            commands / "docker": f'case "$1 $2" in {docker}; esac' if " " in docker else docker,
            commands / "make": 'echo "make $* skip=${SAM_SKIP_PULL_IMAGE:-}"',
        }
        if bringer:
            fakes[tmp_path / "shared/tools/sam-local"] = bringer
        for path, text in fakes.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            path.chmod(0o755)
        return subprocess.run(
            [checkout / ".ci" / CONTAINERS.name],
            env={"PATH": f"{commands}:{os.environ['PATH']}"} | given,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_an_engine_with_the_image_is_used_as_it_is(gate: Gate) -> None:
    done = gate(docker="info*) ;; 'image inspect') ;; *) exit 1", bringer="exit 1")
    assert (done.returncode, done.stdout) == (0, "make containers skip=1\n")


def test_an_engine_without_the_image_pulls_it(gate: Gate) -> None:
    done = gate(docker="info*) ;; pull*) ;; *) exit 1", bringer="exit 1")
    assert (done.returncode, done.stdout) == (0, "make containers skip=\n")


@pytest.mark.parametrize("docker", ["exit 1", "info*) ;; *) exit 1"])
def test_without_an_engine_of_use_one_is_brought(gate: Gate, docker: str) -> None:
    done = gate(docker=docker, bringer="exec true")
    assert done.returncode == 0
    assert done.stdout == "make containers WITH_ENGINE=bash ../shared/tools/sam-local skip=\n"


@pytest.mark.parametrize(
    ("docker", "bringer", "why"),
    [
        ("exit 1", "", "no container engine runs on this machine, and ../shared/tools/sam-local is missing"),
        ("exit 1", "exit 1", "../shared/tools/sam-local cannot start one"),
        ("info*) ;; *) exit 1", "", "cannot pull it"),
    ],
)
def test_without_containers_it_fails_unless_that_is_allowed(
    gate: Gate, docker: str, bringer: str, why: str
) -> None:
    done = gate(docker=docker, bringer=bringer)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(NAME)
    assert why in done.stderr
    assert gate(docker=docker, bringer=bringer, WITHOUT_CONTAINERS="0").returncode == 1
    allowed = gate(docker=docker, bringer=bringer, WITHOUT_CONTAINERS="1")
    assert (allowed.returncode, allowed.stdout) == (0, "")
    assert allowed.stderr.startswith("NOT RUN")
    assert why in allowed.stderr


def test_the_gate_does_not_go_on_without_them() -> None:
    text = CONTAINERS.with_name("run").read_text("utf-8")
    assert "set -euo pipefail" in text
    assert f"\n.ci/{CONTAINERS.name}\n" in text
