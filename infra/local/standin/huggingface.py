"""Hugging Face's daily papers, as https://huggingface.co/api/daily_papers speaks it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from infra.local.standin.answer import Answer, Params, json_answer
from infra.local.standin.readings import EASTERN
from infra.local.standin.world import Paper, Upvotes, World

DEFAULT_LIMIT = 50
MOST = 100
RATE = {"RateLimit-Policy": '"fixed window";"api";q=500;w=300', "RateLimit": '"api";r=499;t=300'}
SUBMITTER = {
    "_id": "62f5c24eea5bd6b1abc8e151",
    "avatarUrl": "/avatars/0000000000000000000000000000000.svg",
    "isPro": False,
    "fullname": "Example Submitter",
    "type": "user",
    "name": "example-submitter",
}

FOLLOWED = {"isHf": False, "isHfAdmin": False, "isMod": False, "followerCount": 1, "isUserFollowing": False}


def answer(
    path: str, params: Params, world: World, now: datetime, most: int = MOST, today: str = "utc"
) -> Answer:
    """The answer to one request at `now`; `path` is `/daily_papers`, `most` the largest `limit`.

    `today` is where the date is taken from: "utc" or "eastern".
    """
    if path != "/daily_papers":
        return json_answer(404, {"error": "Sorry, we can't find the page you are looking for."}, RATE)
    values = dict(params)
    try:
        limit, page = int(values.get("limit", DEFAULT_LIMIT)), int(values.get("p", 0))
        day = date.fromisoformat(values["date"]) if "date" in values else None
        wrong = _wrong(values, limit, page, most)
    except ValueError as error:
        wrong = f"Invalid input: {error}"
    else:
        if day is not None and day > (now if today == "utc" else now.astimezone(EASTERN)).date():
            wrong = "Invalid date: it is in the future"
    if wrong:
        return json_answer(400, {"error": wrong}, RATE)
    found = [each for each in world.upvotes if each.date <= now.date() and day in {None, each.date}]
    # By upvotes within a date, newest first without one.
    found.sort(key=lambda each: (0 if day else -each.date.toordinal(), -each.upvotes, each.paper))
    shown = found[page * limit : (page + 1) * limit]
    papers = {paper.id: paper for paper in world.papers}
    headers = dict(RATE)
    if len(found) > (page + 1) * limit:
        query = urlencode({**values, "limit": limit, "p": page + 1})
        headers["Link"] = f'<https://huggingface.co/api/daily_papers?{query}>; rel="next"'
    return json_answer(200, [_item(each, papers.get(each.paper)) for each in shown], headers)


def _wrong(values: dict[str, str], limit: int, page: int, most: int) -> str:
    """What the service says against these values, nothing when they are good."""
    if limit > most:
        return f"Too big: expected number to be <={most}"
    if limit < 1 or page < 0:
        return "Too small: expected number to be >=1"
    if values.get("sort", "publishedAt") not in {"publishedAt", "trending"}:
        return 'Invalid option: expected one of "publishedAt"|"trending"'
    return ""


def _item(upvotes: Upvotes, paper: Paper | None) -> dict[str, Any]:
    title = upvotes.title or (paper.title if paper else f"Paper {upvotes.paper}")
    summary = paper.abstract if paper else ""
    submitted = f"{upvotes.date}T00:00:00.000Z"
    published = f"{paper.versions[0]:%Y-%m-%d}T00:00:00.000Z" if paper else submitted
    authors = [
        {"_id": f"{number:024x}", "name": name, "hidden": False}
        for number, name in enumerate(paper.authors if paper else ("Example Author",), start=1)
    ]
    inner: dict[str, Any] = {
        "id": upvotes.paper,
        "authors": authors,
        "publishedAt": published,
        "submittedOnDailyAt": submitted,
        "title": title,
        "submittedOnDailyBy": SUBMITTER | {"user": SUBMITTER["name"]},
        "summary": summary,
        "upvotes": upvotes.upvotes,
        "discussionId": "6a6b035d4463a8a84bdc409e",
    }
    optional = {
        "projectPage": upvotes.project_page,
        "githubRepo": upvotes.github_repo,
        "githubRepoAddedBy": "user" if upvotes.github_repo else None,
        "ai_summary": upvotes.ai_summary,
        "githubStars": upvotes.github_stars,
    }
    inner |= {name: value for name, value in optional.items() if value is not None}
    # The outer time runs four hours behind the inner one.
    outer = datetime.fromisoformat(published) - timedelta(hours=4)
    return {
        "paper": inner,
        "publishedAt": f"{outer:%Y-%m-%dT%H:%M:%S}.000Z",
        "title": title,
        "summary": summary,
        "thumbnail": f"https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/{upvotes.paper}.png",
        "numComments": upvotes.comments,
        "submittedBy": SUBMITTER | FOLLOWED,
        "isAuthorParticipating": False,
    }
