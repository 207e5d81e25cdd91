"""What X's full archive may cost for days by hand: told and agreed to before anybody is asked anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime

from functions.fetch.attention import x
from infra.local.progress import say
from shared import clock
from shared.settings import Settings


def refusal(
    settings: Settings, days: Sequence[date], now: datetime, *, left: Callable[[], int], is_agreed: bool
) -> str:
    """Why days that may ask the full archive are not begun, in one line; "" if they are.

    `left` tells what may still be read of it, in posts' prices. Where days would ask it, their number and
    price are printed; then somebody at a terminal is asked, unless it `is_agreed` beforehand.
    """
    is_on = settings.x_bearer_token or settings.x_bearer_token_parameter
    if not is_on or settings.x_posts_per_run < x.SMALLEST_PAGE or not x.may_ask_archive(settings):
        return ""
    asking = sum(
        clock.is_working_day(day) and x.archive_hours(settings, f"{day}", now) is not None for day in days
    )
    if not asking:
        return ""
    number = f"{asking:,} day{'s' if asking > 1 else ''}"
    most = min(asking * settings.x_posts_per_run, left())
    if most < x.SMALLEST_PAGE:
        say("x", f"full archive: {number} without X, as X_ARCHIVE_POSTS is reached")
        return ""
    price = f"at most {most:,} posts, ${most * settings.x_post_price:,.2f}"
    say("x", f"full archive: {number}, {price}")
    if is_agreed:
        return ""
    if not sys.stdin.isatty():
        return f"X's full archive costs {price}, and here is no terminal to ask at: --yes agrees to it"
    try:
        answer = input("go on? [y/N] ")
    except EOFError:
        answer = ""
    return (
        ""
        if answer.strip().lower() in ("y", "yes")
        else "the price is not agreed to: nothing is asked of anybody"
    )
