"""Bluesky: the posts of the last days that link a paper, by one login and a few pages of search.

Facts: https://docs.bsky.app/docs/api/app-bsky-feed-search-posts and, on limits,
https://docs.bsky.app/docs/advanced-guides/rate-limits. Search is meant for people: it wants an account, and
is asked for few pages. The top posts come first, so that what the last page leaves out is what counts least.
"""

from __future__ import annotations

import re

from msgspec import Struct

from functions.fetch.attention import bluesky_wire
from functions.fetch.attention.bluesky_wire import Page, Post, is_forbidden, linked, mention_of
from functions.fetch.attention.sweep import (
    NoCredentialsError,
    Span,
    Sweep,
    by_paper,
    checked,
    measured,
    off,
    open_session,
    parameter,
    unavailable,
)
from shared import clock
from shared.http import Refused, SourceError
from shared.settings import Settings

_LIMIT = 100
_ANY = "*"


class _Search(Struct, frozen=True):
    domain: str
    word: str  # what to ask for where asking for anything is not possible
    sort: str


_SEARCHES = (
    _Search("arxiv.org", "arxiv", "top"),
    _Search("arxiv.org", "arxiv", "latest"),
    _Search("alphaxiv.org", "alphaxiv", "latest"),
    _Search("huggingface.co", "huggingface", "latest"),
)


class Credentials(Struct, frozen=True):
    """What a login is made with."""

    handle: str
    password: str


def credentials(settings: Settings) -> Credentials:
    """The handle and its app password.

    Raises NoCredentialsError when there is neither, SourceError when they cannot be had or are no good.
    Reasons end on a page and a value may have been put in the wrong place: none of it is ever told.
    """
    handle, password = settings.bluesky_handle, settings.bluesky_app_password
    named = settings.bluesky_credentials_parameter
    if not (handle or password or named):
        raise NoCredentialsError
    checked(settings.bluesky_url, "BLUESKY_URL", "password")
    if handle or password:
        if not (handle and password):
            names = ("BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD")
            there, missing = names if handle else reversed(names)
            raise SourceError(f"{there} is set and {missing} is not")
    else:
        # An app password has no colon.
        handle, _, password = parameter(named).rpartition(":")
        if not (handle.strip() and password.strip()):
            raise SourceError(f"the parameter {named} is not of the form handle:app-password")
    return Credentials(_handle(handle), password.strip())


def _handle(text: str) -> str:
    """A full handle; raises SourceError for anything else, which the service tells from nothing else."""
    handle = text.strip().removeprefix("@")
    wrong = ""
    if handle.startswith("did:"):
        wrong = "is a DID"
    elif "@" in handle:
        wrong = "is an e-mail address"
    elif "." not in handle:
        wrong = "has no dot"
    elif not re.fullmatch(r"[A-Za-z0-9.-]+", handle):
        wrong = "has characters that no handle has"
    if wrong:
        raise SourceError(f"the handle {wrong}; it is to be a full one, such as name.bsky.social")
    return handle


class Api:
    """Bluesky for one run: one session with its two minutes, one login, perhaps a second."""

    def __init__(self, settings: Settings, given: Credentials) -> None:
        self._url = settings.bluesky_url
        self._credentials = given
        self._session = open_session(settings)
        self._session.hide(given.password)
        self._token = ""
        self._logins = 0

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return self._session.requests

    def search(self, params: dict[str, str]) -> Page:
        """A page of search, logged in where that is yet to be done; raises SourceError."""
        if not self._token:
            self._log_in()
        try:
            return self._page(params)
        except Refused as error:
            if not _has_expired(error) or self._logins > 1:
                raise
        self._log_in()
        return self._page(params)

    def _page(self, params: dict[str, str]) -> Page:
        return self._session.get(
            f"{self._url}/app.bsky.feed.searchPosts",
            params=params,
            parse=bluesky_wire.parse_search,
            headers={"Authorization": f"Bearer {self._token}"},
        )

    def _log_in(self) -> None:
        self._logins += 1
        try:
            self._token = self._session.post(
                f"{self._url}/com.atproto.server.createSession",
                document={"identifier": self._credentials.handle, "password": self._credentials.password},
                parse=bluesky_wire.parse_session,
            )
            self._session.hide(self._token)
        except Refused as error:
            name = bluesky_wire.problem(error.body)
            if error.status == 401 and name in ("", "AuthenticationRequired"):
                raise SourceError(f"the handle or the app password is wrong ({error})") from None
            raise SourceError(f"the login was refused ({_reason(error)})") from None


def _has_expired(error: Refused) -> bool:
    # Documented with 400, and 401 is what the protocol's other errors about tokens come with.
    return error.status in (400, 401) and bluesky_wire.problem(error.body) == "ExpiredToken"


def _reason(error: SourceError) -> str:
    """Why something failed, with the name that the service gives it."""
    name = bluesky_wire.problem(error.body) if isinstance(error, Refused) else ""
    return f"{error}: {name}" if name else str(error)


def sweep(settings: Settings, span: Span) -> Sweep:
    """Posts that link papers, by paper, as far as `bluesky_pages` reach.

    Posts that their labels keep from the public are no mentions; their ids are told as gone.
    """
    try:
        api = Api(settings, credentials(settings))
    except NoCredentialsError:
        return off("no app password is set")
    except SourceError as error:
        return unavailable(str(error))
    reading = _Reading(api, settings.bluesky_pages, span)
    try:
        is_whole = reading.read()
    except SourceError as error:
        return unavailable(_reason(error), api.requests)
    pages = "page" if settings.bluesky_pages == 1 else f"{settings.bluesky_pages} pages"
    return measured(
        span,
        by_paper(
            (linked(post), mention_of(post)) for post in reading.posts.values() if not is_forbidden(post)
        ),
        reason="" if is_whole else f"the first {pages}",
        gone=frozenset(uri for uri, post in reading.posts.items() if is_forbidden(post)),
        requests=api.requests,
    )


class _Reading:
    """The searches of a run, within the pages that all of them may take together."""

    def __init__(self, api: Api, pages: int, span: Span) -> None:
        self._api = api
        self._pages = pages
        self._left = pages
        self._window = {"since": clock.iso(span.since)}
        # Up to the present there is no end to ask for.
        if span.until < span.now:
            self._window["until"] = clock.iso(span.until)
        self._takes_any = True  # until the service refuses it
        self._asked: set[str] = set()  # domains of which a page came
        self._by_word: set[str] = set()  # domains of which asking for anything found nothing
        self.posts: dict[str, Post] = {}

    def read(self) -> bool:
        """Make all searches; tells whether they came to their ends. Raises SourceError."""
        is_whole = True
        for number, search in enumerate(_SEARCHES):
            if search.sort == "top":
                # Whatever it leaves out, the same domain's latest may have.
                self._follow(search, self._pages // 2)
                continue
            # One page is kept for each domain that is yet to come, where there are so many.
            later = len({other.domain for other in _SEARCHES[number:]}) - 1
            is_whole &= self._follow(search, max(self._left - later, min(1, self._left)))
        return is_whole

    def _follow(self, search: _Search, pages: int) -> bool:
        """One search, up to a number of pages; tells whether it came to its end."""
        seen: set[str] = set()
        cursor = ""
        for _ in range(pages):
            is_first = search.domain not in self._asked
            page = self._page(search, cursor)
            self._asked.add(search.domain)
            if is_first and not page.posts and self._asks_any(search):
                # It may be the asking for anything that finds nothing.
                self._by_word.add(search.domain)
                continue
            fresh = {post.uri: post for post in page.posts if post.uri not in seen}
            self.posts |= fresh
            seen |= fresh.keys()
            # A page that brings nothing new leads nowhere, whatever cursor it has.
            if not page.cursor or not fresh:
                return True
            cursor = page.cursor
        return False

    def _asks_any(self, search: _Search) -> bool:
        return self._takes_any and search.domain not in self._by_word

    def _page(self, search: _Search, cursor: str) -> Page:
        asks_any = self._asks_any(search)
        params = {
            "q": _ANY if asks_any else search.word,
            "domain": search.domain,
            "sort": search.sort,
            "limit": str(_LIMIT),
            **self._window,
        }
        if cursor:
            params["cursor"] = cursor
        try:
            page = self._api.search(params)
        except Refused as error:
            if error.status != 400 or _has_expired(error) or not asks_any or cursor:
                raise
            self._takes_any = False
            return self._page(search, cursor)
        self._left -= 1
        return page
