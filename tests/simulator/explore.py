"""Schedules by the hundred: every single fault, and several at random; a failing one is made small.

Each is played in a fork of a process in which everything is imported and the stack deployed.
"""

from __future__ import annotations

import gc
import os
import pickle
import random
import selectors
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import msgspec

from shared.clock import iso
from tests.simulator.faults import (
    AWS_KINDS,
    HTTP_KINDS,
    LASTING,
    OF_BATCHES,
    OF_PAGES,
    TRIED_AGAIN,
    AwsFault,
    Call,
    Event,
    HttpFault,
    Schedule,
)
from tests.simulator.properties import ViolationError
from tests.simulator.simulate import Outcome, Stage, checked, compare, play
from tests.steps.chain import DAY, NOW

# By its time it is the same run whenever it comes.
_ORDER = Event(after=60.0, order={"date": str(DAY), "time": iso(NOW)})
_DAY_LATER = Event(after=86_400.0)

BY_HAND = Schedule(events=(_ORDER,), then=(_ORDER,))
"""A day by hand; where a source was missing, the same order again makes the same run, so the same bytes."""
BY_TICK = Schedule(events=(Event(after=60.0),), then=(_DAY_LATER,))
"""A tick that measures; where a source was missing, that of the day after."""


def singles(base: Schedule, calls: Iterable[Call], requests: Iterable[Call]) -> Iterator[Schedule]:
    """A schedule for every kind of fault at every call and request of a good day."""
    for call in calls:
        for fault in aws_faults(call):
            yield msgspec.structs.replace(base, aws=(fault,))
    for request in requests:
        for kind in HTTP_KINDS:
            for times in (1, LASTING):
                struck = HttpFault(at=request.at, kind=kind, times=times)
                yield msgspec.structs.replace(base, http=(struck,))


def aws_faults(call: Call) -> Iterator[AwsFault]:
    """Every fault that a call can meet."""
    for kind in AWS_KINDS:
        if (kind == "partial" and call.what not in OF_BATCHES) or (
            kind == "short page" and call.what not in OF_PAGES
        ):
            continue
        for times in (1, LASTING) if kind in TRIED_AGAIN else (1,):
            yield AwsFault(at=call.at, kind=kind, times=times)
        if kind == "outage":
            # Longer than the SDK tries, and than Lambda repeats.
            yield AwsFault(at=call.at, kind=kind, seconds=1200.0)


def at_random(seed: int, calls: int, requests: int) -> Schedule:
    """A schedule with several faults, everything about it drawn from the seed."""
    draw = random.Random(seed)
    events = draw.choice(
        (
            (Event(after=60.0),),
            (_ORDER,),
            (Event(after=60.0, times=2),),
            (Event(after=60.0), Event(after=draw.uniform(60, 400), order={"date": str(DAY)})),
            (Event(after=60.0), Event(after=3660.0)),
            (
                Event(after=60.0),
                Event(after=draw.uniform(0, 300), order={"from": "2021-06-17", "to": str(DAY)}),
            ),
            (Event(after=60.0), Event(after=draw.uniform(0, 900), order={"measure": True})),
        )
    )
    # Another run may come to more calls than the good day has.
    most = calls * (1 + len(events)) // 2
    aws = tuple(
        AwsFault(
            at=draw.randrange(most),
            kind=draw.choice(AWS_KINDS),
            times=draw.choice((1, 1, 2, LASTING)),
            seconds=draw.choice((5.0, 40.0, 250.0, 1200.0)),
        )
        for _ in range(draw.choice((0, 1, 2, 3, 5)))
    )
    http = tuple(
        HttpFault(
            at=draw.randrange(requests), kind=draw.choice(HTTP_KINDS), times=draw.choice((1, 1, 2, LASTING))
        )
        for _ in range(draw.choice((0, 0, 0, 1, 2)))
    )
    return Schedule(
        world=draw.choice(("small", "growing")),
        events=events,
        then=(_DAY_LATER,),
        # A second run measures what is stored by then: what came late has to wait for the next.
        anyway=len(events) > 1,
        aws=aws,
        http=http,
        seed=seed,
        interleave=draw.choice((0.0, 0.02, 0.1, 0.5)),
        doubled=draw.choice((0.0, 0.0, 0.5, 1.0)),
        late=draw.choice((0.0, 0.0, 0.5, 1.0)),
        batches=draw.choice((0.0, 1.0)),
        replayed=draw.choice((0.0, 0.0, 0.5, 1.0)),
        hasty=draw.choice((0, 0, 0, 5)),
    )


class Forked:
    """Plays schedules in forks, `jobs` at once. `sabotage` is entered in each fork before it plays."""

    def __init__(self, jobs: int, sabotage: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        self._jobs = jobs
        self._sabotage = sabotage
        self._references: dict[str, Outcome] = {}
        self._stage = Stage()
        gc.freeze()

    def __enter__(self) -> Forked:
        return self

    def __exit__(self, *_: object) -> None:
        self._stage.__exit__()

    def reference(self, good: Schedule) -> Outcome:
        """How a schedule without faults ends."""
        if str(good) not in self._references:
            ((_, told),) = self._forks([good], lambda one: play(self._stage, one))
            if not isinstance(told, Outcome):
                raise ViolationError(f"the day without faults fails: {told}")
            self._references[str(good)] = checked(told)
        return self._references[str(good)]

    def verified(self, schedules: Iterable[Schedule]) -> Iterator[tuple[Schedule, str]]:
        """Each schedule with what is wrong with it, "" when nothing is, in the order in which they end."""

        def one(schedule: Schedule) -> str:
            with self._sabotage():
                outcome = play(self._stage, schedule)
            compare(schedule, outcome, self._references[_good(schedule, anyway=outcome.has_gaps)])
            return ""

        def prepared() -> Iterator[Schedule]:
            for schedule in schedules:
                for anyway in (False, True):
                    self.reference(schedule.without_faults(anyway=anyway))
                yield schedule

        yield from self._forks(prepared(), one)

    def smallest(self, schedule: Schedule) -> Schedule:
        """A failing schedule without what it fails without."""
        while True:
            for smaller in _smaller(schedule):
                if any(wrong for _, wrong in self.verified([smaller])):
                    schedule = smaller
                    break
            else:
                return schedule

    def _forks(
        self, schedules: Iterable[Schedule], work: Callable[[Schedule], Any]
    ) -> Iterator[tuple[Schedule, Any]]:
        waiting = iter(schedules)
        running = selectors.DefaultSelector()
        is_over = False
        while not is_over or running.get_map():
            while not is_over and len(running.get_map()) < self._jobs:
                schedule = next(waiting, None)
                is_over = schedule is None
                if schedule is not None:
                    fork = _fork(schedule, work)
                    running.register(fork.end, selectors.EVENT_READ, fork)
            for key, _ in running.select() if running.get_map() else ():
                fork = key.data
                piece = os.read(fork.end, 1 << 20)
                if piece:
                    fork.pieces.append(piece)
                    continue
                running.unregister(fork.end)
                os.close(fork.end)
                _, status = os.waitpid(fork.pid, 0)
                told = pickle.loads(b"".join(fork.pieces)) if fork.pieces else f"ended with {status}"  # noqa: S301
                yield fork.schedule, told


def _good(schedule: Schedule, *, anyway: bool) -> str:
    return str(schedule.without_faults(anyway=anyway))


@dataclass
class _Fork:
    schedule: Schedule
    pid: int
    end: int
    pieces: list[bytes] = field(default_factory=list)


def _fork(schedule: Schedule, work: Callable[[Schedule], Any]) -> _Fork:
    end, begin = os.pipe()
    pid = os.fork()
    if pid:
        os.close(begin)
        return _Fork(schedule, pid, end)
    # A short life needs no collector.
    gc.disable()
    try:
        told = work(schedule)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent tells it
        told = f"{type(error).__name__}: {error}"
    with os.fdopen(begin, "wb") as pipe:
        pickle.dump(told, pipe)
    os._exit(0)


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    """Schedules with one thing less."""
    for name in ("aws", "http"):
        faults = getattr(schedule, name)
        for place in range(len(faults)):
            yield msgspec.structs.replace(schedule, **{name: faults[:place] + faults[place + 1 :]})
    for name in ("interleave", "doubled", "late", "batches", "replayed", "hasty"):
        if getattr(schedule, name):
            yield msgspec.structs.replace(schedule, **{name: 0})
    if len(schedule.events) > 1:
        for place in range(len(schedule.events)):
            yield msgspec.structs.replace(
                schedule, events=schedule.events[:place] + schedule.events[place + 1 :]
            )
