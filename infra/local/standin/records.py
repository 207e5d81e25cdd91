"""How everything in a world is written, whichever service it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How everything in a world is written: named, immutable, and strict about unknown keys."""


class Span(Record, frozen=True):
    """Where an entity stands: code points of the unescaped text, end exclusive."""

    start: Count
    end: Count


class Tag(Span, frozen=True):
    tag: str
