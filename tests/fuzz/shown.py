"""Texts on their way to readers: whatever they are, what is written is what we meant to write."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec
import yaml
from jsonschema import Draft202012Validator

from functions.fetch.arxiv.record import LONGEST_NAME, one_line, split_authors
from functions.render import bibtex, embed, feed_content, feeds, formula, mathml, search, site
from functions.render.day import Day, hot_papers
from functions.render.objects import post_key
from functions.render.plain import UNSHOWABLE
from shared import tex
from shared.paper import Author, Counts, Entity, Extras, Measured, Mention, Paper, SourceState
from shared.settings import Settings
from tests.fuzz import checks
from tests.unit import days
from tests.unit.test_bibtex import read
from tests.unit.test_pages import ALLOWED

_MATHML = frozenset(
    re.findall(
        r"\w+",
        """math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mstyle
        mpadded mphantom mtable mtr mtd""",
    )
)
_MATHML_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        """display stretchy fence separator accent accentunder displaystyle largeop movablelimits form
        scriptlevel columnalign columnlines rowlines columnspacing rowspacing width height depth lspace rspace
        minsize maxsize linethickness mathvariant""",
    )
)
_EMBED = frozenset({"blockquote", "p", "a", "br"})
_EMBED_ATTRIBUTES = frozenset({"class", "lang", "dir", "href", "data-bluesky-uri", "data-bluesky-cid"})
_SCRIPT = r"(?:/|(?:\.\./)*)(?:theme|site|match|search)\.[0-9a-f]{12}\.js"
_SETTINGS = Settings(site_url="https://hot.example.org")
_MOMENT = datetime(2021, 6, 18, 12, tzinfo=UTC)


def _texts(data: bytes, number: int) -> list[str]:
    """So many texts: the lines of the data, a last one with all the rest."""
    parts = data.decode("utf-8", "replace").split("\n", number - 1)
    return parts + [""] * (number - len(parts))


def show_tex(data: bytes) -> None:
    """A title or an abstract as HTML, as text and in the search; a list of authors."""
    text = data.decode("utf-8", "replace")
    for shown in (mathml.html(text), mathml.html(text, with_links=True)):
        checks.markup(shown, _MATHML | {"em", "strong", "code", "a"}, _MATHML_ATTRIBUTES | {"href", "rel"})
    assert not UNSHOWABLE.search(mathml.text(text))
    assert tex.accents(text) or not text
    for author in split_authors(text[:LONGEST_NAME]):
        assert author == one_line(author) != ""
    assert all(word == word.lower() for word in search.words(text))


def show_formula(data: bytes) -> None:
    """A formula as MathML."""
    text = data.decode("utf-8", "replace")
    for block in (False, True):
        written = formula.mathml(text, block=block)
        checks.markup(written, _MATHML, _MATHML_ATTRIBUTES)
        assert len(written) <= 200_000


def show_bibtex(data: bytes) -> None:
    """A paper as BibTeX: its fields, whatever is in them."""
    title, *authors = _texts(data, 3)
    paper = Paper(
        id="2106.09685", title=title, authors=tuple(authors), categories=("cs.CL",), listed="2021-06-18"
    )
    key, fields = read(bibtex.entry(paper))
    assert re.fullmatch("[a-z0-9]+", key)
    assert list(fields) == ["title", "author", "year", "eprint", "archivePrefix", "primaryClass", "url"]
    assert fields["eprint"] == paper.id


def show_embed(data: bytes) -> None:
    """A mention as the blockquotes of both platforms."""
    for source in ("x", "bluesky"):
        mention = _mention(source, data)
        html = embed.blockquote(mention)
        # One line, whatever takes what for the end of one.
        assert len(html.splitlines()) == 1
        checks.markup(_as_xml(html), _EMBED, _EMBED_ATTRIBUTES)


def _as_xml(html: str) -> str:
    """HTML of ours as XML; what XML forbids may stand in Markdown as X has it."""
    known = html.replace("&mdash;", "—").replace("<br>", "<br/>")
    return re.sub("[\u202a-\u202e\u2066-\u2069]", "", known)


def _mention(source: Literal["x", "bluesky"], data: bytes) -> Mention:
    name, username, lang, identifier, target, shown, text = _texts(data, 7)
    length = len(text)
    kinds: tuple[Any, ...] = ("url", "mention", "hashtag", "cashtag")
    entities = tuple(
        Entity(
            kind=kind,
            start=length * number // 5,
            end=length * (number + 1) // 5,
            target=target,
            shown=shown if kind == "url" else "",
        )
        for number, kind in enumerate(kinds)
    )
    return Mention(
        source=source,
        id=identifier or "1",
        cid=identifier,
        url=target,
        counts=Counts(reposts=80, likes=5),
        author=Author(id=target, name=name, username=username or "someone"),
        created_at=_MOMENT,
        text=text,
        lang=lang,
        entities=entities,
    )


def show_day(data: bytes) -> None:
    """A day with a paper of such texts: its post, its data and its pages, a line of it, the search."""
    day, settings = _day(data), _SETTINGS
    post = days.post(day.date, *day.rows())
    shelf = days.shelf_of([post])
    objects = site.day_objects(settings, day, older="", newer="")
    _look_at_markdown(objects[post_key(day.date)].body.decode())
    _schema().validate(json.loads(objects[f"{day.date}.json"].body))
    objects |= site.paper_objects(settings, day) | site.top_objects(settings, shelf)
    pages = [made.body.decode() for key, made in objects.items() if key.endswith(".html")]
    assert len(pages) == 3
    for page in pages:
        checks.page(page, ALLOWED | _MATHML, _SCRIPT)
    entry = search.entry(day.papers[0].paper, 1, 175, day.date)
    assert json.loads(search.month([entry]))["v"] == search.VERSION


def show_feed(data: bytes) -> None:
    """The same day in a feed's three forms."""
    day = _day(data)
    content = feed_content.Contents(day).of(day.papers)
    entry = feeds.Entry(
        id="https://hot.example.org/2021-06-18.html",
        url="https://hot.example.org/2021-06-18.html",
        title=day.papers[0].paper.title,
        published_at=day.published_at,
        updated_at=day.published_at,
        content=content,
        categories=day.papers[0].paper.authors,
    )
    name = day.sources["huggingface"].reason
    home = "https://hot.example.org/"
    feed = feeds.Feed(home, name, name, home, home, home, home, day.published_at, (entry,))
    told = json.loads(feeds.json_feed(feed))["items"][0]["content_html"]
    checks.page(told, {"h2", "a", "p", "ul", "li", "blockquote", "br", "span"})
    for body, path in (
        (feeds.atom(feed), f"{days.ATOM}entry/{days.ATOM}content"),
        (feeds.rss(feed), "channel/item/description"),
    ):
        assert checks.xml(body.decode()).findtext(path) == told


def _day(data: bytes) -> Day:
    title, author, abstract, summary, address, reason, rest = _texts(data, 7)
    said = rest.encode()
    paper = Paper(
        id="2106.09685",
        title=title or "t",
        authors=(author, "Ada Example"),
        categories=("cs.LG",),
        abstract=abstract,
        listed="2021-06-18",
    )
    story = Mention(
        source="hackernews", id="7", url=address, counts=Counts(points=9), text=title, created_at=_MOMENT
    )
    measured = Measured(
        paper=paper,
        mentions=(_mention("x", said), _mention("bluesky", said), story),
        extras=Extras(code=address, stars=1, project=address, summary=summary),
        score=175,
        run=days.RUN,
        measured_at=days.RUN,
    )
    sources = dict.fromkeys(("x", "bluesky", "hackernews"), days.MEASURED)
    sources["huggingface"] = SourceState(state="unavailable", reason=reason, measured_at=days.RUN)
    day = days.day(sources=sources)
    return msgspec.structs.replace(day, papers=hot_papers(_SETTINGS, [measured]))


@cache
def _schema() -> Any:
    schema = json.loads(site.fixed_objects(_SETTINGS)["schema/day.json"].body)
    return Draft202012Validator(schema)


def _look_at_markdown(text: str) -> None:
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["slug"] == "hot-papers-2021-06-18"
    assert body.count("\n# ") == 1
    # The embeds are ours; outside of them there is no element.
    outside = re.sub(r"(?m)^<blockquote class=.*</blockquote>\n<script async src=.*></script>$", "", body)
    assert "<" not in outside, ascii(outside)
