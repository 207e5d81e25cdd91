"""X's query language, as much of it as a sweep for links needs.

Operators: https://docs.x.com/x-api/posts/search/integrate/operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from infra.local.standin import boolean
from infra.local.standin.boolean import QueryError
from infra.local.standin.world import Post, World
from infra.local.standin.x_posts import as_sent

WORD = re.compile(r"\w+")
# What is a word where a dot parts none: a host, a number with its point.
DOTTED = re.compile(r"\w+(?:\.\w+)*")
COUNTS: dict[str, Callable[[Post], int]] = {
    "min_likes": lambda post: post.likes,
    "min_reposts": lambda post: post.reposts,
    "min_replies": lambda post: post.replies,
}
# These say something about a post only beside an operator that finds posts.
DEPENDENT = {"is:retweet", "is:reply", "is:quote", "has:links", "lang"}


def parse(query: str, world: World, links: str = "") -> Callable[[Post], bool]:
    """A test for the world's posts; raises boolean.QueryError with the service's kind of message.

    `links`: how they are searched, see `Readings.x_search`.
    """
    posts = {post.id: post for post in world.posts}
    users = {user.id: user for user in world.users}
    standalone = False

    def term(token: str) -> Callable[[Post], bool]:
        nonlocal standalone
        negated = token.startswith("-") and len(token) > 1
        name, colon, value = token.removeprefix("-").partition(":")
        value = value.strip('"')
        dependent = name in DEPENDENT or f"{name}:{value}" in DEPENDENT
        standalone |= not negated and not dependent
        if not token.strip("-"):
            raise QueryError("a group cannot be negated")
        if not colon:
            words = name.strip('"').casefold()
            test: Callable[[Post], bool] = lambda post: words in post.text.casefold()  # noqa: E731
        elif name == "url":
            sloppy = links == "substring" or (not links and world.sloppy_search)
            test = _url_test(value, sloppy, DOTTED if links == "hosts" else WORD)
        elif name in COUNTS:
            if not value.isdecimal():
                raise QueryError(f"Invalid value '{value}' for operator '{name}'.")
            test = _count_test(name, int(value))
        elif name == "from":
            ids = {user.id for user in world.users if user.username.casefold() == value.casefold()}
            test = lambda post: post.author_id in ids  # noqa: E731
        elif name == "lang":
            test = lambda post: post.lang == value  # noqa: E731
        else:
            test = _property_test(name, value)

        def shown(post: Post) -> bool:
            return test(as_sent(post, posts, users)) is not negated

        return shown

    parsed = boolean.parse(query, term, adjacent="AND")
    if not standalone:
        raise QueryError("Rule must contain at least one positive, non-stopword clause")
    return parsed


def _url_test(value: str, sloppy: bool, word: re.Pattern[str]) -> Callable[[Post], bool]:
    """Matching is by words of the link: `arxiv.org` is two, so found in `export.arxiv.org/abs` too."""
    wanted = word.findall(value.casefold())

    def inside(link: str) -> bool:
        words = word.findall(link.casefold())
        found = any(
            words[place : place + len(wanted)] == wanted for place in range(len(words) - len(wanted) + 1)
        )
        return found or (sloppy and value.casefold() in link.casefold())

    return lambda post: any(
        inside(link)
        for each in post.urls
        for link in (each.url, each.expanded_url, each.display_url, each.unwound_url or "")
    )


def _count_test(name: str, least: int) -> Callable[[Post], bool]:
    count = COUNTS[name]
    return lambda post: count(post) >= least


def _property_test(name: str, value: str) -> Callable[[Post], bool]:
    tests: dict[str, Callable[[Post], bool]] = {
        "is:retweet": lambda post: post.retweet_of is not None,
        "is:quote": lambda post: post.quote_of is not None,
        "is:reply": lambda _post: False,  # the world has no replies
        "has:links": lambda post: bool(post.urls),
    }
    try:
        return tests[f"{name}:{value}"]
    except KeyError:
        raise QueryError(
            f"Reference to invalid operator '{name}'. Operator is not available in current product or"
            " product packaging."
        ) from None
