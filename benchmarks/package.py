"""A function's package and Lambda's own packages, for this machine's Python.

The package is what `sam build` would make, by the same rule of infra/build.mk, called with this Python as the
one to build for. Only what the rule asks pip for is copied from this environment, which has the same pins: so
nothing is downloaded, and wheels of other systems than Lambda's do as well.
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import files
from pathlib import Path

from msgspec import Struct

from benchmarks.cpu import ROOT, Program, ProgramError

# boto3 and what it needs: Lambda's Python has them outside of the package.
_LAMBDAS = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# What a function finds in Lambda, as far as a client asks for it.
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
}


class Package(Struct, frozen=True):
    """The folder of the package, and that of Lambda's own packages."""

    task: Path
    runtime: Path

    def start(self, code: str) -> Program:
        """A new Python that runs some code in the package's folder. As in Lambda it writes no bytecode."""
        return self._python(code, self.task, self.task, self.runtime, ROOT)

    def floor(self, code: str) -> Program:
        """The same without the package."""
        return self._python(code, self.runtime, self.runtime)

    def _python(self, code: str, cwd: Path, *paths: Path) -> Program:
        environment = {
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            **_ENVIRONMENT,
        }
        told = (f"{name}={value}" for name, value in environment.items())
        # Without this environment's own packages, and without what the caller has set for AWS.
        return Program(command=("env", "-i", *told, sys.executable, "-S", "-c", code), cwd=cwd)


def made(folder: Path, *, with_bytecode: bool) -> Package:
    """The package in a new folder below this one; Lambda's own packages always have bytecode."""
    package = Package(folder / "task", folder / "runtime")
    required = (ROOT / "functions/requirements.txt").read_text(encoding="utf-8")
    _copy(package.task, re.findall(r"^([\w.-]+)==", required, re.MULTILINE), with_bytecode=False)
    _copy(package.runtime, _LAMBDAS, with_bytecode=True)
    # What was installed without, too.
    compileall.compile_dir(package.runtime, quiet=2)
    done = subprocess.run(
        [
            *("make", "--file=infra/build.mk", "build-FetchFunction", f"ARTIFACTS_DIR={package.task}"),
            *("LAMBDA_PIP=true", f"LAMBDA_PYTHON={_VERSION}", f"LAMBDA_TEMPLATE_PYTHON={sys.executable}"),
            f"LAMBDA_COMPILERS={sys.executable if with_bytecode else ''}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProgramError(f"the package could not be built: {done.stderr[-2000:]}")
    return package


def _copy(to: Path, distributions: Iterable[str], *, with_bytecode: bool) -> None:
    for name in distributions:
        for file in files(name) or ():
            # Commands lie outside.
            if ".." in file.parts or (file.suffix == ".pyc" and not with_bytecode):
                continue
            target = to / file
            target.parent.mkdir(parents=True, exist_ok=True)
            # With its time, by which bytecode is held against it.
            shutil.copy2(file.locate(), target)
