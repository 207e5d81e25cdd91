"""The boolean form that arXiv's and X's query languages share: terms, AND, OR, parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, Literal, TypeVar

Item = TypeVar("Item")
Test = Callable[[Item], bool]

# A value in quotes or brackets may hold spaces and parentheses.
TOKEN = re.compile(r"""[()]|[^\s()"\[\]]*(?:"[^"]*"|\[[^\]]*\])|[^\s()]+""")


class QueryError(ValueError):
    """The query cannot be read; the text says why."""


def parse(query: str, term: Callable[[str], Test[Item]], adjacent: Literal["AND", "OR"]) -> Test[Item]:
    """A test made of the query's terms; AND and ANDNOT bind tighter than OR.

    `adjacent` is what two terms without an operator between them mean. Raises QueryError.
    """
    return _Parser(TOKEN.findall(query), term, adjacent).whole()


class _Parser(Generic[Item]):
    def __init__(self, tokens: list[str], term: Callable[[str], Test[Item]], adjacent: str) -> None:
        self.tokens, self.term, self.adjacent = tokens, term, adjacent

    def whole(self) -> Test[Item]:
        test = self.either()
        if self.tokens:
            raise QueryError(f"unexpected {self.tokens[0]!r}")
        return test

    def either(self) -> Test[Item]:
        tests = [self.both()]
        while self.tokens and self.tokens[0] != ")":
            if self.tokens[0] == "OR":
                self.tokens.pop(0)
            elif self.adjacent != "OR":
                raise QueryError(f"unexpected {self.tokens[0]!r}")
            tests.append(self.both())
        return lambda item: any(test(item) for test in tests)

    def both(self) -> Test[Item]:
        tests = [self.one()]
        while self.tokens and self.tokens[0] not in {")", "OR"}:
            operator = self.tokens[0] if self.tokens[0] in {"AND", "ANDNOT"} else None
            if operator is None and self.adjacent == "OR":
                break
            if operator is not None:
                self.tokens.pop(0)
            test = self.one()
            tests.append(_negated(test) if operator == "ANDNOT" else test)
        return lambda item: all(test(item) for test in tests)

    def one(self) -> Test[Item]:
        if not self.tokens or self.tokens[0] in {")", "OR", "AND", "ANDNOT"}:
            raise QueryError("an operand is missing")
        first = self.tokens.pop(0)
        if first != "(":
            return self.term(first)
        test = self.either()
        if not self.tokens:
            raise QueryError("a parenthesis is not closed")
        self.tokens.pop(0)
        return test


def _negated(test: Test[Item]) -> Test[Item]:
    return lambda item: not test(item)
