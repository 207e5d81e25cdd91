"""`run`: the whole chain once, in an AWS that lives as long as the command, then the bucket in a folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from functions.fetch.arxiv.schedule import working_days
from infra.local import price, sample, usage
from infra.local.cloud import Cloud
from infra.local.objects import write
from infra.local.outcome import (
    has_given_up,
    in_a_line,
    outcomes,
    tell_fetched,
    tell_rendered,
    verdict,
)
from infra.local.price import NotAgreedError
from infra.local.probe import Probe
from infra.local.progress import Progress, bar, say
from infra.local.standin import Standin, load
from infra.local.usage import UsageError
from shared import clock
from shared.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--date", metavar="D", help="the listing date to publish, e.g. 2021-06-18")
    parser.add_argument("--from", dest="first", metavar="D", help="the first of several listing dates")
    parser.add_argument("--to", dest="last", metavar="D", help="the last of them")
    parser.add_argument(
        "--x", action="store_true", help="let old days of a range ask X's full archive, which costs"
    )
    parser.add_argument("--yes", action="store_true", help="agree to what that may cost")
    parser.add_argument("--now", metavar="T", help="the time it is taken to be, e.g. 2021-06-19T07:55:00Z")
    parser.add_argument("--out", metavar="DIR", default="out", help="where the site goes (default: out)")
    parser.add_argument(
        "--sample", action="store_true", help="the bundled sample day instead of the internet"
    )
    parser.add_argument(
        "--sample-if-offline", action="store_true", help="the sample day when arXiv cannot be reached"
    )


def command(given: argparse.Namespace) -> int:
    """Run the command; returns its exit code. Raises UsageError."""
    environment = dict(os.environ)
    configured = usage.checked_settings(environment)
    now = usage.moment(given.now) if given.now else datetime.now(UTC).replace(microsecond=0)
    asked = usage.days(given.date, given.first, given.last, now)
    if given.x and given.first is None:
        raise UsageError("--x belongs to --from and --to")
    asks_archive = given.x or given.date is not None
    out = usage.folder(given.out)
    offline = (
        not given.sample and given.sample_if_offline and not asked and not Probe(configured).is_answered()
    )
    if offline:
        print("arXiv cannot be reached from here: this is the bundled sample day instead.")
    with ExitStack() as stack:
        if given.sample or offline:
            world = load(sample.WORLD)
            now = now if given.now else world.now or now
            environment |= stack.enter_context(Standin(world, now=now)).environment | sample.SETTINGS
        refusal = _refusal(asked, now, configured) if asked else ""
        archived: frozenset[date] = frozenset()
        if asks_archive and not refusal:
            configured = usage.checked_settings(environment)
            days, cap = _working(asked), configured.x_archive_posts
            try:
                archived = price.agreed(configured, days, now, left=lambda: cap, is_agreed=given.yes)
            except NotAgreedError as error:
                refusal = str(error)
        if refusal:
            print(refusal, file=sys.stderr)
            return 1
        progress = stack.enter_context(Progress())
        cloud = stack.enter_context(Cloud(now=now, caller=environment, on_step=progress.on_step))
        say("deploy", f"infra/template.yaml, without what moto has not: {_in_short(cloud.stack.dropped)}")
        play(cloud, _working(asked), now, archived=archived)
        objects = dict(cloud.objects())
        lost = cloud.triggers.failures()["score"]
        calls = cloud.triggers.invocations
    write(out, objects)
    say("bucket", f"{len(objects)} objects in {out}")
    posts = sorted(key for key in objects if key.startswith("posts/"))
    if failure := verdict(calls, [f"{day}" for day in _working(asked)], posts, lost=lost):
        print(failure, file=sys.stderr)
        return 1
    print(out / f"{Path(posts[-1]).name[:10]}.html")
    print(out / posts[-1])
    return 0


def _refusal(asked: tuple[date, date], now: datetime, configured: Settings) -> str:
    """Why the dates asked for cannot be published, as far as the calendar tells; "" if they can."""
    start, end = asked
    working = working_days(start - timedelta(days=1), end)
    if not working:
        return f"arXiv announces Monday to Friday: {start} is a {start:%A}"
    due = usage.publishable_at(working[0], configured.publish_after_hours)
    if now < due:
        return (
            f"{working[0]} is published {configured.publish_after_hours} hours after its listing: "
            f"from {clock.iso(due)} on (it is {clock.iso(now)})"
        )
    return ""


def _working(asked: tuple[date, date] | None) -> list[date]:
    """The working days asked for; none when no date is."""
    return working_days(asked[0] - timedelta(days=1), asked[1]) if asked else []


def play(
    cloud: Cloud, asked: Sequence[date], now: datetime, *, archived: Collection[date] = frozenset()
) -> None:
    """Send fetch its event, for several days one each, and play on until nothing is left to happen.

    `asked` are the working days to publish (none: the newest one), `now` is the time of the run. X's full
    archive may be asked about those `archived`. What came of it is printed.
    """
    time = {"time": clock.iso(now)}
    if not asked:
        _play_one(cloud, {**time, "measure": True})
    failed: list[date] = []
    with bar("days", len(asked), "day") as shown:
        for number, day in enumerate(asked, 1):
            word = {"archive": f"{now:%Y-%m}"} if day in archived else {}
            fetched = _play_one(cloud, {**time, "date": f"{day}", **word})
            shown.update(1)
            if fetched and len(asked) > 1:
                say("day", f"{day}: {in_a_line(fetched[-1])}")
            if not fetched or fetched[-1]["failure"]:
                failed.append(day)
            if has_given_up(failed, asked[:number]) and number < len(asked):
                say("", f"{len(asked) - number:,} more days are not asked for: arXiv seems to be away")
                break


def _play_one(cloud: Cloud, event: dict[str, Any]) -> list[dict[str, Any]]:
    """Send fetch an event and play on; returns what fetch answered."""
    before = len(cloud.triggers.invocations)
    cloud.triggers.send("fetch", event)
    for outcome in outcomes(cloud.triggers.invocations[before:], "fetch"):
        tell_fetched(outcome)
    cloud.triggers.drain()
    for outcome in outcomes(cloud.triggers.invocations[before:], "render"):
        tell_rendered(outcome)
    return outcomes(cloud.triggers.invocations[before:], "fetch")


def _in_short(dropped: Sequence[str]) -> str:
    """The kinds of resources that were left out, each once."""
    kinds = [name.partition("(")[2].rstrip(")").removeprefix("AWS::") or name for name in dropped]
    return ", ".join(dict.fromkeys(kinds)) or "nothing is missing"
