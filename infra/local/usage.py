"""What was asked for, checked before anything is begun: dates, times, settings, the output folder."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from functions.fetch.arxiv.schedule import FIRST_DAY
from shared import settings

_LAST_YEAR = 2100


class UsageError(Exception):
    """Wrong use; the text names what is wrong, in one line."""


class Parser(argparse.ArgumentParser):
    """Tells wrong use in one line; the usage is what --help is for."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def day(text: str) -> date:
    """A date such as 2021-06-18; raises UsageError."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a date (YYYY-MM-DD)") from None


def moment(text: str) -> datetime:
    """A time such as 2021-06-19T07:55:00Z, or a date for its midnight, in UTC; raises UsageError."""
    try:
        parsed = datetime.fromisoformat(text)
        if not FIRST_DAY.year <= parsed.year < _LAST_YEAR:
            raise ValueError
    except ValueError:
        raise UsageError(f"{text!r} is not a time (YYYY-MM-DDTHH:MM:SSZ)") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def days(one: str | None, first: str | None, last: str | None, now: datetime) -> tuple[date, date] | None:
    """The dates asked for, first and last; None when none is named. Raises UsageError."""
    if one is not None and (first is not None or last is not None):
        raise UsageError("--date and --from/--to exclude each other")
    if (first is None) != (last is None):
        raise UsageError("--from and --to belong together")
    start_text, end_text = (first, last) if one is None else (one, one)
    if start_text is None or end_text is None:
        return None
    start, end = day(start_text), day(end_text)
    if end < start:
        raise UsageError(f"--to {end} is before --from {start}")
    if end > now.date():
        raise UsageError(f"{end} is in the future (it is {now:%Y-%m-%d %H:%M} UTC)")
    if start < FIRST_DAY:
        raise UsageError(f"{start} is before arXiv began, in August 1991")
    return start, end


def checked_settings(environment: Mapping[str, str]) -> settings.Settings:
    """The settings in an environment; raises UsageError naming a malformed one."""
    try:
        return settings.parse(dict(environment))
    except settings.SettingError as error:
        raise UsageError(str(error)) from None


def existing_folder(text: str) -> Path:
    """A folder that there is; raises UsageError."""
    path = Path(text).expanduser()
    if not text or not path.is_dir():
        raise UsageError(f"{text or 'DIR'} is no folder")
    return path


def folder(text: str, check: Callable[[Path], None] = lambda _path: None) -> Path:
    """A folder that can be written to, made if it is missing, but not before its path is checked.

    Raises UsageError.
    """
    if not text:
        raise UsageError("--out names no folder")
    try:
        path = Path(text).expanduser().resolve()
        check(path)
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{text} cannot be written to: {reason}") from None


def publishable_at(listed: date, hours: int) -> datetime:
    """From when on a day may be published, `hours` after 00:00 UTC of its listing date."""
    return datetime.combine(listed, datetime.min.time(), UTC) + timedelta(hours=hours)
