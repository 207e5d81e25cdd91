"""Processes on a virtual clock, one at a time: who goes on after a pause is chosen by a seed.

A process is a greenlet, so that a function can be left in the middle of a call to AWS and gone on with
later, in one thread and in an order that is the same each time.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from greenlet import getcurrent, greenlet

from infra.local import invoke
from infra.local.moto_patches import VirtualClock
from infra.local.permissions import Guard
from shared import clock, settings

# What os.environ keeps, past its codec and the C library: it is put in place at every switch.
_ENVIRON: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]


class KilledError(BaseException):
    """What a function that has crashed or run out of time meets at whatever it does next."""


@dataclass(eq=False)
class Process:
    """Something that goes on beside others. `deadline` is when a function that runs in it is killed."""

    name: str
    run: Callable[[], object]
    wake: float
    step: str = ""
    deadline: float = float("inf")
    is_dead: bool = False
    call: Any = None
    thread: greenlet | None = field(default=None, repr=False)
    # What the process sees of the interpreter while it runs, and nobody else may see.
    environ: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    judged: Any = None

    def kill(self) -> KilledError:
        """The function in it is dead from here on: what it does in its last moments reaches nobody."""
        self.is_dead = True
        return KilledError(self.name)


class Timeline:
    """`interleave` is how likely a process has to let others go first at a pause."""

    def __init__(
        self, clock: VirtualClock, guard: Guard, chance: random.Random, interleave: float = 0.0
    ) -> None:
        self._clock = clock
        self._guard = guard
        self._chance = chance
        self._processes: list[Process] = []
        self.interleave = interleave
        self.current: Process | None = None

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within it the functions wait by it, and their time is counted by it."""
        with (
            mock.patch.object(clock, "sleep", self.sleep),
            mock.patch.object(invoke, "monotonic", self.now),
        ):
            yield

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.timestamp()

    def start(self, name: str, run: Callable[[], object], *, after: float = 0.0) -> Process:
        """Begin a process, so many seconds from now."""
        process = Process(name, run, self._in(after))
        self._processes.append(process)
        return process

    def sleep(self, seconds: float) -> None:
        """Let time pass for whoever runs; a function is killed where its own is over."""
        process = self.current
        if process is None:
            self._clock.advance(seconds)
            return
        process.wake = min(self._in(seconds), process.deadline)
        self._leave(process)
        if process.step and self.now() >= process.deadline:
            raise process.kill()

    def pause(self) -> None:
        """A moment at which others may go first."""
        process = self.current
        if process is not None and self.interleave and self._chance.random() < self.interleave:
            process.wake = self.now()
            self._leave(process)

    def go_on(self) -> bool:
        """Let one process that is awake run to its next pause; False when all sleep."""
        awake = [process for process in self._processes if process.wake <= self.now()]
        if not awake:
            return False
        self._enter(self._chance.choice(awake) if self.interleave else awake[0])
        return True

    def next_wake(self) -> float | None:
        """When the next process wakes up, in seconds since 1970; None when there is none."""
        return min((process.wake for process in self._processes), default=None)

    def end(self) -> None:
        """Leave what is not over: nothing of it happens any more."""
        for process in self._processes:
            process.is_dead = True
            if process.thread:
                self.current = process
                with suppress(GeneratorExit):
                    process.thread.throw(GeneratorExit)
        self._processes.clear()
        self.current = None

    def _in(self, seconds: float) -> float:
        moment = self.now() + max(0.0, seconds)
        if seconds <= 0 or math.isinf(moment):
            return moment
        # To the millisecond: the clock knows no less than a microsecond, and must come to it.
        return math.ceil(moment * 1000) / 1000

    def _leave(self, process: Process) -> None:
        process.environ, process.judged = _ENVIRON.copy(), self._guard.judged
        parent = getcurrent().parent
        assert parent is not None
        parent.switch()
        self._see(process.environ, process.judged)

    def _enter(self, process: Process) -> None:
        outside, judged = _ENVIRON.copy(), self._guard.judged
        if process.thread is None:
            process.thread = greenlet(process.run)
        self.current = process
        try:
            process.thread.switch()
        finally:
            self.current = None
            if process.thread.dead:
                self._processes.remove(process)
            self._see(outside, judged)

    def _see(self, environ: dict[bytes, bytes], judged: Any) -> None:
        """Let the interpreter be as it was when somebody was left."""
        if environ != _ENVIRON:
            _ENVIRON.clear()
            _ENVIRON.update(environ)
        self._guard.judged = judged
        settings.get.cache_clear()
