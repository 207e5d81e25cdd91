"""The accounts that are ignored, as a setting names them: those that post everything are no attention.

An entry is `source:name`, or a name alone for every source; a leading @ is decoration, and case makes no
difference. The name is the account's own (X, Hacker News), its handle or DID (Bluesky), or its numeric id
(X).
"""

from __future__ import annotations

import re
from functools import cache

from shared.paper import Author

_SOURCES = ("x", "bluesky", "hackernews")
_NAME = re.compile(r"did:[a-z]+:[a-z0-9._:%-]{1,240}|[a-z0-9_][a-z0-9_.-]{0,252}")
# X leaves out accounts by name, as far as its search has room for them: names and operators in characters.
_MOST_X_CHARACTERS, _X_OPERATOR = 220, len(" -from:")


class AccountError(ValueError):
    """An entry that names no account, or more of them than X takes; the text says which."""


@cache
def parse(text: str) -> frozenset[str]:
    """The accounts of a list with commas or spaces between, each as `source:name` in lower case.

    Raises AccountError naming the first entry that is none.
    """
    accounts: set[str] = set()
    for entry in re.split(r"[,\s]+", text.strip()):
        if not entry:
            continue
        source, _, name = entry.lower().partition(":")
        sources: tuple[str, ...] = (source,)
        if source not in _SOURCES:
            # A DID has colons of its own.
            sources, name = ("bluesky",) if source == "did" else _SOURCES, entry.lower()
        name = name.removeprefix("@")
        if not _NAME.fullmatch(name):
            raise AccountError(f"{entry!r} is no account: it is one of {', '.join(_SOURCES)}, `:` and a name")
        accounts.update(f"{one}:{name}" for one in sources)
    found = frozenset(accounts)
    if sum(_X_OPERATOR + len(name) for name in x_names(found)) > _MOST_X_CHARACTERS:
        raise AccountError("too many names for X, whose search has no room for more: give numeric ids")
    return found


def x_names(accounts: frozenset[str]) -> list[str]:
    """The ignored accounts on X that are given by name, in order."""
    names = sorted(one.removeprefix("x:") for one in accounts if one.startswith("x:"))
    return [name for name in names if re.fullmatch(r"\w{1,15}", name) and not name.isdigit()]


def is_ignored(source: str, author: Author, accounts: frozenset[str]) -> bool:
    """Whether an account is among the ignored, by its id or its name."""
    return any(f"{source}:{name.lower()}" in accounts for name in (author.id, author.username) if name)
