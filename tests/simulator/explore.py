"""Schedules by the hundred: every single fault, and several at random; a failing one is made small.

Each is played in a fork of a process in which everything is imported and the stack deployed.
"""

from __future__ import annotations

import functools
import gc
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
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
from tests.simulator.forks import Forks, tell
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


def faults(call: Call) -> Iterator[AwsFault | HttpFault]:
    """Every fault that a call to AWS can meet, or a request to the internet."""
    if call.service == "http":
        yield from (HttpFault(at=call.at, kind=kind, times=n) for kind in HTTP_KINDS for n in (1, LASTING))
        return
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
                Event(after=draw.uniform(0, 300), order={"from": "2021-06-17", "to": str(DAY), "x": True}),
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


_ALL_WELL = ""


def with_fault(base: Schedule, fault: AwsFault | HttpFault) -> Schedule:
    """A schedule with one fault, and no other."""
    if isinstance(fault, AwsFault):
        return msgspec.structs.replace(base, aws=(fault,))
    return msgspec.structs.replace(base, http=(fault,))


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
            with closing(Forks[Schedule](1)) as forks:
                forks.begin(good, lambda: play(self._stage, good))
                ((_, told),) = forks.rest()
            if not isinstance(told, Outcome):
                raise ViolationError(f"the day without faults fails: {told}")
            self._references[str(good)] = checked(told)
        return self._references[str(good)]

    def verified(self, schedules: Iterable[Schedule]) -> Iterator[tuple[Schedule, str]]:
        """Each schedule with what is wrong with it, "" when nothing is, in the order in which they end."""
        with closing(Forks[Schedule](self._jobs)) as forks:
            for schedule in schedules:
                self._prepare(schedule)
                forks.begin(schedule, functools.partial(self._verify, schedule))
                yield from forks.ended()
            yield from forks.rest()

    def singles(self, base: Schedule, every: int = 1, offset: int = 0) -> Iterator[tuple[Schedule, str]]:
        """`verified` of every Nth fault that a good day can meet.

        The day is played once, and forked at each call: what comes before a fault is not played again.
        """
        self._prepare(base)
        with closing(Forks[Schedule](1)) as trunk:
            trunk.begin(base, lambda: self._trunk(base, every, offset))
            for _, told in trunk.rest():
                if told != _ALL_WELL:
                    yield told if isinstance(told, tuple) else (base, told)

    def number_of_singles(self, base: Schedule) -> int:
        """How many faults a good day can meet; raises ViolationError where that publishes nothing."""
        good = self.reference(base.without_faults())
        if str(DAY) not in good.announced:
            raise ViolationError(f"the day without faults is not published: {base}")
        return sum(1 for call in (*good.calls, *good.requests) for _ in faults(call))

    def smallest(self, schedule: Schedule) -> Schedule:
        """A failing schedule without what it fails without."""
        while True:
            for smaller in _smaller(schedule):
                if any(wrong for _, wrong in self.verified([smaller])):
                    schedule = smaller
                    break
            else:
                return schedule

    def _prepare(self, schedule: Schedule) -> None:
        for has_gaps in (False, True):
            self.reference(schedule.without_faults(has_gaps=has_gaps))

    def _verify(self, schedule: Schedule) -> str:
        with self._sabotage():
            outcome = play(self._stage, schedule)
        return self._compared(schedule, outcome)

    def _compared(self, schedule: Schedule, outcome: Outcome) -> str:
        good = schedule.without_faults(has_gaps=outcome.has_gaps)
        compare(schedule, outcome, self._references[str(good)], is_unnoticed=schedule.is_unnoticed)
        return _ALL_WELL

    def _trunk(self, base: Schedule, every: int, offset: int) -> str:
        """Play a good day, with a branch for each fault, and tell what has come of each."""
        forks = Forks[Schedule](self._jobs)
        numbers = itertools.count(-offset)

        def choose(call: Call) -> AwsFault | HttpFault | None:
            for fault in () if forks.branched else faults(call):
                number = next(numbers)
                if number >= 0 and number % every == 0 and forks.branch(with_fault(base, fault)):
                    return fault
                for branch in forks.ended():
                    tell(branch)
            return None

        with self._sabotage():
            outcome = play(self._stage, base, choose)
        if forks.branched:
            return self._compared(forks.branched, outcome)
        for branch in forks.rest():
            tell(branch)
        return _ALL_WELL


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
