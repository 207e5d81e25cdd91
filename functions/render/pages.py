"""Templates filled: the one place where HTML is made of data. Every value is hostile until escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from msgspec import Struct

from functions.render import bibtex, chart, embed, groups, mathml, templating
from functions.render.day import Day, HotPaper, missing
from functions.render.embed.text import web_address
from functions.render.objects import FOREVER, Objects, made, paper_key
from functions.render.plain import plain
from functions.render.templating import TEMPLATES
from shared import attention, clock
from shared.paper import FULL_MENTIONS, SOURCE_LABELS, Counts, Mention
from shared.settings import Settings

# What pages load. No page needs a script to be read, nor waits for one: what has to run before anything is
# painted stands in the page.
_ASSETS = ("icon.svg", "style.css", "site.js", "match.js", "search.js")
# So many authors are shown before the rest is folded away.
_AUTHORS = 10
# What is added up of each source, in words.
_WHAT_COUNTS = {
    "x": "reposts and likes",
    "bluesky": "reposts and likes",
    "hackernews": "points",
    "huggingface": "upvotes",
}


def render(
    settings: Settings, template: str, *, has_posts: bool = True, root: str = "", **values: object
) -> bytes:
    """A template filled; `root` leads from the page's folder to the site's: "" or "../"."""
    names = {name.replace(".", "_"): _asset(name)[0] for name in _ASSETS}
    return (
        environment()
        .get_template(template)
        .render(settings=settings, has_posts=has_posts, root=root, **names, **values)
        .encode("utf-8", "replace")
    )


def assets() -> Objects:
    """What pages load."""
    objects: Objects = {}
    for name in _ASSETS:
        key, body = _asset(name)
        objects[key] = made(key, body, cache_control=FOREVER)
    return objects


@cache
def _asset(name: str) -> tuple[str, bytes]:
    """The key of an asset, with a hash of what it holds, and what it holds."""
    body = (TEMPLATES / name).read_bytes()
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{suffix}", body


def _theme() -> tuple[str, str]:
    """The script that stands in each page, and what the policy knows it by."""
    script = (TEMPLATES / "theme.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return script, f"'sha256-{digest}'"


@cache
def environment() -> Environment:
    """The templates with all that they use; each is compiled once, here or by the build."""
    made_here = templating.environment()
    filters: dict[str, Any] = {
        # The texts that are not escaped here: they were, where they were built.
        "blockquote": lambda mention: Markup(plain(embed.blockquote(mention))),  # noqa: S704
        "bibtex": lambda paper: plain(bibtex.entry(paper)),
        "long_day": long_day,
        "month_name": month_name,
        "short_day": lambda moment: f"{moment.day} {moment:%B %Y}",
        "minute": lambda text: f"{clock.parse_iso(text):%Y-%m-%d %H:%M} UTC",
        "number": _number,
        "numbers": numbers,
        "scores": lambda hot: chart.points(hot.history, hot.measured_at[:10], hot.score),
        "spark": chart.spark,
        "chart": chart.chart,
        "mathml": mathml.html,
        "tex": mathml.text,
        "abstract": lambda text: mathml.html(text, with_links=True),
        "counted": counted,
        "paper_key": paper_key,
        "anchor": lambda paper_id: paper_id.replace("/", "-"),
        "plain": plain,
        # Other addresses than the web's, `javascript:` among them, become no link.
        "web": lambda address: plain(web_address(address)),
    }
    made_here.filters |= filters
    script, digest = _theme()
    made_here.globals |= {
        # Our own, and the policy's hash is of these very characters.
        "theme_script": Markup(script),  # noqa: S704
        "theme_digest": Markup(digest),  # noqa: S704
        "labels": SOURCE_LABELS,
        "what_counts": _WHAT_COUNTS,
        "missing": missing,
        "most_authors": _AUTHORS,
        "week": groups.week,
        "mentions_of": mentions_of,
    }
    return made_here


@lru_cache
def month_name(month: str) -> str:
    """A month in words: June 2021."""
    return f"{clock.midnight(f'{month}-01'):%B %Y}"


def _number(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def counted(number: int, word: str) -> str:
    """A number of things: "1 repost", "1,200 reposts"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


@lru_cache
def long_day(date: str) -> str:
    """A date in words: Friday, 18 June 2021."""
    moment = clock.midnight(date)
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"


class Mentions(Struct, frozen=True):
    """A paper's mentions that count, as its page shows them.

    The `posts` with their words: those are looked after, and go when they are deleted. The `others` by their
    numbers alone, and of what more there are by source how many and what they come to.
    """

    posts: tuple[Mention, ...]
    stories: tuple[Mention, ...]
    others: tuple[Mention, ...]
    more: dict[str, tuple[int, Counts]]


def mentions_of(hot: HotPaper) -> Mentions:
    """What a paper's page shows of its mentions; upvotes on Hugging Face have a line of their own."""
    counting = attention.counted(hot.mentions, hot.uncounted)
    social = [one for one in counting if one.source in attention.SOCIAL_SOURCES]
    shown = {(one.source, one.id) for one in hot.shown}
    others = tuple(one for one in social if (one.source, one.id) not in shown)
    stories = tuple(one for one in counting if one.source == "hackernews" and web_address(one.url))
    rest = others[FULL_MENTIONS:]
    numbers: Counter[str] = Counter(one.source for one in rest)
    more = {source: (numbers[source], total) for source, total in attention.totals(rest).items()}
    return Mentions(hot.shown, stories, others[:FULL_MENTIONS], more)


def numbers(hot: HotPaper, day: Day) -> list[tuple[str, str, str]]:
    """What a page says of a paper's attention: (source, text, link), in the order of the sources."""
    shown: list[tuple[str, str, str]] = []
    for source, label in SOURCE_LABELS.items():
        state, counts = day.sources.get(source), hot.of(source)
        if state is None or (not state.ever_measured and state.state == "off"):
            continue
        link = ""
        if not state.ever_measured:
            text = "not measured"
        elif source == "hackernews":
            story = hot.top_story()
            text = f"{counted(counts.points, 'point')}, {counted(counts.comments, 'comment')}"
            link = story.url if story else ""
        elif source == "huggingface":
            text = counted(counts.upvotes, "upvote")
            link = f"https://huggingface.co/papers/{hot.paper.id}"
        else:
            text = f"{counted(counts.reposts, 'repost')}, {counted(counts.likes, 'like')}"
            counting = attention.counted(hot.mentions, hot.uncounted)
            strongest = next((one for one in counting if one.source == source and one.url), None)
            link = strongest.url if strongest else ""
        if not counts.engagement and state.state == "measured" and not state.capped:
            continue
        missing_word = "unavailable" if state.state == "unavailable" else "capped" if state.capped else ""
        told = f"{text} ({missing_word})" if missing_word and state.ever_measured else text
        shown.append((label, told, link))
    return shown
