"""Which days may ask X's full archive: agreed to by the month, as each has a budget of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from infra.local import price
from infra.ops.account import Account
from infra.ops.functions import in_their_place
from shared import clock, reads


class Agreement:
    """What was agreed to on behalf of a stack, beforehand (`is_agreed`) or at the terminal."""

    def __init__(self, account: Account, *, is_agreed: bool) -> None:
        self._account = account
        self._is_agreed = is_agreed
        self._month = ""
        self._days: frozenset[date] = frozenset()

    def word(self, days: Sequence[date]) -> dict[str, str]:
        """What the event of the first of some days says of the archive; nothing where it is not to be asked.

        So an older stack, which does not know the word, is not told it. The first time in a month the price
        of all the days is told and agreed to; raises NotAgreedError.
        """
        now = clock.now()
        month = f"{now:%Y-%m}"
        if month != self._month:
            with in_their_place(self._account) as settings:
                self._days = price.agreed(
                    settings,
                    days,
                    now,
                    left=lambda: settings.x_archive_posts - reads.stored(reads.archive_key(month)).units,
                    is_agreed=self._is_agreed,
                )
            self._month = month
        return {"archive": month} if days[0] in self._days else {}
