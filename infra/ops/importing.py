"""`import`: the posts of an old blog into the stack's archive, which render then publishes."""

from __future__ import annotations

import argparse

from infra.archive.bringing import bring
from infra.archive.folder import Folder
from infra.local import usage
from infra.ops.account import Account, OpsError
from infra.ops.functions import in_their_place
from shared import aws, clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("folder", metavar="DIR", help="where the posts are, in it or below")


def command(account: Account, given: argparse.Namespace) -> int:
    """Store the posts and order their publication; raises UsageError, and OpsError when there is none."""
    folder = Folder(usage.existing_folder(given.folder))
    with in_their_place(account) as configured:
        try:
            brought = bring(folder, configured, clock.now(), then=_nothing)
        except (aws.ConditionFailedError, aws.UnfinishedError) as error:
            raise OpsError(f"the table could not take all, begin again: {error}") from None
    brought.tell()
    if not brought.days and not brought.unchanged:
        raise OpsError(f"{given.folder} has no post that fits")
    if brought.days:
        print("render publishes them now, a month at a time: the status page shows its runs")
    return 0


def _nothing() -> None:
    """The stream tells render by itself."""
