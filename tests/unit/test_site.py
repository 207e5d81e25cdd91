"""The site's objects from days: keys, pages, feed. What needs the chain is in tests/steps/test_render.py."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from defusedxml import ElementTree

from functions.render import site
from functions.render.day import Day, hot_papers
from functions.render.status import status
from shared.paper import Author, Counts, Entity, Extras, Measured, Mention, Paper, SourceState
from shared.reads import Reads
from shared.settings import Settings, parse
from shared.table import Post, PostRow, Run, RunState

ATOM = "{http://www.w3.org/2005/Atom}"
RUN = "2021-06-19T07:55:00Z"
MEASURED = SourceState(state="measured", measured_at=RUN)
PAPER = Paper(
    id="math/0703599", title="A <title>", authors=("Ada",), categories=("math.NA",), listed="2021-06-18"
)


def day(
    *,
    sources: dict[str, SourceState],
    mentions: tuple[Mention, ...] = (),
    extras: Extras | None = None,
    **more: Any,
) -> Day:
    measured = Measured(paper=PAPER, mentions=mentions, extras=extras, score=60, run=RUN, measured_at=RUN)
    papers = [measured] if mentions else []
    values: dict[str, Any] = {"date": "2021-06-18", "published_at": RUN, "listed": 1234, "is_partial": False}
    return Day(sources=sources, papers=hot_papers(Settings(), papers), **(values | more))


def mention(source: Any, number: int = 1, **counts: int) -> Mention:
    return Mention(
        source=source, id=str(number), counts=Counts(**counts), url=f"https://example.org/{number}"
    )


def page(shown: Day, **neighbours: str) -> str:
    objects = site.day_objects(Settings(), shown, **({"older": "", "newer": ""} | neighbours))
    return objects["2021-06-18.html"].body.decode()


def post(date: str, rows: int = 1) -> Post:
    row = PostRow(
        id="2106.00001", title="A <title>", authors=("Ada",), categories=(), score=60, reposts=1500, likes=0
    )
    return Post(
        date=date, status="published", published_at=RUN, updated_at=RUN, run=RUN, papers=9, rows=(row,) * rows
    )


def test_a_day_has_three_objects_the_page_last() -> None:
    objects = site.day_objects(Settings(), day(sources={}), older="", newer="")
    assert list(objects) == ["posts/2021-06-18---Hot-Papers.md", "2021-06-18.json", "2021-06-18.html"]


def test_the_style_sheets_name_is_that_of_its_content() -> None:
    ((key, style),) = site.assets().items()
    assert key == f"style.{hashlib.sha256(style.body).hexdigest()[:12]}.css"
    assert f'href="{key}"' in page(day(sources={}))
    assert b"url(" not in style.body, "a page loads nothing from elsewhere"


def test_a_page_tells_what_is_missing() -> None:
    down = SourceState(state="unavailable", reason="HTTP 500")
    text = page(day(sources={"x": down, "hackernews": msgspec.structs.replace(MEASURED, capped=True)}))
    assert "X unavailable." in text
    assert "Hacker News capped." in text
    assert "0 of 1,234 new papers" in text
    assert "No paper of this announcement reached the threshold." in text
    assert "HTTP 500" not in text, "reasons are the status page's"
    assert "Partial" not in text
    assert "Partial" in page(day(sources={}, is_partial=True))


def test_a_page_tells_numbers_as_known() -> None:
    down = SourceState(state="unavailable")
    stale = msgspec.structs.replace(down, measured_at=RUN)
    mentions = (
        mention("x", likes=1200, reposts=7),
        mention("hackernews", 5, points=9),
        mention("hackernews", 6),
    )
    text = page(day(sources={"x": stale, "hackernews": MEASURED, "huggingface": down}, mentions=mentions))
    assert "7 reposts, 1,200 likes (unavailable)" in text
    assert '<a href="https://example.org/5">9 points, 0 comments</a>' in text
    assert "Hugging Face</span> not measured" in text
    off = page(day(sources={"x": SourceState(state="off"), "hackernews": MEASURED}, mentions=mentions))
    assert 'class="source">X<' not in off


def test_a_mention_on_bluesky_is_shown_with_its_links() -> None:
    did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    said = Mention(
        source="bluesky",
        id=f"at://{did}/app.bsky.feed.post/3k1",
        counts=Counts(reposts=20, likes=40),
        url=f"https://bsky.app/profile/{did}/post/3k1",
        author=Author(id=did, name="Ada <b>", username="ada.example"),
        created_at=datetime(2021, 6, 18, tzinfo=UTC),
        text="<#ML>",
        lang="en",
        entities=(Entity(kind="hashtag", start=1, end=4, target="ML"),),
    )
    text = page(day(sources={"bluesky": MEASURED}, mentions=(said,)))
    assert "Bluesky</span> 20 reposts, 40 likes" in text
    assert f'cite="https://bsky.app/profile/{did}/post/3k1"' in text
    assert '&lt;<a href="https://bsky.app/hashtag/ML">#ML</a>&gt;' in text
    assert "Ada &lt;b&gt;</cite> <span>@ada.example</span>" in text
    assert "<script" not in text, "a page runs nothing"


def test_what_hugging_face_tells_is_shown_as_its_own() -> None:
    said = (mention("x", likes=60),)
    shown = day(
        sources={"x": MEASURED},
        mentions=said,
        extras=Extras(
            code="https://a.example/c?a=1&b=2",
            stars=1234,
            project="https://a.example/",
            summary='A <b> & "more".\u202e',
        ),
    )
    text = page(shown)
    assert '<a href="https://a.example/c?a=1&amp;b=2">code</a> <span class="stars">1,234 stars</span>' in text
    assert '<a href="https://a.example/">project page</a>' in text
    assert ">A &lt;b&gt; &amp; &#34;more&#34;.</p>" in text
    source = "https://huggingface.co/papers/math/0703599"
    assert f'<a href="{source}">Summary by a model, from Hugging Face</a>' in text
    post_key = "posts/2021-06-18---Hot-Papers.md"
    plain = day(sources={"x": MEASURED}, mentions=said)
    posts = [site.day_objects(Settings(), one, older="", newer="")[post_key] for one in (shown, plain)]
    assert posts[0] == posts[1], "the post is as it was"


@pytest.mark.parametrize(
    ("extras", "there", "missing"),
    [
        (None, (), ("code<", "star", "project page", "Summary by")),
        (Extras(summary="S"), ("Summary by",), ("code<", "star", "project page")),
        (Extras(project="https://a.example/"), ("project page",), ("code<", "star", "Summary by")),
        (Extras(code="https://a.example/"), ("code<",), ("star", "project page", "Summary by")),
        (Extras(code="https://a.example/", stars=1), ("code<", "1 star<"), ("stars<", "project page")),
        (Extras(code="https://a.example/", stars=0), ("code<", "0 stars<"), ("project page",)),
    ],
)
def test_what_is_not_told_is_not_shown(
    extras: Extras | None, there: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    text = page(day(sources={"x": MEASURED}, mentions=(mention("x", likes=60),), extras=extras))
    assert [word for word in there if word not in text] == []
    assert [word for word in missing if word in text] == []


def test_an_old_identifier_is_a_good_anchor() -> None:
    text = page(day(sources={"x": MEASURED}, mentions=(mention("x", likes=60),)))
    assert 'id="math-0703599"' in text
    assert 'href="https://arxiv.org/abs/math/0703599"' in text


def test_neighbours_are_linked() -> None:
    text = page(day(sources={}), older="2021-06-17", newer="2021-06-21")
    assert '<a rel="prev" href="2021-06-17.html">' in text
    assert '<a rel="next" href="2021-06-21.html">' in text
    assert 'rel="' not in page(day(sources={})).partition("<main")[2]


def test_the_archive_has_years_newest_first() -> None:
    posts = [post("2022-01-13"), post("2021-12-31"), post("2021-06-18", rows=0)]
    text = site.index_objects(Settings(), day(sources={}), posts)["index.html"].body.decode()
    archive = text.partition('id="archive"')[2]
    assert re.findall(r'<h3>\d+|href="[\d-]+\.html"', archive) == [
        "<h3>2022",
        'href="2022-01-13.html"',
        "<h3>2021",
        'href="2021-12-31.html"',
        'href="2021-06-18.html"',
    ]


def feed(posts: list[Post], **settings: str) -> Any:
    body = site.index_objects(parse(settings), day(sources={}), posts)["feed.xml"].body
    return ElementTree.fromstring(body)


def test_the_feed_has_the_newest_posts() -> None:
    posts = [post(f"2021-{month:02}-{day:02}") for month in (6, 5) for day in range(28, 0, -1)]
    root = feed(posts, SITE_URL="https://hot.example.org/")
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids)) == site.FEED_POSTS
    assert ids[0] == "https://hot.example.org/2021-06-28.html"
    assert root.findtext(f"{ATOM}updated") == RUN
    content = root.findtext(f"{ATOM}entry/{ATOM}content")
    assert "A &lt;title&gt;" in content
    assert "1,500 reposts" in content


def test_titles_are_text_in_every_form() -> None:
    settings = {"SITE_TITLE": 'A & "B" <c>', "SITE_NOTICE": "<i>sample</i>"}
    root = feed([post("2021-06-18")], **settings)
    assert root.findtext(f"{ATOM}title") == 'A & "B" <c>'
    assert root.findtext(f"{ATOM}subtitle") == "<i>sample</i>"
    text = site.index_objects(parse(settings), day(sources={}), [post("2021-06-18")])[
        "index.html"
    ].body.decode()
    assert "<title>A &amp; &#34;B&#34; &lt;c&gt;</title>" in text
    assert "&lt;i&gt;sample&lt;/i&gt;" in text


def test_the_status_is_told_twice_for_programs_first() -> None:
    run = RunState(
        run=Run(id=RUN, kind="measure", failure="<down>", requests={"arxiv": 2, "x": 1}),
        status="complete",
        revision=0,
        pending=frozenset(),
    )
    told = status(Settings(), [run], [], {}, Reads())
    objects = site.status_objects(Settings(), told, has_posts=True)
    assert list(objects) == ["status.json", "status.html"]
    assert {one.cache_control for one in objects.values()} == {"public, max-age=60"}, "it changes every hour"
    assert msgspec.json.decode(objects["status.json"].body)["failure"] == "<down>"
    text = objects["status.html"].body.decode()
    assert "&lt;down&gt;" in text
    assert "arxiv 2, x 1" in text
    assert "As of 2021-06-19 07:55 UTC" in text
    assert "After <strong>2021-06-19 10:25 UTC</strong> this page is stale" in text
    assert text.index("Something is wrong") < text.index("&lt;down&gt;.</li>") < text.index("<h2>Days")
    assert "What X was asked for" not in text
    assert 'href="feed.xml"' in text
    alone = site.status_objects(Settings(), told, has_posts=False)["status.html"].body
    assert b'href="index.html' not in alone, "before there is a post, nothing else is there to lead to"
    assert b'href="feed.xml' not in alone


def test_the_status_page_tells_a_well_service_with_what_x_was_asked_for() -> None:
    states = {
        "x": SourceState(state="measured", measured_at=RUN),
        "huggingface": SourceState(state="unavailable", reason="HTTP 500"),
    }
    run = RunState(
        run=Run(id=RUN, kind="measure", sources=states, posts_read=1_234, users_read=7),
        status="complete",
        revision=0,
        pending=frozenset(),
    )
    told = status(Settings(), [run], [], {}, Reads(posts=2_345, users=30, units=2_405))
    text = site.status_objects(Settings(), told, has_posts=True)["status.html"].body.decode()
    assert (
        "<p>All is well.</p>\n<p>The next run is at 2021-06-19 08:55 UTC; attention is measured next at"
        in text
    )
    assert "In 2021-06: 2,345 posts and 30 users, about $12.03; the cap is the price of 6,000 posts." in text
    assert "The run of 2021-06-19 07:55 UTC: 1,234 posts and 7 users, about $6.24." in text
    assert "unavailable since 2021-06-19 07:55 UTC" in text


# --- filters -----------------------------------------------------------------------------------------


def filtered(setting: str, posts: list[Post], **settings: str) -> dict[str, str]:
    """The objects of the first filter of a setting."""
    configured = parse({"FILTERS": setting} | settings)
    objects = site.filter_objects(configured, configured.named_filters[0], posts)
    return {key: content.body.decode() for key, content in objects.items()}


def marked(date: str, *slugs: tuple[str, ...], **more: Any) -> Post:
    """A post with a paper for each group of slugs: the filters that include it and highlight it."""
    row = msgspec.structs.replace(post(date).rows[0], **more)
    rows = tuple(msgspec.structs.replace(row, filters=one, highlights=one) for one in slugs)
    return msgspec.structs.replace(post(date), rows=rows)


def test_a_filter_shows_its_papers_of_the_latest_posts() -> None:
    dates = [f"2021-{month:02}-{day:02}" for month in (6, 5) for day in range(28, 0, -1)]
    posts = [marked(date, (), ("a",), ("b",)) if date[-1] != "3" else marked(date, ("b",)) for date in dates]
    objects = filtered("A: x", posts)
    assert list(objects) == ["filter/a.xml", "filter/a.html"], "the feed first: the page leads to it"
    shown = [date for date in dates[: site.FEED_POSTS] if date[-1] != "3"]
    assert re.findall(r'<section id="([\d-]+)"', objects["filter/a.html"]) == shown
    root = ElementTree.fromstring(objects["filter/a.xml"])
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert ids == [f"http://localhost:8000/filter/a/{date}" for date in shown]
    assert set(re.findall(r'class="rank">(\d+)<', objects["filter/a.html"])) == {"2"}, "the rank that day"


def test_a_filters_page_leads_out_of_its_folder() -> None:
    text = filtered("A: x", [marked("2021-06-18", ("a",), id="math/0703599")])["filter/a.html"]
    ((style, _),) = site.assets().items()
    for link in (style, "feed.xml", "index.html", "status.html", "2021-06-18.html#math-0703599"):
        assert f'href="../{link}"' in text
    assert 'type="application/atom+xml" title="A – Hot Papers" href="a.xml"' in text
    assert "default-src 'none'; style-src 'self'" in text


def test_a_filter_without_papers_is_as_new_as_the_newest_post() -> None:
    older = msgspec.structs.replace(marked("2021-06-17", ("a",)), updated_at="2021-06-18T07:55:00Z")
    with_one, without = filtered("A: x", [post("2021-06-18"), older]), filtered("A: x", [post("2021-06-18")])
    told = [
        ElementTree.fromstring(one["filter/a.xml"]).findtext(f"{ATOM}updated") for one in (with_one, without)
    ]
    assert told == ["2021-06-18T07:55:00Z", RUN]
    assert "Nothing matched yet" in without["filter/a.html"]


def test_a_filters_page_says_what_it_does() -> None:
    text = filtered(
        'A: robot*, cat:cs, author:"Ada Example", -cat:cs.LG, +"deep net"; Second one: -x',
        [post("2021-06-18")],
    )["filter/a.html"]
    said = [part.strip() for part in re.findall(r'(?:class="summary">|<li>)([^<]+)', text)]
    assert said == [
        "Includes hot papers with any of these:",
        "“robot…” in title or abstract",
        "any category of cs",
        "an author named Ada Example",
        "Leaves out papers with any of these:",
        "the category cs.LG",
        "Marks with ★, on the pages of days too, included papers with any of these:",
        "“deep net” in title or abstract",
    ]
    assert '<a href="../filter/second-one.html">Second one</a>' in text
    assert "Includes every hot paper." in filtered("A: -x", [])["filter/a.html"]


def test_what_a_filter_was_given_is_only_text() -> None:
    attack = "x</title><script>alert(1)</script>'&{{ 7+7 }}\u202e]]>"
    objects = filtered(f'A: "{attack}", -author:"{attack}", +"{attack}"', [marked("2021-06-18", ("a",))])
    text = objects["filter/a.html"]
    assert "<script" not in text
    assert text.count("&lt;script&gt;alert(1)") == 3
    assert "{{ 7+7 }}" in text
    assert "\u202e" not in text
    assert ElementTree.fromstring(objects["filter/a.xml"]).findtext(f"{ATOM}entry/{ATOM}content")
    hostile = {"SITE_TITLE": 'A & "B" <c>', "SITE_URL": "https://hot.example.org/?a=1&b=2"}
    root = ElementTree.fromstring(filtered("A: x", [marked("2021-06-18", ("a",))], **hostile)["filter/a.xml"])
    assert root.findtext(f"{ATOM}title") == 'A – A & "B" <c>'


def test_a_day_marks_what_a_filter_highlights() -> None:
    configured = parse({"FILTERS": 'Two words: "a title", +author:ada; Other: +nobody'})
    hot = hot_papers(configured, [Measured(paper=PAPER, mentions=(), score=60, run=RUN, measured_at=RUN)])
    shown = Day(date="2021-06-18", published_at=RUN, listed=1, is_partial=False, sources={}, papers=hot)
    assert [(row.filters, row.highlights) for row in shown.rows()] == [
        (("two-words", "other"), ("two-words",))
    ]
    objects = site.day_objects(configured, shown, older="", newer="")
    badge = (
        '<a href="filter/two-words.html"><span aria-hidden="true">★</span> '
        '<span class="unseen">Highlighted by the filter</span> Two words</a>'
    )
    text = objects["2021-06-18.html"].body.decode()
    assert re.findall(r'<p class="badges">\n(.*)\n</p>', text) == [badge]
    assert "filter" not in objects["2021-06-18.json"].body.decode()
    index = site.index_objects(configured, shown, [post("2021-06-18")])["index.html"].body.decode()
    assert badge in index
    assert '<a href="filter/other.html">Other</a>' in index


# --- the rule in plain words -------------------------------------------------------------------------------


def test_the_rule_is_told_with_the_numbers_of_the_settings() -> None:
    settings = parse(
        {
            "CATEGORIES": "cs.CL",
            "PAPER_SCORE_THRESHOLD": "77",
            "BLUESKY_WEIGHT": "2.5",
            "MENTIONS_PER_ACCOUNT": "4",
            "IGNORED_ACCOUNTS": "x:bot_one",
            "X_MIN_ENGAGEMENT": "13",
        }
    )
    page = site.about_objects(settings)["about.html"].body.decode()
    for told in (
        "cs.CL",
        "From 77 on",
        "<td>2.5</td>",
        "beyond its 4 strongest",
        "x:bot_one",
        "fewer than 13 likes",
    ):
        assert told in page, told
    for label in ("X", "Bluesky", "Hacker News", "Hugging Face"):
        assert f"<td>{label}</td>" in page


def test_rules_that_are_off_are_not_told() -> None:
    page = site.about_objects(parse({"MENTIONS_PER_ACCOUNT": "0", "X_MIN_ENGAGEMENT": "0"}))[
        "about.html"
    ].body
    assert b"by one account" not in page
    assert b"post everything" not in page
    assert b"fewer than" not in page
