"""What X was asked for, and what it will bill for that."""

from __future__ import annotations

from msgspec import Struct

from shared import clock
from shared.reads import Reads
from shared.run_states import Run
from shared.settings import Settings


class Reading(Struct, frozen=True, kw_only=True):
    """What a run read from X; `bill` in dollars."""

    run: str
    posts: int
    users: int
    bill: float


class Archive(Struct, frozen=True, kw_only=True):
    """What days by hand read of X's full archive in a month, apart from all else.

    `cap` is in posts' prices, `bill` in dollars, rounded to cents.
    """

    posts: int
    users: int
    cap: int
    bill: float


class Budget(Struct, frozen=True, kw_only=True):
    """What was read from X in a month, what may be (`cap`, in posts' prices), and what its bill comes to.

    `bill` is in dollars, rounded to cents, an estimate by the prices that are set; `last` is the last run
    that measured. `archive` is None where nothing was read of it, and nothing may be.
    """

    month: str
    posts: int
    users: int
    cap: int
    bill: float
    last: Reading
    archive: Archive | None


def budget(settings: Settings, run: Run | None, month: str, reads: Reads, of_archive: Reads) -> Budget | None:
    """The budget after the last run that measured; None where X is off."""
    state = run.sources.get("x") if run else None
    if run is None or state is None or state.state == "off":
        return None
    return Budget(
        month=month,
        posts=reads.posts,
        users=reads.users,
        cap=settings.x_posts_per_month,
        bill=_bill(settings, reads.posts, reads.users),
        last=Reading(
            run=clock.run_iso(run.id),
            posts=run.posts_read,
            users=run.users_read,
            bill=_bill(settings, run.posts_read, run.users_read),
        ),
        archive=_archive(settings, of_archive),
    )


def _archive(settings: Settings, reads: Reads) -> Archive | None:
    if not (settings.x_archive_posts or reads.units):
        return None
    return Archive(
        posts=reads.posts,
        users=reads.users,
        cap=settings.x_archive_posts,
        bill=_bill(settings, reads.posts, reads.users),
    )


def _bill(settings: Settings, posts: int, users: int) -> float:
    return round(posts * settings.x_post_price + users * settings.x_user_price, 2)
