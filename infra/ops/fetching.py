"""fetch, called as a manual event calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from infra.local.outcome import tell_fetched
from infra.local.progress import say
from infra.ops.account import Account, OpsError
from shared import clock
from shared.lease import LeaseHeldError

# How long another run is waited for (the lease of one that crashed lasts 16 minutes), and between two tries.
_PATIENCE = timedelta(minutes=20)
_PAUSE = 30


class FetchError(OpsError):
    """fetch failed at an event."""


class BusyError(FetchError):
    """fetch is at work already, for the schedule or for somebody else."""


def fetch(account: Account, event: Mapping[str, Any]) -> dict[str, Any]:
    """Call fetch, wait for its answer (up to 15 minutes) and return it.

    Raises FetchError when it fails (BusyError: another run is at work), and OpsError when it is not fetch.
    """
    answer = account.client("lambda").invoke(
        FunctionName=account.output("FetchFunctionName"), Payload=json.dumps(event).encode()
    )
    told: Any = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        # A function that ran out of time or memory has no more than a message.
        kind = told.get("errorType", "Error")
        failure = BusyError if kind == LeaseHeldError.__name__ else FetchError
        raise failure(f"fetch failed: {kind}: {told.get('errorMessage', '')}")
    if not isinstance(told, dict) or not told.keys() & {"run", "runs"}:
        raise OpsError("what answered is not fetch: it names no run (the AWS of `serve` calls no function)")
    return told


def fetch_in_turn(account: Account, event: Mapping[str, Any]) -> dict[str, Any]:
    """Call fetch once nothing else is at work there; raises as fetch does."""
    give_up, is_told = clock.now() + _PATIENCE, False
    while True:
        try:
            return fetch(account, event)
        except BusyError:
            if clock.now() >= give_up:
                raise
            if not is_told:
                say("", f"another run is at work: asked again every {_PAUSE} seconds")
                is_told = True
            clock.sleep(_PAUSE)


def tell(answer: Mapping[str, Any]) -> list[str]:
    """Print what fetch answered; returns what it could not list, a reason each."""
    outcomes: list[dict[str, Any]] = answer.get("runs", [answer])
    for outcome in outcomes:
        print(f"run     {outcome['run']}" + (" was there already" if outcome["repeated"] else ""))
        if not outcome["repeated"]:
            tell_fetched(outcome)
    return [outcome["failure"] for outcome in outcomes if outcome["failure"]]
