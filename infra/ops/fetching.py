"""fetch, called as a manual event calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from infra.local.outcome import tell_fetched
from infra.ops.account import Account, OpsError


def fetch(account: Account, event: Mapping[str, Any]) -> dict[str, Any]:
    """Call fetch, wait for its answer (up to 15 minutes) and return it; raises OpsError when it fails."""
    answer = account.client("lambda").invoke(
        FunctionName=account.output("FetchFunctionName"), Payload=json.dumps(event).encode()
    )
    told: Any = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        # A function that ran out of time or memory has no more than a message.
        raise OpsError(f"fetch failed: {told.get('errorType', 'Error')}: {told.get('errorMessage', '')}")
    if not isinstance(told, dict) or not told.keys() & {"run", "runs"}:
        raise OpsError("what answered is not fetch: it names no run (the AWS of `serve` calls no function)")
    return told


def tell(answer: Mapping[str, Any]) -> list[str]:
    """Print what fetch answered; returns what it could not list, a reason each."""
    outcomes: list[dict[str, Any]] = answer.get("runs", [answer])
    for outcome in outcomes:
        print(f"run     {outcome['run']}" + (" was there already" if outcome["repeated"] else ""))
        if not outcome["repeated"]:
            tell_fetched(outcome)
    return [outcome["failure"] for outcome in outcomes if outcome["failure"]]
