"""The part of Lambda's event filtering that the template uses; anything else is refused, never ignored.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Pattern: TypeAlias = Mapping[str, Any]


class FilterError(Exception):
    """A filter pattern that is malformed or uses a rule which is not known here; the text names it."""


def parse_pattern(text: str) -> Pattern:
    """A pattern from its JSON text; raises FilterError."""
    try:
        pattern = json.loads(text)
    except json.JSONDecodeError as error:
        raise FilterError(f"the filter is no JSON: {error}") from None
    _check(pattern, ())
    checked: Pattern = pattern
    return checked


def matches(pattern: Pattern, event: Mapping[str, Any]) -> bool:
    """Whether an event has, under each of the pattern's keys, one of the values listed there."""
    return all(_has(wanted, key in event, event.get(key)) for key, wanted in pattern.items())


def _check(node: Any, path: tuple[str, ...]) -> None:
    place = ".".join(path) or "the pattern"
    if isinstance(node, dict):
        if not node:
            raise FilterError(f"{place} asks for nothing")
        for key, value in node.items():
            _check(value, (*path, key))
    elif isinstance(node, list):
        if not node:
            raise FilterError(f"{place} lists no values")
        for rule in node:
            if isinstance(rule, dict) and not (
                rule.keys() == {"exists"} and isinstance(rule["exists"], bool)
            ):
                raise FilterError(f"{place} uses a rule that is not known here: {json.dumps(rule)}")
            if isinstance(rule, list):
                raise FilterError(f"{place} has a list in its list")
    else:
        raise FilterError(f"{place} must be an object or a list of values")


def _has(wanted: Mapping[str, Any] | Sequence[Any], present: bool, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        if isinstance(value, Mapping):
            return matches(wanted, value)
        # Only "exists": false can hold about what is not there.
        return not present and matches(wanted, {})
    for rule in wanted:
        if isinstance(rule, Mapping):
            if rule["exists"] is present:
                return True
        # JSON's true is not 1, Python's is.
        elif present and type(value) is type(rule) and value == rule:
            return True
    return False
