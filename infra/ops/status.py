"""`status`: what the service says of itself, in a few lines."""

from __future__ import annotations

import argparse
import json
from typing import Any

from infra.ops.account import Account, OpsError
from shared import clock

# So many days are told, the newest first; status.html has the others.
_DAYS = 7


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """The command has none of its own."""


def command(account: Account, _given: argparse.Namespace) -> int:
    """Tell the status; 1 when it is not well, or was not written for too long. Raises OpsError."""
    told = _read(account)
    is_stale = clock.parse_iso(told["valid_until"]) <= clock.now()
    print(f"{'ok' if told['ok'] and not is_stale else 'NOT OK'} as of {told['as_of']}")
    if is_stale:
        print(f"stale: it was to be written again by {told['valid_until']}; does fetch run?")
    for problem in told["problems"]:
        print(f"problem: {problem}")
    for day in told["days"][:_DAYS]:
        print(f"{day['date']}  {day['status']:<9} {_of_day(day)}".rstrip())
    for source in told["sources"]:
        print(f"{source['name']:<11} {_of_source(source)}")
    print(f"measures next at {told['next_measuring']}")
    return int(is_stale or not told["ok"])


def _read(account: Account) -> dict[str, Any]:
    s3 = account.client("s3")
    try:
        answer = s3.get_object(Bucket=account.output("BucketName"), Key="status.json")
    except s3.exceptions.NoSuchKey:
        raise OpsError("there is no status yet: the first tick, at 55 past the hour, writes it") from None
    told: dict[str, Any] = json.loads(answer["Body"].read())
    return told


def _of_day(day: dict[str, Any]) -> str:
    return str(day["reason"]) or f"{day['hot']} hot of {day['listed']}"


def _of_source(source: dict[str, Any]) -> str:
    words = [source["state"] + (", capped" if source["capped"] else "")]
    if source["since"]:
        words.append(f"since {source['since']}")
    if source["reason"]:
        words.append(source["reason"])
    return ": ".join(words)
