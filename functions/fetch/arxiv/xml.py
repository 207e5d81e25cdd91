"""XML from outside as a tree, within bounds: no definitions, nor more or deeper elements than answers have.

An element in memory is many times what it is in bytes, so the size of a body alone bounds nothing.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser, ParseError

# Elements, attributes and pieces of text. A page of 2,500 OAI records has some 130,000.
MOST = 400_000
# Levels of elements; answers have six.
DEEPEST = 100


class XmlError(Exception):
    """A body that is not XML, or is more of it than any answer; the text says why."""


class _Builder(TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._left = MOST
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > DEEPEST:
            raise XmlError(f"elements are deeper than {DEEPEST}")
        self._take(1 + len(attrs))
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(tag)

    def data(self, data: str) -> None:
        self._take(1)
        super().data(data)

    def _take(self, number: int) -> None:
        self._left -= number
        if self._left < 0:
            raise XmlError(f"it has more than {MOST:,} parts")


def parse(body: bytes) -> Element:
    """The root of a document; raises XmlError for anything else."""
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        # Beside its own errors: a definition, half a character, an encoding that nobody knows.
        raise XmlError(str(error)) from None
    return root
