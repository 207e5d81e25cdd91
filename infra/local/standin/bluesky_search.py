"""Which posts a search of Bluesky finds, as much of its language as a sweep for links needs.

https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/searchPosts.json calls the query
Lucene-like and says no more, so how `*` and words are read is the stand-in's `Reading`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from infra.local.standin.bluesky_post import BlueskyPost

Reading = Literal["any", "text", "no_star", "star_literal"]
Test = Callable[[BlueskyPost], bool]

WORD = re.compile(r"\w+")
TERM = re.compile(r'"[^"]*"|\S+')
# What may mean something else than its words; `https://` does not.
OPERATOR = re.compile(r"[-(].*|[a-z]+:(?!//).*|AND|OR|NOT|\|", re.DOTALL)


class QueryError(ValueError):
    """The query cannot be read; the text says why."""


def parse(query: str, reading: Reading) -> Test:
    """A test for posts that have all the query's words; raises QueryError.

    "any": words are looked for in the text and in every link, `*` stands for everything. "text": not in the
    link of a card. "no_star": `*` alone is refused. "star_literal": no post has the word `*`.
    """
    if query.strip() == "*" and reading == "no_star":
        raise QueryError("a query of only wildcards is not supported")
    tests = [_term(term, reading) for term in TERM.findall(query)]
    return lambda post: all(test(post) for test in tests)


def linking(domain: str, *, below: bool = False) -> Test:
    """A test for posts with a link to this host, or (`below`) to one of its subdomains, in text or card."""
    wanted = _host(f"https://{domain}")

    def is_there(link: str) -> bool:
        host = _host(link)
        return host == wanted or (below and host.endswith(f".{wanted}"))

    return lambda post: any(map(is_there, _links(post)))


def _term(term: str, reading: Reading) -> Test:
    if term == "*":
        return lambda _post: reading != "star_literal"
    # Better refused than read as words, which would find something else.
    if OPERATOR.fullmatch(term):
        raise QueryError(f"the stand-in does not read {term}")
    words = WORD.findall(term.casefold())

    def inside(text: str) -> bool:
        there = WORD.findall(text.casefold())
        return any(there[place : place + len(words)] == words for place in range(len(there) - len(words) + 1))

    return lambda post: any(inside(text) for text in _searched(post, reading))


def _searched(post: BlueskyPost, reading: Reading) -> list[str]:
    if reading == "text":
        return [post.text, *(link.uri for link in post.links)]
    return [post.text, *_links(post)]


def _links(post: BlueskyPost) -> list[str]:
    card = [post.card] if post.card else []
    return [link.uri for link in post.links] + card


def _host(link: str) -> str:
    return (urlsplit(link).hostname or "").removeprefix("www.")
