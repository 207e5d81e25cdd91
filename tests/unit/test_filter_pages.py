"""Filters on the site: their pages and feeds, and what other pages show of them."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from defusedxml import ElementTree

from functions.render import site
from functions.render.day import Day
from functions.render.edition import FEED_POSTS
from functions.render.objects import feed_keys
from shared.paper import Paper
from shared.settings import Settings, parse
from shared.table import Post
from tests.unit.days import (
    ATOM,
    DATE,
    MEASURED,
    PAPER,
    RUN,
    Tags,
    day,
    mention,
    post,
    published,
    scripts,
    shelf_of,
    style_key,
    with_rows,
)


def filtered(setting: str, posts: list[Post], **settings: str) -> str:
    """The page of the first filter of a setting."""
    configured = parse({"FILTERS": setting} | settings)
    objects = site.filter_objects(configured, configured.named_filters[0], posts)
    ((_, content),) = objects.items()
    return content.body.decode()


def hot_day(settings: Settings, date: str, paper: Paper = PAPER) -> Day:
    """A day with a paper as the settings' filters mark it."""
    return day(
        sources={"x": MEASURED},
        mentions=(mention("x", likes=60),),
        settings=settings,
        paper=paper,
        date=date,
    )


def marked(date: str, *slugs: tuple[str, ...], **more: Any) -> Post:
    """A post with a paper for each group of slugs: the filters that include it and highlight it."""
    return with_rows(post(date), *slugs, **more)


def test_a_filter_shows_its_papers_of_the_latest_posts() -> None:
    dates = [f"2021-{month:02}-{day:02}" for month in (6, 5) for day in range(28, 0, -1)]
    posts = [marked(date, (), ("a",), ("b",)) if date[-1] != "3" else marked(date, ("b",)) for date in dates]
    text = filtered("A: x", posts)
    shown = [date for date in dates[: site.FILTER_POSTS] if date[-1] != "3"]
    assert re.findall(r'<section id="d([\d-]+)"', text) == shown
    assert set(re.findall(r'class="rank">(\d+)<', text)) == {"2"}, "the rank that day"
    assert set(re.findall(r'href="\.\./paper/([\d.]+)\.html"', text)) == {"2106.00002"}


def test_a_filters_feed_has_the_latest_days_with_papers_of_it() -> None:
    settings = parse({"FILTERS": 'A: author:ada, +author:ada; B: "nothing at all"'})
    dates = [f"2021-06-{number:02}" for number in range(28, 0, -1)]
    bob = msgspec.structs.replace(PAPER, authors=("Bob",))
    days = [hot_day(settings, date, bob if date[-1] == "3" else PAPER) for date in dates]
    posts = [post(one.date, *one.rows()) for one in days]
    objects = published(settings, posts, *days)
    root = ElementTree.fromstring(objects["filter/a.xml"].body)
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    wanted = [date for date in dates[:FEED_POSTS] if date[-1] != "3"]
    assert ids == [f"http://localhost:8000/filter/a/{date}" for date in wanted]
    assert [item["id"] for item in json.loads(objects["filter/a.json"].body)["items"]] == ids
    rss = ElementTree.fromstring(objects["filter/a.rss.xml"].body)
    assert [item.findtext("guid") for item in rss.iter("item")] == ids
    keys = list(objects)
    for slug in ("a", "b"):
        assert {f"filter/{slug}.html", *feed_keys(f"filter/{slug}")} <= set(keys)


def test_a_filters_page_leads_out_of_its_folder() -> None:
    old = marked("2021-06-18", ("a",))
    old = msgspec.structs.replace(old, rows=(msgspec.structs.replace(old.rows[0], id="math/0703599"),))
    text = filtered("A: x", [old])
    for link in (
        *(style_key(), "feed.xml", "index.html", "status.html", "2021-06-18.html"),
        *("paper/math-0703599.html", *feed_keys("filter/a")),
    ):
        assert f'href="../{link}"' in text
    assert 'type="application/atom+xml" title="A – Hot Papers" href="a.xml"' in text
    assert "default-src 'none'; style-src 'self'" in text


def test_a_filter_without_papers_is_as_new_as_the_newest_post() -> None:
    settings = parse({"FILTERS": "A: author:ada; B: nobody"})
    newest, older = day(sources={}), hot_day(settings, "2021-06-17")
    posts = [post(DATE), post("2021-06-17", *older.rows(), updated_at="2021-06-18T07:55:00Z")]
    posts[0] = msgspec.structs.replace(posts[0], rows=())
    objects = published(settings, posts, newest, older)
    told = [
        ElementTree.fromstring(objects[f"filter/{slug}.xml"].body).findtext(f"{ATOM}updated")
        for slug in ("a", "b")
    ]
    assert told == ["2021-06-18T07:55:00Z", RUN]
    assert "Nothing matched yet" in objects["filter/b.html"].body.decode()
    assert "Nothing matched yet" not in objects["filter/a.html"].body.decode()


def test_a_filters_page_says_what_it_does() -> None:
    text = filtered(
        'A: robot*, cat:cs, author:"Ada Example", -cat:cs.LG, +"deep net"; Second one: -x',
        [post("2021-06-18")],
    )
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
    assert "Includes every hot paper." in filtered("A: -x", [])


def test_what_a_filter_was_given_is_only_text() -> None:
    attack = "x</title><script>alert(1)</script>'&{{ 7+7 }}\u202e]]>"
    text = filtered(f'A: "{attack}", -author:"{attack}", +"{attack}"', [marked("2021-06-18", ("a",))])
    assert scripts(text) == ["", "../site.js"]
    assert text.count("&lt;script&gt;alert(1)") == 3
    assert "{{ 7+7 }}" in text
    assert "\u202e" not in text
    hostile = {"SITE_TITLE": 'A & "B" <c>', "SITE_URL": "https://hot.example.org/?a=1&b=2"}
    settings = parse({"FILTERS": "A: author:ada"} | hostile)
    shown = hot_day(settings, DATE)
    root = ElementTree.fromstring(
        published(settings, [post(DATE, *shown.rows())], shown)["filter/a.xml"].body
    )
    assert root.findtext(f"{ATOM}title") == 'A – A & "B" <c>'
    assert root.findtext(f"{ATOM}entry/{ATOM}content")


def test_a_day_marks_what_a_filter_highlights() -> None:
    configured = parse({"FILTERS": 'Two words: "a title", +author:ada; Other: +nobody'})
    shown = hot_day(configured, DATE)
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
    shelf = shelf_of([post(DATE, *shown.rows())])
    index = site.index_objects(configured, shown, shelf)["index.html"].body.decode()
    assert badge in index
    assert '<a href="filter/other.html">Other</a>' in index
    (paper,) = site.paper_objects(configured, shown).values()
    assert badge.replace('href="', 'href="../') in paper.body.decode()
    top = site.top_objects(configured, shelf)["top.html"].body.decode()
    assert badge in top
    gone = site.top_objects(Settings(), shelf)["top.html"].body.decode()
    assert Tags(gone).of("p") != [], "a filter that is gone is led to by nothing"
    assert "filter/" not in gone
