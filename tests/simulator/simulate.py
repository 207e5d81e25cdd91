"""One schedule, from its first event to the end, and whether what was promised has held."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer

from infra.local.cloud import Cloud
from infra.local.stack import REGION
from infra.local.standin import Standin
from infra.ops.__main__ import main as operate
from shared import log, run_states
from tests.simulator import properties
from tests.simulator.aws_calls import AwsCalls
from tests.simulator.bucket import Bucket
from tests.simulator.faults import Call, Choose, Event, Schedule
from tests.simulator.internet import Internet
from tests.simulator.platform import Platform
from tests.simulator.properties import Safe, ViolationError
from tests.simulator.timeline import Process, Timeline
from tests.simulator.worlds import BEGIN, world, world_at
from tests.steps.chain import CREDENTIALS
from tests.steps.operator import client_of
from tests.strict.layer import install

# Redriving is tried as often; what comes back then has a reason that has not gone.
_REDRIVES = 3
# Longer than a function may run.
_PATIENCE = 1000.0
# The threshold that the template has.
_HOT = 50
_GAPS = ('"unavailable"', '"failure"', '"capped"', "names could not be looked up")
_deserialize = TypeDeserializer().deserialize


class Outcome(NamedTuple):
    """How a simulation ended, and what the functions had sent until the faults were over."""

    bucket: dict[str, bytes]
    items: dict[tuple[str, str], dict[str, Any]]
    calls: list[Call]
    requests: list[Call]
    has_gaps: bool  # a run could not have a source, or a listing, and has told so
    given_up: int  # letters that were redriven
    announced: list[str]  # the days that the event bus was told of, each as often as it was


class Stage:
    """A service that has not begun, in the embedded AWS, and its internet. Good for one schedule."""

    def __init__(self) -> None:
        # Where this is no test, nobody has yet.
        install()
        self._exit = ExitStack()
        # Its server is not started: requests are handed to it without sockets.
        self.standin = Standin(world("small"), now=BEGIN)
        self._exit.callback(self.standin.stop)
        self._exit.enter_context(_silent())
        self.cloud = self._exit.enter_context(Cloud(now=BEGIN, caller=self.standin.environment | CREDENTIALS))

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()


def simulate(schedule: Schedule, choose: Choose | None = None) -> Outcome:
    """Play a schedule; raises ViolationError where a promise is broken, and EndlessError.

    `choose` is asked at each call what goes wrong with it, beside the faults of the schedule.
    """
    with Stage() as stage:
        return play(stage, schedule, choose)


def verify(schedule: Schedule, choose: Choose | None = None) -> Outcome:
    """Play a schedule, and the same without faults; raises ViolationError where they end differently."""
    outcome = simulate(schedule, choose)
    good = reference(schedule.without_faults(has_gaps=outcome.has_gaps))
    compare(schedule, outcome, good, is_unnoticed=schedule.is_unnoticed and choose is None)
    return outcome


_REFERENCES: dict[str, Outcome] = {}


def reference(good: Schedule) -> Outcome:
    """How a schedule without faults ends."""
    if str(good) not in _REFERENCES:
        _REFERENCES[str(good)] = checked(simulate(good))
    return _REFERENCES[str(good)]


def checked(good: Outcome) -> Outcome:
    """How a schedule without faults ends; raises ViolationError where nothing can be held against that."""
    for is_wrong, what in (
        (good.has_gaps, "a source or a listing cannot be had"),
        (good.given_up, "something is given up"),
        (not any(pk == run_states.RUNS for pk, _ in good.items), "no event starts a run"),
    ):
        if is_wrong:
            raise ViolationError(f"nothing can be held against the schedule without its faults: {what}")
    return good


def compare(schedule: Schedule, outcome: Outcome, good: Outcome, *, is_unnoticed: bool) -> None:
    """Hold an outcome against that without faults; raises ViolationError.

    Where functions heard of no fault, not a post more may have been read.
    """
    told = "to the byte"
    one, other = properties.exact(good.bucket, good.items), properties.exact(outcome.bucket, outcome.items)
    if one != other and (outcome.has_gaps or schedule.is_shared):
        # Another run has done a part of the work: when is not what it would have been.
        told = "but for moments"
        one = properties.without_moments(good.bucket, good.items)
        other = properties.without_moments(outcome.bucket, outcome.items)
    found = [*properties.differences(one[0], other[0]), *properties.differences(one[1], other[1])]
    if found:
        raise ViolationError(f"not the same {told}: {'; '.join(found[:8])}\nin {schedule}")
    if missing := set(good.announced) - set(outcome.announced):
        raise ViolationError(f"nobody was told of {sorted(missing)}\nin {schedule}")
    counted, read = properties.budget(outcome.items), properties.budget(good.items)
    # A second run asks for less where the first one is late: what it would look up again is not known yet.
    is_less = counted < read and not schedule.is_shared and not outcome.has_gaps
    if is_less or (is_unnoticed and counted > read):
        raise ViolationError(f"{counted} posts of X are counted, and {read} were read\nin {schedule}")


def play(stage: Stage, schedule: Schedule, choose: Choose | None = None) -> Outcome:
    """Play a schedule on a stage, which is used up by it; raises as `simulate` does."""
    try:
        return _Play(stage, schedule, choose).outcome()
    except ViolationError as error:
        raise ViolationError(f"{error}\nin {schedule}") from None


class _Play:
    def __init__(self, stage: Stage, schedule: Schedule, choose: Choose | None) -> None:
        random.seed(schedule.seed)
        chance = random.Random(schedule.seed)
        self._standin, self._cloud, self._schedule = stage.standin, stage.cloud, schedule
        self._timeline = Timeline(self._cloud.clock, self._cloud.guard, chance, schedule.interleave)
        self._platform = Platform(self._cloud, self._timeline, schedule, chance)
        self._safe = Safe()
        self._hot: dict[Process | None, dict[str, frozenset[str]]] = {}
        self._bucket = Bucket(self._written)
        self._aws = AwsCalls(self._timeline, self._bucket)
        self._internet = Internet(self._timeline, self._standin)
        self._announced: list[str] = []
        self._aws.on_call, self._aws.on_send = self._called, self._platform.delay
        self._aws.choose = self._internet.choose = choose
        self._aws.faults = {fault.at: fault for fault in schedule.aws}
        self._internet.faults = {fault.at: fault for fault in schedule.http}
        self._platform.on_invoke, self._platform.on_end = self._invoked, self._ended

    def outcome(self) -> Outcome:
        """Play, and see what has come of it."""
        with self._aws.in_place(), self._internet.in_place(), self._timeline.in_place():
            try:
                self._events(self._schedule.events)
                calls, requests = list(self._aws.calls), list(self._internet.requests)
                self._aws.heal()
                self._internet.heal()
                self._platform.heal()
                self._timeline.interleave = 0.0
                given_up = self._redriven()
                has_gaps = _has_gaps(_items(self._cloud))
                if has_gaps or self._schedule.anyway or self._schedule.is_shared:
                    self._events(self._schedule.then)
            finally:
                self._timeline.end()
        bucket, items = self._bucket.objects, _items(self._cloud)
        properties.check_end(bucket, items)
        return Outcome(bucket, items, calls, requests, has_gaps, given_up, self._announced)

    def _called(self, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        if operation == "PutEvents" and not answer.get("FailedEntryCount"):
            self._announced += [json.loads(entry["Detail"])["date"] for entry in params["Entries"]]
        for put in (params, *(write["Put"] for write in params.get("TransactItems", ()))):
            if "Item" in put:
                self._safe.stored(_plain(put["Item"]))
        self._platform.on_call(operation, params, answer)

    def _events(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self._platform.begin(event)
        self._platform.drain()
        if self._safe.violations:
            raise ViolationError("; ".join(self._safe.violations[:5]))

    def _invoked(self, step: str) -> None:
        self._standin.now = self._cloud.clock.now()
        self._standin.world = world_at(self._schedule.world, self._standin.now)
        if step == "render":
            self._hot[self._timeline.current] = _hot(_items(self._cloud))

    def _ended(self, step: str, result: Any) -> None:
        if step != "render":
            return
        hot = self._hot.pop(self._timeline.current)
        days = {day for published in (result or {"published": ()})["published"] for day in published["days"]}
        self._safe.rendered(
            self._bucket.objects,
            {day: papers for day, papers in hot.items() if day in days},
            is_last=not self._hot,
        )

    def _written(self, key: str, body: bytes | None) -> None:
        self._safe.written(self._bucket.objects, key, body, self._hot.get(self._timeline.current, {}))

    def _redriven(self) -> int:
        """Have the operator redrive what was given up until nothing is; how many letters there were."""
        triggers = self._cloud.triggers
        first = sum(triggers.failures().values())
        told = ""
        for _ in range(_REDRIVES):
            if not sum(triggers.failures().values()):
                return first
            # An operator waits for what may be running still.
            self._timeline.sleep(_PATIENCE)
            with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
                operate(["redrive"], lambda _region, _profile: client_of(self._cloud))
            told = said.getvalue()
            self._platform.told_from_outside()
            self._events(())
        left = triggers.failures()
        if sum(left.values()):
            raise ViolationError(f"given up again and again: {left}; {told}")
        return first


def _has_gaps(items: properties.Items) -> bool:
    runs = [item["document"] for (pk, _), item in items.items() if pk == run_states.RUNS]
    return any(word in document for document in runs for word in _GAPS)


def _hot(items: properties.Items) -> dict[str, frozenset[str]]:
    """The hot papers of each day by the table."""
    found: dict[str, set[str]] = {}
    for (pk, sk), item in items.items():
        if pk.startswith("DAY#") and sk.startswith("PAPER#") and item["score"] >= _HOT:
            found.setdefault(pk.removeprefix("DAY#"), set()).add(sk.removeprefix("PAPER#"))
    return {day: frozenset(papers) for day, papers in found.items()}


def _items(cloud: Cloud) -> dict[tuple[str, str], dict[str, Any]]:
    """The whole table by key, numbers as Decimal."""
    from moto.dynamodb.models import dynamodb_backends

    # Past the SDK: this is looked at before each render, and a scan would be a fifth of all that is done.
    (backend,) = (by_region[REGION] for by_region in dynamodb_backends.values())
    stored = backend.get_table(cloud.stack.outputs["TableName"]).all_items()
    plain = [_plain(item.to_json()["Attributes"]) for item in stored]
    return {(item["pk"], item["sk"]): item for item in plain}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


@contextmanager
def _silent() -> Iterator[None]:
    """Without what the functions log."""
    logger = logging.getLogger(log.SERVICE)
    handlers = logger.handlers[:]
    logger.handlers[:] = [logging.NullHandler()]
    try:
        yield
    finally:
        logger.handlers[:] = handlers
