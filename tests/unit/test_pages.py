"""What pages make of data: a paper's own page, texts that attack, and what a page may load."""

from __future__ import annotations

import base64
import gzip
import hashlib
import random
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from functions.render import pages, site
from functions.render.day import Day
from functions.render.objects import Objects
from functions.render.status import status
from shared.history import HistoryPoint
from shared.paper import Author, Counts, Extras, Mention, Paper
from shared.reads import Reads
from shared.run_states import Run, RunState
from shared.settings import Settings, parse
from tests.unit.days import (
    DATE,
    MEASURED,
    PAPER,
    RUN,
    Tags,
    day,
    mention,
    page,
    paper_page,
    post,
    published,
    scripts,
)

SOURCES = dict.fromkeys(("x", "bluesky", "hackernews", "huggingface"), MEASURED)
ADA = Author(id="1", name="Ada", username="ada_example")


def said(number: int, **more: Any) -> Mention:
    """A post on X that is known in full, by Ada unless `more` says else."""
    values: dict[str, Any] = {
        "source": "x",
        "author": ADA,
        "counts": Counts(reposts=10, likes=20),
        "url": f"https://x.com/ada_example/status/{number}",
        "created_at": datetime(2021, 6, 18, 12, tzinfo=UTC),
        "text": f"Words {number}.",
        "lang": "en",
    }
    return Mention(id=str(number), **(values | more))


def story(number: int, **more: Any) -> Mention:
    values: dict[str, Any] = {
        "author": Author(id="hn", username="hn_user"),
        "counts": Counts(points=40, comments=5),
        "url": f"https://news.ycombinator.com/item?id={number}",
        "created_at": datetime(2021, 6, 18, 12, tzinfo=UTC),
        "text": f"Story {number}",
    }
    return Mention(source="hackernews", id=str(number), **(values | more))


def with_history(shown: Day, history: dict[str, HistoryPoint], **more: Any) -> Day:
    hot = msgspec.structs.replace(shown.papers[0], history=history, **more)
    return msgspec.structs.replace(shown, papers=(hot,))


# --- numbers and the way around -----------------------------------------------------------------------


def test_one_of_a_thing_is_no_plural() -> None:
    one = said(1, counts=Counts(reposts=1, likes=1))
    assert '<p class="counts">1 repost, 1 like</p>' in page(day(sources=SOURCES, mentions=(one,)))
    assert pages.counted(1200, "repost") == "1,200 reposts"
    assert pages.counted(0, "like") == "0 likes"


def test_a_day_of_many_papers_has_them_at_a_glance() -> None:
    shown = day(sources=SOURCES, mentions=(said(1),))
    four = tuple(
        msgspec.structs.replace(
            shown.papers[0], rank=rank, paper=msgspec.structs.replace(PAPER, id=f"2106.0000{rank}")
        )
        for rank in range(1, 5)
    )
    text = page(msgspec.structs.replace(shown, papers=four))
    glance = re.findall(r'<details class="contents">.*?</details>', text, re.DOTALL)
    assert re.findall(r'href="#([^"]+)"', glance[0]) == [hot.paper.id for hot in four]
    assert 'class="contents"' not in page(msgspec.structs.replace(shown, papers=four[:3]))


def test_a_day_of_sixteen_long_papers_weighs_less_than_it_may() -> None:
    # As long as abstracts on arXiv may be, and of words that do not repeat.
    chance = random.Random(1)

    def text(length: int) -> str:
        return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz     ", k=length))

    shown = day(sources=SOURCES, mentions=(said(1),))
    sixteen = tuple(
        msgspec.structs.replace(
            shown.papers[0],
            rank=rank,
            paper=msgspec.structs.replace(
                PAPER, id=f"2106.000{rank:02}", abstract=text(1920), title=text(120)
            ),
            shown=tuple(said(10 * rank + number, text=text(140)) for number in range(3)),
        )
        for rank in range(1, 17)
    )
    objects = site.day_objects(Settings(), msgspec.structs.replace(shown, papers=sixteen), older="", newer="")
    body = objects["2021-06-18.html"].body
    loaded = {key: one.body for key, one in pages.assets().items() if f'"{key}"'.encode() in body}
    assert len(loaded) == 3
    sizes = [len(gzip.compress(one, 6)) for one in (body, *loaded.values())]
    assert sum(sizes) < 60_000, sizes


# --- authors -----------------------------------------------------------------------------------------


def authors_of(text: str) -> str:
    found = re.search(r'<(p|details) class="authors".*?</\1>', text, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize("draw", [page, paper_page])
def test_authors_past_ten_are_folded_away(draw: Any) -> None:
    names = tuple(f"Author {number}" for number in range(1, 26))
    paper = msgspec.structs.replace(PAPER, authors=names)
    told = authors_of(draw(day(sources=SOURCES, mentions=(said(1),), paper=paper)))
    shown, _, folded = told.partition("</summary>")
    assert re.findall(r"Author \d+", shown) == list(names[:10])
    assert "and 15 more" in shown
    assert re.findall(r"Author \d+", folded) == list(names[10:])


@pytest.mark.parametrize("number", [0, 1, 10, 11])
def test_few_authors_all_stand_there(number: int) -> None:
    names = tuple(f"Author {each}" for each in range(number))
    paper = msgspec.structs.replace(PAPER, authors=names)
    told = authors_of(paper_page(day(sources=SOURCES, mentions=(said(1),), paper=paper)))
    assert "<details" not in told, "nobody folds one name away"
    assert re.findall(r"Author \d+", told) == list(names)


# --- a paper's page ----------------------------------------------------------------------------------


def test_a_papers_page_has_it_whole() -> None:
    paper = msgspec.structs.replace(
        PAPER, abstract="About $x^2$ & more.", categories=("math.NA", "cs.NA"), title="On $x$"
    )
    extras = Extras(code="https://a.example/c", stars=1, summary="In short.")
    shown = day(sources=SOURCES, mentions=(said(1),), paper=paper, extras=extras)
    text = paper_page(shown)
    assert list(site.paper_objects(Settings(), shown)) == ["paper/math-0703599.html"]
    assert 'Number 1 of <a href="../2021-06-18.html#math-0703599">' in text
    assert ", score 60</p>" in text
    for link in (
        *("https://arxiv.org/abs/math/0703599", "https://arxiv.org/pdf/math/0703599", "https://a.example/c"),
        *("../category/math.NA.html", "../category/cs.NA.html", "../index.html"),
    ):
        assert f'href="{link}"' in text
    assert "&amp; more." in text
    assert "<math" in text
    assert "In short." in text
    assert "@misc{ada2007paper," in text


def test_a_paper_tells_all_its_mentions_that_count() -> None:
    mentions = (
        *(said(number) for number in range(1, 13)),
        said(20, author=Author(id="2")),
        said(21, author=None),
        mention("x", 22, likes=3),
        said(30, text="Bot."),
        story(40),
        story(41, url="", text="Without an address"),
        story(42, author=None, text=""),
        mention("huggingface", 50, upvotes=9),
    )
    shown = day(sources=SOURCES, mentions=mentions, uncounted=(("x", "30", "ignored"),))
    text = paper_page(shown)
    posts = re.findall(r"Words (\d+)\.", text)
    assert posts == [str(number) for number in range(1, 11)], "what is looked after"
    assert len(re.findall(r"Words \d+\.", page(shown))) == 10, "a day shows the same"
    others = re.findall(r"<li>(?:<a href=\"([^\"]*)\">)?X, 18 June 2021(?:</a>)?: (.*?)</li>", text)
    assert [counts for _, counts in others] == ["10 reposts, 20 likes"] * 4
    assert [url for url, _ in others][:2] == [f"https://x.com/ada_example/status/{n}" for n in (11, 12)]
    assert '<li><a href="https://example.org/22">X</a>: 0 reposts, 3 likes</li>' in text
    assert 'Mentions that do not count: 1; <a href="../about.html">why</a>.' in text
    assert "Bot." not in text
    assert '<a href="https://news.ycombinator.com/item?id=40">Story 40</a>' in text
    assert "40 points, 5 comments on Hacker News, by hn_user" in text
    assert '<a href="https://news.ycombinator.com/item?id=42">A story on Hacker News</a>' in text
    assert "Without an address" not in text
    assert "9 upvotes" in text


def test_what_there_is_not_is_not_told() -> None:
    text = paper_page(day(sources=SOURCES, mentions=(said(1),)))
    for words in (
        "not known by name",
        "do not count",
        "Hacker News</p>",
        "Attention over time",
        "<svg class",
    ):
        assert words not in text, words
    counted_alone = paper_page(day(sources=SOURCES, mentions=(mention("huggingface", likes=0, upvotes=60),)))
    assert 'class="mention"' not in counted_alone


def test_the_number_of_a_source_leads_to_the_strongest_mention_that_counts() -> None:
    mentions = (said(1), said(2))
    shown = day(sources=SOURCES, mentions=mentions, uncounted=(("x", "1", "ignored"),))
    assert '<a href="https://x.com/ada_example/status/2">10 reposts, 20 likes</a>' in page(shown)


def test_attention_over_time_is_drawn_from_the_history() -> None:
    history = {"2021-06-17": HistoryPoint(score=20), "2021-06-18": HistoryPoint(score=50)}
    text = paper_page(with_history(day(sources=SOURCES, mentions=(said(1),)), history))
    assert "Attention over time" in text
    assert re.findall(r"<title>(2021.*?)</title>", text) == [
        "2021-06-17: 20",
        "2021-06-18: 50",
        "2021-06-19: 60",
    ]
    assert 'class="spark"' in page(with_history(day(sources=SOURCES, mentions=(said(1),)), history))


def test_a_paper_that_left_the_post_says_so() -> None:
    left = with_history(day(sources=SOURCES, mentions=(said(1),)), {}, rank=0, score=12.5)
    text = paper_page(left)
    assert 'Once in the post of <a href="../2021-06-18.html">' in text
    assert ", score 12.5</p>" in text
    assert "Words 1." in text


# --- texts that attack -------------------------------------------------------------------------------

BREAKOUT = "</title></pre><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload=alert(3)"
ATTACK = f"{BREAKOUT} \u202e\u2066x\u2069\x00\x1b"
ADDRESS = "javascript:alert(4)"
ALLOWED = {
    *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "p", "nav", "button", "span"),
    *(
        "main",
        "footer",
        "article",
        "h1",
        "h2",
        "ol",
        "ul",
        "li",
        "div",
        "section",
        "details",
        "summary",
        "pre",
    ),
    *("blockquote", "time", "table", "thead", "tbody", "tr", "th", "td", "abbr", "strong", "em", "noscript"),
    *("svg", "circle", "path", "line", "polyline", "text", "form", "label", "input", "kbd", "br", "cite"),
}
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def hostile_mention(source: Any, number: int) -> Mention:
    return Mention(
        source=source,
        id=f"{number}{ATTACK}",
        counts=Counts(reposts=9, likes=9, points=9, comments=9, upvotes=9),
        url=ADDRESS,
        cid=ATTACK,
        author=Author(id=ATTACK, name=ATTACK, username=ATTACK),
        created_at=datetime(2021, 6, 18, tzinfo=UTC),
        text=ATTACK,
        lang=ATTACK,
    )


@pytest.fixture(name="hostile", scope="module")
def _hostile() -> Objects:
    """All objects of a day of which every field attacks."""
    paper = Paper(
        id="2106.00001",
        title=ATTACK,
        authors=(ATTACK,) * 12,
        categories=("cs.LG", BREAKOUT.replace("/", "")),
        abstract=f"{ATTACK} ${ATTACK}$ $$x^{ATTACK}$$",
        listed=DATE,
    )
    settings = parse(
        {
            "FILTERS": "A: cat:cs.LG, +cat:cs.LG",
            "SITE_TITLE": "<script>alert(5)</script>",
            "SITE_NOTICE": "<img src=x onerror=alert(6)>",
            "SITE_DESCRIPTION": '"><script>alert(7)</script>',
        }
    )
    shown = day(
        sources=dict.fromkeys(SOURCES, msgspec.structs.replace(MEASURED, reason=ATTACK)),
        mentions=tuple(hostile_mention(source, number) for number, source in enumerate(SOURCES)),
        extras=Extras(code=ADDRESS, stars=1, project=ADDRESS, summary=ATTACK),
        paper=paper,
        settings=settings,
    )
    history = {"2021-06-18": HistoryPoint(score=3)}
    run = RunState(
        run=Run(id=RUN, kind="measure", failure=ATTACK, requests={"arxiv": 2}),
        status="complete",
        revision=0,
        pending=frozenset(),
    )
    told = status(settings, [run], [], {}, Reads())
    return published(
        settings, [post(DATE, *shown.rows())], with_history(shown, history)
    ) | site.status_objects(settings, told, has_posts=True)


def html(objects: Objects) -> dict[str, str]:
    return {key: one.body.decode() for key, one in objects.items() if key.endswith(".html")}


def test_hostile_texts_stand_on_the_pages(hostile: Objects) -> None:
    shown = {key for key, text in html(hostile).items() if "&lt;script&gt;alert(1)" in text}
    assert shown >= {
        *("index.html", "2021-06-18.html", "paper/2106.00001.html", "top.html", "status.html"),
        *("week/2021-W24.html", "month/2021-06.html", "category/cs.LG.html", "category/cs.LG/2021-06.html"),
        *("filter/a.html", "archive.html"),
    }


def test_hostile_texts_are_only_text(hostile: Objects) -> None:
    for key, text in html(hostile).items():
        tags = Tags(text)
        kinds = {tag for tag, _ in tags.tags}
        mathematics = {tag for tag in kinds if tag.startswith("m") and tag not in ("meta", "main")}
        assert kinds - ALLOWED - mathematics - {"semantics", "annotation"} == set(), key
        assert set(map(_without_folder, scripts(text))) <= {"", "site.js", "match.js", "search.js"}, key
        assert scripts(text).count("") == 1, key
        for tag, attributes in tags.tags:
            assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
            for name in ("href", "src", "cite", "action"):
                address = attributes.get(name, "")
                assert not re.match(r"\s*(javascript|data|vbscript):", address, re.IGNORECASE), (key, tag)
        assert UNFIT.findall(text) == [], key


def _without_folder(script: str) -> str:
    return script.rpartition("/")[2]


def test_addresses_that_are_not_of_the_web_are_no_links(hostile: Objects) -> None:
    for key in ("2021-06-18.html", "paper/2106.00001.html"):
        text = html(hostile)[key]
        assert "Code</a>" not in text
        assert "Project page</a>" not in text
        assert "9 reposts, 9 likes" in text
        assert ">9 reposts, 9 likes</a>" not in text
    assert "on Hacker News, by" not in html(hostile)["paper/2106.00001.html"]


# --- what a page may load ----------------------------------------------------------------------------


def test_every_page_says_what_it_may_load(hostile: Objects) -> None:
    allowed = {"https://platform.twitter.com", "https://embed.bsky.app"}
    for key, text in html(hostile).items():
        (policy,) = [one["content"] for one in Tags(text).of("meta") if "http-equiv" in one]
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'none'", key
        assert rules["base-uri"] == "'none'", key
        assert "unsafe" not in policy, key
        assert "*" not in policy, key
        assert set(re.findall(r"[a-z]+://[^\s;]*", policy)) == allowed, key
        (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert set(rules["script-src"].split()) == {"'self'", f"'sha256-{digest}'", *allowed}, key
        assert text.index("<script>") < text.index('rel="stylesheet"'), "it would wait for the styles"
        # It holds for what stands after it.
        assert text.index("http-equiv") < min(
            text.index("<link"), text.index("<script"), text.index("<title")
        )


WIDGETS = ["https://platform.twitter.com/widgets.js", "https://embed.bsky.app/static/embed.js"]


def test_scripts_of_other_sites_are_loaded_only_where_that_is_wanted() -> None:
    shown = day(sources=SOURCES, mentions=(said(1),))
    posts = [post(DATE, *shown.rows())]
    off = html(published(Settings(), posts, shown))
    assert all("https" not in script for text in off.values() for script in scripts(text))
    assert "data-embeds" in off["index.html"], "a click loads them"
    on = html(published(parse({"EMBED_WIDGETS": "true"}), posts, shown))
    assert off.keys() == on.keys()
    with_posts = {key for key, text in on.items() if "data-embed=" in text}
    assert {"index.html", f"{DATE}.html"} < with_posts
    for key, text in on.items():
        loaded = [script for script in scripts(text) if "https" in script]
        assert loaded == (WIDGETS if key in with_posts else []), key
        assert "data-embeds" not in text, "they are loaded already"


def test_the_status_that_stands_alone_loads_nothing_of_other_sites() -> None:
    run = RunState(run=Run(id=RUN, kind="list"), status="complete", revision=0, pending=frozenset())
    settings = parse({"EMBED_WIDGETS": "true"})
    told = status(settings, [run], [], {}, Reads())
    text = site.status_objects(settings, told, has_posts=False)["status.html"].body.decode()
    assert scripts(text) == ["", "site.js"]


def test_a_page_leads_out_of_its_folder() -> None:
    for root in ("", "../", "../../", "/below/"):
        text = pages.render(Settings(), "404.html", title="T", root=root).decode()
        own = [
            address
            for _, attributes in Tags(text).tags
            for address in (attributes.get("href"), attributes.get("src"))
            if address and not address.startswith(("https:", "#"))
        ]
        assert own
        assert [address for address in own if not address.startswith(root)] == []


def test_the_page_for_what_is_not_there_leads_from_the_root() -> None:
    at_root = site.fixed_objects(parse({"SITE_URL": "https://hot.example.org/"}))
    below = site.fixed_objects(parse({"SITE_URL": "https://example.org/hot/"}))
    assert b'href="/index.html"' in at_root["404.html"].body
    assert b'href="/hot/index.html"' in below["404.html"].body
    assert below["robots.txt"].body.endswith(b"Sitemap: https://example.org/hot/sitemap.xml\n")
