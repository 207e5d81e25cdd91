"""Lists announcements: which days are awaited, by which service, and what came.

OAI-PMH tells the daily announcements; the query API tells any past day and stands in when OAI-PMH fails.
Both are one service to arXiv's terms: one connection, three seconds between requests.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from msgspec import Struct

from functions.fetch.arxiv import block, datestamps, oai, query, schedule
from functions.fetch.arxiv.block import Block
from functions.fetch.arxiv.record import Record
from shared import categories, clock, http, identifiers
from shared.http import Pace, Session, SourceError
from shared.identifiers import sort_key
from shared.log import logger
from shared.settings import Settings
from shared.table import Announcement

# https://info.arxiv.org/help/api/tou.html: one request every three seconds.
ARXIV_PAUSE = 3.0
# In seconds: of the 15 minutes that the function has; OAI-PMH must leave some to the query API.
ARXIV_SECONDS = 240.0
_OAI_SECONDS = 140.0
# So long after it was due, a day without its announcement counts as one that has none.
_GIVEN_UP = timedelta(hours=24)
# How far back records are asked for when no announcement is known, and how far back missed days are.
FIRST_DAYS = 8
MISSED_DAYS = 14
# The index of the query API lags behind an announcement: until then its list counts as complete only if
# it reaches close to the window's end.
_INDEX_SETTLED = timedelta(hours=24)
_INDEX_LAG = timedelta(hours=2)
# The edge takes a default library agent for a robot and throttles with 403 and 406.
_THROTTLED = frozenset({403, 406})


class Listed(Struct, frozen=True, kw_only=True):
    """One announcement with its papers, those of the chosen categories only."""

    announcement: Announcement
    records: tuple[Record, ...]


class Listing(Struct, frozen=True, kw_only=True):
    """What a run found out: new announcements, days that had none, days still to come, or why it failed."""

    listed: tuple[Listed, ...] = ()
    quiet: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()
    failure: str = ""
    requests: int = 0


class _Services:
    """Both arXiv services for one run: one pace, one deadline, one count of requests."""

    def __init__(self, settings: Settings, rested: float | None) -> None:
        loopback = http.is_loopback(settings.arxiv_oai_url) and http.is_loopback(settings.arxiv_api_url)
        pace = Pace(0.0 if loopback else ARXIV_PAUSE)
        if rested is not None:
            # Another invocation may have asked a moment ago.
            pace.hold_until(http.monotonic() + pace.seconds - rested)
        headers = {
            "User-Agent": settings.user_agent,
            "Accept": "application/atom+xml, text/xml, application/xml, */*;q=0.1",
        }
        self.settings = settings
        self.oai = Session(seconds=_OAI_SECONDS, headers=headers, transient=_THROTTLED, pace=pace)
        self.query = Session(seconds=ARXIV_SECONDS, headers=headers, transient=_THROTTLED, pace=pace)

    @property
    def requests(self) -> int:
        return self.oai.requests + self.query.requests


def awaited(known: list[Announcement], now: datetime, imported: Collection[str] = frozenset()) -> list[date]:
    """The working days whose announcement is due and not listed yet, oldest first; no imported one.

    Before anything is known, that is the last week: the newest list that can be published is in it.
    """
    today = now.date()
    since = date.fromisoformat(known[0].listed) if known else today - timedelta(days=FIRST_DAYS - 1)
    since = max(since, today - timedelta(days=MISSED_DAYS))
    return [
        day
        for day in schedule.working_days(since, today)
        if schedule.is_ready(day, now) and day.isoformat() not in imported
    ]


def list_awaited(
    settings: Settings,
    known: list[Announcement],
    now: datetime,
    rested: float | None,
    *,
    imported: Collection[str] = frozenset(),
) -> Listing:
    """List what was announced since the last announcement known, but for the days that were imported.

    The first time, that is the newest announcement old enough to be published and any newer one.
    """
    days = awaited(known, now, imported)
    if not days:
        return Listing()
    services = _Services(settings, rested)
    # From the day before the last announcement, so that the answer is never empty by right and an early
    # empty one is not cached against us.
    start = now.date() - timedelta(days=FIRST_DAYS)
    if known:
        last = date.fromisoformat(known[0].listed)
        start = max(last, now.date() - timedelta(days=MISSED_DAYS)) - timedelta(days=1)
    try:
        found = _by_oai(services, days, start=start, until=now.date(), known=known)
    except SourceError as error:
        logger.warning("OAI-PMH failed, asking the query API", extra={"reason": str(error)})
        if not known:
            # Without OAI-PMH nothing tells which days had an announcement: only the ones needed are asked.
            days = _newest_publishable(days, settings, now)
        return _by_query_all(services, days, known, now, oai_failure=str(error))
    if not known:
        found = _first(found, settings, now)
        # The days before it had their announcements, which nobody asks for.
        days = [day for day in days if found and day.isoformat() >= found[0].announcement.listed]
    return _listing(services, found, days, known, now)


def is_settled(day: date, now: datetime) -> bool:
    """Whether a day that has no announcement will not have one any more."""
    return now >= schedule.due(day) + _GIVEN_UP


def list_date(
    settings: Settings,
    day: date,
    known: list[Announcement],
    now: datetime,
    rested: float | None,
    *,
    quiet: Collection[str] = frozenset(),
) -> Listing:
    """List the announcement of one date, however old; `quiet` are days known to have had none."""
    services = _Services(settings, rested)
    failure = ""
    if now.date() - day <= timedelta(days=FIRST_DAYS):
        try:
            found = _by_oai(
                services, [day], start=day - timedelta(days=FIRST_DAYS), until=now.date(), known=known
            )
            return _listing(services, found, [day], known, now)
        except SourceError as error:
            logger.warning("OAI-PMH failed, asking the query API", extra={"reason": str(error)})
            failure = str(error)
    return _by_query_all(services, [day], known, now, oai_failure=failure, quiet=quiet)


def _by_oai(
    services: _Services, days: list[date], *, start: date, until: date, known: list[Announcement]
) -> list[Listed]:
    """The announcements of some days out of one harvest; raises SourceError when it holds nothing at all."""
    settings = services.settings
    records = oai.list_records(
        services.oai,
        settings.arxiv_oai_url,
        sets=categories.oai_sets(settings.categories),
        start=start,
        until=until,
    )
    if not records:
        # It begins with a day that had an announcement, or is a week long.
        raise SourceError("an empty harvest")
    last = _before(known, days[0])
    records = datestamps.as_listed(records, *((last.listed, last.high) if last else ()))
    found: list[Listed] = []
    above = ""
    for day in days:
        before = _before(known, day)
        above = max(above, before.high if before else "", key=sort_key)
        announced = block.from_datestamps(records, day.isoformat(), above=above, window=schedule.window(day))
        announced = announced or _on_saturday(records, day, above)
        if announced:
            above = announced.high
            found.append(_chosen(announced, day, settings, via="oai"))
    return found


def _on_saturday(records: list[Record], day: date, above: str) -> Block | None:
    """Friday's list, if it came a day late: no list has a Saturday's date, so nobody would ask for it."""
    saturday = day + timedelta(days=1)
    if clock.is_working_day(saturday):
        return None
    start, end = schedule.window(day)
    announced = block.from_datestamps(records, saturday.isoformat(), above=above, window=(start, end))
    # Older papers alone are papers that somebody edited on the weekend.
    is_list = announced and any(record.submitted >= start for record in announced.records)
    return announced if is_list else None


def _by_query_all(
    services: _Services,
    days: list[date],
    known: list[Announcement],
    now: datetime,
    *,
    oai_failure: str,
    quiet: Collection[str] = frozenset(),
) -> Listing:
    found: list[Listed] = []
    silent = set(quiet)
    try:
        for day in days:
            earlier = [*(item.announcement for item in reversed(found)), *known]
            listed = _by_query(services, day, earlier, silent, now)
            if listed:
                found.append(listed)
            else:
                silent.add(day.isoformat())
    except SourceError as error:
        both = f"OAI-PMH: {oai_failure}; query API: {error}" if oai_failure else f"query API: {error}"
        done = {one.announcement.listed for one in found}
        return Listing(
            listed=tuple(found),
            # A listing that failed says of no day that it had nothing.
            awaited=tuple(day.isoformat() for day in days if day.isoformat() not in done),
            failure=f"arXiv could not be listed ({both})",
            requests=services.requests,
        )
    return _listing(services, found, days, known, now)


def _by_query(
    services: _Services, day: date, known: list[Announcement], quiet: Collection[str], now: datetime
) -> Listed | None:
    settings = services.settings
    start, end = schedule.window(day)
    before = _before(known, day)
    if before and all(gap.isoformat() in quiet for gap in _between(before, day)):
        # After a holiday an announcement holds the submissions of several days. A day that could not be
        # listed, or that nobody has asked for, keeps its own.
        start = min(start, schedule.window(date.fromisoformat(before.listed))[1])
    # The bulk is told by many papers: a narrow choice of categories alone would leave gaps of its own.
    codes = tuple(
        dict.fromkeys((*categories.query_codes(settings.categories), *categories.query_codes("cs")))
    )
    asked = query.submitted_between(services.query, settings.arxiv_api_url, codes=codes, start=start, end=end)
    records = list(asked.records)
    ends = block.from_window(records)
    if ends is None:
        announced = block.of(records)
        return _chosen(announced, day, settings, via="query") if announced else None
    newest = max(record.submitted for record in records)
    if now - clock.midnight(day.isoformat()) < _INDEX_SETTLED and newest < end - _INDEX_LAG:
        raise SourceError(f"its index has not caught up with {day} yet")
    low, high = ends
    if before and 0 < identifiers.distance(before.high, low) <= block.GAP:
        low = _next_id(before.high, low)
    if asked.by_version:
        low, high = _widened(services, low, high, start, end)
    members = {
        record.id: record for record in records if sort_key(low) <= sort_key(record.id) <= sort_key(high)
    }
    for record in query.by_ids(
        services.query, settings.arxiv_api_url, identifiers.between(low, high, set(members))
    ):
        if record.submitted < end:
            members[record.id] = record
    announced = block.of(list(members.values()))
    return _chosen(announced, day, settings, via="query") if announced else None


def _widened(services: _Services, low: str, high: str, start: datetime, end: datetime) -> tuple[str, str]:
    """The ends of a block whose first and last papers may have been replaced since, and so not been found.

    What was submitted in the window cannot lie in the block before it; above, the next block begins with what
    was submitted later.
    """
    below, above = identifiers.beside(low, high, query.IDS_AT_ONCE)
    url = services.settings.arxiv_api_url
    before = [record.id for record in query.by_ids(services.query, url, below) if record.submitted >= start]
    low = min([low, *before], key=sort_key)
    for record in sorted(query.by_ids(services.query, url, above), key=lambda one: sort_key(one.id)):
        if record.submitted >= end:
            break
        high = record.id
    return low, high


def _next_id(paper_id: str, other: str) -> str:
    """The identifier after one, if it is of the same month as another; else the other."""
    month, _, digits = paper_id.partition(".")
    if month != other.partition(".")[0]:
        return other
    return f"{month}.{int(digits) + 1:0{len(digits)}d}"


def _chosen(announced: Block, day: date, settings: Settings, *, via: str) -> Listed:
    selection = categories.selection(settings.categories)
    records = tuple(record for record in announced.records if selection.intersection(record.categories))
    return Listed(
        announcement=Announcement(
            listed=day.isoformat(),
            low=announced.low,
            high=announced.high,
            papers=len(records),
            via="oai" if via == "oai" else "query",
        ),
        records=records,
    )


def _before(known: list[Announcement], day: date) -> Announcement | None:
    """The last announcement known before a day."""
    earlier = [announcement for announcement in known if announcement.listed < day.isoformat()]
    return max(earlier, key=lambda announcement: announcement.listed, default=None)


def _between(before: Announcement, day: date) -> list[date]:
    """The working days after an announcement and before a day."""
    return schedule.working_days(date.fromisoformat(before.listed), day - timedelta(days=1))


def _newest_publishable(days: list[date], settings: Settings, now: datetime) -> list[date]:
    """The newest day old enough to be published, and those after it."""
    old_enough = [day for day in days if settings.publishable_from(day.isoformat()) <= now]
    return [day for day in days if not old_enough or day >= old_enough[-1]]


def _first(found: list[Listed], settings: Settings, now: datetime) -> list[Listed]:
    if not found:
        return found
    days = _newest_publishable([date.fromisoformat(one.announcement.listed) for one in found], settings, now)
    return [one for one in found if date.fromisoformat(one.announcement.listed) in days]


def _listing(
    services: _Services, found: list[Listed], days: list[date], known: list[Announcement], now: datetime
) -> Listing:
    """What was found as a listing.

    A day without an announcement is quiet once a later day had one, or a day after it was due. Until a later
    day is listed it is looked for all the same: see `awaited`.
    """
    listed = {one.announcement.listed for one in found}
    newest = max((*listed, *(announcement.listed for announcement in known)), default="")
    missing = [day for day in days if day.isoformat() not in listed]
    quiet = [day for day in missing if day.isoformat() < newest or is_settled(day, now)]
    return Listing(
        listed=tuple(found),
        quiet=tuple(day.isoformat() for day in quiet),
        awaited=tuple(day.isoformat() for day in missing if day not in quiet),
        requests=services.requests,
    )
