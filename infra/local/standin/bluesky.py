"""Bluesky's API as an account's server speaks it: login and search for posts (https://docs.bsky.app)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from infra.local.standin import bluesky_search
from infra.local.standin.answer import Answer, Params, json_answer
from infra.local.standin.bluesky_post import BlueskyPost
from infra.local.standin.bluesky_posts import view
from infra.local.standin.bluesky_search import QueryError, Reading, Test
from infra.local.standin.bluesky_session import Sessions, holds, log_in
from infra.local.standin.readings import LIKELY, Readings
from infra.local.standin.request import JSON, Request, encoding
from infra.local.standin.world import World

LOGIN = "/com.atproto.server.createSession"
SEARCH = "/app.bsky.feed.searchPosts"
METHODS = {LOGIN: "POST", SEARCH: "GET"}
# Requests in five minutes: logins by account, the rest by address.
LIMITS = {LOGIN: 30, SEARCH: 3000}
PERIOD = timedelta(minutes=5)
PAGE = 100
DEFAULT_PAGE = 25
PARAMETERS = {"q", "sort", "since", "until", "domain", "limit", "cursor"}
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?")

WRONG_LOGIN = ("AuthenticationRequired", "Invalid identifier or password")
NO_LOGIN = ("AuthMissing", "Authentication Required")
EXPIRED = ("ExpiredToken", "Token has expired")


class RefusedError(ValueError):
    """The service answers this status with this error and message."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


class RequestError(RefusedError):
    """A parameter is no good."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "InvalidRequest", message)


@dataclass(frozen=True)
class Options:
    """How a query is read, the status an expired token gets, the most posts of a page, and more that is not
    certain.
    """

    reading: Reading = "any"
    expired: Literal[400, 401] = 400
    page_size: int = PAGE
    readings: Readings = LIKELY


def answer(
    path: str, request: Request, world: World, now: datetime, *, sessions: Sessions, options: Options
) -> Answer:
    """The answer to one request at `now`; `path` is what follows `/xrpc`, a login adds to `sessions`."""
    if path not in METHODS:
        return failure(501, "MethodNotImplemented", "Method Not Implemented")
    rate = limits(path, now, LIMITS[path] - 1)
    try:
        if request.method != METHODS[path]:
            raise RequestError(f"Incorrect HTTP method ({request.method}) expected {METHODS[path]}")
        if path == LOGIN:
            return json_answer(200, _session(request, world, now, sessions), rate)
        _check_token(request, now, sessions, options)
        return json_answer(200, _search(request.query, world, now, options), rate)
    except RefusedError as error:
        return failure(error.status, error.error, error.message, rate)


def failure(status: int, error: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    """An error as the service words it."""
    return json_answer(status, {"error": error, "message": message}, headers)


def limits(path: str, now: datetime, remaining: int, wait: timedelta = PERIOD) -> dict[str, str]:
    """The headers that tell how much may still be asked, and when that starts anew."""
    limit = LIMITS.get(path, LIMITS[SEARCH])
    return {
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(remaining),
        "ratelimit-reset": str(int((now + wait).timestamp())),
        "ratelimit-policy": f"{limit};w={int(PERIOD.total_seconds())}",
    }


def _session(request: Request, world: World, now: datetime, sessions: Sessions) -> dict[str, Any]:
    """A new session for the identifier and password, which only the body may carry."""
    kind = encoding(request.headers)
    if not kind:
        raise RequestError("Request encoding (Content-Type) required but not provided")
    if kind != JSON:
        raise RequestError(f"Wrong request encoding (Content-Type): {kind}")
    fields = dict(request.body)
    for name in ("identifier", "password"):
        if name not in fields:
            raise RequestError(f'Input must have the property "{name}"')
    session = log_in(fields["identifier"], fields["password"], world, now, sessions)
    if session is None:
        raise RefusedError(401, *WRONG_LOGIN)
    return session


def _check_token(request: Request, now: datetime, sessions: Sessions, options: Options) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        raise RefusedError(401, *NO_LOGIN)
    if not holds(token.strip(), sessions, now):
        raise RefusedError(options.expired, *EXPIRED)


def _search(params: Params, world: World, now: datetime, options: Options) -> dict[str, Any]:
    values = dict(params)
    for name in values:
        if name not in PARAMETERS:
            raise RequestError(f"Error: the stand-in does not know the parameter {name}")
    if not values.get("q"):
        raise RequestError('Error: Params must have the property "q"')
    size, first = _number(values, "limit", DEFAULT_PAGE, least=1, most=PAGE), _number(values, "cursor", 0)
    size = min(size, options.page_size)
    start, end = _time(values, "since"), _time(values, "until")
    tests = [_query(values["q"], options)]
    below = options.readings.bluesky_domain == "below"
    tests += [bluesky_search.linking(values["domain"], below=below)] if "domain" in values else []
    known = [post for post in world.bluesky if post.indexed <= now]
    found = sorted(
        (
            post
            for post in known
            if (start is None or start <= post.sort_at)
            and (end is None or post.sort_at < end)
            and all(test(post) for test in tests)
        ),
        key=_order(values),
        reverse=True,
    )
    # What is gone is dropped after the page was cut: a page can be short, or empty, and not the last.
    shown = {post.uri: post for post in known if post.state == "ok"}
    body: dict[str, Any] = {"hitsTotal": len(found)}
    reachable = len(found) if options.readings.bluesky_end is None else options.readings.bluesky_end
    if first + size < min(len(found), reachable):
        body["cursor"] = str(first + size)
    page = [post for post in found[first : first + size] if post.uri in shown]
    return body | {"posts": [view(post, shown) for post in page]}


def _query(query: str, options: Options) -> Test:
    try:
        return bluesky_search.parse(query, options.reading)
    except QueryError as error:
        raise RefusedError(400, "BadQueryString", str(error)) from error


def _order(values: dict[str, str]) -> Callable[[BlueskyPost], Any]:
    sort = values.get("sort", "latest")
    if sort == "top":
        return lambda post: (post.likes + post.reposts + post.replies + post.quotes, post.sort_at, post.uri)
    if sort == "latest":
        return lambda post: (post.sort_at, post.uri)
    raise RequestError('Error: sort must be one of "top" or "latest"')


def _number(
    values: dict[str, str], name: str, default: int, *, least: int = 0, most: int | None = None
) -> int:
    text = values.get(name, str(default))
    if not re.fullmatch(r"-?[0-9]+", text):
        raise RequestError(f"Error: {name} must be an integer")
    if int(text) < least:
        raise RequestError(f"Error: {name} can not be less than {least}")
    if most is not None and int(text) > most:
        raise RequestError(f"Error: {name} can not be greater than {most}")
    return int(text)


def _time(values: dict[str, str], name: str) -> datetime | None:
    """A time or a date, which begins at midnight UTC."""
    text = values.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text) if TIME.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise RequestError(f"Error: {name} must be a datetime or a date")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
