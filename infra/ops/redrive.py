"""`redrive`: what was given up is handed over again, and only then deleted from its dead-letter queue."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from infra.ops.account import Account, OpsError
from infra.ops.fetching import fetch, tell
from infra.ops.queues import QUEUES, DeadLetters
from infra.ops.records import event_of
from infra.ops.runs import Runs, tell_told
from infra.ops.stream import runs_of

# How long a message is kept from others while it is handed over: a call or two, or one of fetch.
_MOMENT = 60
_LONGER_THAN_FETCH = 960


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("queue", nargs="?", choices=list(QUEUES), help="one of the three (default: all)")


def command(account: Account, given: argparse.Namespace) -> int:
    """Hand over what the queues hold; raises OpsError for what stays in them."""
    left = sum(_REDRIVES[name](account) for name in ([given.queue] if given.queue else QUEUES))
    if left:
        raise OpsError(f"{left} stay where they are: what they fail at is still there")
    return 0


def _papers(account: Account) -> int:
    """Back to the queue that score reads. It may score one twice, which counts once."""
    letters, sqs, url = DeadLetters(account, "papers"), account.client("sqs"), account.output("QueueUrl")
    moved = 0
    with letters.taken(_MOMENT) as each:
        for letter in each:
            sqs.send_message(QueueUrl=url, MessageBody=letter["Body"])
            letters.delete(letter)
            moved += 1
    print(f"papers  {moved} moved back, to be scored within moments")
    return 0


def _fetch(account: Account) -> int:
    """fetch is called with each event; returns how many it failed at again."""
    letters = DeadLetters(account, "fetch")
    done = left = 0
    with letters.taken(_LONGER_THAN_FETCH) as each:
        for letter in each:
            event = event_of(letter)
            try:
                if event is None:
                    raise OpsError(f"no event, {len(letter['Body'])} characters")
                tell(fetch(account, event))
            except OpsError as error:
                print(f"fetch   {error}")
                left += 1
            else:
                letters.delete(letter)
                done += 1
    print(f"fetch   {done} done again")
    return left


def _render(account: Account) -> int:
    """The stream tells render of the runs again; returns how many records tell of none."""
    letters, runs = DeadLetters(account, "render"), Runs(account)
    left = 0
    seen: set[str] = set()
    with letters.taken(_MOMENT) as each:
        for letter in each:
            found = runs_of(account, runs, letter)
            if found is None:
                print(f"render  no batch of runs, {len(letter['Body'])} characters")
                left += 1
                continue
            new = [run for run in found if run not in seen]
            tell_told({run: runs.tell_again(run) for run in new})
            seen.update(new)
            letters.delete(letter)
    print(f"render  {len(seen)} runs told again, to be published within moments")
    return left


_REDRIVES: Mapping[str, Callable[[Account], int]] = {"papers": _papers, "fetch": _fetch, "render": _render}
