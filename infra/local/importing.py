"""`import`: the posts of an old blog as an archive of this service, in a folder."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from infra.archive.bringing import bring
from infra.archive.folder import Folder
from infra.local import usage
from infra.local.cloud import Cloud
from infra.local.environment import replaced
from infra.local.objects import write
from infra.local.progress import Progress, say

# What a site has that can be read: data has none of the words that the posts beside it have.
_READ_BACK = ("posts", "data")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("folder", metavar="DIR", help="where the posts are, in it or below")
    parser.add_argument("--out", metavar="OUT", default="out", help="where the site goes (default: out)")


def _check_apart(folder: Path, out: Path) -> None:
    """Raises UsageError where what is written would be read as old posts, or be written over them."""
    if out.is_relative_to(folder):
        raise usage.UsageError(f"{out} is in {folder}: the posts written there would be read as old ones")
    if any(folder.is_relative_to(out / name) for name in _READ_BACK):
        raise usage.UsageError(f"{folder} is in {out}: what is read there would be written over")


def command(given: argparse.Namespace) -> int:
    """Run the command; 1 when there is no post. Raises UsageError."""
    environment = dict(os.environ)
    configured = usage.checked_settings(environment)
    folder = usage.existing_folder(given.folder)
    out = usage.folder(given.out, partial(_check_apart, folder.resolve()))
    days = Folder(folder)
    now = datetime.now(UTC).replace(microsecond=0)
    with (
        Progress(),
        Cloud(now=now, caller=environment) as cloud,
        replaced(cloud.environments["render"]),
    ):
        brought = bring(days, configured, now, then=cloud.triggers.drain)
        objects = dict(cloud.objects())
        failures = [call.exception for call in cloud.triggers.invocations if call.exception]
    brought.tell()
    if failures:
        print(f"render failed: {type(failures[0]).__name__}: {failures[0]}", file=sys.stderr)
        return 1
    posts = sorted(key for key in objects if key.startswith("posts/"))
    if not posts:
        print(f"{given.folder} has no post that fits", file=sys.stderr)
        return 1
    write(out, objects)
    say("bucket", f"{len(objects)} objects in {out}")
    print(out / f"{Path(posts[-1]).name[:10]}.html")
    print(out / posts[-1])
    return 0
