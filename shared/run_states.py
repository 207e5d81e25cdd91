"""Runs in the table: how one is written, what of it is still pending, how it ends.

All share a partition, so that the open ones are found by one query.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from msgspec import Struct

from shared import aws, clock
from shared.paper import SourceState
from shared.table import decode, encode, expiry

RUNS = "RUN"
KEEP_DAYS = 90
RunKind = Literal["list", "measure", "date", "import"]
RunStatus = Literal["open", "complete", "partial"]
# What the schedule starts.
_SCHEDULED = ("list", "measure")


class RunDay(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A day that a run touched, with the state of each source for that day."""

    date: str
    papers: int
    sources: dict[str, SourceState] = {}


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One execution of the chain. `failure` says why what was asked for could not be listed."""

    id: str
    kind: RunKind
    days: tuple[RunDay, ...] = ()
    sources: dict[str, SourceState] = {}
    listed: tuple[str, ...] = ()  # announcements that were new
    quiet: tuple[str, ...] = ()  # working days without one, as it looks: a later one or a day has passed
    awaited: tuple[str, ...] = ()  # working days whose announcement is still to come, or could not be listed
    failure: str = ""
    queued: int = 0
    requests: dict[str, int] = {}
    posts_read: int = 0  # from X
    users_read: int = 0
    parts: int = 1  # runs that it is together with others, as it has too many papers for one


class RunState(Struct, frozen=True, kw_only=True):
    """A run as the table has it now."""

    run: Run
    status: RunStatus
    revision: int
    pending: frozenset[str]
    is_queued: bool = False  # whether all its papers are on their way, and its announcements remembered


def put(run: Run, pending: set[str]) -> None:
    """Write a run: open while papers are pending, complete at once without any.

    A repeat of the run writes it anew, one revision on, so that its end is told again.
    """
    before = aws.get((RUNS, run.id))
    item: dict[str, Any] = {
        "pk": RUNS,
        "sk": run.id,
        "document": encode(run),
        "status": "open" if pending else "complete",
        "revision": before["revision"] + 1 if before else 0,
        "expires_at": expiry(clock.run_time(run.id), KEEP_DAYS),
    }
    if pending:
        item["pending"] = pending
    aws.put(item)


def mark_queued(run_id: str) -> None:
    """Note that nothing of a run is left for fetch to do: a repeat of it has nothing to make good."""
    with suppress(aws.ConditionFailedError):
        aws.update(
            (RUNS, run_id),
            "SET queued = :queued",
            values={":queued": True},
            condition="attribute_exists(pk)",
        )


def get(run_id: str) -> RunState | None:
    """A run as it stands now."""
    item = aws.get((RUNS, run_id))
    return _run_state(item) if item else None


def recent(limit: int) -> list[RunState]:
    """The latest runs, newest first: so many of the schedule's, and all by hand that are between those.

    However many days are filled in, a tick knows of the measuring before them.
    """
    found: list[RunState] = []
    scheduled = 0
    for item in aws.query(RUNS, newest_first=True, at_once=limit):
        found.append(_run_state(item))
        scheduled += found[-1].run.kind in _SCHEDULED
        if scheduled == limit:
            break
    return found


def take_off(run_id: str, paper_ids: set[str], *, changed: bool) -> None:
    """Take papers off a run's pending list in one update; complete the run when none is left.

    A run that is closed already and whose papers changed by this is told again, by its revision.
    """
    key = (RUNS, run_id)
    try:
        # As it comes: to make a RunState of it would copy what may be thousands of ids, once a batch.
        after = aws.update(
            key,
            "DELETE pending :papers",
            values={":papers": paper_ids},
            condition="attribute_exists(pk)",
        )
    except aws.ConditionFailedError:
        # The run has expired: a message that waited in a dead-letter queue for months. Its paper is kept.
        return
    status, is_waiting = after["status"], "pending" in after
    if status == "open":
        if not is_waiting:
            complete(run_id)
    elif changed or (status == "partial" and not is_waiting):
        aws.update(
            key,
            "SET #status = :status ADD revision :one",
            values={":status": status if is_waiting else "complete", ":one": 1},
            names={"#status": "status"},
            condition="attribute_exists(pk)",
        )


def complete(run_id: str) -> bool:
    """Mark an open run complete if nothing is pending; whether it was this call that did."""
    return _end(run_id, "complete", "attribute_not_exists(pending)")


def close(run_id: str) -> None:
    """Close an overdue run: what is there is published, the days are marked partial."""
    if not _end(run_id, "partial", "attribute_exists(pending)"):
        complete(run_id)


def _end(run_id: str, status: RunStatus, condition: str) -> bool:
    try:
        aws.update(
            (RUNS, run_id),
            "SET #status = :status",
            values={":status": status, ":open": "open"},
            names={"#status": "status"},
            condition=f"#status = :open AND {condition}",
        )
    except aws.ConditionFailedError:
        return False
    return True


def _run_state(item: aws.Item) -> RunState:
    return RunState(
        run=decode(item, Run),
        status=item["status"],
        revision=item["revision"],
        pending=frozenset(item.get("pending", ())),
        is_queued=item.get("queued", False),
    )
