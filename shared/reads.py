"""What was read from X, in a month and in each run of it: reserved before, settled after; in the table.

What days by hand read of the full archive is counted by the month apart from all else.
Units are posts' prices: what a user costs is counted as so many posts. A reservation has a token, so that a
call whose answer was lost and that is made again changes nothing more.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from shared import aws, clock, run_states, table

_ADDED = "posts :posts, #users :users, units :units"
# A reserved word: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
_NAMES = {"#users": "users"}


class Reads(Struct, frozen=True, kw_only=True):
    """What was read, or is reserved to be read: posts, users, and both in units of a post's price."""

    posts: int = 0
    users: int = 0
    units: int = 0


def key(month: str, run: str = "") -> aws.Key:
    """Where it is kept what was read in a month (YYYY-MM), or of it in a run."""
    return f"BUDGET#{month}", f"X#{run}" if run else "X"


def archive_key(month: str) -> aws.Key:
    """Where it is kept what days by hand read of X's full archive in a month (YYYY-MM)."""
    return f"BUDGET#{month}", "ARCHIVE"


def of_month(month: str) -> tuple[Reads, Reads]:
    """What was read in a month (YYYY-MM) by all runs but those of the full archive, and by those."""
    keys = (key(month), archive_key(month))
    found = aws.get_many(keys)
    daily, archive = (_of(found.get(one, {})) for one in keys)
    return daily, archive


def stored(where: aws.Key) -> Reads:
    """What was read or is reserved."""
    return _of(aws.get(where) or {})


def reserve(where: aws.Key, more: Reads, *, cap: int, token: str) -> Reads | None:
    """Reserve reads under a token if all do not come to more than `cap` units.

    Returns what all then come to; None, and nothing is reserved, where that would be more.
    """
    if more.units > cap:
        return None
    run = where[1].partition("#")[2]
    values: dict[str, Any] = _amounts(more) | {":reserved": more.units, ":most": cap - more.units}
    expression = f"SET {_held(token)} = :reserved"
    if run:
        expression += ", expires_at = :expires"
        values[":expires"] = table.expiry(clock.run_time(run), run_states.KEEP_DAYS)
    try:
        item = aws.update(
            where,
            f"{expression} ADD {_ADDED}",
            values=values,
            names=_NAMES,
            condition=f"attribute_not_exists({_held(token)})"
            " AND (attribute_not_exists(units) OR units <= :most)",
        )
    except aws.ConditionFailedError:
        # Refused; or taken at a first try, the answer to which was lost on the way.
        item = aws.get(where) or {}
        if _held(token) not in item:
            return None
    return _of(item)


def settle(where: aws.Key, reserved: Reads, read: Reads, *, token: str) -> Reads:
    """Replace what was reserved under a token by what was read; returns what all come to then."""
    difference = Reads(
        posts=read.posts - reserved.posts,
        users=read.users - reserved.users,
        units=read.units - reserved.units,
    )
    try:
        item = aws.update(
            where,
            f"REMOVE {_held(token)} ADD {_ADDED}",
            values=_amounts(difference),
            names=_NAMES,
            condition=f"attribute_exists({_held(token)})",
        )
    except aws.ConditionFailedError:
        # Settled at a first try, the answer to which was lost on the way.
        return stored(where)
    return _of(item)


def _of(item: aws.Item) -> Reads:
    return Reads(posts=item.get("posts", 0), users=item.get("users", 0), units=item.get("units", 0))


def _held(token: str) -> str:
    return f"held_{token}"


def _amounts(amount: Reads) -> dict[str, Any]:
    return {":posts": amount.posts, ":users": amount.users, ":units": amount.units}
