"""What ships is pinned to the file: each package that is required, with its hashes, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def pins(path: Path) -> dict[str, str]:
    """Package to version."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", path.read_text("utf-8"), re.M)
    return {canonicalize_name(name): version for name, version in found}


def test_the_lock_has_what_is_required_and_nothing_else() -> None:
    required = pins(ROOT / "functions/requirements.txt")
    assert len(required) > 10
    assert pins(ROOT / "functions/lock.txt") == required


def test_every_package_has_hashes() -> None:
    text = (ROOT / "functions/lock.txt").read_text("utf-8")
    entries = re.split(r"^(?=[A-Za-z])", text, flags=re.M)[1:]
    assert len(entries) == len(pins(ROOT / "functions/requirements.txt"))
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_build_takes_nothing_that_has_another_hash() -> None:
    build = (ROOT / "infra/build.mk").read_text("utf-8")
    assert "--require-hashes" in build
    assert re.search(r"^LAMBDA_REQUIREMENTS \?= functions/lock.txt$", build, re.M)


def test_the_licences_are_those_of_what_is_required() -> None:
    text = (ROOT / "docs/licences.md").read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    told = {canonicalize_name(name): version for name, version, _ in rows if name != "package"}
    assert told == pins(ROOT / "functions/requirements.txt")
    assert not [row for row in rows if row[2] == "not told"]
