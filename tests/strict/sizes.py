"""How much of DynamoDB's limits an item takes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

Wire = Mapping[str, Any]
"""A value as it is sent: {"S": "…"}, {"N": "1"}, {"L": […]} and so on."""

ITEM_BYTES = 409_600
NUMBER_DIGITS = 38

# What a list or a map takes beside what is in it, and what each of its elements does.
_CONTAINER, _ELEMENT = 3, 1


def item_size(item: Mapping[str, Wire]) -> int:
    """The bytes of an item, its keys included: the names of its attributes and their values."""
    return sum(utf8(name) + value_size(value) for name, value in item.items())


def value_size(value: Wire) -> int:
    """The bytes of a value; a number's are about these, as DynamoDB promises no more."""
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def utf8(text: str) -> int:
    """The bytes of a text."""
    return len(text.encode())


def significant_digits(number: str) -> int:
    """The digits of a number without zeros before and behind them."""
    digits = "".join(map(str, Decimal(number).as_tuple().digits))
    return len(digits.strip("0")) or 1


def _number_size(number: str) -> int:
    return (significant_digits(number) + 1) // 2 + 1 + number.startswith("-")


def _list_size(elements: Sequence[Wire]) -> int:
    return _CONTAINER + sum(_ELEMENT + value_size(each) for each in elements)


def _map_size(elements: Mapping[str, Wire]) -> int:
    return _CONTAINER + _ELEMENT * len(elements) + item_size(elements)


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": utf8,
    "N": _number_size,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(map(utf8, texts)),
    "NS": lambda numbers: sum(map(_number_size, numbers)),
    "BS": lambda each: sum(map(len, each)),
    "L": _list_size,
    "M": _map_size,
}
