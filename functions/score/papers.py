"""Messages into papers: merged, scored, written, and taken off their run's pending list."""

from __future__ import annotations

from msgspec import Struct

from shared import attention, aws, history, table
from shared.log import logger
from shared.paper import Message
from shared.settings import Settings

# How often a paper that somebody else wrote in the meantime is read and merged again.
_TRIES = 5


class Delivery(Struct, frozen=True, kw_only=True):
    """A message with the id under which the queue delivered it."""

    id: str
    message: Message


def store(settings: Settings, deliveries: list[Delivery]) -> list[str]:
    """Write the papers of a batch; returns the ids of the deliveries that have to come again.

    What was stored leaves its run's pending list in one update a run, so that a batch costs two calls and
    one a paper that changed.
    """
    stored = table.stored_papers(_key(delivery.message) for delivery in deliveries)
    done: dict[str, set[str]] = {}
    changed: set[str] = set()
    failed: list[str] = []
    for delivery in deliveries:
        message = delivery.message
        key = _key(message)
        try:
            after = _merge(settings, message, stored[key])
        except Exception:  # noqa: BLE001 - whatever hit this paper must not take the others with it
            logger.exception("paper not stored", extra={"paper": message.paper.id, "run": message.run})
            failed.append(delivery.id)
            # What is there now is not known: the next message about the paper reads it again.
            stored |= table.stored_papers([key])
            continue
        if after is not stored[key]:
            stored[key] = after
            changed.add(message.run)
        done.setdefault(message.run, set()).add(message.paper.id)
    for run, paper_ids in done.items():
        try:
            table.take_off(run, paper_ids, changed=run in changed)
        except Exception:  # noqa: BLE001 - then these messages come again, and find their papers stored
            logger.exception("papers not taken off", extra={"run": run, "papers": len(paper_ids)})
            failed += [delivery.id for delivery in deliveries if delivery.message.run == run]
        else:
            logger.info("papers stored", extra={"run": run, "papers": len(paper_ids)})
    return sorted(set(failed))


def _key(message: Message) -> aws.Key:
    return table.paper_key(message.paper.listed, message.paper.id)


def _merge(settings: Settings, message: Message, stored: table.StoredPaper) -> table.StoredPaper:
    """The paper as it is stored after the message; the same object when nothing had to be written."""
    for attempt in range(_TRIES):
        merged = attention.apply(stored.measured, message, settings.rules)
        if merged == stored.measured:
            if attempt:
                # What another invocation wrote has all of it; the note of ours may have come over its.
                _note(stored)
            return stored
        after = table.following(
            merged, stored, hot_from=settings.paper_score_threshold, keep_days=settings.keep_cold_days
        )
        # Before the paper: what is stored is never merged again, and would leave no note after a crash.
        if stored.measured is None or attention.has_moved(stored.measured, merged):
            _note(after)
        try:
            table.put_paper(after)
        except aws.ConditionFailedError:
            # Another invocation was faster: its paper is read and merged with, nothing is overwritten.
            stored = table.stored_papers([_key(message)])[_key(message)]
        else:
            return after
    raise aws.UnfinishedError(f"{message.paper.id} kept being written by others")


def _note(stored: table.StoredPaper) -> None:
    """Keep what a paper has come to on the UTC date on which its numbers changed, once it was mentioned."""
    measured = stored.measured
    if measured and (measured.mentions or measured.dropped):
        history.put(
            measured.paper.id,
            measured.measured_at[:10],
            history.HistoryPoint(
                score=measured.score, totals=attention.totals(attention.counted_of(measured))
            ),
            version=stored.version,
            expires_at=stored.expires_at,
        )
