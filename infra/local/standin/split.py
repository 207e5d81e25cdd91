"""Splits papers' totals over their posts, so that ranking the posts gives back their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A post that is not a paper's first is shown from this score on.
SHOWN = 25
# A search that asks for engagement finds a post from so many reposts or likes on.
FOUND = 10


@dataclass(frozen=True)
class Counts:
    """What a post got."""

    reposts: int
    likes: int


def split(
    shown: Mapping[str, Sequence[str]], totals: Mapping[str, Counts]
) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """Counts by post, and what is left by paper for a post that is not shown.

    `shown` lists each paper's posts in their order. Scores fall strictly within a paper, and to no less than
    25 behind the first post if the totals allow. A post under two papers counts fully for both, so what fits
    only one of these is left for a hidden post. Raises ValueError naming what cannot be suited.
    """
    papers: dict[str, list[str]] = {}
    for paper, posts in shown.items():
        for post in posts:
            papers.setdefault(post, []).append(paper)
    least = _least(shown, totals)
    counts: dict[str, Counts] = {}
    rest = {paper: [totals[paper].reposts, totals[paper].likes] for paper in shown}
    # Shared posts first: what suits several papers is scarcer.
    order = [post for post in papers if len(papers[post]) > 1]
    order += [post for posts in shown.values() for post in posts[1:] if len(papers[post]) == 1]
    for post in order:
        counts[post] = _take(post, least[post], [rest[paper] for paper in papers[post]])
    hidden: dict[str, Counts] = {}
    for paper, posts in shown.items():
        left = Counts(*rest[paper])
        if posts and len(papers[posts[0]]) == 1:
            counts[posts[0]] = left
            if len(posts) > 1 and left.reposts + left.likes <= least[posts[1]]:
                raise ValueError(
                    f"the totals of {paper} cannot be split over {len(posts)} posts in this order"
                )
        elif left != Counts(0, 0):
            if max(left.reposts, left.likes) < FOUND:
                raise ValueError(
                    f"what is left of the totals of {paper} is too little for a post to be found"
                )
            hidden[paper] = left
    return counts, hidden


def _least(shown: Mapping[str, Sequence[str]], totals: Mapping[str, Counts]) -> dict[str, int]:
    """The lowest scores that keep every paper's order."""
    least: dict[str, int] = {}
    floors = {paper: _floor(posts, totals[paper]) for paper, posts in shown.items()}
    for _ in range(1 + sum(map(len, shown.values()))):
        changed = False
        for paper, posts in shown.items():
            below = floors[paper] - 1
            for post in reversed(posts):
                if least.get(post, -1) <= below:
                    least[post], changed = below + 1, True
                below = least[post]
        if not changed:
            return least
    raise ValueError(f"no counts suit the orders in which these are shown: {', '.join(sorted(least))}")


def _floor(posts: Sequence[str], total: Counts) -> int:
    """The last post's score: 25 unless the total is too small for that."""
    count = max(len(posts), 1)
    spare = total.reposts + total.likes - count * (count - 1) // 2
    return min(SHOWN, max(spare // count, 0))


def _take(post: str, score: int, rests: list[list[int]]) -> Counts:
    """Takes one post's reposts and likes from what its papers have left, in about that proportion."""
    reposts, likes = (min(rest[kind] for rest in rests) for kind in (0, 1))
    if reposts + likes < score:
        raise ValueError(f"no counts of post {post} suit the totals of its papers")
    share = min(max(reposts * score // max(reposts + likes, 1), score - likes), reposts)
    for rest in rests:
        rest[0] -= share
        rest[1] -= score - share
    return Counts(share, score - share)
