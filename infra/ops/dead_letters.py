"""`dead-letters`: what was given up, told by names and times alone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from infra.ops.account import Account
from infra.ops.queues import QUEUES, DeadLetters, Letter
from infra.ops.records import event_of, failure_of, render_failure_of
from shared import clock
from shared.paper import MessageError, decode_message

# So many messages of a queue are told one by one; no more than one receive can give.
_FIRST = 5
# What of an event to fetch is told: what it can order (functions/fetch/handler.py).
_TOLD = ("time", "measure", "date", "from", "to")


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """The command has none of its own."""


def command(account: Account, _given: argparse.Namespace) -> int:
    """Tell how many messages each queue holds, and what the first few are about."""
    for name, queue in QUEUES.items():
        letters = DeadLetters(account, name)
        count = letters.count()
        print(f"{name:<7} {count} in {queue}")
        for letter in letters.first(_FIRST) if count else ():
            sent = datetime.fromtimestamp(int(letter["Attributes"]["SentTimestamp"]) / 1000, UTC)
            print(f"        {clock.iso(sent)}  {_ABOUT[name](letter)}")
    return 0


# Whatever is in a message that a stranger could have written stays there: its own words are not told.


def _paper(letter: Letter) -> str:
    try:
        message = decode_message(letter["Body"])
    except MessageError:
        return f"no message of this version, {len(letter['Body'])} characters"
    return f"{message.paper.id} of the run {message.run}"


def _event(letter: Letter) -> str:
    event = event_of(letter)
    if event is None:
        return f"no event, {len(letter['Body'])} characters"
    told = {name: event[name] for name in _TOLD if name in event}
    return f"{json.dumps(told)}: {failure_of(letter)}"


def _batch(letter: Letter) -> str:
    failure = render_failure_of(letter)
    if failure is None:
        return f"no batch of runs, {len(letter['Body'])} characters"
    return f"{failure.batch.batch_size} runs: {failure_of(letter)}"


_ABOUT: Mapping[str, Callable[[Letter], str]] = {"papers": _paper, "fetch": _event, "render": _batch}
