"""Named filters, as the setting FILTERS spells them, and which papers they pick out (see docs/filters.md).

    Robot learning: cat:cs.RO, "imitation learning", -survey, +author:Levine; Tiny: quantiz*

Texts are compared word by word: case and accents are ignored, and whatever is neither letter nor digit
stands between words. So no term is a pattern of its own, and a hyphen is as good as a space.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

from msgspec import Struct

from shared import categories, tex
from shared.paper import Paper

MOST_FILTERS = 20
MOST_NAME_CHARACTERS = 40

# C++ and C# are words of their own, not the letter.
_WORD = re.compile(r"[^\W_]+(?:\+\+|#(?!\w))?")
_NAME = re.compile(r"[^\W_](?:[^\W_]|[ -])*")
_TERM = re.compile(
    r"""
    (?P<sign>[-+]?) \s*
    (?: (?P<kind>[A-Za-z]+) \s* : \s* )?
    (?: "(?P<quoted>[^"]*)" | (?P<plain>(?![-+])[^":]*?) )
    (?P<star>\*?)
    """,
    re.VERBOSE,
)
# Letters that Unicode does not take apart into a letter and an accent.
_WITHOUT_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe"})


class FilterError(ValueError):
    """A filter that cannot be read; the text names the filter and the term."""


class Term(Struct, frozen=True, kw_only=True):
    """What a paper may have: one of `categories`, an author with all of `words`, or `words` in a row.

    `text` is how it was typed, without sign and quotes. With `is_prefix` the last word is the start of one.
    """

    kind: Literal["cat", "author", "words"]
    text: str
    words: tuple[str, ...] = ()
    categories: frozenset[str] = frozenset()
    is_prefix: bool = False


class Filter(Struct, frozen=True, kw_only=True):
    """A named filter. `slug` is its name in addresses; without an including term it includes every paper."""

    name: str
    slug: str
    include: tuple[Term, ...] = ()
    exclude: tuple[Term, ...] = ()
    highlight: tuple[Term, ...] = ()


class Marks(Struct, frozen=True):
    """The slugs of the filters that include a paper, and of those among them that highlight it."""

    filters: tuple[str, ...] = ()
    highlights: tuple[str, ...] = ()


# --- reading the setting -----------------------------------------------------------------------------


@cache
def parse(text: str) -> tuple[Filter, ...]:
    """The filters in their order; raises FilterError for the first that cannot be read."""
    found: dict[str, Filter] = {}
    for part in _split(text, ";"):
        if not part:
            continue
        one = _filter(part)
        if one.slug in found:
            raise FilterError(
                f"filter {one.name!r}: {found[one.slug].name!r} has the same address, {one.slug}"
            )
        found[one.slug] = one
    if len(found) > MOST_FILTERS:
        raise FilterError(f"{len(found)} filters are more than {MOST_FILTERS}")
    return tuple(found.values())


def digest(text: str) -> str:
    """What tells one setting from another; "" for one without filters."""
    if not parse(text):
        return ""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _split(text: str, separator: str) -> list[str]:
    """The stripped parts between separators that stand outside of quotes."""
    parts = [""]
    for piece in re.split(rf'("[^"]*"|{separator})', text):
        if piece == separator:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _filter(text: str) -> Filter:
    name, colon, terms = text.partition(":")
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not colon:
        raise FilterError(f"filter {text!r}: no `:` after its name")
    if not _NAME.fullmatch(name) or len(name) > MOST_NAME_CHARACTERS:
        raise FilterError(
            f"filter {name!r}: a name has letters, digits, spaces and hyphens, "
            f"at most {MOST_NAME_CHARACTERS}, a letter or digit first"
        )
    slug = "-".join(_words(name))
    if not slug or not slug.isascii():
        raise FilterError(f"filter {name!r}: a name needs letters that fit into an address, as a to z do")
    if not terms.strip():
        raise FilterError(f"filter {name!r}: no term after its name")
    signed: dict[str, list[Term]] = {"": [], "-": [], "+": []}
    for term in _split(terms, ","):
        try:
            sign, read = _term(term)
        except ValueError as error:
            raise FilterError(f"filter {name!r}, term {term!r}: {error}") from None
        signed[sign].append(read)
    return Filter(
        name=name,
        slug=slug,
        include=tuple(signed[""]),
        exclude=tuple(signed["-"]),
        highlight=tuple(signed["+"]),
    )


def _term(text: str) -> tuple[str, Term]:
    """A term and its sign; raises ValueError telling what is wrong with it."""
    if text.count('"') % 2:
        raise ValueError("a quote is not closed")
    match = _TERM.fullmatch(text)
    if not match:
        raise ValueError('it is none of word, "some words", cat:cs.LG and author:Name, with - or + before it')
    kind = (match["kind"] or "words").lower()
    quoted = match["quoted"]
    content, star = (match["plain"], match["star"]) if quoted is None else (quoted, match["star"])
    if quoted is not None and not star and quoted.endswith("*"):
        content, star = quoted[:-1], "*"
    ends_in_space = content[-1:].isspace()
    content = " ".join(content.split())
    words = _words(content)
    if match["kind"] and kind not in ("cat", "author"):
        raise ValueError(
            f"{kind}: is unknown; there are cat: and author:, and a text with a colon needs quotes"
        )
    if not words:
        raise ValueError("it names nothing")
    if "*" in content or (star and (kind != "words" or ends_in_space)):
        raise ValueError("a * may end a keyword or a phrase, and nothing else")
    if kind == "cat":
        if " " in content or "," in content:
            raise ValueError("cat: takes one category or archive")
        return match["sign"], Term(kind="cat", text=content, categories=categories.selection(content))
    if kind == "author":
        return match["sign"], Term(kind="author", text=content, words=words)
    return match["sign"], Term(kind="words", text=content, words=words, is_prefix=bool(star))


# --- matching ----------------------------------------------------------------------------------------


def marks(filters: Sequence[Filter], paper: Paper) -> Marks:
    """What the filters make of a paper. An excluding term wins over all; a highlight includes nothing."""
    # Most have none, and taking texts apart is most of the work.
    return _matched(filters, paper) if filters else Marks()


def _matched(filters: Sequence[Filter], paper: Paper) -> Marks:
    read = _Read(
        paper.categories,
        tuple(_words(name) for name in paper.authors),
        # Apart, so that no phrase begins in the title and ends in the abstract.
        tuple(f" {' '.join(_words(tex.accents(text)))} " for text in (paper.title, paper.abstract)),
    )
    including = [one for one in filters if _includes(one, read)]
    return Marks(
        tuple(one.slug for one in including),
        tuple(one.slug for one in including if _any(one.highlight, read)),
    )


class _Read(Struct, frozen=True):
    """A paper whose texts were taken apart once, for however many terms."""

    categories: tuple[str, ...]
    authors: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]


def _includes(one: Filter, paper: _Read) -> bool:
    return (not one.include or _any(one.include, paper)) and not _any(one.exclude, paper)


def _any(terms: tuple[Term, ...], paper: _Read) -> bool:
    return any(_has(paper, term) for term in terms)


def _has(paper: _Read, term: Term) -> bool:
    if term.kind == "cat":
        return not term.categories.isdisjoint(paper.categories)
    if term.kind == "author":
        return any(_in_order(term.words, iter(name)) for name in paper.authors)
    phrase = f" {' '.join(term.words)}{'' if term.is_prefix else ' '}"
    return any(phrase in text for text in paper.texts)


def _in_order(words: tuple[str, ...], name: Iterator[str]) -> bool:
    """Whether a name has the words in their order; initials and middle names may stand between."""
    # `in` goes on where it last stopped.
    return all(word in name for word in words)


def _words(text: str) -> tuple[str, ...]:
    if text.isascii():
        return tuple(_WORD.findall(text.lower()))
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return tuple(_WORD.findall(plain.casefold().translate(_WITHOUT_STROKES)))
