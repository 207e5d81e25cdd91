"""What `sam build` made, looked at: contents, size, hash, licences.

`python -m infra.artefact check BUILD [AGAIN]` prints size and hash of each function, and exits with 1 when
one holds what it should not, is too large, or differs from a second build. `licences BUILD` prints
docs/licences.md.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

MOST_BYTES = 15_000_000
# Nobody imports these in Lambda, or they are there already.
_UNWANTED = frozenset(
    {"tests", "test", "docs", "infra", "bin", ".git", ".venv", "boto3", "botocore", "s3transfer"}
)
_UNWANTED |= {".pytest_cache", ".mypy_cache", ".ruff_cache"}


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


def _check(build: Path, again: Path | None) -> int:
    failures = 0
    for folder in functions_of(build):
        hashed = tree_hash(folder)
        print(f"{folder.name}  {size(folder) / 1e6:.1f} MB  {hashed}")
        wrong = faults(folder)
        if again and tree_hash(again / folder.name) != hashed:
            wrong.append("a second build differs from the first")
        for fault in wrong:
            print(f"{folder.name}: {fault}", file=sys.stderr)
        failures += len(wrong)
    return int(failures > 0)


def main(arguments: list[str]) -> int:
    """Look; returns the exit code."""
    what, build, *again = arguments
    if what == "licences":
        print(licences(functions_of(Path(build))[0]), end="")
        return 0
    return _check(Path(build), Path(again[0]) if again else None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
