"""`python -m tests.generators [NAME…]`: each generator makes a blog of the golden days; its pages are read.

One line a generator, with its version. Exits with 1 when one cannot be had, does not build, or does not show
what the posts say. It installs from npm, so it is no part of `make test`; `make generators` runs it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.settings import Settings
from tests.generators import check, promise
from tests.generators.blogs import BLOGS, Blog, BuildError
from tests.generators.promise import Promise

_TESTS = Path(__file__).parents[1]
# Posts of our own making, and the real ones where the reference folder is beside the checkout.
_OWN = (_TESTS / "golden" / "own", Path(__file__).parent / "days")
_REFERENCE = _TESTS.parents[1] / "shared" / "golden"
_REFERENCE_DAY = "2021-06-18"


def main() -> int:
    """Build and look; 1 for any fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.generators")
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"of {', '.join(BLOGS)}; without: all")
    names = parser.parse_args().names or list(BLOGS)
    unknown = sorted(set(names) - set(BLOGS))
    if unknown:
        parser.error(f"{unknown[0]} is not one of {', '.join(BLOGS)}")
    with tempfile.TemporaryDirectory() as folder:
        posts = _published(Path(folder))
        promises = [
            promise.read(path.read_text(encoding="utf-8"), path.name[:10], Settings())
            for path in sorted(posts.glob("*.md"))
        ]
        results = [_try(name, posts, promises, Path(folder) / name) for name in names]
    return 0 if all(results) else 1


def _published(folder: Path) -> Path:
    """The folder `posts` of a bucket that holds the days."""
    days = folder / "days"
    for own in _OWN:
        shutil.copytree(own, days, dirs_exist_ok=True)
    for real in _REFERENCE.glob("*/post.md"):
        shutil.copy(real, days / f"{real.parent.name}.md")
    out = folder / "bucket"
    command = [sys.executable, "-m", "infra.local", "import", str(days), "--out", str(out)]
    subprocess.run(command, stdout=sys.stderr, check=True)
    return out / "posts"


def _try(name: str, posts: Path, promises: Sequence[Promise], folder: Path) -> bool:
    """Build the blog with each generator of the name; whether there is one and all is well."""
    blogs = BLOGS[name]()
    if not blogs:
        print(f"{name}  is not installed here")
    results = [_is_well(blog, posts, promises, folder / str(place)) for place, blog in enumerate(blogs)]
    return bool(results) and all(results)


def _is_well(blog: Blog, posts: Path, promises: Sequence[Promise], folder: Path) -> bool:
    try:
        version, pages = blog.built(posts, folder)
    except BuildError as error:
        print(f"{blog.name}  does not build: {error}", flush=True)
        return False
    seen = check.look(pages, promises)
    faults = [*seen.faults, *(seen.lost if blog.keeps_formulas else ())]
    formulas = sum(len(one.formulas) for one in promises)
    print(
        f"{blog.name} {version}  {f'{len(faults)} faults' if faults else 'well'}: "
        f"{len(promises)} posts with {sum(seen.papers.values())} papers, "
        f"{seen.papers.get(_REFERENCE_DAY, 0)} on {_REFERENCE_DAY}; "
        f"{formulas - len(seen.lost)} of {formulas} formulas as written"
    )
    for fault in faults:
        print(f"  {fault}")
    sys.stdout.flush()
    return not faults


if __name__ == "__main__":
    sys.exit(main())
