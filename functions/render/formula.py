r"""One TeX formula as MathML Core: latex2mathml converts, and we write only what we know.

The library copies what it is given: links and styles into attributes, commands that it does not know into
the text. So its tree, never its string, is walked and written anew: known elements with as many children
as they need, known attributes with values in bounds, text that is escaped. Anything else refuses the whole
formula, which is then shown as written.

https://w3c.github.io/mathml-core/ has all elements and attributes that browsers agree on.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from functions.render.plain import UNSHOWABLE

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Characters of TeX; what is longer is no formula of an abstract.
LONGEST = 1000
# Levels of MathML: three or four for each of TeX. Browsers' parsers stop at 512.
_DEEPEST = 60
# Widths beyond so many em would hide or overlap the text around a formula.
_WIDEST = 3.0

_LEAVES = frozenset({"mi", "mn", "mo", "mtext", "mspace"})
# Elements that hold any number of others.
_ROWS = frozenset({"math", "mrow", "msqrt", "mstyle", "mpadded", "mphantom", "mtable", "mtr", "mtd"})
_ARITY = {
    "mfrac": 2,
    "mroot": 2,
    "msub": 2,
    "msup": 2,
    "mover": 2,
    "munder": 2,
    "msubsup": 3,
    "munderover": 3,
}
_SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover"})

_VALUES = {
    name: re.compile(pattern)
    for names, pattern in (
        ("display", "block|inline"),
        ("stretchy fence separator accent accentunder displaystyle largeop movablelimits", "true|false"),
        ("form", "prefix|infix|postfix"),
        ("scriptlevel", "[0-2]"),
        ("columnalign", "left|center|right"),
        ("columnlines rowlines", "(?:(?:solid|dashed|none) ?){1,20}"),
        ("columnspacing rowspacing", r"(?:[0-3](?:\.\d{1,4})?(?:em|pt) ?){1,20}"),
    )
    for name in names.split()
}
_LENGTHS = frozenset({"width", "height", "depth", "lspace", "rspace", "minsize", "maxsize", "linethickness"})
_LENGTH = re.compile(r"(-?\d{0,3}(?:\.\d{1,4})?)(em|ex|px|pt|mu|)")
_EM = {"em": 1.0, "ex": 0.5, "px": 1 / 16, "pt": 1 / 12, "mu": 1 / 18}
# MathML 3 had names for them; Core has not.
_SPACES = {"thinmathspace": 3 / 18, "mediummathspace": 4 / 18, "thickmathspace": 5 / 18}
_SPACES |= {f"negative{name}": -width for name, width in _SPACES.items()}
# The one font of Core is "normal"; letters of others are characters of their own.
_STYLES = {
    "bold": ("MATHEMATICAL BOLD",),
    "bold-italic": ("MATHEMATICAL BOLD ITALIC", "MATHEMATICAL BOLD"),
    "double-struck": ("MATHEMATICAL DOUBLE-STRUCK", "DOUBLE-STRUCK"),
    "fraktur": ("MATHEMATICAL FRAKTUR", "BLACK-LETTER"),
    "italic": ("MATHEMATICAL ITALIC",),
    "monospace": ("MATHEMATICAL MONOSPACE",),
    "sans-serif": ("MATHEMATICAL SANS-SERIF",),
    "sans-serif-italic": ("MATHEMATICAL SANS-SERIF ITALIC",),
    "script": ("MATHEMATICAL SCRIPT", "SCRIPT"),
}
_ACCENTS = frozenset("^~\u02c6\u02dc\u00af\u203e\u02d9\u00a8\u02c7\u02d8\u00b4`\u2192\u20d7")

# What defines commands could grow without bound (`\def\a{\b\b}`); a comment and a reference of HTML would be
# taken for what they are not.
_REFUSED = re.compile(
    r"\\(?:[egx]?def|let|newcommand|newenvironment|DeclareMathOperator)(?![A-Za-z])|&\#|(?<!\\)(?:\\\\)*%"
)
_OPERATOR = re.compile(r"\\operatorname\s*(\*?)\s*\{([^{}]*)\}")
# What the library does not know, or a letter of which it forgets that it is upright.
_REWRITTEN = (
    (re.compile(r"\\arg\s*\\(min|max)(?![A-Za-z])"), r"\\arg\1"),
    (re.compile(r"\\arg(?![A-Za-z])"), r"\\operatorname{arg}"),
    (re.compile(r"\\(?:mathbbm|mathds)(?![A-Za-z])"), r"\\mathbb"),
    (re.compile(r"\\mathrm\{([A-Za-z])\}"), r"\\mathrm{ \1}"),
)
_SPACING = re.compile(r"\\[,!;: ]|[~\s]")
_REFERENCE = re.compile(r"&\#x([0-9A-Fa-f]{1,6});")
# TeX that the library did not understand.
_LEFT_OVER = re.compile(r"[\\{}$&\#]")


class _NotOursError(Exception):
    """The library's tree has something that we do not write."""


@lru_cache(maxsize=1024)
def mathml(source: str, *, block: bool = False) -> str:
    """A formula, without its dollars, as a `<math>` element; "" where it has to be shown as written."""
    if len(source) > LONGEST or _REFUSED.search(source):
        return ""
    # Late: texts without mathematics do not pay for its tables (see docs/decisions.md).
    from latex2mathml.converter import convert_to_element

    try:
        tree = convert_to_element(_rewritten(source), display="block" if block else "inline")
        written = _write(tree, 0)
    except Exception:  # noqa: BLE001 - it fails in many ways: its own, KeyError, StopIteration, RecursionError
        return ""
    # Nothing but space is worse than its source.
    return written if re.search(r">[^<\s]", written) else ""


def _rewritten(source: str) -> str:
    for pattern, replacement in _REWRITTEN:
        source = pattern.sub(replacement, source)
    return _OPERATOR.sub(_operator, source)


def _operator(match: re.Match[str]) -> str:
    """`\\operatorname` as the library reads it: with letters alone, any other name in upright letters."""
    name = _SPACING.sub("", match[2])
    if re.fullmatch("[A-Za-z]+", name):
        return f"\\operatorname{match[1]}{{{name}}}"
    return f"\\mathrm{{{match[2]}}}"


def _write(element: Element, depth: int) -> str:
    tag = element.tag
    if depth > _DEEPEST or element.tail:
        raise _NotOursError(tag)
    attributes = dict(element.attrib)
    style = attributes.pop("mathvariant", "")
    if tag in _LEAVES:
        if len(element):
            raise _NotOursError(tag)
        text = _text(element)
        if tag == "mi" and text == "~":
            # The library's \sim is the ASCII character, which is no relation.
            tag, text = "mo", "\u223c"
        if style == "normal":
            return _tag(tag, attributes, escape(text), ' mathvariant="normal"')
        if _is_word(element) and tag == "mo":
            # An operator would have space on both sides; a name has it by what is beside it.
            attributes |= {"lspace": "0", "rspace": "0"}
        return _tag(tag, attributes, escape(_styled(text, style, tag)))
    if element.text or style or not (tag in _ROWS or _ARITY.get(tag) == len(element)):
        raise _NotOursError(tag)
    if tag == "math":
        # In HTML the element is enough.
        attributes.pop("xmlns", None)
    if tag == "mover" and element[1].tag == "mo" and _text(element[1]) in _ACCENTS:
        attributes["accent"] = "true"
    return _tag(tag, attributes, _children(element, depth))


def _tag(tag: str, attributes: dict[str, str], inside: str, more: str = "") -> str:
    written = "".join(f' {name}="{_value(name, value)}"' for name, value in attributes.items())
    return f"<{tag}{written}{more}>{inside}</{tag}>"


def _value(name: str, value: str) -> str:
    if name in _LENGTHS:
        return _length(value)
    if name not in _VALUES or not _VALUES[name].fullmatch(value):
        raise _NotOursError(name)
    return value


def _length(value: str) -> str:
    if value in _SPACES:
        return f"{_SPACES[value]:.3f}em"
    match = _LENGTH.fullmatch(value)
    if not match or not match[1].strip("-") or (not match[2] and float(match[1])):
        raise _NotOursError(value)
    size = float(match[1]) * _EM.get(match[2], 0.0)
    # What moves back further than any spacing of TeX's own would be written over something else.
    if not -0.5 <= size <= _WIDEST:
        raise _NotOursError(value)
    return f"{size:.3f}em" if match[2] == "mu" else value


def _text(element: Element) -> str:
    raw = element.text or ""
    # References to characters are the library's own: the source has none.
    if _LEFT_OVER.search(_REFERENCE.sub("", raw)):
        raise _NotOursError(raw)
    text = _REFERENCE.sub(lambda match: chr(int(match[1], 16)), raw)
    if UNSHOWABLE.search(text):
        raise _NotOursError(raw)
    return text


def _styled(text: str, style: str, tag: str) -> str:
    # A letter alone is italic by itself; words stay words, which can be searched for and read aloud.
    if not style or tag == "mtext" or (style == "italic" and len(text) == 1):
        return text
    return "".join(_styled_character(character, _STYLES[style]) for character in text)


def _styled_character(character: str, styles: tuple[str, ...]) -> str:
    name = re.sub("^(?:LATIN|GREEK) | LETTER", "", unicodedata.name(character, ""))
    for style in styles:
        # Unicode has no such letter, or has it where it was before: ℝ is DOUBLE-STRUCK CAPITAL R.
        try:
            return unicodedata.lookup(f"{style} {name}")
        except KeyError:
            continue
    return character


def _children(element: Element, depth: int) -> str:
    """The children, with the thin space of TeX between the name of a function and what is beside it."""
    written: list[str] = []
    before: Element | None = None
    for child in element:
        if before is not None and element.tag not in _ARITY and _needs_space(before, child):
            written.append('<mspace width="0.167em"></mspace>')
        written.append(_write(child, depth + 1))
        before = child
    return "".join(written)


def _needs_space(before: Element, after: Element) -> bool:
    if _is_word(before):
        return _is_word(after) or _first(after).tag not in {"mo", "mspace"}
    return _is_word(after) and before.tag not in {"mo", "mspace"}


def _is_word(element: Element) -> bool:
    """Whether it is the name of a function, as in `\\log`, `\\log_2` and `\\operatorname{poly}`."""
    if element.tag in _SCRIPTED and len(element):
        return _is_word(element[0])
    text = element.text or ""
    return element.tag in {"mi", "mo"} and len(text) > 1 and text[:2].isalpha()


def _first(element: Element) -> Element:
    while len(element):
        element = element[0]
    return element
