"""What `sam build` calls: whether there is bytecode is told, as a cold start without takes longer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

import pytest
from jinja2 import ModuleLoader

from functions.render import pages, templating
from infra import artefact
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def build(artifacts: Path, version: str, *compilers: str) -> str:
    """Build fetch for a version of Python; returns what is said last. Of its packages it has Jinja's."""
    for name in ("jinja2", "markupsafe"):
        for file in files(name) or ():
            if file.suffix == ".py":
                (artifacts / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), artifacts / file)
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


def test_the_templates_are_compiled_as_pages_would_compile_them(tmp_path: Path) -> None:
    build(tmp_path / "a", VERSION, sys.executable)
    assert artefact.template_faults(tmp_path / "a") == []
    made = pages.environment()
    for name in made.list_templates(extensions=["html"]):
        source = (templating.TEMPLATES / name).read_text(encoding="utf-8")
        module = tmp_path / "a/functions/render/compiled" / ModuleLoader.get_module_filename(name)
        assert module.read_text(encoding="utf-8") == made.compile(
            source, name, name, raw=True, defer_init=True
        )


def test_compiled_templates_are_what_pages_are_made_of(tmp_path: Path) -> None:
    build(tmp_path / "a", VERSION, sys.executable)
    # What they are made from is not looked at any more.
    (tmp_path / "a/functions/render/templates/404.html").write_text("changed", encoding="utf-8")
    code = (
        "from functions.render import pages; from shared.settings import Settings; "
        "print(pages.render(Settings(), '404.html', title='Not here').decode(), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "a", capture_output=True, text=True, check=True
    )
    assert done.stdout == pages.render(Settings(), "404.html", title="Not here").decode()


def test_bytecode_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    for name in ("a", "another"):
        build(tmp_path / name, VERSION, sys.executable)
    assert artefact.tree_hash(tmp_path / "a") == artefact.tree_hash(tmp_path / "another")
