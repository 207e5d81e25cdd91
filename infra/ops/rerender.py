"""`rerender`: days are published again from the table, without asking arXiv or any source."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from infra.local import usage
from infra.ops.account import Account, OpsError
from infra.ops.runs import Runs, tell_told
from shared.run_states import Run, RunDay
from shared.table import Post


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--date", metavar="D", help="the one day to publish again (default: all there are)")


def command(account: Account, given: argparse.Namespace) -> int:
    """Tell the stream of the runs that stand for the days; raises UsageError, and OpsError for no post."""
    asked = [] if given.date is None else [usage.day(given.date).isoformat()]
    runs = Runs(account)
    posts = runs.posts(asked or runs.announced())
    if not posts:
        raise OpsError(
            f"{asked[0]} has no post: `run --date {asked[0]}` makes one" if asked else "no post yet"
        )
    told: dict[str, bool] = {}
    days = dict(sorted(posts.items(), reverse=True))
    for run in runs.closed():
        if not days:
            break
        named = [day.date for day in run.days if day.date in days]
        # Not told where it has expired a moment ago: then its days are brought back below.
        if named and runs.tell_again(run.id):
            told[run.id] = True
            for date in named:
                del days[date]
    for run in _from(days.values()):
        told[run.id] = runs.bring_back(run) or runs.tell_again(run.id)
    tell_told(told)
    print(f"{len(posts)} days by {len(told)} runs, to be published within minutes")
    return 0


def _from(posts: Iterable[Post]) -> list[Run]:
    """The runs that published days when they last did, as far as the posts remember them."""
    days: dict[str, list[RunDay]] = {}
    for post in posts:
        day = RunDay(date=post.date, papers=post.papers, sources=post.sources)
        days.setdefault(post.run, []).append(day)
    return [Run(id=run, kind="date", days=tuple(named)) for run, named in days.items()]
