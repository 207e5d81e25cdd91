"""The targets by name: a function of bytes that returns, or raises what is a finding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from tests.fuzz import inputs, shown, wires

CORPUS = Path(__file__).parent / "corpus"
RECORDINGS = Path(__file__).parents[1] / "unit" / "recordings"


class Target(Struct, frozen=True):
    """`tokens`, apart by spaces, are what inputs are made of; `recordings` a folder of more to begin with."""

    run: Callable[[bytes], None]
    tokens: str = ""
    recordings: str = ""


_JSON = r'":" ": [ ] { } null true 1e999 -1 \ud800 \u0000 99999999999999999999'
_XML = '< /> </ <!DOCTYPE <!ENTITY &x; &#0; &#xd800; <![CDATA[ ]]> encoding=" cp037'
_TEX = (
    r"$ $$ \( \) \[ \] { } \emph{ \url{ \href{ \frac{ \left( \right) \begin{matrix} \end{matrix} \def \text{"
    r" \' {\em `` '' https:// &#x ^{ _{ \mathrm{ \operatorname{ \hspace{ \color{ \style \class"
)
_HTML = "<script> </title> <!-- --> javascript: \" ' onload= ]]> &lt; &# \u202e \u2028"
_LINKS = r"https:// arxiv.org /abs/ 2106.09685 math/0703599 @ \ %2F .pdf аrxiv.org v1"
_TIME = "0001-01-01T00:00:00+23:59 9999-12-31T23:59:59-23:59"
_HTTP = (
    "HTTP/1.1 Content-Encoding: gzip deflate Content-Length: Transfer-Encoding: chunked \r\n \r\n\r\n ffff"
)

TARGETS: dict[str, Target] = {
    "oai": Target(wires.read_oai, f"{_XML} badResumptionToken +9999999999 -0000", "oai"),
    "query": Target(wires.read_query, f"{_XML} {_TIME} /api/errors", "query"),
    "listing": Target(wires.read_listing, f"{_XML} {_TIME} 9999-12-31 0001-01-01 2106.09685", "oai"),
    "x": Target(wires.read_x, f"{_JSON} {_TIME} {_LINKS} &lt; retweeted", "x"),
    "bluesky": Target(wires.read_bluesky, f"{_JSON} {_TIME} {_LINKS} byteStart $type did:plc:", "bluesky"),
    "hackernews": Target(wires.read_hackernews, f"{_JSON} {_LINKS} created_at_i objectID ²", "hackernews"),
    "huggingface": Target(wires.read_huggingface, f"{_JSON} {_LINKS} githubRepo ai_summary", "huggingface"),
    "response": Target(wires.read_response, _HTTP),
    "headers": Target(wires.read_headers, "GMT -0000 +99999999999 ;r=0 ;t= Mon, Jan 0001 00:00:00"),
    "link": Target(inputs.read_link, f"{_LINKS} alphaxiv.org doi.org/10.48550/arXiv. ar5iv.labs. \u212a"),
    "setting": Target(inputs.read_setting, 'cat:cs.LG author: " ; : , * did:plc: x: [::1]'),
    "post": Target(
        inputs.read_post, f"{_HTML} ]( &lt; &amp; --- # - retweets: ? (06/19/2021 07:55:41) \r\n â€™"
    ),
    "line": Target(inputs.read_line, f'{_JSON} {_TIME} "papers" "mentions" "totals" hackernews ../'),
    "order": Target(inputs.read_order, f'{_JSON} {_TIME} "from" "to" "time" 0001-01-01'),
    "message": Target(inputs.read_message, f'{_JSON} "paper" "mentions" "dropped" hackernews 2021-06-18'),
    "tex": Target(shown.show_tex, _TEX),
    "formula": Target(shown.show_formula, _TEX),
    "bibtex": Target(shown.show_bibtex, _TEX),
    "embed": Target(shown.show_embed, f"{_HTML} https:// \x0b at://"),
    "day": Target(shown.show_day, f"{_HTML} {_TEX} --- ]( ``` #"),
    "feed": Target(shown.show_feed, f"{_HTML} {_TEX}"),
}


def corpus(name: str) -> list[Path]:
    """The inputs that are kept of a target: what it begins with, and what once was a finding."""
    return sorted(path for path in (CORPUS / name).iterdir() if path.is_file())
