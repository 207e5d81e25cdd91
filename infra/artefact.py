"""What `sam build` made, looked at: contents, size, hash, licences.

`python -m infra.artefact check BUILD [AGAIN]` prints size and hash of each function, and exits with 1 when
one holds what it should not, lacks a compiled template, is too large, or differs from a second build. With
`--bytecode 3.13` each module has to have that version's bytecode. `licences BUILD` prints docs/licences.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path

from jinja2 import ModuleLoader

MOST_BYTES = 15_000_000
# Nobody imports these in Lambda, or they are there already.
_UNWANTED = frozenset(
    {"tests", "test", "docs", "infra", "bin", ".git", ".venv", "boto3", "botocore", "s3transfer"}
)
_UNWANTED |= {".pytest_cache", ".mypy_cache", ".ruff_cache"}

# Of bytecode that is used without a look at its source: https://peps.python.org/pep-0552/#specification
_UNCHECKED = (0b01).to_bytes(4, "little")


def functions_of(build: Path) -> list[Path]:
    """The folders of a build, one a function."""
    return sorted(path for path in build.iterdir() if path.is_dir())


def files_of(folder: Path) -> Iterator[Path]:
    """All files below a folder, in the order of their names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def size(folder: Path) -> int:
    """Bytes of all files, bytecode included."""
    return sum(path.stat().st_size for path in files_of(folder))


def tree_hash(folder: Path) -> str:
    """One hash of every file's path, whether it can be executed, and bytes."""
    digest = hashlib.sha256()
    for path in files_of(folder):
        is_executable = bool(path.stat().st_mode & 0o100)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{is_executable}\0{content}\n".encode())
    return digest.hexdigest()


def faults(folder: Path) -> list[str]:
    """What is wrong with a function's folder, in words."""
    found = [
        f"{path.relative_to(folder)} does not belong there"
        for path in sorted(folder.rglob("*"))
        if path.name in _UNWANTED or (path.suffix == ".txt" and path.parent.name == "functions")
    ]
    if (bytes_ := size(folder)) > MOST_BYTES:
        found.append(f"it has {bytes_:,} bytes, more than {MOST_BYTES:,}")
    return found


def template_faults(folder: Path) -> list[str]:
    """Which templates of a function's folder are not compiled, in words."""
    render = folder / "functions" / "render"
    return [
        f"{path.relative_to(folder)} is not compiled"
        for path in sorted(render.glob("templates/*.html"))
        if not (render / "compiled" / ModuleLoader.get_module_filename(path.name)).is_file()
    ]


def bytecode_faults(folder: Path, version: str) -> list[str]:
    """What is wrong with the bytecode of a function's folder, for a version as 3.13, in words."""
    tag = f"cpython-{version.replace('.', '')}"
    found = []
    for module in sorted(folder.rglob("*.py")):
        name = module.relative_to(folder)
        compiled = module.with_name("__pycache__") / f"{module.stem}.{tag}.pyc"
        if not compiled.is_file():
            found.append(f"{name} has no bytecode of Python {version}")
            continue
        content = compiled.read_bytes()
        if content[4:8] != _UNCHECKED:
            found.append(f"{name}'s bytecode is held against its source")
        if str(folder).encode() in content:
            found.append(f"{name}'s bytecode tells where it was made")
    return found


def licences(folder: Path) -> str:
    """docs/licences.md for what a function ships."""
    rows = sorted(
        (each.metadata["Name"], each.version, _licence(each)) for each in distributions(path=[str(folder)])
    )
    lines = (f"| {name} | {version} | {licence} |" for name, version, licence in rows)
    return (
        "# Licences\n\nWhat is shipped to Lambda beside this project's own code, as each package tells it. "
        "`make licences` writes this\nfile.\n\n| package | version | licence |\n|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )


def _licence(package: Distribution) -> str:
    told = package.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier") or ()
        if each.startswith("License :: ") and each.count(" :: ") > 1
    ]
    return ", ".join(classified) or (told["License"].splitlines()[0] if "License" in told else "not told")


def _check(build: Path, again: Path | None, version: str) -> int:
    failures = 0
    for folder in functions_of(build):
        hashed = tree_hash(folder)
        print(f"{folder.name}  {size(folder) / 1e6:.1f} MB  {hashed}")
        wrong = faults(folder) + template_faults(folder)
        if version:
            wrong += bytecode_faults(folder, version)
        if again and tree_hash(again / folder.name) != hashed:
            wrong.append("a second build differs from the first")
        for fault in wrong:
            print(f"{folder.name}: {fault}", file=sys.stderr)
        failures += len(wrong)
    return int(failures > 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Look; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.artefact", description=__doc__)
    parser.add_argument("what", choices=("check", "licences"))
    parser.add_argument("build", type=Path, metavar="BUILD")
    parser.add_argument("again", type=Path, nargs="?", metavar="AGAIN")
    parser.add_argument("--bytecode", default="", metavar="VERSION")
    given = parser.parse_args(arguments)
    if given.what == "licences":
        print(licences(functions_of(given.build)[0]), end="")
        return 0
    return _check(given.build.resolve(), given.again, given.bytecode)


if __name__ == "__main__":
    sys.exit(main())
