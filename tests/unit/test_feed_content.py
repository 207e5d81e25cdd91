"""The content of a feed's entry: all that is told of a paper, and nothing that a reader cannot show."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from functions.render.day import Day, HotPaper, hot_papers
from functions.render.feed_content import Contents
from shared.paper import Author, Counts, Entity, Extras, Measured, Mention, Paper, SourceState
from shared.settings import Settings

RUN = "2021-06-19T07:55:00Z"
MEASURED = SourceState(state="measured", measured_at=RUN)
SOURCES = {"x": MEASURED, "bluesky": MEASURED, "hackernews": MEASURED, "huggingface": MEASURED}
PAPER = Paper(
    id="2106.00001",
    title="A <title>",
    authors=("Ada", "Bob & Co"),
    categories=("cs.LG",),
    abstract="Why $a < b$.",
    listed="2021-06-18",
)
DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
POST = Mention(
    source="x",
    id="140",
    counts=Counts(reposts=50, likes=1200),
    url="https://x.com/ada/status/140",
    author=Author(id="9", name="Ada <b>", username="ada"),
    created_at=datetime(2021, 6, 18, 12, tzinfo=UTC),
    text="<Read>\nthis @bob",
    lang="en",
    entities=(Entity(kind="mention", start=12, end=16, target="bob"),),
)
SKY = msgspec.structs.replace(
    POST,
    source="bluesky",
    id=f"at://{DID}/app.bsky.feed.post/3k1",
    counts=Counts(reposts=20, likes=40),
    url=f"https://bsky.app/profile/{DID}/post/3k1",
    author=Author(id=DID, name="Eve", username="eve.example"),
    entities=(),
)
STORY = Mention(
    source="hackernews",
    id="7",
    counts=Counts(points=30, comments=2),
    url="https://news.ycombinator.com/item?id=7",
)
VOTES = Mention(source="huggingface", id="2106.00001", counts=Counts(upvotes=4))
EXTRAS = Extras(
    code="https://a.example/c?a=1&b=2", stars=1234, project="https://a.example/", summary="In <short>."
)


def hot(*mentions: Mention, extras: Extras | None = None, **changes: Any) -> HotPaper:
    paper = msgspec.structs.replace(PAPER, **changes)
    ((made),) = hot_papers(
        Settings(),
        [Measured(paper=paper, mentions=mentions, extras=extras, score=1300, run=RUN, measured_at=RUN)],
    )
    return made


def day(*papers: HotPaper, **changes: Any) -> Day:
    made = Day(
        date="2021-06-18", published_at=RUN, listed=1234, is_partial=False, sources=SOURCES, papers=papers
    )
    return msgspec.structs.replace(made, **changes)


def told(*mentions: Mention, **changes: Any) -> str:
    """The content for a day with one paper."""
    shown = day(hot(*mentions, **changes))
    return Contents(shown).of(shown.papers)


class Page(HTMLParser):
    """What a text is made of: elements, attributes and where it leads."""

    # Elements without an end.
    VOID = frozenset({"br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, "every element ends"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "cite", "src")]
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "elements end in order"


def test_a_whole_paper() -> None:
    assert told(POST, SKY, STORY, VOTES, extras=EXTRAS) == (
        '<h2>1. <a href="https://arxiv.org/abs/2106.00001" dir="auto">A &lt;title&gt;</a></h2>\n'
        '<p dir="auto">Ada, Bob &amp; Co</p>\n'
        "<ul>\n"
        '<li>X: <a href="https://x.com/ada/status/140">50 reposts, 1,200 likes</a></li>\n'
        '<li>Bluesky: <a href="https://bsky.app/profile/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/post/3k1">'
        "20 reposts, 40 likes</a></li>\n"
        '<li>Hacker News: <a href="https://news.ycombinator.com/item?id=7">30 points, 2 comments</a></li>\n'
        '<li>Hugging Face: <a href="https://huggingface.co/papers/2106.00001">4 upvotes</a></li>\n'
        "</ul>\n"
        '<p><a href="https://a.example/c?a=1&amp;b=2">code</a> (1,234 stars), '
        '<a href="https://a.example/">project page</a>, '
        'by <a href="https://huggingface.co/papers/2106.00001">Hugging Face</a></p>\n'
        '<p dir="auto">Why $a &lt; b$.</p>\n'
        '<blockquote><p lang="en" dir="auto">In &lt;short&gt;.</p>'
        '<p>— <a href="https://huggingface.co/papers/2106.00001">Summary by a model, from Hugging Face</a>'
        "</p></blockquote>\n"
        '<blockquote cite="https://x.com/ada/status/140"><p lang="en" dir="auto">&lt;Read&gt;<br>this '
        '<a href="https://twitter.com/bob?ref_src=twsrc%5Etfw">@bob</a></p>'
        '<p>— <span dir="auto">Ada &lt;b&gt;</span> (@ada), '
        '<a href="https://x.com/ada/status/140">June 18, 2021</a></p></blockquote>\n'
        f'<blockquote cite="https://bsky.app/profile/{DID}/post/3k1">'
        '<p lang="en" dir="auto">&lt;Read&gt;<br>this @bob</p>'
        '<p>— <span dir="auto">Eve</span> (@eve.example), '
        f'<a href="https://bsky.app/profile/{DID}/post/3k1">June 18, 2021</a></p></blockquote>\n'
    )


def test_a_bare_paper() -> None:
    assert told(abstract="", authors=()) == (
        '<h2>1. <a href="https://arxiv.org/abs/2106.00001" dir="auto">A &lt;title&gt;</a></h2>\n'
    )


@pytest.mark.parametrize(
    ("extras", "line"),
    [
        (Extras(code="https://a.example/c"), '<a href="https://a.example/c">code</a>, by'),
        (Extras(code="https://a.example/c", stars=0), "code</a> (0 stars), by"),
        (Extras(code="https://a.example/c", stars=1), "code</a> (1 star), by"),
        (Extras(project="https://a.example/"), '<p><a href="https://a.example/">project page</a>, by'),
        (Extras(summary="S"), ""),
        (None, ""),
    ],
)
def test_what_is_given_is_told_with_who_tells_it(extras: Extras | None, line: str) -> None:
    text = told(POST, extras=extras)
    assert line in text
    assert (">Hugging Face</a></p>" in text) == bool(line)
    assert ("Summary by a model" in text) == bool(extras and extras.summary)


@pytest.mark.parametrize(
    ("number", "ending"), [(1, "A0"), (10, "A9"), (11, "A9 and 1 more"), (3_000, "A9 and 2,990 more")]
)
def test_authors_are_folded_after_ten(number: int, ending: str) -> None:
    text = told(POST, authors=tuple(f"A{position}" for position in range(number)))
    ((authors),) = re.findall(r'</h2>\n<p dir="auto">(.*)</p>', text)
    assert authors.startswith("A0")
    assert authors.endswith(ending)


def test_papers_have_the_rank_of_the_day_and_stand_alone() -> None:
    measured = [
        Measured(
            paper=msgspec.structs.replace(PAPER, id=f"2106.0000{number}"),
            score=100 - number,
            run=RUN,
            measured_at=RUN,
        )
        for number in (1, 2, 3)
    ]
    shown = day(*hot_papers(Settings(), measured))
    assert re.findall(r"<h2>(\d+)\.", Contents(shown).of(shown.papers)) == ["1", "2", "3"]
    assert re.findall(r"<h2>(\d+)\.", Contents(shown).of(shown.papers[1:2])) == ["2"]
    assert Contents(shown).of(()) == "<p>None of this day's hot papers is in this feed.</p>\n"


def test_a_day_without_papers_says_so_and_what_was_missing() -> None:
    assert Contents(day()).of(()) == "<p>No paper of this announcement reached the threshold.</p>\n"
    down = SourceState(state="unavailable", reason="HTTP 500")
    capped = msgspec.structs.replace(MEASURED, capped=True)
    missing = day(is_partial=True, sources={"x": down, "hackernews": capped})
    assert Contents(missing).of(()) == (
        "<p>Partial: some papers of this day are still being processed.</p>\n"
        "<p>X unavailable, Hacker News capped.</p>\n"
        "<p>No paper of this announcement reached the threshold.</p>\n"
    )


def test_movement_is_no_part_of_it() -> None:
    still, moved = hot(POST), msgspec.structs.replace(hot(POST), movement=3)
    assert Contents(day(still)).of((still,)) == Contents(day(moved)).of((moved,))


@pytest.mark.parametrize(
    "text",
    [
        "</title><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "]]>",
        "a\x00b\x1b\x85",
        "\ud800",
        "\u202egnp.exe",
        "Z" + "\u0351" * 500,
        "x" * 10_000,
        "👩🏽‍🔬🔥",
        "{{ 7 * 7 }}{% raw %}",
        "&#x202e;&lt;b&gt;",
    ],
    ids=range(12),
)
def test_hostile_text_is_only_text(text: str) -> None:
    said = msgspec.structs.replace(
        POST, text=text, lang=text, author=Author(id="9", name=text, username=text), entities=()
    )
    extras = Extras(code="https://a.example/c", project="https://a.example/", summary=text)
    made = told(said, extras=extras, title=text, authors=(text,) * 12, abstract=text)
    page = Page(made)
    assert page.tags <= {"h2", "a", "p", "ul", "li", "blockquote", "span", "br"}
    assert page.attributes <= {"href", "cite", "dir", "lang"}, "no class, style, id or script"
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]", made
    )
    made.encode()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "/2021-06-18.html",
        "//a.example",
        "2021-06-18.html",
        "#a",
    ],
)
def test_every_link_is_absolute_and_of_the_web(address: str) -> None:
    said = msgspec.structs.replace(
        POST, url=address, entities=(Entity(kind="url", start=0, end=6, target=address),)
    )
    story = msgspec.structs.replace(STORY, url=address)
    extras = Extras(code=address, project=address, summary="S")
    for text in (
        told(said, story, SKY, VOTES, extras=extras),
        told(POST, STORY, SKY, VOTES, extras=EXTRAS),
    ):
        links = Page(text).links
        assert len(links) >= 4
        for link in links:
            assert urlsplit(link).scheme == "https", link
            assert urlsplit(link).hostname, link
    assert "June 18, 2021</p>" in told(said), "what leads nowhere is told without a link"
