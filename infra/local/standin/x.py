"""X's API v2: recent and full-archive search, lookup of posts by id (https://docs.x.com/x-api)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from infra.local.standin import x_search
from infra.local.standin.answer import Answer, Params, json_answer
from infra.local.standin.boolean import QueryError
from infra.local.standin.readings import LIKELY, Readings
from infra.local.standin.world import Post, World
from infra.local.standin.x_posts import Offsets, Vocabulary, shape

LEAST_AGE = timedelta(seconds=30)
PAGE = 500
DEFAULT_PAGE = 10
MOST_IDS = 100
COMMON = {
    "expansions",
    "tweet.fields",
    "post.fields",
    "user.fields",
    "media.fields",
    "place.fields",
    "poll.fields",
}
SEARCH = COMMON | {
    "query",
    "max_results",
    "next_token",
    "pagination_token",
    "start_time",
    "end_time",
    "since_id",
    "until_id",
    "sort_order",
}
POST_ID = re.compile(r"[0-9]{1,19}")
TOKEN = "b26v89c19zqg8o3f"  # noqa: S105 - how next_token values begin, and no secret

UNAUTHORIZED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}


class RequestError(ValueError):
    """A parameter is no good: the service answers 400 naming it."""

    def __init__(self, name: str, value: str, message: str) -> None:
        super().__init__(message)
        self.name, self.value, self.message = name, value, message


@dataclass(frozen=True)
class Search:
    """One of the two searches: its requests in 15 minutes, what it takes, how far it reaches back and looks
    unless told; the second that the full archive wants between two requests is not kept.
    """

    limit: int
    longest_query: int
    most: int  # posts of a page
    default: timedelta
    reach: timedelta | None = None

    def first(self, now: datetime) -> datetime:
        """The earliest time that may be asked for."""
        return now - self.reach if self.reach else FIRST_POSTS


WINDOW = timedelta(days=7)
FIRST_POSTS = datetime(2006, 3, 21, tzinfo=UTC)
SEARCHES = {
    "/tweets/search/recent": Search(450, 512, 100, WINDOW, WINDOW),
    "/tweets/search/all": Search(300, 1024, PAGE, timedelta(days=30)),
}
LOOKUPS = 3500


@dataclass(frozen=True)
class Options:
    """How the service speaks: which vocabulary, what entity offsets count, the most posts of a page, and more
    that is not certain.
    """

    vocabulary: Vocabulary | Literal["asked"] = "asked"
    entity_offsets: Offsets = "escaped"
    page_size: int = PAGE
    readings: Readings = LIKELY


def answer(
    path: str, params: Params, headers: Mapping[str, str], world: World, now: datetime, *, options: Options
) -> Answer:
    """The answer to one request at `now`; `path` is what follows `/2`, `headers` need Authorization."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token.strip():
        return json_answer(401, UNAUTHORIZED)
    search = SEARCHES.get(path)
    limit = search.limit if search else LOOKUPS
    rate = {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(limit - 1),
        "x-rate-limit-reset": str(int((now + timedelta(minutes=15)).timestamp())),
        "api-version": "2.167",
    }
    values = dict(params)
    try:
        if search:
            return json_answer(200, _search(search, values, world, now, options), rate)
        if path == "/tweets":
            return json_answer(200, _lookup(values, world, now, options), rate)
    except RequestError as error:
        return json_answer(400, problem(error), rate)
    return json_answer(
        404, {"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"}
    )


def problem(error: RequestError) -> dict[str, Any]:
    """The body of a 400."""
    return {
        "errors": [{"parameters": {error.name: [error.value]}, "message": error.message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": "https://api.twitter.com/2/problems/invalid-request",
    }


def _search(
    search: Search, values: dict[str, str], world: World, now: datetime, options: Options
) -> dict[str, Any]:
    _known(values, SEARCH)
    query = values.get("query", "")
    longest = search.longest_query
    if not 1 <= len(query) <= longest:
        raise RequestError("query", query, f"query length must be between 1 and {longest} characters")
    size = _size(values, search.most)
    try:
        test = x_search.parse(query, world, options.readings.x_search)
    except QueryError as error:
        raise RequestError("query", query, f"There were errors processing your request: {error}") from error
    end = _time(values, "end_time", now - LEAST_AGE)
    start = _time(values, "start_time", (now if search.reach else end) - search.default)
    if start < search.first(now):
        limit = f"{search.first(now):%Y-%m-%dT%H:%MZ}"
        raise RequestError("start_time", values["start_time"], f"'start_time' must be on or after {limit}")
    if end > now or end <= start:
        raise RequestError("end_time", values.get("end_time", ""), "'end_time' must be after 'start_time'")
    after, before = _bound(values, "since_id", 0), _bound(values, "until_id", 10**19)
    found = sorted(
        (
            post
            for post in world.posts
            if post.state in {"ok", "authorless"}
            and start <= post.created_at < end
            and after < int(post.id) < before
            and test(post)
        ),
        key=_order(values),
        reverse=True,
    )
    rest = _following(found, values)
    page = rest[: min(size, options.page_size)]
    if not page:
        return {"meta": {"result_count": 0}}
    meta: dict[str, Any] = {
        "newest_id": max((post.id for post in page), key=int),
        "oldest_id": min((post.id for post in page), key=int),
        "result_count": len(page),
    }
    if len(rest) > len(page):
        meta["next_token"] = f"{TOKEN}{int(page[-1].id):x}"
    return _with_users(page, values, world, options) | {"meta": meta}


def _lookup(values: dict[str, str], world: World, now: datetime, options: Options) -> dict[str, Any]:
    _known(values, COMMON | {"ids"})
    ids = values.get("ids", "").split(",")
    if not 1 <= len(ids) <= MOST_IDS:
        raise RequestError("ids", values["ids"], f"The number of values in the `ids` query parameter list"
                           f" [{len(ids)}] is not between 1 and {MOST_IDS}")  # fmt: skip
    for each in ids:
        if not POST_ID.fullmatch(each):
            raise RequestError("ids", each, f"The `ids` query parameter value [{each}] is not valid")
    posts = {post.id: post for post in world.posts if post.created_at <= now and post.state != "deleted"}
    found = [posts[each] for each in dict.fromkeys(ids) if each in posts and posts[each].state != "protected"]
    dropped = {"both": "", "resource_id": "value", "value": "resource_id"}[options.readings.x_missing]
    errors = [
        {name: text for name, text in error.items() if name != dropped}
        for each in dict.fromkeys(ids)
        if each not in posts or posts[each].state == "protected"
        for error in [_missing(each, each in posts, _vocabulary(values, options))]
    ]
    body = _with_users(found, values, world, options) if found else {}
    return body | ({"errors": errors} if errors else {})


def _missing(post_id: str, exists: bool, vocabulary: Vocabulary) -> dict[str, str]:
    """Why a post is not in the answer: it is gone, or its author has closed the account to strangers."""
    thing = "Tweet" if vocabulary == "tweet" else "Post"
    host = "https://api.twitter.com" if vocabulary == "tweet" else "https://api.x.com"
    detail, title, kind = (
        (f"Sorry, you are not authorized to see the {thing} with ids: [{post_id}].",
         "Authorization Error", "not-authorized-for-resource")
        if exists else
        (f"Could not find {thing.lower()} with ids: [{post_id}].", "Not Found Error", "resource-not-found")
    )  # fmt: skip
    return {
        "value": post_id,
        "detail": detail,
        "title": title,
        "resource_type": thing.lower(),
        "parameter": "ids",
        "resource_id": post_id,
        "type": f"{host}/2/problems/{kind}",
    }


def _with_users(
    posts: Iterable[Post], values: dict[str, str], world: World, options: Options
) -> dict[str, Any]:
    """The posts in the fields asked for, and their authors when these are asked for."""
    vocabulary = _vocabulary(values, options)
    expansions = set(values.get("expansions", "").split(","))
    fields = set(values.get("tweet.fields", "").split(",")) - {"referenced_posts"}
    if "post.fields" in values:
        # `author_id` cannot be chosen there; `shape` sends it anyway.
        fields |= set(values["post.fields"].split(",")) - {"referenced_tweets", "author_id"}
    fields |= {"author_id"} if "author_id" in expansions else set()
    posts = list(posts)
    body: dict[str, Any] = {
        "data": [shape(post, world, fields, vocabulary, options.entity_offsets) for post in posts]
    }
    if options.readings.x_author == "expanded" and vocabulary == "post" and "author_id" not in expansions:
        for sent in body["data"]:
            del sent["author_id"]
    if "author_id" in expansions:
        known = {user.id: user for user in world.users}
        wanted = dict.fromkeys(post.author_id for post in posts if post.state != "authorless")
        users = [
            {"id": known[each].id, "name": known[each].name, "username": known[each].username}
            for each in wanted
            if each in known
        ]
        if users:
            body["includes"] = {"users": users}
    return body


def _vocabulary(values: dict[str, str], options: Options) -> Vocabulary:
    """The words of the answer: those of the parameter sent, unless the stand-in is told otherwise."""
    if options.vocabulary != "asked":
        return options.vocabulary
    return "post" if "post.fields" in values else "tweet"


def _following(found: list[Post], values: dict[str, str]) -> list[Post]:
    token = values.get("next_token", values.get("pagination_token"))
    if token is None:
        return found
    places = [place for place, post in enumerate(found) if token == f"{TOKEN}{int(post.id):x}"]
    if not places:
        raise RequestError("next_token", token, f"The value [{token}] for next_token is not valid")
    return found[places[0] + 1 :]


def _order(values: dict[str, str]) -> Any:
    if values.get("sort_order", "recency") == "relevancy":
        return lambda post: (post.reposts + post.likes, int(post.id))
    return lambda post: (post.created_at, int(post.id))


def _size(values: dict[str, str], most: int) -> int:
    text = values.get("max_results", str(DEFAULT_PAGE))
    if not text.isdecimal() or not DEFAULT_PAGE <= int(text) <= most:
        message = f"The `max_results` query parameter value [{text}] is not between {DEFAULT_PAGE} and {most}"
        raise RequestError("max_results", text, message)
    return int(text)


def _bound(values: dict[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    if not text.isdecimal():
        raise RequestError(name, text, f"The `{name}` query parameter value [{text}] is not valid")
    return int(text)


def _time(values: dict[str, str], name: str, default: datetime) -> datetime:
    text = values.get(name)
    if text is None:
        return default
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise RequestError(name, text, f"The `{name}` query parameter value [{text}] is not a valid RFC3339 date")


def _known(values: dict[str, str], names: set[str]) -> None:
    for name, value in values.items():
        if name not in names:
            listed = ",".join(sorted(names))
            raise RequestError(name, value, f"The query parameter [{name}] is not one of [{listed}]")
