"""What these tests need beside Python: where it is, and why a test that misses it is skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".venv-browser" / "node_modules"
_CHROMIUM = "/usr/bin/chromium"


def chromium() -> str:
    """The browser's path; skips the test where there is none, or nothing to steer it with."""
    path = os.environ.get("CHROMIUM") or _CHROMIUM
    if not shutil.which(path):
        pytest.skip("no chromium on this machine")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed; make browser installs it")
    return path


def axe() -> str:
    """The text of axe-core, which looks for what keeps people out; skips the test where it is missing."""
    path = MODULES / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("axe-core is not installed; make browser installs it, with node")
    return path.read_text(encoding="utf-8")


def nu() -> list[str]:
    """The command of the Nu HTML checker; skips the test where it or Java is missing."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("no java on this machine")
    jar = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
    if not jar.exists():
        pytest.skip("the Nu HTML checker is not installed; make browser installs it, with node")
    return [java, "-jar", str(jar)]
