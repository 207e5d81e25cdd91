"""Measures the attention of papers: sweeps every source once, matches ids, names who is shown.

Sources fail by themselves: one that cannot be had costs its own signal, never a paper.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
from msgspec import Struct

from functions.fetch.arxiv import schedule
from functions.fetch.attention import SOURCES, x
from functions.fetch.attention.sweep import Span, Sweep, unavailable
from shared import attention, clock, table
from shared.http import SourceError
from shared.log import logger
from shared.paper import MESSAGE_VERSION, Author, Measured, Mention, Message, Paper, SourceState, trim
from shared.settings import Settings
from shared.table import Announcement

# A post lives, and its papers are measured again, until it is so old.
LIVING = timedelta(days=7)
# An old day's interest ends some time after; what comes later belongs to other announcements' time.
_OLD_DAY = timedelta(days=8)
# How often names are looked up again because a mention that was gone made room for another.
_ROUNDS = 3
_NEVER = SourceState(state="off")


class Measurement(Struct, frozen=True, kw_only=True):
    """The outcome: the messages to queue, each source's state in this run, what it took."""

    messages: tuple[Message, ...]
    sources: dict[str, SourceState]
    requests: dict[str, int]
    read: int


class Candidate(Struct, frozen=True, kw_only=True):
    """A paper that is measured: as it is stored, if it is, and as arXiv listed it in this run, if it did."""

    paper: Paper
    stored: Measured | None


def measure(
    settings: Settings,
    run: str,
    now: datetime,
    candidates: list[Candidate],
    days: list[Announcement],
    *,
    is_first: bool,
) -> Measurement:
    """Measure papers that belong to some days. A paper gets a message if it is new or its mentions changed.

    `is_first` is for days that no hourly run before this one followed: then what was said about their papers
    before their list is looked for, too.
    """
    by_id = {candidate.paper.id: candidate for candidate in candidates}
    span = _span(settings, run, now, days, by_id, is_first=is_first)
    sweeps: dict[str, Sweep] = {}
    for name, sweep in SOURCES:
        try:
            sweeps[name] = sweep(settings, span)
        except Exception as error:  # noqa: BLE001
            # A defect in one source's file must not cost the others; it is told, with its trace.
            logger.exception("sweep failed", extra={"source": name})
            sweeps[name] = unavailable(f"internal error ({type(error).__name__})")
        state = sweeps[name].state
        logger.info("swept", extra={"source": name, "state": state.state, "reason": state.reason})
    found: dict[str, dict[tuple[str, str], Mention]] = {}
    for swept in sweeps.values():
        for paper_id, mentions in swept.mentions.items():
            if paper_id in by_id:
                found.setdefault(paper_id, {}).update((mention.key, mention) for mention in mentions)
    names = _Names(settings, run, by_id, found, sweeps["x"])
    names.resolve()
    sources = {name: swept.state for name, swept in sweeps.items()}
    requests = {name: swept.requests for name, swept in sweeps.items()}
    read = sweeps["x"].read
    if api := sweeps["x"].api:
        requests["x"], read = api.requests, api.read
    if names.failure:
        sources["x"] = msgspec.structs.replace(sources["x"], reason=names.failure)
    return Measurement(
        messages=tuple(
            message
            for candidate in candidates
            if (message := _message(settings, run, candidate, found, names.gone, sources))
        ),
        sources=sources,
        requests=requests,
        read=read,
    )


def listed_only(run: str, papers: list[Paper]) -> tuple[Message, ...]:
    """The messages of papers that are stored without being measured yet."""
    return tuple(Message(v=MESSAGE_VERSION, run=run, paper=paper) for paper in papers)


def _span(
    settings: Settings,
    run: str,
    now: datetime,
    days: list[Announcement],
    by_id: dict[str, Candidate],
    *,
    is_first: bool,
) -> Span:
    starts = {day.listed: _start(day, is_first=is_first) for day in days}
    oldest, newest = min(starts.values(), default=now), max(starts.values(), default=now)
    never = [starts[day.listed] for day in days if not day.sources.get("x", _NEVER).ever_measured]
    shown = sum(
        mention.source == "x"
        for candidate in by_id.values()
        if candidate.stored and candidate.stored.score >= settings.paper_score_threshold
        for mention in _selected(settings, candidate.stored.mentions)
    )
    is_old = newest <= now - LIVING
    return Span(
        run=run,
        now=now,
        since=oldest if is_old else now - LIVING,
        until=min(now, newest + _OLD_DAY) if is_old else now,
        unmeasured=min(never, default=now),
        reserved=min(shown, settings.x_posts_per_run // 4),
    )


def _start(day: Announcement, *, is_first: bool) -> datetime:
    """Where the attention for a day's papers begins: with their list or (`is_first`) the one before.

    Some papers are talked about before their own list: their authors know them, or they were held back.
    """
    before = schedule.previous_working_day(date.fromisoformat(day.listed)).isoformat()
    return clock.midnight(before if is_first else day.listed)


def _selected(settings: Settings, mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    return attention.selected(mentions, settings.weights, settings.mention_score_threshold)


def _message(
    settings: Settings,
    run: str,
    candidate: Candidate,
    found: dict[str, dict[tuple[str, str], Mention]],
    gone: set[tuple[str, str]],
    sources: dict[str, SourceState],
) -> Message | None:
    """The message that a paper needs; None when what is stored of it would not change."""
    stored = candidate.stored
    mentions = [mention for mention in found.get(candidate.paper.id, {}).values() if mention.key not in gone]
    known = {mention.key for mention in stored.mentions} if stored else set()
    message = Message(
        v=MESSAGE_VERSION,
        run=run,
        paper=candidate.paper,
        mentions=trim(attention.rank_mentions(mentions, settings.weights)),
        dropped=tuple(sorted(gone & known)),
        sources=sources,
    )
    if stored is not None:
        then = attention.apply(stored, message, settings.weights)
        if (then.paper, then.mentions, then.dropped) == (stored.paper, stored.mentions, stored.dropped):
            return None
    return message


class _Names:
    """Looks up who wrote the mentions that will be shown, and whether those not swept are still there."""

    def __init__(
        self,
        settings: Settings,
        run: str,
        by_id: dict[str, Candidate],
        found: dict[str, dict[tuple[str, str], Mention]],
        swept: Sweep,
    ) -> None:
        self._settings = settings
        self._run = run
        self._by_id = by_id
        self._found = found
        self._swept = swept
        self._swept_ids = {mention.id for mentions in swept.mentions.values() for mention in mentions}
        self._authors: dict[str, Author] = {}
        self._looked_up: set[str] = set()
        self.gone: set[tuple[str, str]] = set()
        self.failure = ""

    def resolve(self) -> None:
        """Put names into what was found; note what is gone."""
        if self._swept.state.state != "measured":
            return
        for _ in range(_ROUNDS):
            shown = self._shown()
            self._remember({m.author.id for m in shown.values() if m.author and not m.author.username})
            nameless = [m.id for m in shown.values() if not self._is_named(m)]
            unseen = [m.id for m in shown.values() if self._is_named(m) and m.id not in self._swept_ids]
            todo = [one for one in (*nameless, *unseen) if one not in self._looked_up]
            if not todo:
                break
            try:
                self._look_up([one for one in nameless if one in todo], with_authors=True)
                self._look_up([one for one in unseen if one in todo], with_authors=False)
            except SourceError as error:
                # The numbers stand; who could not be named is not shown this time.
                self.failure = f"names could not be looked up: {error}"
                logger.warning("lookup failed", extra={"reason": str(error)})
                break
        self._name_all()

    def _shown(self) -> dict[str, Mention]:
        """The X mentions of hot papers that will be shown, as far as it is known now, by id."""
        settings = self._settings
        shown: dict[str, Mention] = {}
        for paper_id, candidate in self._by_id.items():
            stored = candidate.stored
            if stored is None and paper_id not in self._found:
                continue
            message = Message(
                v=MESSAGE_VERSION,
                run=self._run,
                paper=candidate.paper,
                mentions=tuple(self._found.get(paper_id, {}).values()),
                dropped=tuple(self.gone),
            )
            then = attention.apply(stored, message, settings.weights)
            kept = tuple(mention for mention in then.mentions if mention.key not in self.gone)
            if attention.score(kept, settings.weights) >= settings.paper_score_threshold:
                shown.update((m.id, m) for m in _selected(settings, kept) if m.source == "x")
        return shown

    def _is_named(self, mention: Mention) -> bool:
        author = mention.author
        return author is not None and bool(author.username or author.id in self._authors)

    def _remember(self, author_ids: set[str]) -> None:
        """Names that an earlier run looked up."""
        self._authors |= table.authors(author_ids - self._authors.keys())

    def _look_up(self, ids: list[str], *, with_authors: bool) -> None:
        # Reading a post again within the day is not billed: only what was not swept counts.
        api: x.Api = self._swept.api
        allowed = self._settings.x_posts_per_run - api.read
        billed = [one for one in ids if one not in self._swept_ids]
        if len(billed) > allowed:
            refused = set(billed[max(0, allowed) :])
            ids = [one for one in ids if one not in refused]
        if not ids:
            return
        self._looked_up.update(ids)
        answer = x.look_up(api, ids, with_authors=with_authors)
        self.gone.update(("x", one) for one in answer.gone)
        for author in answer.authors.values():
            if author.id not in self._authors:
                table.put_author(author)
        self._authors |= answer.authors
        self._refresh(answer.mentions)

    def _refresh(self, mentions: dict[str, Mention]) -> None:
        """The counts that a lookup told, for every paper that the mention is about."""
        for paper_id, candidate in self._by_id.items():
            known = {m.key: m for m in candidate.stored.mentions} if candidate.stored else {}
            known |= self._found.get(paper_id, {})
            for mention in mentions.values():
                if old := known.get(mention.key):
                    author = mention.author or old.author
                    self._found.setdefault(paper_id, {})[mention.key] = msgspec.structs.replace(
                        mention, author=author
                    )

    def _name_all(self) -> None:
        """Put names to all X mentions whose author is known by now, the stored ones among the shown too."""
        for paper_id, mention in self._nameless_stored():
            self._found.setdefault(paper_id, {})[mention.key] = mention
        for mentions in self._found.values():
            for key, mention in mentions.items():
                author = self._authors.get(mention.author.id) if mention.author else None
                if author and mention.source == "x":
                    mentions[key] = msgspec.structs.replace(
                        mention, author=author, url=f"https://x.com/{author.username}/status/{mention.id}"
                    )

    def _nameless_stored(self) -> list[tuple[str, Mention]]:
        return [
            (paper_id, mention)
            for paper_id, candidate in self._by_id.items()
            if candidate.stored
            for mention in candidate.stored.mentions
            if mention.source == "x"
            and mention.author
            and not mention.author.username
            and mention.author.id in self._authors
            and mention.key not in self._found.get(paper_id, {})
        ]
