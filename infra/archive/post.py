"""A post in Markdown taken apart into its day, and only if that gives the same post back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from functions.render import markdown
from functions.render.day import imported_day
from functions.render.embed import script
from infra.archive.embeds import EmbedError, mention
from infra.archive.lines import CATEGORY, FormError, Lines, check_lengths, is_moment
from shared import identifiers
from shared.attention import SOCIAL_SOURCES
from shared.paper import SOURCE_LABELS, Counts, Frozen, Measured, Mention, Paper, SourceName, SourceState
from shared.settings import Settings
from shared.table import Imported, Post

_DATE = re.compile(r"date: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d*)?Z")
_NUMBERS = re.compile(
    r"- retweets: (\d{1,15}|\?), favorites: (\d{1,15}|\?) \((\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d)\)"
)
_ALSO = re.compile(r"- also: (.+)")
_STORY = re.compile(
    r"\[Hacker News\]\(https://news\.ycombinator\.com/item\?id=(\d{1,15})\) "
    r"(\d{1,15}) points, (\d{1,15}) comments"
)
_VOTES = re.compile(r"\[Hugging Face\]\(https://huggingface\.co/papers/[^)]+\) (\d{1,15}) upvotes")
_MISSING = re.compile(rf"({'|'.join(SOURCE_LABELS.values())}) (unavailable|capped)")
_NAMES: Mapping[str, SourceName] = {label: name for name, label in SOURCE_LABELS.items()}  # type: ignore[misc]
_LINKS = re.compile(
    r"- links: \[abs\]\(https://arxiv\.org/abs/([^)]+)\)(?: \| (\[pdf\]\(https://arxiv\.org/pdf/\1\)))?"
)
_CATEGORY = re.compile(rf"\[({CATEGORY})\]\(https://arxiv\.org/list/\1/recent\)")


class OldPost(Struct, frozen=True, kw_only=True):
    """A day that was read: its post and its papers as the table keeps them."""

    post: Post
    papers: tuple[Measured, ...]


def parse(text: str, date: str, settings: Settings) -> OldPost:
    """The post of a date; raises FormError for a text that is not of the format, with the line.

    `settings` give the weights that make a score of its totals. Blank lines before the front matter are left
    out; runs of spaces, its time and what is escaped come out as this service writes them; any other
    difference is an error.
    """
    begun = text.lstrip("\n")
    try:
        return _parsed(begun, date, settings)
    except FormError as error:
        raise FormError(error.line + len(text) - len(begun), error.reason) from None


def _parsed(text: str, date: str, settings: Settings) -> OldPost:
    lines = Lines(text)
    published_at, front_matter = _front_matter(lines)
    missing: list[str] = []
    if not lines.at_end and _ALSO.fullmatch(lines.next_but_one):
        lines.blank()
        missing = lines.take(_ALSO, "the sources that are missing")[1].split(" | ")
    papers: list[Measured] = []
    while not lines.at_end:
        paper, words = _paper(lines, len(papers) + 1, date, settings)
        if paper.paper.id in {one.paper.id for one in papers}:
            raise FormError(lines.number, f"{paper.paper.id} is there already")
        papers.append(paper)
        missing = missing or words
    sources = _sources(missing, papers, published_at)
    kept = tuple(replace(one, sources=sources) for one in papers)
    imported = imported_as(front_matter, kept, of=lines.text().encode())
    post = imported_post(date, published_at, sources, imported)
    _check(lines, markdown.post(settings, imported_day(settings, post, imported, kept)))
    return OldPost(post=post, papers=kept)


def imported_as(front_matter: str, papers: tuple[Measured, ...], *, of: bytes) -> Imported:
    """What a post says that is imported; `of` is all that it was made of."""
    return Imported(
        front_matter=front_matter,
        papers=tuple(one.paper.id for one in papers),
        digest=hashlib.sha256(of).hexdigest(),
    )


def imported_post(date: str, published_at: str, sources: dict[str, SourceState], imported: Imported) -> Post:
    """What the table keeps of a day whose post is imported."""
    return Post(
        date=date,
        status="publishing",
        published_at=published_at,
        updated_at=published_at,
        run="",
        papers=0,
        sources=sources,
        # Old news is told to nobody.
        announced=True,
        imported=imported,
    )


def _front_matter(lines: Lines) -> tuple[str, str]:
    """When it was published, and the front matter as it will be written."""
    lines.take(re.compile("---"), "the beginning of the front matter")
    published_at = ""
    while (line := lines.any("the end of the front matter")) != "---":
        if line.startswith("date:"):
            match = _DATE.fullmatch(line)
            if not match or not is_moment(f"{match[1]}Z"):
                raise FormError(lines.number, "its date is not a time such as 2021-06-19T07:55:41Z")
            published_at = f"{match[1]}Z"
            lines.rewrite(f"date: {published_at}")
    if not published_at:
        raise FormError(lines.number, "the front matter has no date")
    return published_at, lines.text(lines.number)


def _paper(lines: Lines, rank: int, date: str, settings: Settings) -> tuple[Measured, list[str]]:
    """A paper, and the words for sources that were missing."""
    lines.blank()
    title = lines.words(f"# {rank}. ", f"the title of paper {rank}", markdown.escape)
    lines.blank()
    authors = lines.words("", "the authors", markdown.escape_line)
    lines.blank()
    numbers = lines.take(_NUMBERS, "the line of retweets and favorites")
    reposts, likes, month, day, year, time = numbers.groups()
    measured_at = f"{year}-{month}-{day}T{time}Z"
    if not is_moment(measured_at):
        raise FormError(lines.number, "its time is none")
    also = _ALSO.fullmatch(lines.peek())
    totals, story, missing = _also(lines) if also else ({}, (), [])
    if reposts != "?" and likes != "?":
        totals |= {"x": Counts(reposts=int(reposts), likes=int(likes))}
    lines.blank()
    links = lines.take(_LINKS, "the links of the paper")
    if identifiers.normalise(links[1]) != links[1]:
        raise FormError(lines.number, f"{links[1]!r} is no identifier of arXiv")
    categories = _categories(lines)
    lines.blank()
    abstract = lines.words("", "the abstract", markdown.escape_line)
    names = tuple(authors.split(", ")) if authors else ()
    check_lengths(lines.number, links[1], title, abstract, names)
    lines.blank()
    mentions = _mentions(lines)
    lines.gap()
    weights = settings.rules.weights
    return Measured(
        paper=Paper(
            id=links[1],
            title=title,
            authors=names,
            categories=categories,
            abstract=abstract,
            listed=date,
        ),
        mentions=(*mentions, *story),
        score=round(sum(weights[source] * counts.engagement for source, counts in totals.items()), 6),
        measured_at=measured_at,
        frozen=Frozen(rank=rank, totals=totals, has_pdf=bool(links[2])),
    ), missing


def _also(lines: Lines) -> tuple[dict[str, Counts], tuple[Mention, ...], list[str]]:
    """The totals of the other sources, the story that is linked, and the words for what was missing."""
    totals: dict[str, Counts] = {}
    stories: tuple[Mention, ...] = ()
    missing: list[str] = []
    for part in lines.take(_ALSO, "what else was found")[1].split(" | "):
        if story := _STORY.fullmatch(part):
            totals["hackernews"] = Counts(points=int(story[2]), comments=int(story[3]))
            url = f"https://news.ycombinator.com/item?id={story[1]}"
            stories = (Mention(source="hackernews", id=story[1], counts=totals["hackernews"], url=url),)
        elif votes := _VOTES.fullmatch(part):
            totals["huggingface"] = Counts(upvotes=int(votes[1]))
        elif _MISSING.fullmatch(part):
            missing.append(part)
        else:
            raise FormError(lines.number, f"{part!r} is nothing that the line tells")
    return totals, stories, missing


def _categories(lines: Lines) -> tuple[str, ...]:
    parts = lines.take(re.compile("- (.+)"), "the categories")[1].split(" | ")
    codes = [match[1] for part in parts if (match := _CATEGORY.fullmatch(part))]
    if len(codes) != len(parts):
        raise FormError(lines.number, "categories that are none of arXiv's")
    return tuple(codes)


def _mentions(lines: Lines) -> tuple[Mention, ...]:
    found: list[Mention] = []
    while lines.peek().startswith("<blockquote"):
        line = lines.any("an embed")
        try:
            found.append(mention(line))
        except EmbedError as error:
            raise FormError(lines.number, str(error)) from None
        lines.take(re.compile(re.escape(script(found[-1]))), "the script of the embed")
        lines.blank()
    return tuple(found)


def _sources(missing: list[str], papers: list[Measured], published_at: str) -> dict[str, SourceState]:
    """How measuring went, as a post tells: what has numbers was measured, what is not named was off."""
    found: dict[str, SourceState] = {}
    has = {source for one in papers if one.frozen for source in one.frozen.totals}
    told: dict[str, str] = {
        _NAMES[label]: state for label, _, state in (word.rpartition(" ") for word in missing)
    }
    unknown = any(one.frozen and "x" not in one.frozen.totals for one in papers)
    for name in SOURCE_LABELS:
        measured_at = published_at if name in has else ""
        if told.get(name) == "unavailable":
            found[name] = SourceState(state="unavailable", measured_at="" if unknown else measured_at)
        elif told.get(name) == "capped":
            found[name] = SourceState(state="measured", capped=True, measured_at=published_at)
        elif measured_at or (name == "x" and not papers and not missing):
            found[name] = SourceState(state="measured", measured_at=published_at)
        else:
            found[name] = SourceState(state="off")
    if unknown and "x" in has and not any(found[name].ever_measured for name in SOCIAL_SOURCES):
        # Of some papers the numbers are known: of the other source that has such.
        found["bluesky"] = SourceState(state="measured", measured_at=published_at)
    return found


def _check(lines: Lines, written: str) -> None:
    """Raises FormError with the first line that would come out otherwise."""
    before, after = lines.text().split("\n"), written.split("\n")
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        if one != other:
            raise FormError(number, f"it would come out as {other[:100]!r}")
    if len(before) != len(after):
        raise FormError(min(len(before), len(after)), "the post would come out longer or shorter")
