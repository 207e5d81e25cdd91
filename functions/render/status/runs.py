"""What became of each run, in the words for days."""

from __future__ import annotations

from msgspec import Struct

from functions.render.status import sources
from functions.render.status.days import State
from shared import clock
from shared.run_states import RunState
from shared.table import Post


class RunLine(Struct, frozen=True, kw_only=True):
    """A run: *waiting* while it is open, *published* if it published or refreshed days, else *quiet*.

    *partial* when it was closed with papers pending, *failed* when it could not list or measure.
    """

    id: str
    kind: str
    status: State
    reason: str
    listed: tuple[str, ...]
    queued: int
    pending: int
    requests: dict[str, int]
    posts_read: int
    users_read: int


def lines(runs: list[RunState], posts: dict[str, Post]) -> tuple[RunLine, ...]:
    """A line for each run, in the order given."""
    told = []
    for state in runs:
        run = state.run
        status, reason = _outcome(state, posts)
        told.append(
            RunLine(
                id=run.id,
                kind=run.kind,
                status=status,
                reason=reason,
                listed=run.listed,
                queued=run.queued,
                pending=len(state.pending),
                requests=run.requests,
                posts_read=run.posts_read,
                users_read=run.users_read,
            )
        )
    return tuple(told)


def _outcome(state: RunState, posts: dict[str, Post]) -> tuple[State, str]:
    run = state.run
    if state.status == "open":
        return "waiting", ""
    if reason := run.failure or sources.unavailable(run.sources):
        return "failed", reason
    if state.status == "partial":
        return "partial", f"papers that did not arrive: {len(state.pending)}"
    return ("published" if any(_published(state, posts.get(day.date)) for day in run.days) else "quiet"), ""


def _published(state: RunState, post: Post | None) -> bool:
    """Whether a run published a day, or had its post to refresh: the post was there when it had run."""
    is_up = post is not None and post.status != "publishing"
    return bool(post and is_up and post.published_at <= clock.run_iso(state.run.id))
