"""What X may still be asked for. Room is made sure of in the table first; what came back settles it.

X bills each post and each user that it returns. Both are counted in units of a post's price, so that the caps
on a run and on a month are caps on money. What a crash leaves reserved counts as read: it may have been.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct

from shared import aws, clock, reads
from shared.http import SourceError
from shared.reads import Reads
from shared.settings import Settings

# A price may be next to nothing.
_MOST_UNITS = 1_000_000


class Reservation(Struct):
    """What was reserved for one request, and what it was told to have returned."""

    reserved: Reads
    posts: int = 0
    users: int = 0


def most_dollars(settings: Settings, units: int) -> float:
    """What so many units can cost, in dollars: a unit is a post, or its share of a user."""
    return units * max(settings.x_post_price, settings.x_user_price / _user_units(settings))


def _user_units(settings: Settings) -> int:
    """As how many posts a user counts."""
    price = settings.x_post_price
    # The small number keeps 0.010 / 0.005 from being 3.
    ratio = min(settings.x_user_price / price, _MOST_UNITS) if price else 1
    return max(1, math.ceil(ratio - 1e-9))


class Budget:
    """The caps on one run and on its month; the full archive has a month's cap of its own.

    A repeat of a run is the same run: what it read before it crashed is read. The table is asked once, and
    tells with each reservation what it comes to: only one fetch reads at a time.
    """

    def __init__(self, settings: Settings, run: str, *, is_archive: bool = False) -> None:
        month = clock.run_iso(run)[:7]
        self.is_archive = is_archive
        # The wider cap stands last: it is what is asked for last and given back first.
        self._caps = (
            (reads.key(month, run), settings.x_posts_per_run),
            (reads.archive_key(month), settings.x_archive_posts)
            if is_archive
            else (reads.key(month), settings.x_posts_per_month),
        )
        self._read: dict[aws.Key, Reads] = {}
        self.user_units = _user_units(settings)

    def spent(self) -> Reads:
        """What the run has read, or may have."""
        return reads.stored(self._caps[0][0])

    def left(self) -> int:
        """Units that may still be read."""
        return min(self._lefts())

    def narrowest(self) -> str:
        """The setting of the cap that has the least left."""
        of_run, of_month = self._lefts()
        of_the_month = "X_ARCHIVE_POSTS" if self.is_archive else "X_POSTS_PER_MONTH"
        return of_the_month if of_month < of_run else "X_POSTS_PER_RUN"

    def _lefts(self) -> list[int]:
        for key, _ in self._caps:
            if key not in self._read:
                self._read[key] = reads.stored(key)
        return [cap - self._read[key].units for key, cap in self._caps]

    @contextmanager
    def reserved(self, posts: int, users: int = 0) -> Iterator[Reservation | None]:
        """Room for one request that may return so many posts and users; None where there is none.

        After an error that leaves open what was returned, all of it counts as read: a lost answer is
        billed. Where every try was answered with a refusal, nothing was.
        """
        wanted, token = self._reads(posts, users), secrets.token_hex(4)
        if not self._reserve(wanted, token):
            yield None
            return
        reservation = Reservation(wanted)
        try:
            yield reservation
        except SourceError as error:
            if not error.is_lost:
                self._settle(reservation, token)
            raise
        self._settle(reservation, token)

    def _reads(self, posts: int, users: int) -> Reads:
        return Reads(posts=posts, users=users, units=posts + users * self.user_units)

    def _reserve(self, wanted: Reads, token: str) -> bool:
        taken: list[aws.Key] = []
        for key, cap in self._caps:
            read = reads.reserve(key, wanted, cap=cap, token=token)
            if read is None:
                # Whatever was known of it is not so any more, or there was no room to begin with.
                self._read.pop(key, None)
                for other in taken:
                    self._read[other] = reads.settle(other, wanted, Reads(), token=token)
                return False
            self._read[key] = read
            taken.append(key)
        return True

    def _settle(self, reservation: Reservation, token: str) -> None:
        read = self._reads(reservation.posts, reservation.users)
        for key, _ in reversed(self._caps):
            self._read[key] = reads.settle(key, reservation.reserved, read, token=token)
