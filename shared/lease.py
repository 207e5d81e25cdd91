"""A lease in the table: one holder at a time, and a crashed holder's lease ends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from shared import aws, clock

# How often a lease that is held is asked for again, and the answer that it is.
_POLL_SECONDS = 5.0
_HELD = -1.0


class LeaseHeldError(Exception):
    """Somebody else works; the text says who and until when."""


@contextmanager
def held(name: str, *, holder: str, seconds: int, wait: int = 0) -> Iterator[float | None]:
    """Hold a lease for at most `seconds`, longer than the function may run.

    `holder` is the invocation's id: Lambda repeats a failed event under the same one, and what crashed may
    take its own lease again. Waits up to `wait` seconds for another's to end, then raises LeaseHeldError.
    Gives how many seconds ago the lease was last let go (None: not known).
    """
    give_up = clock.now() + timedelta(seconds=wait)
    while (rested := _taken(name, holder, seconds)) is _HELD:
        if clock.now() >= give_up:
            raise LeaseHeldError(f"the lease {name!r} is held by another invocation")
        clock.sleep(_POLL_SECONDS)
    try:
        yield rested
    finally:
        # Let go, not deleted: when it was let go says how long arXiv has had its rest. Where it had run
        # out and somebody else holds it now, theirs stays untouched.
        now = clock.now().timestamp()
        with suppress(aws.ConditionFailedError):
            aws.put(
                _item(name, holder, ends=0) | {"released": now},
                condition="holder = :holder",
                values={":holder": holder},
            )


def _taken(name: str, holder: str, seconds: int) -> float | None:
    """Take a lease: how long it has been free, None if that is not known, _HELD if it is not."""
    before = aws.get(("LEASE", name))
    now = clock.now()
    try:
        aws.put(
            _item(name, holder, ends=int((now + timedelta(seconds=seconds)).timestamp())),
            condition="attribute_not_exists(pk) OR ends < :now OR holder = :holder",
            values={":now": int(now.timestamp()), ":holder": holder},
        )
    except aws.ConditionFailedError:
        return _HELD
    return max(0.0, now.timestamp() - before["released"]) if before and "released" in before else None


def _item(name: str, holder: str, *, ends: int) -> aws.Item:
    expires = int((clock.now() + timedelta(days=2)).timestamp())
    return {"pk": "LEASE", "sk": name, "holder": holder, "ends": ends, "expires_at": expires}
