r"""Titles and abstracts as arXiv has them, TeX inside plain text, as HTML: mathematics becomes MathML.

`html` is for pages, `text` for what is no HTML or may drop its mathematics: titles of documents, feeds, the
search. Both take text from outside as it is, and change what they know for certain; anything else is shown as
written.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Literal

from markupsafe import Markup

from functions.render import formula
from functions.render.plain import plain
from shared import tex


def _nested(levels: int) -> str:
    """A pattern for braces that hold braces, so many levels of them. Possessive: it never goes back."""
    braces = r"\{(?:[^{}\\]|\\.)*+\}"
    for _ in range(levels - 1):
        braces = rf"\{{(?:[^{{}}\\]|\\.|{braces})*+\}}"
    return braces


# Deeper ones are in no abstract.
_BRACES = _nested(8)
# Formulas are shorter (see formula.py), and without an end the time would grow with the square of the text.
_MANY = "{1,2000}+"

# What makes more of its text than characters, or is kept from becoming anything. Dollars are pandoc's: no
# space inside beside them, no digit after them (https://pandoc.org/MANUAL.html#extension-tex_math_dollars).
_PIECE = re.compile(
    rf"""
    (?=[\\${{]|https?://|www\.)(?:  # how all that follow begin, to pass the others fast
      (?P<escaped>\\[$\\])
    | \$\$(?P<display>(?:[^${{}}\\]|\\.|{_BRACES}){_MANY})\$\$
    | \$(?!\s)(?P<dollars>(?:[^${{}}\\]|\\.|{_BRACES}){_MANY})(?<!\s)\$(?!\d)
    | \\\[(?P<brackets>(?:[^{{}}\\]|\\[^\[\]]|{_BRACES}){_MANY})\\\]
    | \\\((?P<parentheses>(?:[^{{}}\\]|\\[^()]|{_BRACES}){_MANY})\\\)
    | (?P<url>(?:https?://|www\.)(?:(?!''|``)[^\s{{}}$\\<>"]|\\[_%\#&~])++)
    | \\url\s*(?P<named_url>{_BRACES})
    | \\href\s*{_BRACES}\s*(?P<linked>{_BRACES})
    | (?P<kept>\\(?:[cC]ite[A-Za-z]*|[A-Za-z]*ref|label)\*?(?:\[[^\]]{{0,200}}+\]){{0,2}}{_BRACES})
    | \\(?P<macro>emph|textit|textsl|textbf|texttt|textsc|textrm|textsf|text|mbox)\s*(?P<argument>{_BRACES})
    | (?P<group>\{{\\(?P<switch>em|it|sl|bf|tt|sc|rm|sf)(?![A-Za-z])(?:[^{{}}\\]|\\.|{_BRACES})*+\}})
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_SHORT = re.compile(r"\s*(?P<power>\^)?\s*\{?(?:\\(?P<greek>[A-Za-z]+)|(?P<plain>\w{1,8}|[+-]\d{1,3}))\}?\s*")
_POWERS = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_MATHEMATICS = ("dollars", "display", "parentheses", "brackets")
_TAGS = dict.fromkeys(("emph", "textit", "textsl", "em", "it", "sl"), "em")
_TAGS |= dict.fromkeys(("textbf", "bf"), "strong") | dict.fromkeys(("texttt", "tt"), "code")

# What becomes other characters where it stands.
_SIGN = re.compile(
    r"""
    (?=[\\{`'~-])(?:  # the first characters of all that follow, to pass the others fast
      \\(?P<itself>[%&_\#{}])
    | \\[ ,]
    | (?P<open>\{)?\\(?P<word>LaTeX|TeX|textdegree|deg)(?![A-Za-z])(?(open)\}|(?:\{\})?)
    | (?<!`)``(?!`) | (?<!')''(?!')
    | (?<!-)---?(?!-)
    | (?<=\w)~(?=\w)
    )
    """,
    re.VERBOSE,
)
_SIGNS = {
    "\\ ": " ",
    "\\,": "\u202f",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
    "textdegree": "°",
    "deg": "°",
    "``": "“",
    "''": "”",
    "--": "–",
    "---": "—",
    "~": "\u00a0",
}
# A host, without a name or password before it.
_LINKED = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?(?:[/?#]\S*)?")
_URL_ESCAPE = re.compile(r"\\([_%#&~])")


# Plain text, HTML, or HTML in which addresses are links: no title, since that is part of a link itself.
_Form = Literal["text", "html", "linked"]


def html(text: str, *, with_links: bool = False) -> Markup:
    """Text as HTML, safe whatever it is: escaped, with mathematics as MathML and emphasis as elements.

    `with_links` makes links of https addresses.
    """
    shown = plain(text)
    if not _is_special(shown):
        return Markup(escape(shown))  # noqa: S704 - escaped just there
    form: _Form = "linked" if with_links else "html"
    return Markup(_converted(shown, form, quoted="``" in shown))  # noqa: S704 - escaped piece by piece


def text(text: str) -> str:
    """Text as plain text, not escaped: accents and macros as `html` has them, mathematics as written.

    Only a letter, a number or a power of one is told without its dollars.
    """
    shown = plain(text)
    return _converted(shown, "text", quoted="``" in shown) if _is_special(shown) else shown


def _is_special(shown: str) -> bool:
    """Whether there is anything to do: one of these is in all that is converted."""
    # Not by a pattern: that goes character by character, through abstracts of which few have anything.
    return (
        "$" in shown or "\\" in shown or "~" in shown or "``" in shown or "--" in shown or "https:" in shown
    )


def _converted(source: str, form: _Form, *, quoted: bool) -> str:
    """`quoted`: whether the whole text has quotes of TeX; elsewhere `''` are primes, inches or code."""
    parts: list[str] = []
    end = 0
    for piece in _PIECE.finditer(source):
        parts += _characters(source[end : piece.start()], form, quoted), _piece(piece, form, quoted)
        end = piece.end()
    return "".join((*parts, _characters(source[end:], form, quoted)))


def _piece(piece: re.Match[str], form: _Form, quoted: bool) -> str:
    kind = piece.lastgroup or ""
    shown = piece[0]
    if kind == "escaped":
        shown = shown.replace("\\$", "$")
    elif kind in {"url", "named_url"}:
        return _address(_URL_ESCAPE.sub(r"\1", piece["url"] or piece["named_url"][1:-1]), form)
    elif kind == "linked":
        return _converted(piece["linked"][1:-1], form, quoted=quoted)
    elif kind in {"argument", "group"}:
        inside = shown[2 + len(piece["switch"]) : -1].lstrip() if kind == "group" else piece["argument"][1:-1]
        return _wrapped(piece["switch"] or piece["macro"], inside, form, quoted)
    elif kind in _MATHEMATICS and form != "text":
        block = kind in {"display", "brackets"}
        return formula.mathml(piece[kind], block=block) or escape(shown)
    elif kind in _MATHEMATICS:
        shown = _short(piece[kind]) or shown
    return shown if form == "text" else escape(shown)


def _short(source: str) -> str:
    """A formula of one letter, word or number as characters; "" for any other."""
    found = _SHORT.fullmatch(source)
    if not found:
        return ""
    characters = found["plain"] or ""
    if found["greek"]:
        size = "CAPITAL" if found["greek"][0].isupper() else "SMALL"
        try:
            characters = unicodedata.lookup(
                f"GREEK {size} LETTER {found['greek'].replace('lambda', 'lamda')}"
            )
        except KeyError:
            return ""
    if not found["power"]:
        return characters
    return characters.translate(_POWERS) if set(characters) <= set("0123456789+-n") else ""


def _address(shown: str, form: _Form) -> str:
    if form != "linked" or not _LINKED.fullmatch(shown):
        return shown if form == "text" else escape(shown)
    # What ends the sentence around an address is no part of it.
    end = len(shown)
    while shown[end - 1] in ".,;:!?'\"]" or (shown[end - 1] == ")" and "(" not in shown[:end]):
        end -= 1
    address = escape(shown[:end])
    return f'<a href="{address}" rel="nofollow">{address}</a>{escape(shown[end:])}'


def _wrapped(macro: str, inside: str, form: _Form, quoted: bool) -> str:
    converted = _converted(inside, form, quoted=quoted)
    tag = None if form == "text" else _TAGS.get(macro)
    return f"<{tag}>{converted}</{tag}>" if tag else converted


def _characters(source: str, form: _Form, quoted: bool) -> str:
    shown = _SIGN.sub(lambda sign: _sign(sign, quoted), tex.letters(source))
    return shown if form == "text" else escape(shown)


def _sign(sign: re.Match[str], quoted: bool) -> str:
    if sign[0] == "''" and not quoted:
        return sign[0]
    return sign["itself"] or _SIGNS[sign["word"] or sign[0]]
