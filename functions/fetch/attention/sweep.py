"""What a sweep of a source is asked and what it answers; the same for every source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from shared import aws, clock, http
from shared.http import Pace, Session, SourceError
from shared.paper import Extras, Mention, SourceState
from shared.settings import Settings

# In seconds: five sources one after the other must leave a function of 15 minutes time for the rest.
SOURCE_SECONDS = 120.0

# arXiv id -> its mentions on one source.
Mentions = dict[str, list[Mention]]


class Span(Struct, frozen=True, kw_only=True):
    """The time that a run measures: mentions since `since`, as they stand at `now`, for a run `run`.

    `until` is where the interest ends: `now`, or for an old day eight days after it. For X, which looks back
    less: `unmeasured` is the start of the oldest day that it never measured, `measured` when it last did,
    `asks_x` whether it may be asked at all, as it costs money, `archive` the hours of its full archive to ask
    for instead.
    """

    run: str
    now: datetime
    since: datetime
    until: datetime
    unmeasured: datetime
    measured: datetime | None = None
    asks_x: bool = True
    archive: tuple[datetime, datetime] | None = None


class Sweep(Struct, frozen=True, kw_only=True):
    """What a source answered. `mentions` is empty unless the state is measured.

    `gone` are ids of mentions that the source says must not be shown, `extras` what it tells of papers.
    """

    state: SourceState
    mentions: Mentions = {}
    gone: frozenset[str] = frozenset()
    extras: Mapping[str, Extras] = {}
    requests: int = 0
    api: Any = None  # what X is asked again with, about the mentions that will be shown


Sweeper = Callable[[Settings, Span], Sweep]


def open_session(
    settings: Settings,
    *,
    headers: Mapping[str, str] | None = None,
    final: Callable[[bytes], bool] = lambda _body: False,
    pace: Pace | None = None,
) -> Session:
    """A session with the allowance of one source."""
    return Session(
        seconds=SOURCE_SECONDS,
        headers={"User-Agent": settings.user_agent, "Accept": "application/json", **(headers or {})},
        final=final,
        pace=pace,
    )


class NoCredentialsError(Exception):
    """A source is off: nothing is there to log in with."""


def measured(
    span: Span,
    mentions: Mentions,
    *,
    requests: int,
    capped: bool = False,
    reason: str = "",
    gone: frozenset[str] = frozenset(),
    extras: Mapping[str, Extras] = {},
    api: Any = None,
) -> Sweep:
    """A sweep that came to its end; `reason` says what it left out, and `capped` that money was why."""
    state = SourceState(state="measured", capped=capped, reason=reason, measured_at=clock.run_iso(span.run))
    return Sweep(state=state, mentions=mentions, requests=requests, gone=gone, extras=extras, api=api)


def by_paper(found: Iterable[tuple[Iterable[str], Mention | None]]) -> Mentions:
    """Mentions by the papers that they link; what is no mention is left out."""
    mentions: Mentions = {}
    for paper_ids, mention in found:
        if mention is not None:
            for paper_id in paper_ids:
                mentions.setdefault(paper_id, []).append(mention)
    return mentions


def checked(address: str, setting: str, secret: str) -> None:
    """Raises SourceError where a secret must not be sent to an address, which a setting names."""
    if not http.may_carry_credentials(address):
        raise SourceError(f"{setting} is neither https nor this machine: the {secret} is not sent there")


def parameter(name: str) -> str:
    """The secret in an SSM parameter; raises SourceError."""
    try:
        return aws.secret(name)
    except aws.SecretError as error:
        raise SourceError(str(error)) from None


def unavailable(reason: str, requests: int = 0) -> Sweep:
    """A sweep that failed, and why."""
    return Sweep(state=SourceState(state="unavailable", reason=reason), requests=requests)


def off(reason: str) -> Sweep:
    """A source that is not asked, and why."""
    return Sweep(state=SourceState(state="off", reason=reason))


def is_recent(span: Span, reach: timedelta) -> bool:
    """Whether a source that reaches back so far still sees something of the span."""
    return span.until > span.now - reach
