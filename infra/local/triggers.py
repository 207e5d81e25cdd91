"""Plays what starts the functions: the scheduler, events sent by hand, the queue and the stream.

Nothing here sleeps. Where AWS would let time pass (a message's visibility timeout, the pause before a
retry), the virtual clock is moved on, and only once there is nothing to be done at the present moment.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from infra.local import schedules
from infra.local.invoke import Invocation, Invoker, error_of
from infra.local.moto_patches import VirtualClock
from infra.local.queue_poller import QueuePoller, queue_url
from infra.local.stream_reader import StreamReader
from infra.local.wiring import Wiring
from shared.clock import iso

# What is told after each call: the step, and "records" in the event, "failed" of them (for an event without
# records: 1 when it raised), "waiting" messages in the step's queue.
OnStep = Callable[[str, Mapping[str, int]], None]

# Lambda's pauses before it repeats an event that nobody waits for, in seconds:
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
ASYNC_PAUSES = (60.0, 120.0)
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


def silent(_step: str, _counts: Mapping[str, int]) -> None:
    """Tells nobody."""


class Triggers:
    """The triggers of a stack. `invocations` lists all calls, in order, with their answers and exceptions.

    `moves_queues` tells whether the clock is that of the queues, too. Where it is not, a message that failed
    stays hidden in its queue and is not waited for.
    """

    def __init__(
        self,
        wiring: Wiring,
        client: Callable[[str], Any],
        invoke: Invoker,
        clock: VirtualClock,
        on_step: OnStep = silent,
        *,
        moves_queues: bool = True,
    ) -> None:
        self._wiring = wiring
        self._sqs = client("sqs")
        self._invoke = invoke
        self._clock = clock
        self._on_step = on_step
        self._moves_queues = moves_queues
        self._later: list[tuple[datetime, int, str, Any, int, str]] = []
        self._order = itertools.count()
        self._pollers = [QueuePoller(trigger, self._sqs, invoke) for trigger in wiring.queues]
        self._readers = [
            StreamReader(trigger, client, invoke, clock, self._record) for trigger in wiring.streams
        ]
        self.invocations: list[Invocation] = []

    def tick(self, at: datetime) -> Invocation:
        """Plays the scheduler at a moment, which the clock moves on to: the first call of the function.

        Should it fail, `drain` repeats it. Raises ScheduleError when no schedule is due at that moment.
        """
        due = [item for item in self._wiring.schedules if schedules.is_due(item.expression, at)]
        if not due:
            raise schedules.ScheduleError(f"no schedule is due at {iso(at)}")
        self._clock.advance_to(at)
        calls = [
            self._attempt(item.step, json.loads(item.input.replace(SCHEDULED_TIME, iso(at))), 1)
            for item in due
        ]
        return calls[0]

    def latest_tick(self, step: str, moment: datetime) -> datetime:
        """When a step's schedule was last due, up to a moment; raises TemplateError when it has none."""
        return schedules.latest(self._wiring.schedule(step).expression, moment)

    def invoke(self, step: str, event: Any) -> Invocation:
        """Sends an event by hand and waits for the answer: a failure is in it, and is not repeated."""
        invocation = self._invoke(step, event)
        self._record(invocation, int(invocation.exception is not None))
        return invocation

    def send(self, step: str, event: Any) -> Invocation:
        """Sends an event that nobody waits for: the first call. Should it fail, `drain` repeats it."""
        return self._attempt(step, event, 1)

    def drain(self) -> None:
        """Plays on until nothing is left to happen but the next tick."""
        while True:
            if self._repeat_due() or self._step():
                continue
            pause = self._pause()
            if pause is None:
                return
            self._clock.advance(pause)

    def failures(self) -> dict[str, int]:
        """How many messages lie in each step's queue for what was given up."""
        arns: dict[str, str | None] = {
            function.step: function.failures_arn for function in self._wiring.functions.values()
        }
        arns |= {trigger.step: trigger.failures_arn for trigger in self._wiring.streams}
        counts = {step: self._length(queue_url(self._sqs, arn)) for step, arn in arns.items() if arn}
        for poller in self._pollers:
            counts[poller.step] = self._length(queue_url(self._sqs, poller.dead_letters_arn))
        return counts

    def _step(self) -> bool:
        """One batch of each queue, then all that the stream holds; False when there was nothing."""
        busy = False
        for poller in self._pollers:
            polled = poller.poll()
            if polled is not None:
                self._record(*polled)
                busy = True
        for reader in self._readers:
            while reader.read():
                busy = True
        return busy

    def _attempt(self, step: str, event: Any, attempt: int, request_id: str = "") -> Invocation:
        invocation = self._invoke(step, event, request_id)
        self._record(invocation, int(invocation.exception is not None))
        if invocation.exception is not None:
            function = self._wiring.functions[step]
            if attempt <= function.retries:
                pause = ASYNC_PAUSES[min(attempt, len(ASYNC_PAUSES)) - 1]
                due = datetime.fromtimestamp(self._clock.timestamp() + pause, tz=self._clock.now().tzinfo)
                later = (due, next(self._order), step, event, attempt + 1, invocation.request_id)
                heapq.heappush(self._later, later)
            elif function.failures_arn is not None:
                give_up(self._sqs, self._clock.now(), function.failures_arn, event, invocation, attempt)
        return invocation

    def _repeat_due(self) -> bool:
        if not self._later or self._later[0][0] > self._clock.now():
            return False
        _, _, step, event, attempt, request_id = heapq.heappop(self._later)
        self._attempt(step, event, attempt, request_id)
        return True

    def _pause(self) -> float | None:
        """Seconds until something can happen again; None when nothing will."""
        # moto's messages are visible after their moment, not at it.
        pollers = self._pollers if self._moves_queues else []
        pauses = [poller.visibility_seconds + 1.0 for poller in pollers if poller.hidden()]
        if self._later:
            pauses.append((self._later[0][0] - self._clock.now()).total_seconds())
        return min(pauses, default=None)

    def _record(self, invocation: Invocation, failed: int) -> None:
        self.invocations.append(invocation)
        waiting = sum(poller.waiting() for poller in self._pollers if poller.step == invocation.step)
        self._on_step(invocation.step, {"records": invocation.records, "failed": failed, "waiting": waiting})

    def _length(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


def give_up(sqs: Any, now: datetime, arn: str, event: Any, invocation: Invocation, attempts: int) -> None:
    """Lambda's letter about an event that a function failed at for the last time, to the queue for such."""
    exception = invocation.exception
    assert exception is not None  # noqa: S101 - for the type checker
    sqs.send_message(
        QueueUrl=queue_url(sqs, arn),
        MessageBody=json.dumps(
            {
                "version": "1.0",
                "timestamp": now.isoformat(),
                "requestContext": {
                    "requestId": invocation.request_id,
                    "condition": "RetriesExhausted",
                    "approximateInvokeCount": attempts,
                },
                "requestPayload": event,
                "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
                "responsePayload": error_of(exception),
            }
        ),
    )
