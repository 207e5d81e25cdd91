"""X: every post of some hours that links a paper, by one search; and posts again, by their ids.

Facts: https://docs.x.com/x-api. Every post returned is billed, every user too: so the search asks for no
users, it has a floor of engagement, and the reads of a run and of a month are capped (budget.py). Since
August 2026 there are two vocabularies (tweet and post); an answer in either is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from functions.fetch.attention.budget import Budget
from functions.fetch.attention.sweep import (
    NoCredentialsError,
    Span,
    Sweep,
    by_paper,
    checked,
    is_recent,
    measured,
    off,
    open_session,
    parameter,
    unavailable,
)
from functions.fetch.attention.x_wire import Page, Post, linked, mention_of, parse_lookup, parse_search
from shared import accounts, clock, http
from shared.http import BadAnswerError, Pace, Refused, SourceError
from shared.paper import Author, Mention
from shared.settings import Settings

# Recent search sees 7 days; at exactly 7 it answers 400.
REACH = timedelta(days=6, hours=23)
# From one measuring to the next.
_BETWEEN = timedelta(days=1)
# The full archive: https://docs.x.com/x-api/posts/search/introduction. It has one request a second.
_ARCHIVE_PAUSE = 1.0
_FIRST_POSTS = datetime(2006, 3, 21, tzinfo=UTC)
# Self-serve plans may send 512 characters; to the full archive 1,024.
LONGEST_QUERY = 512
_HOSTS = (
    "arxiv.org",
    # For a search that takes a host for one word.
    "export.arxiv.org",
    "alphaxiv.org",
    "huggingface.co/papers",
    "hf.co/papers",
    "ar5iv.org",
    "scirate.com/arxiv",
    "doi.org/10.48550",
)
_PAGE = 100
_ARCHIVE_PAGE = 500
SMALLEST_PAGE = 10
_IDS_AT_ONCE = 100
# The names of a parameter and of the fields whose name differs, in either vocabulary; an answer follows
# the one that was asked in, so the older is tried first and the newer when that is refused.
_VOCABULARIES = (
    ("tweet.fields", "author_id,created_at,public_metrics,entities,referenced_tweets,lang,note_tweet"),
    ("post.fields", "created_at,public_metrics,entities,referenced_posts,lang,note_post"),
)


def query(least: int, ignored: frozenset[str] = frozenset()) -> str:
    """The search: every host that shows papers, nothing reposted, with a floor of likes or reposts.

    Accounts that are ignored by name are kept out here, so that they are not billed either.
    """
    hosts = " OR ".join(f'url:"{host}"' for host in _HOSTS)
    floor = f" (min_likes:{least} OR min_reposts:{least})" if least else ""
    return f"({hosts}) -is:retweet{floor}{''.join(f' -from:{name}' for name in accounts.x_names(ignored))}"


class SpentError(SourceError):
    """A cap has no room for what was to be asked; the text names the setting."""


def _token(settings: Settings) -> str:
    """The bearer token; raises NoCredentialsError when none is named, SourceError when it cannot be had."""
    if not settings.x_bearer_token and not settings.x_bearer_token_parameter:
        raise NoCredentialsError
    checked(settings.x_api_url, "X_API_URL", "token")
    token = settings.x_bearer_token or parameter(settings.x_bearer_token_parameter)
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise SourceError("the bearer token has characters that no token has")
    return token


class Api:
    """X for one run: one session with its two minutes, and the vocabulary that it takes.

    Raises NoCredentialsError or SourceError when there is no token to ask with.
    """

    def __init__(self, settings: Settings, budget: Budget) -> None:
        self.budget = budget
        self._url = settings.x_api_url
        token = _token(settings)
        pause = _ARCHIVE_PAUSE if budget.is_archive and not http.is_loopback(self._url) else 0.0
        self._session = open_session(
            settings,
            pace=Pace(pause),
            headers={"Authorization": f"Bearer {token}"},
            # The monthly cap is told with 429 too, and no waiting helps.
            final=lambda body: b"usage-capped" in body,
        )
        self._session.hide(token)
        self._vocabularies = list(_VOCABULARIES)
        # What was read in this run: X does not bill it again the same day.
        self.seen: set[str] = set()
        self._seen_users: set[str] = set()

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._session.requests

    def ask(
        self, path: str, params: dict[str, str], parse: Callable[[bytes], Page], *, posts: int, users: int = 0
    ) -> Page:
        """One request that may return so many new posts and users, in the vocabulary that the service takes.

        Raises SourceError, as SpentError where the budget has no room.
        """
        with self.budget.reserved(posts, users) as reservation:
            if reservation is None:
                raise _spent(self.budget)
            page = self._answer(path, params, parse)
            fresh = {post.id for post in page.posts} - self.seen
            strangers = {user.id for user in page.users} - self._seen_users
            # What cannot be read was billed all the same.
            reservation.posts = len(fresh) + page.count - len(page.posts)
            reservation.users = len(strangers) + page.user_count - len(page.users)
            self.seen |= fresh
            self._seen_users |= strangers
        return page

    def _answer(self, path: str, params: dict[str, str], parse: Callable[[bytes], Page]) -> Page:
        is_lost = False
        while True:
            name, fields = self._vocabularies[0]
            try:
                return self._session.get(f"{self._url}{path}", params={**params, name: fields}, parse=parse)
            except Refused as error:
                # In whatever vocabulary: what is lost is billed.
                is_lost |= error.is_lost
                error.is_lost = is_lost
                if error.status != 400 or len(self._vocabularies) == 1:
                    raise
                # The other one, from here on.
                del self._vocabularies[0]


def archive_hours(settings: Settings, listed: str, now: datetime) -> tuple[datetime, datetime] | None:
    """What a listing date's own measuring would have asked for; None while recent search still sees of it."""
    end = settings.post_due(listed)
    if not _FIRST_POSTS < end <= now - REACH:
        return None
    return max(_FIRST_POSTS, end - timedelta(hours=settings.x_sweep_hours)), end


def may_ask_archive(settings: Settings) -> bool:
    """Whether the settings allow to read of the full archive."""
    return settings.x_archive_posts >= SMALLEST_PAGE


class _Search(Struct, frozen=True, kw_only=True):
    """Where posts are looked for, and since when; `page` is the most that an answer has."""

    path: str
    page: int
    start: datetime
    end: datetime | None = None

    @property
    def params(self) -> dict[str, str]:
        """The hours, as the service is asked for them."""
        params = {"start_time": clock.iso(self.start)}
        return params | {"end_time": clock.iso(self.end)} if self.end else params


def sweep(settings: Settings, span: Span) -> Sweep:
    """Posts that link papers, by paper, as far as the caps on reads allow.

    When a cap or the credits end it, the state is measured and capped; unavailable when it could not begin.
    """
    archive = span.archive if may_ask_archive(settings) else None
    for name in ("x_posts_per_run", *(() if archive else ("x_posts_per_month",))):
        if getattr(settings, name) < SMALLEST_PAGE:
            return off(f"{name.upper()} is below {SMALLEST_PAGE}, the smallest page there is")
    try:
        api = Api(settings, Budget(settings, span.run, is_archive=bool(archive)))
    except NoCredentialsError:
        return off("no bearer token is set")
    except SourceError as error:
        return unavailable(str(error))
    if archive:
        start, end = archive
        search = _Search(path="/tweets/search/all", page=_ARCHIVE_PAGE, start=start, end=end)
    elif refusal := _refusal(span):
        return unavailable(refusal)
    else:
        search = _Search(path="/tweets/search/recent", page=_PAGE, start=_start(settings, span))
    try:
        posts, ended_by = _found(settings, api, search)
    except SourceError as error:
        return unavailable(reason(error), api.requests)
    found = by_paper((linked(post), mention_of(post)) for post in posts.values())
    return measured(span, found, capped=bool(ended_by), reason=ended_by, requests=api.requests, api=api)


def _refusal(span: Span) -> str:
    """Why nothing is asked of recent search about a span; "" if it is."""
    if not is_recent(span, REACH):
        allowed = f", and X_ARCHIVE_POSTS is below {SMALLEST_PAGE}" if span.archive else ""
        return f"recent search reaches back 7 days only{allowed}"
    return "" if span.asks_x else "a range of days leaves X to the daily run"


def _start(settings: Settings, span: Span) -> datetime:
    """Since when to ask: the hours of the setting, counted from a day after the last measuring at the latest.

    A measuring follows a day after the other; where some failed or never came, what they missed is asked for.
    """
    start = min(span.now, span.measured + _BETWEEN) if span.measured else span.now
    start -= timedelta(hours=settings.x_sweep_hours)
    return max(min(start, span.unmeasured), span.now - REACH)


def _found(settings: Settings, api: Api, search: _Search) -> tuple[dict[str, Post], str]:
    """The posts of a search, newest first, and what ended it early, if anything did.

    Raises SourceError, also when a cap or missing credits keep it from beginning. A quarter of what may be
    read is left for looking up what is shown.
    """
    params = {"query": query(settings.x_min_engagement, settings.rules.ignored), **search.params}
    left = api.budget.left()
    kept = max(0, min(left // 4, left - SMALLEST_PAGE))
    posts: dict[str, Post] = {}
    is_begun = False
    while True:
        size = min(search.page, api.budget.left() - kept)
        asked = {**params, "max_results": str(size)}
        try:
            if size < SMALLEST_PAGE:
                raise _spent(api.budget)
            page = api.ask(search.path, asked, parse_search, posts=size)
        except SourceError as error:
            if is_begun and _out_of_credit(error):
                return posts, reason(error)
            raise
        is_begun = True
        posts.update((post.id, post) for post in page.posts)
        if not page.next_token:
            return posts, ""
        params["next_token"] = page.next_token


def _spent(budget: Budget) -> SpentError:
    return SpentError(f"{budget.narrowest()} is reached")


def _out_of_credit(error: SourceError) -> bool:
    return isinstance(error, SpentError) or (
        isinstance(error, Refused) and (error.status == 402 or b"usage-capped" in error.body)
    )


class _Problem(Struct):
    title: str = ""


def reason(error: SourceError) -> str:
    """What the problem document in an error's body says, beside the status."""
    if isinstance(error, Refused) and error.body:
        try:
            problem = http.json_body(error.body, _Problem)
        except BadAnswerError:
            return str(error)
        if problem.title:
            return http.told(f"{error}: {problem.title}"[:160])
    return str(error)


class LookUp(Struct, frozen=True, kw_only=True):
    """What a lookup by id told: posts as they are now, names, posts that are gone.

    `end` is what kept it from being asked for more; "" when nothing did.
    """

    mentions: dict[str, Mention] = {}
    authors: dict[str, Author] = {}
    gone: frozenset[str] = frozenset()
    end: str = ""
    capped: bool = False


def look_up(api: Api, ids: Collection[str], *, with_authors: bool) -> LookUp:
    """Posts by id, with their authors (who are billed) where asked for, as far as caps and source allow.

    A post that is neither found nor told to be gone is left as it is known.
    """
    mentions: dict[str, Mention] = {}
    authors: dict[str, Author] = {}
    gone: set[str] = set()
    end, capped = "", False
    todo = list(ids)
    while todo:
        part = _affordable(api, todo[:_IDS_AT_ONCE], api.budget.user_units if with_authors else 0)
        todo = todo[len(part) :]
        params = {"ids": ",".join(part)}
        if with_authors:
            params |= {"expansions": "author_id", "user.fields": "name,username"}
        try:
            if not part:
                raise _spent(api.budget)
            page = api.ask(
                "/tweets",
                params,
                parse_lookup,
                posts=len(set(part) - api.seen),
                users=len(part) if with_authors else 0,
            )
        except SourceError as error:
            # What was told before has been paid for.
            end, capped = reason(error), _out_of_credit(error)
            break
        gone.update(page.gone)
        authors.update((user.id, user) for user in page.users)
        for post in page.posts:
            if (mention := mention_of(post)) is not None:
                mentions[post.id] = mention
    return LookUp(
        mentions=mentions,
        authors=authors,
        gone=frozenset(gone) - mentions.keys(),
        end=end,
        capped=capped,
    )


def _affordable(api: Api, ids: list[str], user_units: int) -> list[str]:
    """The first of some ids, as many as the budget has room for."""
    left = api.budget.left()
    for number, one in enumerate(ids):
        left -= (one not in api.seen) + user_units
        if left < 0:
            return ids[:number]
    return ids
