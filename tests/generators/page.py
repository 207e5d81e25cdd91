"""What a reader sees of a page that a generator made."""

from __future__ import annotations

from html.parser import HTMLParser

from msgspec import Struct

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_SILENT = frozenset({"script", "style", "title"})


class Page(Struct, frozen=True):
    """Its headings of the first level, its text, how many embeds it has, and how many scripts that show them.

    A formula that KaTeX has drawn is `$…$` here, as it was written.
    """

    headings: tuple[str, ...]
    text: str
    embeds: int
    scripts: int


def read(html: str) -> Page:
    """The page; never raises."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(
        headings=tuple(" ".join("".join(heading).split()) for heading in reader.headings),
        text=" ".join("".join(reader.text).split()),
        embeds=reader.embeds,
        scripts=reader.scripts,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[list[str]] = []
        self.text: list[str] = []
        self.embeds = 0
        self.scripts = 0
        # Each open element and the classes of it.
        self._open: list[tuple[str, frozenset[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = frozenset((given.get("class") or "").split())
        self.embeds += tag == "blockquote" and bool(classes & {"twitter-tweet", "bluesky-embed"})
        self.scripts += tag == "script" and (given.get("src") or "").endswith(("/widgets.js", "/embed.js"))
        if tag in _VOID:
            self._say(" ")
            return
        self._open.append((tag, classes))
        if tag == "h1":
            self.headings.append([])

    def handle_endtag(self, tag: str) -> None:
        while any(tag == name for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break
        # Blocks are apart, and so are their words.
        if tag in {"p", "li", "h1", "blockquote", "header"}:
            self._say(" ")

    def handle_data(self, data: str) -> None:
        names = [name for name, _ in self._open]
        classes = {one for _, many in self._open for one in many}
        if _SILENT & set(names):
            return
        if "annotation" in names or "katex-error" in classes:
            self._say(f"${data.strip()}$")
        elif "katex" not in classes:
            self._say(data)

    def _say(self, text: str) -> None:
        self.text.append(text)
        if any(name == "h1" for name, _ in self._open):
            self.headings[-1].append(text)
