"""What AWS does between the functions: the scheduler's calls, the queue's poller, the stream's reader.

The poller and the reader are those of the embedded run; here several of them go on beside each other, and
deliver twice, late, in other batches and again.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.local.cloud import Cloud
from infra.local.invoke import Invocation, Invoker
from infra.local.moto_patches import VirtualClock
from infra.local.queue_poller import QueuePoller, queue_url
from infra.local.stack import REGION
from infra.local.stream_reader import StreamReader
from infra.local.triggers import ASYNC_PAUSES, SCHEDULED_TIME, give_up
from shared import run_states
from shared.clock import iso
from tests.simulator.faults import Event, Schedule
from tests.simulator.timeline import Timeline

# As many batches at once as the template's MaximumConcurrency.
_POLLERS = 2
# How often a queue is looked at in which something is hidden.
_LOOK_AGAIN = 61.0
_LATEST = 900
# Seconds between two runs, in schedules in which the second one is to meet what is left of the first.
WITH_THE_NEXT = 340
_BATCHES = (1, 2, 5, 50)
_MOST_REPLAYS = 3
# No schedule needs more time than that.
_MOST_SECONDS = 40 * 86_400.0


class EndlessError(Exception):
    """Something goes on for ever."""


class _Clock(VirtualClock):
    """The stream reader's: where it lets time pass, others may do something."""

    def __init__(self, clock: VirtualClock, timeline: Timeline) -> None:
        super().__init__(clock.now())
        self._real, self._timeline = clock, timeline

    def now(self) -> datetime:
        return self._real.now()

    def advance(self, seconds: float) -> None:
        self._timeline.sleep(seconds)


class Platform:
    """Plays all that starts functions, by a schedule's chances."""

    def __init__(self, cloud: Cloud, timeline: Timeline, schedule: Schedule, chance: random.Random) -> None:
        self._cloud = cloud
        self._timeline = timeline
        self._chance = chance
        self._schedule = schedule
        self._wiring = cloud.stack.wiring
        self._invoker = Invoker(self._wiring.functions, cloud.environments, cloud.guard)
        self._sqs = cloud.client("sqs")
        (self._queue,) = self._wiring.queues
        (stream,) = self._wiring.streams
        self._reader = StreamReader(
            stream, cloud.client, self.invoke, _Clock(cloud.clock, timeline), lambda *_: None
        )
        self._polling = 0
        # Pollers that wait for work, by the size of their batches.
        self._idle: dict[int, list[QueuePoller]] = {}
        self._is_reading = False
        self._has_messages = self._has_records = True
        self._replays = 0
        self._began = timeline.now()
        # Told of each call of a function before it begins, and of its result, None when it failed.
        self.on_invoke: Callable[[str], None] = lambda _step: None
        self.on_end: Callable[[str, Any], None] = lambda _step, _result: None
        if schedule.hasty:
            self._sqs.set_queue_attributes(
                QueueUrl=queue_url(self._sqs, self._queue.queue_arn),
                Attributes={"VisibilityTimeout": str(schedule.hasty)},
            )

    def heal(self) -> None:
        """From here on every delivery is as it should be."""
        self._schedule = self._schedule.without_faults()

    def begin(self, event: Event) -> None:
        """Something starts fetch, now or later, perhaps twice."""
        at = self._cloud.clock.now() + timedelta(seconds=event.after)
        if event.order is None:
            what = json.loads(self._wiring.schedule("fetch").input.replace(SCHEDULED_TIME, iso(at)))
        else:
            what = {"time": iso(at), **event.order}
        for number in range(event.times):
            self._timeline.start(
                f"fetch {iso(at)} {number}", lambda: self._asynchronous(what), after=event.after
            )

    def drain(self) -> None:
        """Play on until nothing is left to happen; raises EndlessError."""
        while True:
            self._begin_what_is_there()
            if self._timeline.go_on():
                continue
            wakes = [self._timeline.next_wake()]
            if self._has_hidden():
                self._has_messages = True
                wakes.append(self._timeline.now() + _LOOK_AGAIN)
            due = min((wake for wake in wakes if wake is not None), default=None)
            if due is None:
                return
            self._timeline.sleep(due - self._timeline.now())
            if self._timeline.now() - self._began > _MOST_SECONDS:
                raise EndlessError("it does not come to an end")

    def invoke(self, step: str, event: Any, request_id: str = "") -> Invocation:
        """Call a function within the process that runs now."""
        process = self._timeline.current
        assert process is not None
        self.on_invoke(step)
        process.step = step
        process.deadline = self._timeline.now() + self._wiring.functions[step].timeout_seconds
        try:
            invocation = self._invoker(step, event, request_id)
        finally:
            process.step, process.deadline, process.is_dead, process.call = "", float("inf"), False, None
        self.on_end(step, None if invocation.exception else invocation.result)
        if (
            step == "render"
            and self._replays < _MOST_REPLAYS
            and self._chance.random() < self._schedule.replayed
        ):
            self._replays += 1
            self._timeline.start("render again", lambda: self.invoke(step, event), after=self._some_time())
        return invocation

    def on_call(self, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """A function's call has done something: messages may come twice, and somebody has to look."""
        if operation in ("SendMessage", "SendMessageBatch"):
            self._has_messages = True
            failed = {failure["Id"] for failure in answer.get("Failed", ())}
            sent = [entry for entry in params.get("Entries", ()) if entry["Id"] not in failed]
            for entry in sent:
                if self._chance.random() < self._schedule.doubled:
                    self._sqs.send_message(
                        QueueUrl=params["QueueUrl"],
                        MessageBody=entry["MessageBody"],
                        DelaySeconds=self._some_time(),
                    )
        elif operation in ("PutItem", "UpdateItem"):
            pk = (params.get("Item") or params.get("Key") or {}).get("pk", {})
            self._has_records = self._has_records or pk.get("S") == run_states.RUNS

    def delay(self, params: dict[str, Any]) -> None:
        """Messages on their way come later, each by its own time."""
        for entry in params["Entries"]:
            if self._chance.random() < self._schedule.late:
                entry["DelaySeconds"] = self._some_time()

    def told_from_outside(self) -> None:
        """Somebody else has put something into queue or table."""
        self._has_messages = self._has_records = True

    def _some_time(self) -> int:
        """Seconds until what is late or comes twice is there: at once, with a later run, or whenever."""
        return self._chance.choice((0, WITH_THE_NEXT, self._chance.randrange(_LATEST)))

    def _asynchronous(self, event: Any) -> None:
        """An event that nobody waits for: tried again after a minute and two, then given up."""
        function = self._wiring.functions["fetch"]
        request_id = ""
        for attempt in range(1, function.retries + 2):
            invocation = self.invoke("fetch", event, request_id)
            request_id = invocation.request_id
            if invocation.exception is None:
                return
            if attempt <= function.retries:
                self._timeline.sleep(ASYNC_PAUSES[min(attempt, len(ASYNC_PAUSES)) - 1])
                continue
            assert function.failures_arn is not None
            now = self._cloud.clock.now()
            give_up(self._sqs, now, function.failures_arn, event, invocation, attempt)

    def _begin_what_is_there(self) -> None:
        if self._has_messages and self._polling < (_POLLERS if self._timeline.interleave else 1):
            self._polling += 1
            self._timeline.start("poller", self._poll)
        if self._has_records and not self._is_reading:
            self._is_reading = True
            self._timeline.start("reader", self._read)

    def _poll(self) -> None:
        size = self._queue.batch_size
        if self._chance.random() < self._schedule.batches:
            size = self._chance.choice(_BATCHES)
        idle = self._idle.setdefault(size, [])
        poller = idle.pop() if idle else self._poller(size)
        try:
            if poller.poll() is None:
                self._has_messages = False
        finally:
            idle.append(poller)
            self._polling -= 1

    def _poller(self, size: int) -> QueuePoller:
        return QueuePoller(dataclasses.replace(self._queue, batch_size=size), self._sqs, self.invoke)

    def _read(self) -> None:
        try:
            if not self._reader.read():
                self._has_records = False
        finally:
            self._is_reading = False

    def _has_hidden(self) -> bool:
        """Asked past the SDK: this is looked at whenever nothing else happens."""
        from moto.sqs.models import sqs_backends

        name = self._queue.queue_arn.rsplit(":", 1)[1]
        (backend,) = (by_region[REGION] for by_region in sqs_backends.values())
        queue = backend.queues[name]
        return bool(
            queue.approximate_number_of_messages_not_visible or queue.approximate_number_of_messages_delayed
        )
