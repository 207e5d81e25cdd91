"""A lease in the table: one holder at a time, and a crashed holder's lease ends by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from shared import aws, clock


class LeaseHeldError(Exception):
    """Somebody else works; the text says who and until when."""


@contextmanager
def held(name: str, *, seconds: int) -> Iterator[float | None]:
    """Hold a lease for at most `seconds`, longer than the function may run; raises LeaseHeldError.

    Gives how many seconds ago the lease was last let go (None: not known).
    """
    key = ("LEASE", name)
    token = uuid.uuid4().hex
    now = clock.now()
    before = aws.get(key)
    ends = int((now + timedelta(seconds=seconds)).timestamp())
    item = {"pk": key[0], "sk": key[1], "holder": token, "ends": ends, "expires_at": ends + 86_400}
    try:
        aws.put(
            item,
            condition="attribute_not_exists(pk) OR ends < :now",
            values={":now": int(now.timestamp())},
        )
    except aws.ConditionFailedError:
        raise LeaseHeldError(f"the lease {name!r} is held by another invocation") from None
    try:
        yield now.timestamp() - before["released"] if before and "released" in before else None
    finally:
        # Let go, not deleted: when it was let go says how long arXiv has had its rest.
        released = clock.now().timestamp()
        # Where it had run out and somebody else holds it now, theirs stays untouched.
        with suppress(aws.ConditionFailedError):
            aws.put(
                item | {"ends": 0, "released": released},
                condition="holder = :holder",
                values={":holder": token},
            )
