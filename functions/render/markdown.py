"""A day as a Markdown post, for a static blog; its bytes are a contract (see docs/post-format.md)."""

from __future__ import annotations

import json
import re

from functions.render.day import Day, HotPaper, missing
from functions.render.embed import blockquote, script
from shared import clock
from shared.paper import SOURCE_LABELS
from shared.settings import Settings

_ENTITY = re.compile(r"&(?=#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)")
# What opens a block at the start of a line: headings, quotes, lists, fences, rules, and definitions of
# links, which would vanish.
_OPENS_BLOCK = re.compile(
    r"""
    \#{1,6}(?:\s|$) | > | [-+*](?:\s|$) | ```|~~~
    | \[[^\]]+\]:
    | (?:-[ ]*){3,}$ | (?:\*[ ]*){3,}$ | (?:_[ ]*){3,}$
    """,
    re.VERBOSE,
)
_OPENS_NUMBERED_LIST = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
# A plain YAML scalar that every parser reads as the text it is.
_PLAIN_YAML = re.compile(r"[A-Za-z][A-Za-z0-9 ._/()+-]*")


def post(settings: Settings, day: Day) -> str:
    """The post of a day."""
    return (
        (day.front_matter or front_matter(settings, day.date, day.published_at))
        + _empty_note(day)
        + "".join(_paper(day, hot) for hot in day.papers)
    )


def front_matter(settings: Settings, date: str, published_at: str) -> str:
    """The front matter of the post of a date, with the line that ends it."""
    tags = "".join(f"  - {_quoted(tag.strip())}\n" for tag in settings.post_tags.split(",") if tag.strip())
    title = f"{settings.site_title} {date}"
    return (
        "---\n"
        f"title: {title if _PLAIN_YAML.fullmatch(settings.site_title) else _quoted(title)}\n"
        f"date: {published_at}\n"
        'template: "post"\n'
        "draft: false\n"
        f'slug: "hot-papers-{date}"\n'
        f"category: {_quoted(settings.post_category)}\n"
        f"tags:\n{tags}"
        f"description: {_quoted(f'{settings.site_description} {date}')}\n"
        f"socialImage: {_quoted(settings.post_image)}\n"
        "\n---\n"
    )


def _quoted(text: str) -> str:
    # JSON strings are YAML strings.
    return json.dumps(text, ensure_ascii=False)


def _empty_note(day: Day) -> str:
    """A post without papers says, too, when that may be because a source was missing."""
    words = missing(day.sources)
    return f"\n- also: {' | '.join(words)}\n" if words and not day.papers else ""


def _paper(day: Day, hot: HotPaper) -> str:
    paper = hot.paper
    reposts, likes = day.social(hot) or ("?", "?")
    measured_at = f"{clock.parse_iso(hot.measured_at):%m/%d/%Y %H:%M:%S}"
    also = _also(day, hot)
    categories = " | ".join(
        f"[{category}](https://arxiv.org/list/{category}/recent)" for category in paper.categories
    )
    embeds = "".join(f"{blockquote(mention)}\n{script(mention)}\n\n" for mention in hot.shown)
    has_pdf = hot.frozen is None or hot.frozen.has_pdf
    pdf = f" | [pdf](https://arxiv.org/pdf/{paper.id})" if has_pdf else ""
    return (
        f"\n# {hot.rank}. {escape(paper.title)}\n\n"
        f"{escape_line(', '.join(paper.authors))}\n\n"
        f"- retweets: {reposts}, favorites: {likes} ({measured_at})\n"
        f"{f'- also: {also}' + chr(10) if also else ''}"
        f"\n- links: [abs](https://arxiv.org/abs/{paper.id}){pdf}\n"
        f"- {categories}\n\n"
        f"{escape_line(paper.abstract)}\n\n"
        f"{embeds}\n\n"
    )


def _also(day: Day, hot: HotPaper) -> str:
    parts: list[str] = []
    stories, votes = hot.of("hackernews"), hot.of("huggingface")
    if stories.points and (story := hot.top_story()):
        parts.append(
            f"[{SOURCE_LABELS['hackernews']}](https://news.ycombinator.com/item?id={story.id}) "
            f"{stories.points} points, {stories.comments} comments"
        )
    if votes.upvotes:
        parts.append(
            f"[{SOURCE_LABELS['huggingface']}](https://huggingface.co/papers/{hot.paper.id}) "
            f"{votes.upvotes} upvotes"
        )
    return " | ".join((*parts, *missing(day.sources)))


def escape(text: str) -> str:
    """Text for Markdown: what would act as a tag, an entity or a link is escaped, mathematics is kept."""
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace("](", "]\\(")


def escape_line(text: str) -> str:
    """Text that begins a line of Markdown: what would open a block there is escaped, too."""
    if match := _OPENS_NUMBERED_LIST.match(text):
        text = f"{match[1]}\\{text[match.start(2) :]}"
    elif _OPENS_BLOCK.match(text):
        text = f"\\{text}"
    return escape(text)
