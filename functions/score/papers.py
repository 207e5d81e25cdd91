"""Messages into papers: merged, scored, written, and taken off their run's pending list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct

from shared import attention, aws, history, run_states, table
from shared.log import logger
from shared.paper import Measured, Message
from shared.settings import Settings

# How often a paper that somebody else wrote in the meantime is read and merged again.
_TRIES = 5


class Delivery(Struct, frozen=True, kw_only=True):
    """A message with the id under which the queue delivered it."""

    id: str
    message: Message


class _Merged(Struct, frozen=True, kw_only=True):
    """What a batch says of one paper, and what is to be written for it: nothing when all of it is known."""

    deliveries: list[Delivery]
    puts: Sequence[aws.Put] = ()
    changed: frozenset[str] = frozenset()  # the runs whose messages change the paper


def store(settings: Settings, deliveries: list[Delivery]) -> list[str]:
    """Write the papers of a batch; returns the ids of the deliveries that have to come again.

    All papers are read in one call and written in another, and those stored leave their run's pending list
    in one update a run.
    """
    by_paper: dict[aws.Key, list[Delivery]] = {}
    for delivery in deliveries:
        by_paper.setdefault(_key(delivery.message), []).append(delivery)
    stored = table.stored_papers(by_paper)
    failed: set[str] = set()
    merged = [_merge(settings, about, stored[key], failed) for key, about in by_paper.items()]
    _write(settings, merged, failed)
    done: dict[str, set[str]] = {}
    for delivery in deliveries:
        if delivery.id not in failed:
            done.setdefault(delivery.message.run, set()).add(delivery.message.paper.id)
    changed = frozenset().union(*(one.changed for one in merged))
    for run, paper_ids in done.items():
        try:
            run_states.take_off(run, paper_ids, changed=run in changed)
        except Exception:  # noqa: BLE001 - then these messages come again, and find their papers stored
            logger.exception("papers not taken off", extra={"run": run, "papers": len(paper_ids)})
            failed |= {delivery.id for delivery in deliveries if delivery.message.run == run}
        else:
            logger.info("papers stored", extra={"run": run, "papers": len(paper_ids)})
    return sorted(failed)


def _key(message: Message) -> aws.Key:
    return table.paper_key(message.paper.listed, message.paper.id)


# --- merging -----------------------------------------------------------------------------------------


def _merge(
    settings: Settings, deliveries: Iterable[Delivery], stored: table.StoredPaper, failed: set[str]
) -> _Merged:
    """The messages about a paper merged into it, in their order; one that cannot be is added to `failed`."""
    after = stored
    notes: dict[str, aws.Item] = {}
    changed: set[str] = set()
    taken: list[Delivery] = []
    for delivery in deliveries:
        message = delivery.message
        try:
            measured = attention.apply(after.measured, message, settings.rules)
        except Exception as error:  # noqa: BLE001 - whatever hit this message must not take the others with it
            _not_stored([delivery], error)
            failed.add(delivery.id)
            continue
        taken.append(delivery)
        if measured == after.measured:
            continue
        before, after = (
            after.measured,
            table.following(
                measured, after, hot_from=settings.paper_score_threshold, keep_days=settings.keep_cold_days
            ),
        )
        changed.add(message.run)
        if before is None or attention.has_moved(before, measured):
            notes |= _note(measured, after.expires_at)
    puts = (
        []
        if after is stored
        else [table.paper_put(after, over=stored.version), *map(aws.Put, notes.values())]
    )
    return _Merged(deliveries=taken, puts=puts, changed=frozenset(changed))


def _note(measured: Measured, expires_at: int | None) -> dict[str, aws.Item]:
    """What a paper has come to, by the UTC date on which its numbers changed, once it was mentioned."""
    if not measured.mentions and not measured.dropped:
        return {}
    date = measured.measured_at[:10]
    point = history.HistoryPoint(
        score=measured.score, totals=attention.totals(attention.counted_of(measured))
    )
    return {date: history.item(measured.paper.id, date, point, expires_at=expires_at)}


# --- writing -----------------------------------------------------------------------------------------


def _write(settings: Settings, merged: Iterable[_Merged], failed: set[str]) -> None:
    """Write what was merged; the deliveries of papers that could not be written are added to `failed`."""
    for part in aws.together((one for one in merged if one.puts), lambda one: one.puts):
        try:
            aws.put_together([put for one in part for put in one.puts])
        except (aws.ConditionFailedError, aws.RefusedError):
            # Of one of them. Each goes by itself now, over what is there by now.
            for one in part:
                try:
                    _write_alone(settings, one, failed)
                except Exception as error:  # noqa: BLE001 - whatever hit this paper must not take the others with it
                    _not_stored(one.deliveries, error)
                    failed |= {delivery.id for delivery in one.deliveries}
        except Exception as error:  # noqa: BLE001 - the next part may be luckier
            for one in part:
                _not_stored(one.deliveries, error)
                failed |= {delivery.id for delivery in one.deliveries}


def _write_alone(settings: Settings, merged: _Merged, failed: set[str]) -> None:
    key = _key(merged.deliveries[0].message)
    for _ in range(_TRIES):
        again = _merge(settings, merged.deliveries, table.stored_papers([key])[key], failed)
        if not again.puts:
            return
        # Another invocation may be faster: its paper is read and merged with, nothing is overwritten.
        with suppress(aws.ConditionFailedError):
            aws.put_together(again.puts)
            return
    raise aws.UnfinishedError(f"{key[1]} kept being written by others")


def _not_stored(deliveries: Iterable[Delivery], error: Exception) -> None:
    for delivery in deliveries:
        message = delivery.message
        extra = {"paper": message.paper.id, "run": message.run}
        logger.error("paper not stored", extra=extra, exc_info=error)
