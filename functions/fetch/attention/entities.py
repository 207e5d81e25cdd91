"""Finding again what X marks in a text: links, names and tags, whatever its offsets count.

X sends texts with `&`, `<` and `>` escaped and does not say whether the offsets of entities count escaped
or unescaped characters. An offset pair is right when what it cuts out is the entity's own text.
"""

from __future__ import annotations

import re

from shared.paper import Entity


def unescape(text: str) -> str:
    """A text as it was written: X escapes these three characters and no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def place(escaped: str, entities: list[tuple[Entity, tuple[str, ...]]]) -> tuple[Entity, ...]:
    """Entities, each with the texts it may have, at their places in the unescaped text, in order.

    What is not found anywhere, or lies within another entity, is left out.
    """
    text = unescape(escaped)
    placed: list[Entity] = []
    free_from = 0
    for entity, own in sorted(entities, key=lambda pair: pair[0].start):
        start = _start(text, escaped, entity, own, free_from)
        if start is None:
            continue
        end = start + len(own[0])
        placed.append(
            Entity(kind=entity.kind, start=start, end=end, target=entity.target, shown=entity.shown)
        )
        free_from = end
    return tuple(placed)


def _start(text: str, escaped: str, entity: Entity, own: tuple[str, ...], free_from: int) -> int | None:
    wanted = {one.casefold() for one in own}
    if entity.start >= free_from and text[entity.start : entity.end].casefold() in wanted:
        return entity.start
    if escaped[entity.start : entity.end].casefold() in wanted:
        start = len(unescape(escaped[: entity.start]))
        if start >= free_from:
            return start
    # Neither reading fits (offsets in UTF-16 units, for one): the text itself is looked for.
    found = re.compile("|".join(map(re.escape, own)), re.IGNORECASE).search(text, free_from)
    return found.start() if found else None
