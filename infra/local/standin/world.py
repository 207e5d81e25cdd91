"""What exists in the world that the stand-in serves, its JSON form, and what of it can be seen at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from infra.local.standin.bluesky_post import BlueskyPost, spans
from infra.local.standin.records import Count, Instant, Record, Span, Tag

PostId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}$")]

# OAI data follows the announcement by two and a half hours in summer, three and a half in winter
# (https://info.arxiv.org/help/oa/index.html); the stand-in keeps to the earlier one.
OAI_READY = time(2, 30, tzinfo=UTC)
ANNOUNCED = time(0, 0, tzinfo=UTC)


class WorldError(ValueError):
    """A world contradicts itself or its file does not validate; the text names what."""


class Paper(Record, frozen=True):
    """A paper on arXiv; categories primary first, versions are the submission times, v1 first."""

    id: str
    title: str
    authors: tuple[str, ...]
    categories: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    listed: date
    versions: Annotated[tuple[Instant, ...], msgspec.Meta(min_length=1)]
    abstract: str = ""
    datestamp: date | None = None  # the listing date unless it was edited later
    queryable: bool = True  # False: the query API's search misses it, `id_list` finds it
    held: bool = False  # tells the file's reader why v1 is older than the window; the wire has no such thing


class User(Record, frozen=True):
    """An account on X."""

    id: PostId
    name: str
    username: str


class Url(Span, frozen=True):
    url: str
    expanded_url: str
    display_url: str
    unwound_url: str | None = None


class Mention(Span, frozen=True):
    username: str


class Post(Record, frozen=True):
    """A post on X, its text unescaped. A retweet may leave the text empty: it is made from the original."""

    id: PostId
    author_id: PostId
    created_at: Instant
    text: str
    lang: str = "en"
    urls: tuple[Url, ...] = ()
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Tag, ...] = ()
    cashtags: tuple[Tag, ...] = ()
    reposts: Count = 0
    likes: Count = 0
    replies: Count = 0
    quotes: Count = 0
    retweet_of: PostId | None = None
    quote_of: PostId | None = None
    state: Literal["ok", "deleted", "protected", "authorless"] = "ok"


class Story(Record, frozen=True):
    """A story on Hacker News; `text` is HTML and belongs to posts without a url."""

    id: int
    title: str
    author: str
    created_at: Instant
    url: str | None = None
    text: str | None = None
    points: Count | None = 0
    comments: Count | None = 0


class Upvotes(Record, frozen=True):
    """A paper on Hugging Face's page of a date."""

    paper: str
    date: date
    upvotes: Count
    comments: Count = 0
    title: str | None = None
    github_repo: str | None = None
    github_stars: Count | None = None
    project_page: str | None = None
    ai_summary: str | None = None


class World(Record, frozen=True):
    """Everything the six services know. `sloppy_search`: X also matches inside a word of a link."""

    note: str = ""
    now: Instant | None = None
    sloppy_search: bool = True
    papers: tuple[Paper, ...] = ()
    users: tuple[User, ...] = ()
    posts: tuple[Post, ...] = ()
    stories: tuple[Story, ...] = ()
    upvotes: tuple[Upvotes, ...] = ()
    bluesky: tuple[BlueskyPost, ...] = ()

    def __post_init__(self) -> None:
        check(self)


def check(world: World) -> None:
    """Raises WorldError naming the first thing that could not exist."""
    for what, ids in (
        ("paper", [paper.id for paper in world.papers]),
        ("user", [user.id for user in world.users]),
        ("post", [post.id for post in world.posts]),
        ("story", [str(story.id) for story in world.stories]),
        ("post", [post.uri for post in world.bluesky]),
    ):
        seen: set[str] = set()
        for each in ids:
            if each in seen:
                raise WorldError(f"{what} {each} is there twice")
            seen.add(each)
    for paper in world.papers:
        if list(paper.versions) != sorted(paper.versions):
            raise WorldError(f"paper {paper.id}: its versions are not in order of time")
    posts = {post.id for post in world.posts}
    for post in world.posts:
        if post.retweet_of is not None and post.retweet_of not in posts:
            raise WorldError(f"post {post.id} repeats {post.retweet_of}, which does not exist")
        for kind, start, end, expected in entities(post):
            if post.text[start:end].casefold() != expected.casefold():
                cut = post.text[start:end]
                raise WorldError(f"post {post.id}: the {kind} at {start} is {cut!r}, not {expected!r}")
    for skeet in world.bluesky:
        for kind, span in spans(skeet):
            if not span.start < span.end <= len(skeet.text):
                raise WorldError(f"post {skeet.uri}: the {kind} at {span.start} is not within the text")


def entities(post: Post) -> list[tuple[str, int, int, str]]:
    """Kind, start, end and own text of every entity; a sign may be one of the full-width forms."""
    found = [("link", each.start, each.end, each.url) for each in post.urls]
    for kind, values in (
        ("mention", [(each, each.username) for each in post.mentions]),
        ("hashtag", [(each, each.tag) for each in post.hashtags]),
        ("cashtag", [(each, each.tag) for each in post.cashtags]),
    ):
        found += [
            (kind, span.start, span.end, post.text[span.start : span.start + 1] + name)
            for span, name in values
        ]
    return found


def load(path: Path) -> World:
    """A world from its JSON file; raises WorldError naming the file and what is wrong with it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=World)
    except OSError as error:
        raise WorldError(f"{path}: {error.strerror}") from error
    except (ValueError, msgspec.DecodeError) as error:
        raise WorldError(f"{path}: {error}") from error


def dump(world: World) -> bytes:
    """The JSON form of a world, readable by people, with a final newline."""
    return msgspec.json.format(msgspec.json.encode(world), indent=1) + b"\n"


def merge(*worlds: World) -> World:
    """All worlds in one: the first note and `now` stand, the same thing twice is kept once.

    Raises WorldError when two different things share an id.
    """
    return World(
        note=next((world.note for world in worlds if world.note), ""),
        now=next((world.now for world in worlds if world.now), None),
        sloppy_search=all(world.sloppy_search for world in worlds),
        papers=tuple(dict.fromkeys(paper for world in worlds for paper in world.papers)),
        users=tuple(dict.fromkeys(user for world in worlds for user in world.users)),
        posts=tuple(dict.fromkeys(post for world in worlds for post in world.posts)),
        stories=tuple(dict.fromkeys(story for world in worlds for story in world.stories)),
        upvotes=tuple(dict.fromkeys(each for world in worlds for each in world.upvotes)),
        bluesky=tuple(dict.fromkeys(post for world in worlds for post in world.bluesky)),
    )


def announced(paper: Paper, now: datetime) -> bool:
    """Whether the paper is public: from 00:00 UTC of its listing date."""
    return datetime.combine(paper.listed, ANNOUNCED) <= now


def in_oai(paper: Paper, now: datetime) -> bool:
    """Whether OAI has the paper: from 02:30 UTC of its listing date."""
    return datetime.combine(paper.listed, OAI_READY) <= now


def datestamp(paper: Paper, now: datetime) -> date:
    """The UTC date of the paper's last change as known at `now`; an edit still to come has not happened."""
    edited = paper.datestamp or paper.listed
    return edited if datetime.combine(edited, OAI_READY) <= now else paper.listed


def versions(paper: Paper, now: datetime) -> tuple[datetime, ...]:
    """The versions announced by `now`; later ones come with the edit that moves the datestamp."""
    edited = paper.datestamp or paper.listed
    if datetime.combine(edited, ANNOUNCED) > now:
        return paper.versions[:1]
    return tuple(each for each in paper.versions if each <= now) or paper.versions[:1]


def versions_in_oai(paper: Paper, now: datetime) -> tuple[datetime, ...]:
    """The versions in the paper's OAI record, which follows an announcement later."""
    edited = paper.datestamp or paper.listed
    return versions(paper, now) if datestamp(paper, now) == edited else paper.versions[:1]
