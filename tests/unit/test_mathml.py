r"""Titles and abstracts as HTML: mathematics is MathML, hostile text is text, money is money."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from html import escape, unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from functions.render import formula, mathml
from tests.unit import recordings

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT.parent / "shared" / "golden"
# Written down once more, so that a test notices when the code allows more.
INLINE = {"em", "strong", "code"}
ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle", "mpadded"),
    *("mphantom", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"),
}
ATTRIBUTES = {
    *("display", "mathvariant", "stretchy", "fence", "form", "separator", "accent", "accentunder", "largeop"),
    *("movablelimits", "displaystyle", "scriptlevel", "linethickness", "width", "height", "depth", "lspace"),
    *(
        "rspace",
        "minsize",
        "maxsize",
        "columnalign",
        "columnlines",
        "rowlines",
        "columnspacing",
        "rowspacing",
    ),
}
HOSTILE = [
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{x}$",
    r"$\class{ad}{x}$",
    r"$\color{red}x$",
    r"$\colorbox{red}{x}$",
    r"$\unicode{x202e}$",
    r"$\unicode{110000}$",
    r"$\unicode{zz}$",
    r"$\rule{99em}{99em}$",
    r"$\hspace{-20em}x$",
    r"$\hspace{999em}x$",
    r"$\llap{x}$",
    r"$\raise{9em}{x}$",
    r"$\def\a{xx}\def\b{\a\a\a\a}\b\b\b$",
    r"$\newcommand{\a}{\a\a}\a$",
    r"$\DeclareMathOperator{\a}{b}\a$",
    r"$\unknown{x}$",
    r"$\text{a {b} c}$",
    r"$\text{if $x$}$",
    r"$\text{&#60;script&#62;}$",
    r"$a & b$",
    r"$a % b$",
    r"$\frac{a}$",
    r"$\left( a$",
    r"$a_b_c$",
    r"$x^$",
    r"$\quad$",
    r"$\cancel{x}$",
    "$" + "{" * 300 + "}" * 300 + "$",
    "$" + r"\sqrt" * 160 + " x$",
    "$" + r"\hat" * 200 + " x$",
    "$" + r"\left(" * 120 + "x" + r"\right)" * 60 + "$",
    "$" + "x^" * 400 + "x$",
    "$" + r"\operatorname{" + " *" * 480 + "$",
    "$" + "x" * 1001 + "$",
    "$" + "a{" * 3000,
    "$" * 10_000,
    "${" * 5_000,
    "{$" * 5_000,
    r"\emph{" * 2_000,
    r"\(" * 50_000,
    r"\[{x}" * 10_000,
    r"\cite[" * 20_000,
    r"{\em " * 3_000,
    "\\" * 9_999,
]


def parsed(text: str) -> Element:
    """What a text becomes, as a tree; fails if it is not well-formed or has more than it may."""
    shown = mathml.html(text)
    tree: Element = fromstring(f"<x>{shown}</x>")
    for element in tree.iter():
        if element is tree:
            continue
        assert element.tag in INLINE | ELEMENTS, element.tag
        assert set(element.attrib) <= (set() if element.tag in INLINE else ATTRIBUTES), element.attrib
        assert all(value and not set(value) & set(":;()\"'<>&") for value in element.attrib.values())
    return tree


def seen(text: str) -> str:
    """The characters that a reader sees."""
    return "".join(parsed(text).itertext())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("A plain title: 100 < 200 & so on", "A plain title: 100 &lt; 200 &amp; so on"),
        ("""'quoted' "twice" """, "&#x27;quoted&#x27; &quot;twice&quot; "),
        (
            r"Poincar\'e, {\'e}, \"{o}, \c{c}, \v{s}, \ss{}, \o, S{\l}owik",
            "Poincaré, é, ö, ç, š, ß, ø, Słowik",
        ),
        (
            r"\textbf{S}taged \emph{a \textit{b}} \texttt{c}",
            "<strong>S</strong>taged <em>a <em>b</em></em> <code>c</code>",
        ),
        (r"\textsc{FastText}, \textrm{a}, \text{b}, \mbox{c}", "FastText, a, b, c"),
        (r"{\em really} {\bf A}da {\tt x} {\sc y}", "<em>really</em> <strong>A</strong>da <code>x</code> y"),
        (r"\emph{<b>Erd\H{o}s</b>}", "<em>&lt;b&gt;Erdős&lt;/b&gt;</em>"),
        (r"\url{https://a.example/b--c\_d~e}", "https://a.example/b--c_d~e"),
        (r"https://a.example/b--c\_d~e -- and", "https://a.example/b--c_d~e – and"),
        (r"\href{javascript:alert(1)}{our -- site}", "our – site"),
        (
            r"as in \cite{a--b}, \citep[p.~3]{c}, \ref{d--e}",
            r"as in \cite{a--b}, \citep[p.~3]{c}, \ref{d--e}",
        ),
        ("Fig~3 takes ~10 s", "Fig\u00a03 takes ~10 s"),
        ("``one'' and ``two''", "“one” and “two”"),
        ("5'' screens, f''", "5&#x27;&#x27; screens, f&#x27;&#x27;"),
        ("1--2, a --- b, ----", "1–2, a — b, ----"),
        (r"50\%, R\&D, a\_b, \#1, \{x\}, \$5", "50%, R&amp;D, a_b, #1, {x}, $5"),
        (r"10\,000 of\ them", "10\u202f000 of them"),
        (r"\LaTeX\ and \TeX{}", "LaTeX and TeX"),
        (r"360{\deg} and 90\textdegree", "360° and 90°"),
        (r"\algoname{} and {A}da and \foo{x}", r"\algoname{} and {A}da and \foo{x}"),
        (r"C:\\temp \\(x\\)", r"C:\\temp \\(x\\)"),
        ("a\x00b\u202ec\ud800d\x1be", "abcde"),
    ],
)
def test_text_is_escaped_and_its_macros_are_characters(text: str, html: str) -> None:
    assert mathml.html(text) == html
    parsed(text)


def math(inside: str, display: str = "inline") -> str:
    return f'<math display="{display}"><mrow>{inside}</mrow></math>'


SPACE = '<mspace width="0.167em"></mspace>'
OPEN, CLOSE = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("top-$k$ of", f"top-{math('<mi>k</mi>')} of"),
        (r"\(k\)", math("<mi>k</mi>")),
        (r"\[k\]", math("<mi>k</mi>", "block")),
        ("$$ k $$", math("<mi>k</mi>", "block")),
        ("S$^2$-MLP", f"S{math('<msup><mi></mi><mn>2</mn></msup>')}-MLP"),
        ("$a<b$", math("<mi>a</mi><mo>&lt;</mo><mi>b</mi>")),
        ("$α$", math("<mi>α</mi>")),
        (r"$50\%$", math("<mn>50</mn><mi>%</mi>")),
        (r"$\sim 3$", math("<mo>∼</mo><mn>3</mn>")),
        # A function has a thin space beside it.
        (r"$N \log N$", math(f"<mi>N</mi>{SPACE}<mi>log</mi>{SPACE}<mi>N</mi>")),
        (r"$\log(n)$", math(f"<mi>log</mi>{OPEN}<mi>n</mi>{CLOSE}")),
        (r"$\operatorname{poly}(n)$", math(f'<mo lspace="0" rspace="0">poly</mo>{OPEN}<mi>n</mi>{CLOSE}')),
        # Letters in other fonts are other letters: browsers know no font here but "normal".
        (r"$\mathbb{R}$", math("<mi>ℝ</mi>")),
        (r"$\mathcal{AB}$", math("<mrow><mi>𝒜</mi><mi>ℬ</mi></mrow>")),
        (r"$\boldsymbol{\theta}$", math("<mrow><mi>𝜽</mi></mrow>")),
        (r"$\mathfrak{gC}$", math("<mrow><mi>𝔤</mi><mi>ℭ</mi></mrow>")),
        (r"$\mathbf{12}$", math("<mrow><mn>𝟏𝟐</mn></mrow>")),
        (r"$\mathit{ab}$", math("<mrow><mi>a</mi><mi>b</mi></mrow>")),
        (r"$\mathrm{d}x$", math('<mrow><mi mathvariant="normal">d</mi></mrow><mi>x</mi>')),
        # Units and names that MathML Core does not have.
        (r"$x\!y$", math('<mi>x</mi><mspace width="-0.167em"></mspace><mi>y</mi>')),
        (r"$x\mkern-2mu y$", math('<mi>x</mi><mspace width="-0.111em"></mspace><mi>y</mi>')),
        (
            r"$\tilde{O}$",
            math('<mover accent="true"><mrow><mi>O</mi></mrow><mo stretchy="false">~</mo></mover>'),
        ),
        (
            r"$\text{</math><script>}$",
            math("<mtext>&lt;/math&gt;&lt;script&gt;</mtext>"),
        ),
        ("$<script>$", math("<mo>&lt;</mo>" + "".join(f"<mi>{x}</mi>" for x in "script") + "<mo>&gt;</mo>")),
        (r"\emph{$k$-means}", f"<em>{math('<mi>k</mi>')}-means</em>"),
    ],
)
def test_a_formula_is_mathml(text: str, html: str) -> None:
    assert mathml.html(text) == html
    parsed(text)


@pytest.mark.parametrize(
    "text",
    [
        "$5",
        "$10 and $20",
        "between $5-$10",
        "US$5, A$7",
        "$ x $",
        "$x $",
        "$",
        "$$",
        "$$$",
        "$$$$",
        r"\(x",
        r"x\]",
        "$x",
        "${x$",
        "$x}$",
        r"$x\$",
    ],
)
def test_a_dollar_alone_is_a_dollar(text: str) -> None:
    assert seen(text) == text.replace("\\$", "$")
    assert "<" not in mathml.html(text)


def test_money_beside_mathematics() -> None:
    expected = f"for $5 and {math('<mi>x</mi>')}, $6"
    assert mathml.html(r"for \$5 and $x$, $6") == expected
    assert mathml.html("for $5 and $x$, $6") == expected


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:25])
def test_what_cannot_be_converted_is_shown_as_written(text: str) -> None:
    began = time.monotonic()
    shown = mathml.html(text)
    assert time.monotonic() - began < 2
    assert shown == escape(text)
    parsed(text)


@pytest.mark.parametrize(
    "text", ["🤗 $🤗$ 🤗", "שלום $x$ שלום $ש$", "$é$", "$\x00x$", "$\u202ex\u202c$", "$\ud800$x"]
)
def test_unusual_characters_are_text(text: str) -> None:
    kept = [character for character in text if character.isprintable() and character != "$"]
    assert [character for character in seen(text) if character != "$"] == kept


def test_a_formula_of_a_thousand_characters_is_the_longest() -> None:
    assert "<math" in mathml.html(f"${'x' * 1000}$")
    assert "<math" not in mathml.html(f"${'x' * 1001}$")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"Poincar\'e's \emph{top}-$k$ -- 50\%", "Poincaré's top-k – 50%"),
        (r"S$^2$-MLP, $\alpha$-Posteriors, $10^{-3}$, $\foo$", "S²-MLP, α-Posteriors, $10^{-3}$, $\\foo$"),
        ("a < b & \"c\" 'd'", "a < b & \"c\" 'd'"),
        (r"$O(N \log N)$ \[x--y\] \(``\)", r"$O(N \log N)$ \[x--y\] \(``\)"),
        (r"{\bf A}da for \$5", "Ada for $5"),
        ("a\x00\u202eb", "ab"),
    ],
)
def test_plain_text_keeps_mathematics_as_written(text: str, plain: str) -> None:
    assert mathml.text(text) == plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See https://a.example/b_c.", 'See <a href="{0}" rel="nofollow">{0}</a>.'),
        ("(https://a.example/b_c)", '(<a href="{0}" rel="nofollow">{0}</a>)'),
        (r"\url{https://a.example/b\_c}", '<a href="{0}" rel="nofollow">{0}</a>'),
        (r"\emph{https://a.example/b_c}", '<em><a href="{0}" rel="nofollow">{0}</a></em>'),
    ],
)
def test_addresses_in_abstracts_are_links(text: str, shown: str) -> None:
    assert mathml.html(text, with_links=True) == shown.format("https://a.example/b_c")
    assert "<a" not in mathml.html(text), "a title is part of a link itself"


@pytest.mark.parametrize(
    "text",
    [
        "http://a.example",
        "www.a.example",
        "https://",
        "https://...",
        "https://user:secret@a.example",
        r"\url{javascript:alert(1)}",
        r"\url{https://a.example/ x}",
        r"\url{https://a.example\" onclick=alert(1)}",
    ],
)
def test_what_is_no_plain_https_address_is_no_link(text: str) -> None:
    assert "<a" not in mathml.html(text, with_links=True)


def test_an_address_with_parentheses_keeps_them() -> None:
    shown = mathml.html("https://a.example/b_(c)", with_links=True)
    assert 'href="https://a.example/b_(c)"' in shown


def test_whatever_comes_is_well_formed_and_harmless() -> None:
    pieces = [
        *"$$$$$\\\\\\\\{{{}}}()[]<>&%#~`'\"-_^ ab1,.\n\x00\u202e\ud800é🤗",
        *re.findall(r"\\\w+", r"\frac\sqrt\text\emph\href\url\textbf\left\right\over\begin\end\hat\class"),
        *re.findall(r"\\\w+", r"\style\color\def\unicode\mathbf\operatorname\log\sum\cite\rule\em\it\kern"),
        *re.findall(r"\\\W", r"\(\)\[\]\,\ \{\}\%\$"),
        *(
            r"\begin{matrix}",
            r"\end{matrix}",
            "$x$",
            "{x}",
            r"\'e",
            "``",
            "''",
            "<script>",
            "&#60;",
            "](",
            "9em",
        ),
        *(r"\left(", r"\right)", "javascript:", "https://", "--", " = ", "9em", "{javascript:a}", "{red}"),
    ]
    chosen = random.Random(20261124)
    for _ in range(6_000):
        text = "".join(chosen.choices(pieces, k=chosen.randint(1, 24)))
        for one in (text, f"${text.replace('$', '')}$"):
            parsed(one)
            assert "\ud800" not in mathml.text(one)


def test_every_command_of_the_library_is_harmless() -> None:
    from latex2mathml import commands
    from latex2mathml.symbols_parser import SYMBOLS

    names = {value for value in vars(commands).values() if isinstance(value, str) and value.startswith("\\")}
    for name in sorted(set(SYMBOLS)):
        parsed(f"${name}$")
    for name in sorted(names):
        for rest in ("", " x", "{x}", "{a}{b}", "[a]{b}", "{1em}{2}", "{red}{x}", "(a)", "_a^b"):
            parsed(f"${name}{rest}$")


def test_a_pathological_formula_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    for command in (
        r"\sqrt",
        r"\not",
        r"\hat{",
        r"\frac",
        r"\left(",
        r"\over",
        r"\text",
        r"\begin{matrix}",
        "'",
        "^",
        "_",
    ):
        formula.mathml((command * 500)[:1000])
        formula.mathml((f"x{command}" * 500)[:1000])
    assert time.monotonic() - began < 5

    def broken(*_: object, **__: object) -> Element:
        raise RecursionError

    monkeypatch.setattr("latex2mathml.converter.convert_to_element", broken)
    assert mathml.html("$never seen before$") == "$never seen before$"


def test_an_element_that_is_not_known_refuses_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    def evil(tag: str, attributes: dict[str, str], text: str = "") -> None:
        tree = Element("math", {"display": "inline"})
        child = Element(tag, attributes)
        child.text = text
        tree.append(child)
        monkeypatch.setattr("latex2mathml.converter.convert_to_element", lambda *_, **__: tree)
        formula.mathml.cache_clear()

    evil("mi", {}, "x")
    assert "<math" in mathml.html("$y$")
    for tag, attributes in (
        ("script", {}),
        ("annotation-xml", {"encoding": "text/html"}),
        ("semantics", {}),
        ("maction", {}),
        ("mi", {"href": "https://a.example"}),
        ("mi", {"onclick": "x"}),
        ("mi", {"style": "x"}),
        ("mspace", {"width": "1em;x"}),
        ("mi", {"display": 'block" onclick="x'}),
    ):
        evil(tag, attributes, "x")
        assert mathml.html("$y$") == "$y$", tag
    formula.mathml.cache_clear()


def test_texts_without_mathematics_do_not_load_the_library() -> None:
    script = r"""
import sys
from functions.render import mathml
mathml.html(r"Poincar\'e \emph{for} \$5 and $6 -- 50\%")
assert "latex2mathml" not in sys.modules
mathml.html("$x$")
assert "latex2mathml" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, check=True, timeout=60)


def converting(monkeypatch: pytest.MonkeyPatch, texts: list[str]) -> list[tuple[str, bool]]:
    """Each formula of the texts, and whether it converts; all of it must be well-formed."""
    formulas: list[tuple[str, bool]] = []
    convert = formula.mathml

    def noting(source: str, *, block: bool = False) -> str:
        written = convert(source, block=block)
        formulas.append((source, bool(written)))
        return written

    with monkeypatch.context() as patch:
        patch.setattr(formula, "mathml", noting)
        for text in texts:
            parsed(text)
            assert bool(mathml.text(text)) == bool(text)
    return formulas


def test_formulas_of_published_days_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    if not GOLDEN.is_dir():
        pytest.skip(f"the folder shared beside the checkout is not there: no {GOLDEN}")
    days: list[Any] = [json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*/day.json"))]
    texts = [paper[field] for day in days for paper in day["papers"] for field in ("title", "abstract")]
    formulas = converting(monkeypatch, texts)
    failed = [source for source, converts in formulas if not converts]
    print(f"{len(formulas) - len(failed)} of {len(formulas)} formulas in {len(texts)} texts convert", *failed)
    assert len(formulas) >= 40
    assert len(failed) <= len(formulas) * 0.1


def test_formulas_as_machine_learning_writes_them_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"${source}$" for source in TYPICAL]
    formulas = converting(monkeypatch, texts)
    assert [source for source, converts in formulas if not converts] == []
    assert len(formulas) == len(TYPICAL)


TYPICAL = [
    r"\mathcal{O}(n^{1/2})",
    r"\tilde{\mathcal{O}}\left(\sqrt{SAT}\right)",
    r"\ell_\infty",
    r"\epsilon\in(0,1)",
    r"\|x\|_2^2",
    r"\mathbb{E}_{x\sim p}[f(x)]",
    r"\{0,1\}^n",
    r"10^{-3}",
    r"1.5\times",
    r"\approx 2\times 10^5",
    r"\mathsf{P}\neq\mathsf{NP}",
    r"\frac{1}{\sqrt{T}}",
    r"\sum_{i=1}^n x_i \le \prod_j y_j",
    r"\arg\min_\theta \mathcal{L}(\theta)",
    r"\operatorname*{arg\,max}_x f(x)",
    r"\bm{x}^\top \mathbf{W} \boldsymbol{\theta}",
    r"D_{\mathrm{KL}}(p\,\|\,q)",
    r"\widehat{f}, \overline{x}, \vec{v}, \dot{x}",
    r"\arg\max_a Q(s,a)",
    r"\mathbbm{1}[x > 0]",
    r"\lfloor n/2 \rfloor \cdot \lceil \log_2 n \rceil",
    r"{\cal N}(0, I_d)",
    r"{\rm poly}(n)",
    r"f: \mathbb{R}^d \to \mathbb{R}",
    r"\beta\text{-VAE}",
    r"SE(3) \rtimes SO(3)",
    r"\binom{n}{k}",
    r"\begin{cases} a & x \\ b & y \end{cases}",
    r"\nabla^2 f \succeq 0",
    r"x' \mapsto \partial_t x''",
    r"256 \times 256",
    r">98\%",
    r"\pm 0.13",
    r"\Big(\log\log n\Big)",
]


@pytest.mark.parametrize(
    "name", ["arxiv-oai-arXivRaw-page1-with-token.xml", "arxiv-query-search.xml", "arxiv-rss-cs.xml"]
)
def test_formulas_of_recorded_answers_convert(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    tree = fromstring(recordings.reference(name))
    tags = ("abstract", "summary", "description", "title")
    texts = [" ".join((element.text or "").split()) for element in tree.iter() if element.tag.endswith(tags)]
    formulas = converting(monkeypatch, [unescape(text) for text in texts if text])
    assert [source for source, converts in formulas if not converts] == []
