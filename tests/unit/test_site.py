"""The site's objects from days: keys and pages. What needs the chain is in tests/steps."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime

import msgspec
import pytest
from defusedxml import ElementTree

from functions.render import pages, site
from functions.render.status import status
from shared.paper import Author, Counts, Entity, Extras, Mention, SourceState
from shared.reads import Reads
from shared.run_states import Run, RunState
from shared.settings import Settings, parse
from tests.unit.days import (
    ATOM,
    DATE,
    MEASURED,
    RUN,
    day,
    mention,
    page,
    post,
    published,
    row,
    scripts,
    shelf_of,
    style_key,
)


def test_a_day_has_three_objects_the_page_last() -> None:
    objects = site.day_objects(Settings(), day(sources={}), older="", newer="")
    assert list(objects) == ["posts/2021-06-18---Hot-Papers.md", "2021-06-18.json", "2021-06-18.html"]


@pytest.mark.parametrize(
    ("days", "last"),
    [
        (["2021-06-14"], "2021-06-18"),
        (["2021-06-14", "2021-06-19"], "2021-06-19"),
        (["2021-06-20"], "2021-06-20"),
    ],
)
def test_a_week_ends_with_its_friday_or_a_later_post(days: list[str], last: str) -> None:
    posts = [post(each) for each in days]
    (made,) = site.week_objects(Settings(), "2021-W24", posts, shelf_of(posts)).values()
    assert f"2021-06-14 to {last}" in made.body.decode()


def test_what_pages_load_is_named_by_its_content() -> None:
    assets = pages.assets()
    for key, asset in assets.items():
        stem, digest, suffix = key.split(".")
        assert digest == hashlib.sha256(asset.body).hexdigest()[:12], f"{stem}.{suffix}"
        assert "immutable" in asset.cache_control
    text = page(day(sources={}))
    assert f'href="{style_key()}"' in text
    assert re.findall(r'<script defer src="(.*?)">', text) == [key for key in assets if "site" in key]
    assert b"url(" not in assets[style_key()].body, "a page loads nothing from elsewhere"


def test_a_page_tells_what_is_missing() -> None:
    down = SourceState(state="unavailable", reason="HTTP 500")
    text = page(day(sources={"x": down, "hackernews": msgspec.structs.replace(MEASURED, capped=True)}))
    assert "X unavailable." in text
    assert "Hacker News capped." in text
    assert "No paper of this announcement reached the threshold; 1,234 papers were new." in text
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
    link = f'<a href="https://bsky.app/profile/{did}/post/3k1">20 reposts, 40 likes</a>'
    assert f"Bluesky</span> {link}" in text
    assert f'data-bluesky-uri="at://{did}/app.bsky.feed.post/3k1"' in text
    assert f'<a href="https://bsky.app/profile/{did}/post/3k1?ref_src=embed">June 18, 2021</a>' in text
    assert '&lt;<a href="https://bsky.app/hashtag/ML">#ML</a>&gt;' in text
    assert ">Ada &lt;b&gt; (@ada.example)</a>" in text
    assert scripts(text) == ["", "site.js"], "nothing of another site"
    assert '<div class="mention" data-embed="bluesky">' in text


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
    assert '<a href="https://a.example/c?a=1&amp;b=2">Code</a> <span class="quiet">1,234 stars</span>' in text
    assert '<a href="https://a.example/">Project page</a>' in text
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
        (None, (), ("Code<", "star", "Project page", "Summary by")),
        (Extras(summary="S"), ("Summary by",), ("Code<", "star", "Project page")),
        (Extras(project="https://a.example/"), ("Project page",), ("Code<", "star", "Summary by")),
        (Extras(code="https://a.example/"), ("Code<",), ("star", "Project page", "Summary by")),
        (Extras(code="https://a.example/", stars=1), ("Code<", "1 star<"), ("stars<", "Project page")),
        (Extras(code="https://a.example/", stars=0), ("Code<", "0 stars<"), ("Project page",)),
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
    assert 'href="paper/math-0703599.html"' in text


def test_neighbours_are_linked() -> None:
    text = page(day(sources={}), older="2021-06-17", newer="2021-06-21")
    assert '<a rel="prev" href="2021-06-17.html">' in text
    assert '<a rel="next" href="2021-06-21.html">' in text
    assert 'rel="' not in page(day(sources={})).partition("<main")[2]
    assert '<a href="week/2021-W24.html">' in text
    assert '<a href="month/2021-06.html">' in text


# --- the front page and the archive --------------------------------------------------------------------


def test_the_front_page_shows_the_latest_day_and_leads_to_those_before() -> None:
    posts = [post(f"2021-06-{number:02}") for number in range(1, 19)]
    shown = day(sources={"x": MEASURED}, mentions=(mention("x", likes=60),))
    text = site.index_objects(Settings(), shown, shelf_of(posts))["index.html"].body.decode()
    assert '<h1><a href="2021-06-18.html">' in text
    assert "A &lt;title&gt;" in text
    before = text.partition('aria-label="The days before"')[2].partition("</nav>")[0]
    assert re.findall(r'href="(.*?)\.html"', before) == [
        *(f"2021-06-{number:02}" for number in range(17, 10, -1)),
        "archive",
    ]
    alone = site.index_objects(Settings(), shown, shelf_of(posts[-1:]))["index.html"].body
    assert b"The days before" not in alone


def test_the_front_page_shows_what_was_first_a_year_ago() -> None:
    shown = day(sources={"x": MEASURED}, mentions=(mention("x", reposts=60),))
    then = post("2020-06-18", *(row(f"2006.0000{number}", score=90 - number) for number in range(1, 6)))
    page = site.index_objects(Settings(), shown, shelf_of([then]), then)["index.html"].body.decode()
    (aside,) = re.findall(r'<aside class="then">.*?</aside>', page, re.DOTALL)
    assert re.findall(r'href="(paper/[^"]+)"', aside) == [
        f"paper/2006.0000{number}.html" for number in (1, 2, 3)
    ]
    assert '<a href="2020-06-18.html"><time datetime="2020-06-18">Thursday, 18 June 2020</time></a>' in aside
    assert (
        "A year ago"
        not in site.index_objects(Settings(), shown, shelf_of([then]))["index.html"].body.decode()
    )


def test_a_full_category_begins_with_its_best() -> None:
    posts = [
        post(
            f"2021-06-0{day_}",
            *(row(f"2106.0{day_}00{n}", score=50 + 10 * n + day_) for n in range(6, 0, -1)),
        )
        for day_ in (1, 2)
    ]
    page = site.category_objects(Settings(), "cs.LG", "2021-06", posts, shelf_of(posts))[
        "category/cs.LG.html"
    ]
    (best,) = re.findall(r"<h2>Most talked about</h2>.*?</section>", page.body.decode(), re.DOTALL)
    assert re.findall(r'class="title" href="[^"]*paper/([\d.]+)\.html"', best) == [
        "2106.02006",
        "2106.01006",
        "2106.02005",
        "2106.01005",
        "2106.02004",
    ]
    few = site.category_objects(Settings(), "cs.LG", "2021-06", posts[:1], shelf_of(posts[:1]))
    assert "Most talked about" not in few["category/cs.LG.html"].body.decode()


def test_the_archive_has_years_newest_first() -> None:
    posts = [post("2022-01-13"), post("2021-12-31"), post("2021-06-18")]
    posts[-1] = msgspec.structs.replace(posts[-1], rows=())
    shelf = shelf_of(posts)
    objects = site.archive_objects(Settings(), "2022", shelf) | site.archive_objects(
        Settings(), "2021", shelf
    )
    assert list(objects) == ["archive/2022.html", "archive.html", "archive/2021.html"]
    main = {key: one.body.decode().partition("<main")[2] for key, one in objects.items()}
    days = re.compile(r'href="(?:\.\./)?([\d-]+)\.html" title="(.*?)"')
    assert days.findall(main["archive.html"]) == [("2022-01-13", "2022-01-13: 1 hot, score 60")]
    assert days.findall(main["archive/2022.html"]) == days.findall(main["archive.html"])
    assert days.findall(main["archive/2021.html"]) == [
        ("2021-12-31", "2021-12-31: 1 hot, score 60"),
        ("2021-06-18", "2021-06-18: 0 hot, score 0"),
    ]
    years = {key: re.findall(r"archive/(\d+)\.html", text) for key, text in main.items()}
    assert years.pop("archive.html") == ["2022", "2022", "2021"], "its own address, then all"
    assert list(years.values()) == [["2022", "2021"]] * 2
    assert 'href="../archive/2021.html" aria-current="page"' in main["archive/2021.html"]
    assert re.findall(r"month/([\d-]+)\.html", main["archive/2021.html"]) == ["2021-12", "2021-06"]
    assert 'href="category/cs.LG.html"' in main["archive.html"]
    assert "category/" not in main["archive/2021.html"], "what it leads to would soon be no more all"


def test_titles_are_text_in_every_form() -> None:
    settings = parse({"SITE_TITLE": 'A & "B" <c>', "SITE_NOTICE": "<i>sample</i>"})
    objects = published(settings, [post(DATE)], day(sources={}))
    root = ElementTree.fromstring(objects["feed.xml"].body)
    assert root.findtext(f"{ATOM}title") == 'A & "B" <c>'
    assert root.findtext(f"{ATOM}subtitle") == "<i>sample</i>"
    assert ElementTree.fromstring(objects["rss.xml"].body).findtext("channel/title") == 'A & "B" <c>'
    assert json.loads(objects["feed.json"].body)["title"] == 'A & "B" <c>'
    text = objects["index.html"].body.decode()
    assert "<title>A &amp; &#34;B&#34; &lt;c&gt;</title>" in text
    assert "&lt;i&gt;sample&lt;/i&gt;" in text


# --- the status ----------------------------------------------------------------------------------------


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
    page = site.fixed_objects(settings)["about.html"].body.decode()
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
    page = site.fixed_objects(parse({"MENTIONS_PER_ACCOUNT": "0", "X_MIN_ENGAGEMENT": "0"}))[
        "about.html"
    ].body
    assert b"by one account" not in page
    assert b"post everything" not in page
    assert b"fewer than" not in page
