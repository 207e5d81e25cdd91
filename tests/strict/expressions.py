"""What DynamoDB's expressions are made of, as far as its limits and its rules of names ask.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-expression-parameters
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

EXPRESSION_BYTES = 4096
OPERATORS = 300
OPERANDS_OF_IN = 100

_TOKEN = re.compile(
    r"\s+|(?P<value>:\w+)|(?P<alias>#\w+)|(?P<index>\[\d+\])|(?P<word>[A-Za-z]\w*)"
    r"|(?P<operator><>|<=|>=|[=<>+-])|(?P<mark>[(),.])|(?P<other>.)",
    re.ASCII,
)
_RANGE = re.compile(r"\bBETWEEN\s+(:\w+)\s+AND\s+(:\w+)", re.ASCII | re.IGNORECASE)
_OPERATORS = {"AND", "OR", "NOT", "BETWEEN", "IN"}
_FUNCTIONS = {
    "attribute_exists",
    "attribute_not_exists",
    "attribute_type",
    "begins_with",
    "contains",
    "if_not_exists",
    "list_append",
    "size",
}
_CLAUSES = {"SET", "REMOVE", "ADD", "DELETE"}


class Expression(NamedTuple):
    """An expression's values and attributes by the names it has for them, and how much there is to it."""

    values: frozenset[str]
    attributes: frozenset[str]  # bare names, and those that begin with #
    operators: int  # functions included
    operands_of_in: int  # of the IN that has most
    ranges: frozenset[tuple[str, str]]  # what stands on both sides of a BETWEEN's AND
    strange: str  # the first thing in it that no expression can have


@lru_cache(maxsize=4096)
def read(expression: str) -> Expression:
    """Take an expression apart."""
    values, attributes = set(), set()
    operators = most = 0
    strange = ""
    tokens = [token for token in _TOKEN.finditer(expression) if token.lastgroup]
    for place, token in enumerate(tokens):
        text = token.group()
        match token.lastgroup:
            case "value":
                values.add(text)
            case "alias":
                attributes.add(text)
            case "operator":
                operators += 1
            case "word" if text.upper() in _OPERATORS:
                operators += 1
                if text.upper() == "IN":
                    most = max(most, _operands(tokens[place + 1 :]))
            case "word" if text in _FUNCTIONS:
                operators += 1
            case "word" if text.upper() not in _CLAUSES:
                attributes.add(text)
            case "other":
                strange = strange or text
    ranges = frozenset((low, high) for low, high in _RANGE.findall(expression))
    return Expression(frozenset(values), frozenset(attributes), operators, most, ranges, strange)


def _operands(tokens: list[re.Match[str]]) -> int:
    """How many there are in the parentheses that come next."""
    found = 0
    for token in tokens:
        if token.lastgroup in ("value", "alias", "word"):
            found += 1
        if token.group() == ")":
            break
    return found
