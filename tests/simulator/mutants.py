"""The product without one of its protections at a time: what a simulator is good for is noticing each.

A mutant is a context in which the protection is gone, and schedules of which one has to fail in it. They are
few, so that all mutants can be tried within the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple
from unittest import mock

import msgspec

from functions.fetch import execution
from functions.render import handler, publish, writer
from functions.score import handler as score_handler
from shared import aws, lease, reads, run_states, settings, shelf, table
from tests.simulator.explore import BY_HAND, BY_TICK
from tests.simulator.faults import AwsFault, AwsKind, Event, Schedule
from tests.simulator.simulate import Outcome
from tests.steps.chain import DAY

Good = Callable[[Schedule], Outcome]
"""Plays a schedule without faults."""
Sabotage = Callable[[], AbstractContextManager[Any]]


class Mutant(NamedTuple):
    """A protection that is taken away, and schedules of which one at least has to fail then."""

    what: str
    without: Sabotage
    schedules: Callable[[Good], Sequence[Schedule]]


def _replaced(owner: Any, name: str, value: Any) -> Sabotage:
    return lambda: mock.patch.object(owner, name, value)


# --- what is taken away ------------------------------------------------------------------------------


def _in_any_order(self: writer.Writer, objects: Any) -> None:
    for key in sorted(objects):
        if key not in self._there:
            self._there[key] = aws.object_digest(key)
        if self._there[key] != objects[key].digest:
            self._put(objects, key)


@contextmanager
def _queued_first() -> Iterator[None]:
    """A run is written when its papers are on their way already."""
    put_run, send = run_states.put, aws.send
    kept: list[tuple[run_states.Run, set[str]]] = []

    def later(run: run_states.Run, pending: set[str]) -> None:
        kept.append((run, pending))

    def sending(bodies: Iterable[str]) -> int:
        calls = send(bodies)
        put_run(*kept.pop())
        return calls

    with mock.patch.object(run_states, "put", later), mock.patch.object(aws, "send", sending):
        yield


def _remembered_first() -> AbstractContextManager[Any]:
    finish = execution.finish

    def early(work: Any) -> Any:
        execution.remember(work)
        return finish(work)

    return mock.patch.object(execution, "finish", early)


def _all_well(event: dict[str, Any], context: Any) -> dict[str, Any]:
    answer = _SCORE(event, context)
    return answer | {"batchItemFailures": []}


_SCORE = score_handler.lambda_handler


def _swallowed(event: dict[str, Any], context: Any) -> Any:
    try:
        return _RENDER(event, context)
    except Exception:  # noqa: BLE001 - this is the mutant
        return {}


_RENDER = handler.lambda_handler


def _sent_once(bodies: Iterable[str]) -> int:
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    if entries:
        queue = settings.get().require("queue_url")
        aws.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    return 1


@contextmanager
def _first_page() -> Iterator[None]:
    """What is on a query's second page is not there."""
    plain = aws._plain

    def query(pk: str, prefix: str = "", **more: Any) -> Iterator[aws.Item]:
        answer = aws.client("dynamodb").query(
            TableName=aws._table(),
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix or " "}},
            ScanIndexForward=not more.get("newest_first", False),
        )
        least = more.get("least_score")
        found = [plain(item) for item in answer["Items"]]
        yield from (item for item in found if least is None or item.get("score", -1) >= least)

    def some(pk: str, prefix: str = "", **more: Any) -> Iterator[aws.Item]:
        return query(pk, prefix, **more) if prefix else _QUERY(pk, **more)

    with mock.patch.object(aws, "query", some):
        yield


_QUERY = aws.query


def _told_without_looking(_settings: Any, posts: list[Any]) -> None:
    for post in posts:
        table.put_post(msgspec.structs.replace(post, announced=True))


def _reserved_twice(where: aws.Key, more: reads.Reads, *, cap: int, token: str) -> reads.Reads:
    aws.update(
        where,
        "ADD posts :posts, #users :users, units :units",
        values={":posts": more.posts, ":users": more.users, ":units": more.units},
        names={"#users": "users"},
    )
    return reads.stored(where)


@contextmanager
def _nobody_waits(name: str, **how: Any) -> Iterator[float | None]:
    """Render does not ask for its lease."""
    if name == "render":
        yield None
    else:
        with _HELD(name, **how) as rested:
            yield rested


_HELD = lease.held


@contextmanager
def _unconditional() -> Iterator[None]:
    """Papers are written whatever is there."""

    def whatever(puts: Sequence[aws.Put]) -> None:
        _TOGETHER([aws.Put(put.item) for put in puts])

    with mock.patch.object(aws, "put_together", whatever):
        yield


_TOGETHER = aws.put_together


@contextmanager
def _apart() -> Iterator[None]:
    """Each item is written by itself, and what a paper has come to is noted last."""

    def one_by_one(puts: Sequence[aws.Put]) -> None:
        for put in puts:
            aws.put(put.item, condition=put.condition, values=put.values)

    with mock.patch.object(aws, "put_together", one_by_one):
        yield


def _what_came(keys: Iterable[aws.Key]) -> dict[aws.Key, aws.Item]:
    """Keys that come back unprocessed are as good as missing."""
    batch = [aws._wire_key(key) for key in dict.fromkeys(keys)]
    if not batch:
        return {}
    answer = aws.client("dynamodb").batch_get_item(RequestItems={aws._table(): {"Keys": batch}})
    items = map(aws._plain, answer["Responses"].get(aws._table(), []))
    return {(item["pk"], item["sk"]): item for item in items}


# --- which schedules have to fail -----------------------------------------------------------------------


def _at(
    base: Schedule, step: str, what: str, *kinds: AwsKind, key: str = "", times: int = 1
) -> Callable[[Good], list[Schedule]]:
    """One fault at each of the calls of a step, of an operation, whose key begins so."""

    def schedules(good: Good) -> list[Schedule]:
        calls = good(base).calls
        found = [
            call for call in calls if call.step == step and call.what == what and call.key.startswith(key)
        ]
        return [
            msgspec.structs.replace(base, aws=(AwsFault(at=call.at, kind=kind, times=times),))
            for call in found
            for kind in kinds
        ]

    return schedules


_AGAIN = Event(after=400.0, order={"date": str(DAY)})
# A second run in a world whose numbers have grown since the first.
_GROWING = Schedule(
    world="growing", events=(Event(after=60.0), _AGAIN), then=(Event(after=86_400.0),), replayed=1.0
)


def _older_render(good: Good) -> list[Schedule]:
    """The first run's render comes again and is slow, anywhere, while the second run is published."""
    schedules: list[Schedule] = []
    for seed in range(3):
        base = msgspec.structs.replace(_GROWING, seed=seed)
        looks = [call.at for call in good(base).calls if call.what == "HeadObject"]
        slow = [AwsFault(at=at, kind="slow", seconds=100.0) for at in looks[len(looks) // 4 :: 7]]
        schedules += [msgspec.structs.replace(base, aws=(one,)) for one in slow]
    return schedules


def _older_score(good: Good) -> list[Schedule]:
    """The first run's papers are slow to be noted, the second run's come between; perhaps score ends then."""
    events = (Event(after=285.0), msgspec.structs.replace(_AGAIN, after=305.0))
    base = msgspec.structs.replace(_GROWING, events=events, interleave=0.01, replayed=0.0)
    first = next(
        call for call in good(base).calls if (call.step, call.what) == ("score", "TransactWriteItems")
    )
    slow = AwsFault(at=first.at, kind="slow", seconds=50.0)
    alone = msgspec.structs.replace(base, aws=(slow,))
    papers = [call for call in good(alone).calls if call.step == "score" and call.key.startswith("DAY#")]
    crashes = [AwsFault(at=call.at, kind="crash before") for call in papers]
    return [alone, *(msgspec.structs.replace(base, aws=(slow, crash)) for crash in crashes)]


MUTANTS: Mapping[str, Mutant] = {
    "order of writing": Mutant(
        "objects in the order of their keys",
        _replaced(writer.Writer, "write", _in_any_order),
        lambda _good: [BY_HAND],
    ),
    "days in the making": Mutant(
        "no note of which days have begun to be published",
        _replaced(shelf, "write_making", lambda _making: None),
        _at(BY_TICK, "render", "PutItem", "outage", key="SITE|TOP"),
    ),
    "run before its papers": Mutant(
        "a run is written when its papers are queued",
        _queued_first,
        lambda _good: [msgspec.structs.replace(BY_HAND, interleave=0.5, seed=seed) for seed in range(8)],
    ),
    "announcements last": Mutant(
        "what was listed is remembered before it is queued",
        _remembered_first,
        _at(BY_TICK, "fetch", "SendMessageBatch", "crash before"),
    ),
    "failed messages": Mutant(
        "score says that all is well",
        _replaced(score_handler, "lambda_handler", _all_well),
        _at(BY_HAND, "score", "TransactWriteItems", "refused", key="DAY#", times=9),
    ),
    "messages that were refused": Mutant(
        "Failed messages are not sent again",
        _replaced(aws, "send", _sent_once),
        _at(BY_HAND, "fetch", "SendMessageBatch", "partial"),
    ),
    "pages of a query": Mutant(
        "only the first page of a query is read",
        _first_page,
        _at(BY_HAND, "render", "Query", "short page"),
    ),
    "render's failures": Mutant(
        "render says that all is well",
        _replaced(handler, "lambda_handler", _swallowed),
        _at(BY_HAND, "render", "PutObject", "refused", key="index", times=9),
    ),
    "events that were refused": Mutant(
        "a post counts as announced whatever the bus says",
        _replaced(publish, "announce", _told_without_looking),
        _at(BY_TICK, "render", "PutEvents", "partial"),
    ),
    "tokens of reservations": Mutant(
        "what is to be read from X is reserved anew by each try",
        _replaced(reads, "reserve", _reserved_twice),
        _at(BY_HAND, "fetch", "UpdateItem", "lost", key="BUDGET#"),
    ),
    "render's lease": Mutant(
        "renders of different age write at the same time",
        _replaced(lease, "held", _nobody_waits),
        _older_render,
    ),
    "versions of papers": Mutant(
        "a paper is written whatever is there",
        _unconditional,
        _older_score,
    ),
    "papers with their history": Mutant(
        "what a paper has come to is noted after it is written",
        _apart,
        lambda good: [
            msgspec.structs.replace(one, aws=(msgspec.structs.replace(one.aws[0], at=one.aws[0].at + 1),))
            for one in _at(BY_HAND, "score", "TransactWriteItems", "crash before")(good)
        ],
    ),
    "unprocessed keys": Mutant(
        "keys that come back unprocessed are as good as missing",
        _replaced(aws, "get_many", _what_came),
        _at(msgspec.structs.replace(_GROWING, replayed=0.0), "render", "BatchGetItem", "partial"),
    ),
}
