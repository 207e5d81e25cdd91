"""What must stay true of the code as a whole: one door to each outside, nothing done by an import."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit import recordings

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path for folder in ("functions", "shared") for path in (ROOT / folder).rglob("*.py"))
STEPS = ("fetch", "score", "render")


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it, by their whole names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module(path)}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(*packages: str) -> set[str]:
    return {
        module(path)
        for path in SHIPPED
        if any(
            name == package or name.startswith(f"{package}.")
            for name in imported(path)
            for package in packages
        )
    }


def test_there_is_code_to_look_at() -> None:
    assert {"shared.http", "functions.fetch.handler", "functions.fetch.arxiv.oai"} <= set(
        map(module, SHIPPED)
    )


def test_there_is_one_door_to_aws() -> None:
    assert importers("boto3", "botocore") == {"shared.aws"}


def test_there_is_one_door_to_the_internet() -> None:
    assert importers("requests") == {"shared.http"}
    assert importers("urllib3", "urllib.request", "http", "socket", "ssl", "aiohttp", "httpx") <= {
        "shared.http"
    }


def test_nobody_else_builds_a_logger_or_prints() -> None:
    assert importers("logging", "aws_lambda_powertools.Logger") <= {"shared.log"}
    for path in SHIPPED:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        printed = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "print"]
        assert not printed, module(path)


def test_the_environment_is_read_by_the_settings_alone() -> None:
    readers = {
        module(path)
        for path in SHIPPED
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    assert readers == {"shared.settings"}


@pytest.mark.parametrize("step", STEPS)
def test_steps_do_not_import_each_other(step: str) -> None:
    others = [f"functions.{other}" for other in STEPS if other != step]
    assert not {name for name in importers(*others) if name.startswith(f"functions.{step}.")}


def test_what_is_shared_knows_no_step_and_what_is_shipped_no_tool() -> None:
    assert not {name for name in importers("functions") if name.startswith("shared.")}
    assert importers("infra", "tests", "moto", "pytest") == set()


def test_an_import_needs_no_environment_and_makes_no_client() -> None:
    # In a process of its own, where reading a setting or making a client fails the import.
    script = """
import importlib, sys
import boto3, requests
import shared.settings

def refuse(*_args, **_kwargs):
    raise AssertionError("done by an import")

boto3.client = boto3.resource = refuse
boto3.session.Session.client = boto3.session.Session.resource = refuse
requests.Session.request = refuse
shared.settings.parse = refuse
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        sys.exit(f"{name}: {error!r}")
"""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *map(module, SHIPPED)],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_every_recording_is_used_and_explained() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    readme = (recordings.FOLDER / "README.md").read_text(encoding="utf-8")
    files = [path for path in recordings.FOLDER.rglob("*.*") if path.is_file() and path.name != "README.md"]
    assert files
    for path in files:
        name = path.relative_to(recordings.FOLDER).as_posix()
        assert f'"{name}"' in tests, f"no test uses {name}"
        assert name in readme, f"the README does not say where {name} is from"
