"""XML from outside as a tree, within bounds: no definitions, nor more or deeper elements than answers have.

An element in memory is many times what it is in bytes, so the size of a body alone bounds nothing. Where most
of a document is a list, its entries are taken as they come, and only one of them is there at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser, ParseError

# Elements, attributes and pieces of text. A page of 2,500 OAI records has some 130,000.
MOST = 400_000
# Levels of elements; answers have six.
DEEPEST = 100
# In bytes: the parser copies what it is given at once.
_PIECE = 65_536


class XmlError(Exception):
    """A body that is not XML, or is more of it than any answer; the text says why."""


class _Builder(TreeBuilder):
    def __init__(self, entry: tuple[str, ...], take: Callable[[Element], None]) -> None:
        super().__init__()
        self._entry = entry
        self._take_entry = take
        self._left = MOST
        self._path: list[str] = []

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._path.append(tag)
        if len(self._path) > DEEPEST:
            raise XmlError(f"elements are deeper than {DEEPEST}")
        self._take(1 + len(attrs))
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        element = super().end(tag)
        if len(self._path) == len(self._entry) and tuple(self._path) == self._entry:
            self._take_entry(element)
            # It stays where it is in the tree, and nothing in it.
            element.clear()
        self._path.pop()
        return element

    def data(self, data: str) -> None:
        self._take(1)
        super().data(data)

    def _take(self, number: int) -> None:
        self._left -= number
        if self._left < 0:
            raise XmlError(f"it has more than {MOST:,} parts")


def parse(
    body: bytes, entry: tuple[str, ...] = (), take: Callable[[Element], None] = lambda _entry: None
) -> Element:
    """The root of a document; raises XmlError for anything else, and whatever `take` raises.

    `entry` names the way from the root to the elements that are given to `take` each when it has ended, and
    are empty afterwards.
    """
    parser = DefusedXMLParser(target=_Builder(entry, take), forbid_dtd=True)
    try:
        for start in range(0, len(body), _PIECE):
            parser.feed(body[start : start + _PIECE])
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        # Beside its own errors: a definition, half a character, an encoding that nobody knows.
        raise XmlError(str(error)) from None
    return root
