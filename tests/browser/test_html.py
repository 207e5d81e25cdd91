"""Pages and styles as the Nu HTML checker reads them, which is what validator.w3.org runs."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.browser import server, tools
from tests.golden import archive


def test_pages_and_styles_are_valid(folder: Path) -> None:
    _check(folder)


def test_pages_of_real_days_are_valid(tmp_path: Path) -> None:
    tools.nu()
    server.write(archive.published(), tmp_path)
    _check(tmp_path)


def _check(folder: Path) -> None:
    command = tools.nu()
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    files = [name for name in files if name.endswith((".html", ".css", ".svg"))]
    assert files
    options = ["--errors-only", "--also-check-css", "--also-check-svg", "--format", "json"]
    ended = subprocess.run(
        [*command, *options, *files], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    told = json.loads(ended.stderr or ended.stdout)["messages"]
    found = [
        f"{Path(one.get('url', '')).name}:{one.get('lastLine')}: {one['message']} {one.get('extract', '')!r}"
        for one in told
    ]
    assert found == [], f"{len(found)} errors"
    assert ended.returncode == 0, ended.stderr
