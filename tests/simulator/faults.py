"""What can go wrong, where, and how often: everything that a simulation does that a good day does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

import msgspec
from msgspec import Struct

AwsKind = Literal[
    "refused",  # the service never saw the call
    "failed",  # it answers with an error of its own
    "throttled",  # it asks to come more slowly
    "lost",  # it did what was asked for, and the answer never came
    "slow",  # the answer takes `seconds`
    "crash before",  # the function ends before the call
    "crash after",  # the function ends after it
    "time-out before",  # the function is out of time before the call
    "time-out after",
    "partial",  # a batch: only a part of it is done
    "short page",  # a query: a page of one item, and there are more
    "outage",  # the service fails for `seconds`, whoever calls it
]
HttpKind = Literal[
    "refused",
    "time-out",
    "429",
    "429 with a wait",
    "500",
    "503",
    "truncated",
    "slow",  # a drop now and then, until nobody waits any longer
    "garbage",
    "encoding",  # it says gzip and is none
    "charset",  # UTF-16 where UTF-8 was asked for
    "error 200",  # an error that calls itself a success
    "html",
    "empty",
    "huge",  # 50 MB
    "redirect",  # to another host
]
AWS_KINDS: tuple[AwsKind, ...] = get_args(AwsKind)
HTTP_KINDS: tuple[HttpKind, ...] = get_args(HttpKind)

# Kinds that make sense of some calls alone.
OF_BATCHES = frozenset({"BatchGetItem", "BatchWriteItem", "SendMessageBatch", "PutEvents"})
OF_PAGES = frozenset({"Query"})
# What the SDK tries again by itself.
TRIED_AGAIN: frozenset[AwsKind] = frozenset({"refused", "failed", "throttled", "lost"})
# More than the SDK tries, so that the function hears of it.
LASTING = 9


class AwsFault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At the functions' call number `at` to AWS, counted from 0 over all of them.

    `times`: so many tries of the call are struck, those of the SDK included. `seconds` is of what is slow or
    out.
    """

    at: int
    kind: AwsKind
    times: int = 1
    seconds: float = 40.0


class HttpFault(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """At the functions' request number `at` to the internet, counted from 0.

    `times`: so many requests to the same host and path are struck from there on.
    """

    at: int
    kind: HttpKind
    times: int = 1


class Call(NamedTuple):
    """The call number `at` of a function to AWS, or its request of that number to the internet.

    `what` is the operation, of a request its method; `key` is what it is about, of a request its path.
    """

    at: int
    step: str
    service: str
    what: str
    key: str


Choose = Callable[[Call], AwsFault | HttpFault | None]
"""Says at each call what goes wrong with it, where no number can tell; the fault's own `at` is not read."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that starts fetch, `after` so many seconds: a tick, or an order by hand."""

    after: float = 0.0
    order: dict[str, str | bool] | None = None
    times: int = 1


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A simulation: what is asked for, and what goes wrong. `seed` decides what is left to chance.

    Chances are between 0 and 1: `interleave`, that another process goes on at a call; `doubled`, that a
    message comes twice; `late`, that it comes up to 15 minutes later; `batches`, that a batch is of another
    size; `replayed`, that a batch of the stream is delivered again at some time; `hasty`: a message is
    visible again after so many seconds, 0 for the template's. `then` comes when all faults are over, if
    a source or a listing could not be had, or runs share the work, or `anyway`. It has to measure what was
    missing, as a tick before `MEASURE_HOUR_UTC` does not, nor any for a post that is older than 7 days.
    """

    world: Literal["small", "growing", "day"] = "small"
    events: tuple[Event, ...] = (Event(),)
    then: tuple[Event, ...] = (Event(after=86_400.0, order={"measure": True}),)
    anyway: bool = False
    aws: tuple[AwsFault, ...] = ()
    http: tuple[HttpFault, ...] = ()
    seed: int = 0
    interleave: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    batches: float = 0.0
    replayed: float = 0.0
    hasty: int = 0

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()

    @property
    def is_unnoticed(self) -> bool:
        """Whether functions hear of no fault: the SDK tries once more, and nothing else is amiss."""
        return self == msgspec.structs.replace(self.without_faults(), aws=self.aws, seed=self.seed) and all(
            fault.kind in TRIED_AGAIN and fault.times == 1 for fault in self.aws
        )

    @property
    def is_shared(self) -> bool:
        """Whether the end depends on when things happen: with two runs, or in a world that changes.

        What is in the bucket then is compared after `then`, and but for moments.
        """
        return len(self.events) > 1 or self.world == "growing"

    def without_faults(self, *, has_gaps: bool = False) -> Schedule:
        """The same events, and nothing wrong: what an outcome with gaps, or without, is held against."""
        anyway = has_gaps or self.anyway or self.is_shared
        return Schedule(world=self.world, events=self.events, then=self.then, anyway=anyway)
