"""Work in forks of this process: all is imported and set up in them already, and nothing they do stays.

A fork tells its parent what it has found by a pipe, as often as it likes.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

_SIZE = struct.Struct("!Q")
_AT_ONCE = 1 << 20

Label = TypeVar("Label")


@dataclass
class _Fork(Generic[Label]):
    label: Label
    pid: int
    end: int
    received: bytearray = field(default_factory=bytearray)
    has_told: bool = False


class Forks(Generic[Label]):
    """At most `jobs` forks at once, each with a label. What they tell is kept until it is asked for."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._running = selectors.DefaultSelector()
        self._told: list[tuple[Label, Any]] = []
        self.branched: Label | None = None

    def begin(self, label: Label, work: Callable[[], Any]) -> None:
        """Do some work in a fork, as soon as there is room: what it returns is told, or what it raises."""
        if self._fork(label):
            return
        try:
            told = work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is told
            told = f"{type(error).__name__}: {error}"
        # Nobody may be listening any more.
        with suppress(BrokenPipeError):
            tell(told)
        # As if it had never been: nothing is flushed or cleared up that belongs to the parent.
        os._exit(0)

    def branch(self, label: Label) -> bool:
        """Go on twice from here: True in the fork, where `branched` is its label from now on.

        Only within work that has begun in a fork itself: the branch ends where that ends.
        """
        if self._fork(label):
            return False
        self.branched = label
        return True

    def ended(self) -> Iterator[tuple[Label, Any]]:
        """What has been told so far, each once."""
        told, self._told = self._told, []
        yield from told

    def rest(self) -> Iterator[tuple[Label, Any]]:
        """What is told until all forks have ended."""
        while self._running.get_map():
            yield from self.ended()
            self._listen()
        yield from self.ended()

    def close(self) -> None:
        """Let nobody go on: what is not told yet is not asked for any more."""
        for key in list(self._running.get_map().values()):
            os.kill(key.data.pid, signal.SIGKILL)
            os.waitpid(key.data.pid, 0)
            os.close(key.data.end)
        self._running.close()

    def _fork(self, label: Label) -> bool:
        """Whether this is the parent."""
        while len(self._running.get_map()) >= self._jobs:
            self._listen()
        end, begin = os.pipe()
        pid = os.fork()
        if pid:
            os.close(begin)
            self._running.register(end, selectors.EVENT_READ, _Fork(label, pid, end))
            return True
        os.close(end)
        for key in list(self._running.get_map().values()):
            os.close(key.data.end)
        self._running = selectors.DefaultSelector()
        self._told = []
        _tell_by(begin)
        # A short life needs no collector.
        gc.disable()
        return False

    def _listen(self) -> None:
        for key, _ in self._running.select():
            fork: _Fork[Label] = key.data
            piece = os.read(fork.end, _AT_ONCE)
            fork.received += piece
            for told in _frames(fork.received):
                fork.has_told = True
                self._told.append((fork.label, told))
            if not piece:
                self._running.unregister(fork.end)
                os.close(fork.end)
                _, status = os.waitpid(fork.pid, 0)
                if status or not fork.has_told:
                    self._told.append((fork.label, f"ended with {status}"))


def _tell_by(pipe: int) -> None:
    """From here on this process tells by that pipe, and by no other."""
    for other in _PIPES:
        os.close(other)
    _PIPES[:] = [pipe]


_PIPES: list[int] = []


def tell(told: Any) -> None:
    """Within a fork: let its parent know something."""
    body = pickle.dumps(told)
    left = memoryview(_SIZE.pack(len(body)) + body)
    (pipe,) = _PIPES
    while left:
        left = left[os.write(pipe, left) :]


def _frames(received: bytearray) -> Iterator[Any]:
    """Take what is whole out of what has been received."""
    while len(received) >= _SIZE.size:
        (size,) = _SIZE.unpack_from(received)
        if len(received) < _SIZE.size + size:
            return
        yield pickle.loads(received[_SIZE.size : _SIZE.size + size])  # noqa: S301 - our own fork wrote it
        del received[: _SIZE.size + size]
