"""Lists that may be larger than an item of the table, kept in several: the item itself, and parts beside it.

    pk                     sk        what
    DAY#2021-06-18#POST    0#0001    what did not fit in the item at DAY#2021-06-18, POST

An item has 400 KB at most. There are two sets of parts, and the item says which is in use: the other one is
written first, so that after a crash, too, all of the old is found or all of the new. Only for items with one
writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from shared import aws

S = TypeVar("S", bound=Struct)

# In bytes of JSON; beside its list an item has 100 KB for all else.
_ROOM = 300_000


def split(values: Iterable[S]) -> list[tuple[S, ...]]:
    """A list in pieces that fit an item each, at least one; a piece may be a single large value."""
    pieces: list[list[S]] = [[]]
    size = 0
    for value in values:
        length = len(msgspec.json.encode(value)) + 1
        if pieces[-1] and size + length > _ROOM:
            pieces.append([])
            size = 0
        pieces[-1].append(value)
        size += length
    return [tuple(piece) for piece in pieces]


def put(key: aws.Key, document: str, further: Sequence[tuple[Struct, ...]]) -> None:
    """Write an item's document, which has the first piece of its list, and the further pieces."""
    item: aws.Item = {"pk": key[0], "sk": key[1], "document": document}
    if further:
        before = aws.get(key) or {}
        side = 1 - before.get("side", 1)
        for (pk, sk), piece in zip(_keys(key, side, len(further)), further, strict=True):
            aws.put({"pk": pk, "sk": sk, "document": msgspec.json.encode(piece).decode()})
        item |= {"parts": len(further), "side": side}
    aws.put(item)


def further(items: Iterable[aws.Item], type_: type[S]) -> dict[aws.Key, tuple[S, ...]]:
    """What of their lists does not stand in some items themselves, by the items' keys."""
    keys = {
        key: _keys(key, item["side"], item["parts"])
        for item in items
        for key in [(item["pk"], item["sk"])]
        if "parts" in item
    }
    found = aws.get_many(part for parts in keys.values() for part in parts)
    return {
        key: tuple(
            value
            for part in parts
            for value in msgspec.json.decode(found[part]["document"], type=tuple[type_, ...])  # type: ignore[valid-type]
        )
        for key, parts in keys.items()
    }


def _keys(key: aws.Key, side: int, number: int) -> list[aws.Key]:
    return [(f"{key[0]}#{key[1]}", f"{side}#{part:04}") for part in range(1, number + 1)]
