"""A world from a published day: its papers, and posts whose counts add up to the totals that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from infra.local.standin.build import post, sent_at, user
from infra.local.standin.records import Tag
from infra.local.standin.schedule import submitted
from infra.local.standin.split import Counts, split
from infra.local.standin.world import Mention, Paper, Post, Url, User, World

# A hidden post has an author whom nobody can look up.
NOBODY = User(id="999999999", name="Nobody", username="nobody")


def day_from_golden(day: Mapping[str, Any], *, link: str = "https://arxiv.org/abs/{id}") -> World:
    """The papers, posts and users of a day in the form of the golden `day.json`.

    Every post links its paper by its first t.co link that is not a picture's (`link` is where to), a post
    under two papers by its first two. A paper that shows no post gets one in state "authorless" with its
    totals. Raises ValueError naming what cannot be.
    """
    listed = date.fromisoformat(day["date"])
    papers: list[dict[str, Any]] = list(day["papers"])
    owners: dict[str, list[str]] = {}
    posts: dict[str, dict[str, Any]] = {}
    for paper in papers:
        for each in paper["posts"]:
            owners.setdefault(each["id"], []).append(paper["arxiv_id"])
            posts[each["id"]] = each
    totals = {paper["arxiv_id"]: Counts(paper["retweets"], paper["favorites"]) for paper in papers}
    counts, hidden = split(
        {paper["arxiv_id"]: [each["id"] for each in paper["posts"]] for paper in papers}, totals
    )
    return World(
        note=f"the published day {listed}",
        papers=_papers(papers, listed),
        users=tuple(dict.fromkeys(_author(each) for each in posts.values())),
        posts=(
            *(_shown(posts[each], counts[each], owners[each], link) for each in posts),
            *(_hidden(listed, each, counts, link) for each, counts in hidden.items()),
        ),
    )


def _papers(papers: list[dict[str, Any]], listed: date) -> tuple[Paper, ...]:
    # Ids are given in the order of submission, more or less.
    order = sorted(papers, key=lambda paper: str(paper["arxiv_id"]))
    return tuple(
        Paper(
            id=paper["arxiv_id"],
            title=paper["title"],
            authors=tuple(paper["authors"]),
            categories=tuple(paper["categories"]),
            abstract=paper["abstract"],
            listed=listed,
            versions=(time,),
        )
        for paper, time in zip(order, submitted(listed, len(order)), strict=True)
    )


def _author(each: dict[str, Any]) -> User:
    return user(each["author"]["username"], each["author"]["name"])


def _shown(each: dict[str, Any], counts: Counts, owners: list[str], link: str) -> Post:
    entities = each["entities"]
    targets = [link.format(id=owner) for owner in owners]
    urls = []
    for place, found in enumerate(entities.get("urls", [])):
        display = found.get("display_url")
        if display is not None:
            expanded = f"https://twitter.com/{each['author']['username']}/status/{each['id']}/photo/1"
        else:
            expanded = targets.pop(0) if targets else f"https://example.org/{each['id']}/{place}"
            display = expanded.removeprefix("https://")[:30]
        urls.append(
            Url(
                start=found["start"],
                end=found["end"],
                url=found["url"],
                expanded_url=expanded,
                display_url=display,
            )
        )
    if targets:
        raise ValueError(f"post {each['id']} has too few links for {len(owners)} papers")
    return Post(
        id=each["id"],
        author_id=_author(each).id,
        created_at=sent_at(each["id"]),
        lang=each["lang"],
        text=each["text"],
        urls=tuple(urls),
        mentions=tuple(Mention(**found) for found in entities.get("mentions", [])),
        hashtags=tuple(Tag(**found) for found in entities.get("hashtags", [])),
        cashtags=tuple(Tag(**found) for found in entities.get("cashtags", [])),
        reposts=counts.reposts,
        likes=counts.likes,
    )


def _hidden(listed: date, paper: str, counts: Counts, link: str) -> Post:
    at = datetime.combine(listed, time(12, tzinfo=UTC))
    serial = int(paper.rpartition(".")[2])
    return post(
        at,
        NOBODY,
        "Nobody knows who says this.",
        [link.format(id=paper)],
        serial=serial,
        reposts=counts.reposts,
        likes=counts.likes,
        state="authorless",
    )
