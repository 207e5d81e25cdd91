"""What X's full archive may cost for days by hand: told and agreed to before anybody is asked anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime

from functions.fetch.attention import x
from functions.fetch.attention.budget import most_dollars
from infra.local.progress import ask, say
from shared import clock
from shared.settings import Settings


class NotAgreedError(Exception):
    """Nobody has agreed to the price; the text says why, in one line."""


def agreed(
    settings: Settings, days: Sequence[date], now: datetime, *, left: Callable[[], int], is_agreed: bool
) -> frozenset[date]:
    """The days that may ask the full archive, for a price that is agreed to; none where none would.

    `left` tells what may still be read of it, in posts' prices. Where days would ask it, their number and
    the most that they cost are printed; then somebody at a terminal is asked, unless it `is_agreed`
    beforehand. Raises NotAgreedError.
    """
    is_on = bool(settings.x_bearer_token or settings.x_bearer_token_parameter)
    if not is_on or settings.x_posts_per_run < x.SMALLEST_PAGE or not x.may_ask_archive(settings):
        return frozenset()
    asking = frozenset(
        day for day in days if clock.is_working_day(day) and x.archive_hours(settings, f"{day}", now)
    )
    if not asking:
        return asking
    number = f"{len(asking):,} day{'s' if len(asking) > 1 else ''}"
    most = min(len(asking) * settings.x_posts_per_run, left())
    if most < x.SMALLEST_PAGE:
        say("x", f"full archive: {number} without X, as X_ARCHIVE_POSTS is reached")
        return frozenset()
    price = f"at most {most:,} posts, ${most_dollars(settings, most):,.2f}"
    say("x", f"full archive: {number}, {price}")
    if not is_agreed:
        _ask(price)
    return asking


def _ask(price: str) -> None:
    if not sys.stdin.isatty():
        raise NotAgreedError(
            f"X's full archive costs {price}, and here is no terminal to ask at: --yes agrees to it"
        )
    if ask("go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise NotAgreedError("the price is not agreed to: nothing is begun for it")
