"""Counts what the run asks for that lists, measures and publishes a day.

    python -m benchmarks.counts.day FILE PAPERS MENTIONS [--without=NAME ...]

It is the handlers in the embedded AWS, with the stand-in as the internet. FILE gets the counts as JSON.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks import cpu, switches, worlds
from benchmarks.cpu import Program
from benchmarks.options import Options
from benchmarks.progress import say
from shared import aws
from tests.counts.counted import calls_of
from tests.steps.chain import DAY, due, running
from tests.unit.template_checks import SECRETS

# The caps let everything be read. Secrets are where they are when it is deployed.
_SETTINGS = dict.fromkeys(("X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"), "") | {
    "X_POSTS_PER_RUN": "2000",
    "X_POSTS_PER_MONTH": "20000",
}
_SECRETS = ("secret", "service.example.com:abcd-efgh")


_SIZES, _TINY = (300, 1_200, 5_000), (20, 40, 80)
_MENTIONS, _TINY_MENTIONS = 1_000, 50


class Counts(Struct, frozen=True, kw_only=True):
    """`outward` requests by service; `calls` of AWS by `<step> <service> <operation>`, `quiet` those of the
    tick after, which finds nothing new; `batches` are score's invocations, `hot` the papers in the post.
    """

    papers: int
    mentions: int
    hot: int
    batches: int
    outward: dict[str, int]
    calls: dict[str, int]
    quiet: dict[str, int]


def days(options: Options) -> tuple[Counts, Counts, Counts]:
    """A small day, a usual one and a large one, with the same number of mentions on X."""
    mentions = _TINY_MENTIONS if options.tiny else _MENTIONS
    few, some, many = _TINY if options.tiny else _SIZES
    return (
        counted(few, mentions, options.without),
        counted(some, mentions, options.without),
        counted(many, mentions, options.without),
    )


@cache
def counted(papers: int, mentions: int, without: tuple[str, ...] = ()) -> Counts:
    """The counts of a day of so many papers and mentions on X, by a process of its own, once for all rows."""
    say(f"a day of {papers:,} papers and {mentions:,} mentions on X")
    with cpu.folder() as folder:
        file = folder / "counts.json"
        off = (f"--without={name}" for name in without)
        command = (sys.executable, "-m", __name__, str(file), str(papers), str(mentions), *off)
        cpu.run(Program(command=command))
        return msgspec.json.decode(file.read_bytes(), type=Counts)


def count(papers: int, mentions: int) -> Counts:
    """The counts of a day, by this process."""
    with running(worlds.busy_day(DAY, papers, mentions), settings=_SETTINGS, parameters=SECRETS) as chain:
        for name, value in zip(SECRETS.values(), _SECRETS, strict=True):
            chain.cloud.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString")
        # Functions make their clients anew, and these are counted.
        aws.reset()
        with calls_of(chain.cloud.guard) as calls:
            listed = chain.tick(due(DAY))["papers"]
        outward = Counter(request.service for request in chain.standin.requests)
        batches = sum(call.step == "score" for call in chain.cloud.triggers.invocations)
        aws.reset()
        with calls_of(chain.cloud.guard) as quiet:
            chain.tick(due(DAY) + timedelta(hours=1))
        return Counts(
            papers=listed,
            mentions=mentions,
            hot=len(chain.data()["papers"]),
            batches=batches,
            outward=outward,
            calls=_without_bytes(calls),
            quiet=_without_bytes(quiet),
        )


def _without_bytes(calls: Counter[str]) -> dict[str, int]:
    return {name: number for name, number in calls.items() if not name.startswith("bytes")}


if __name__ == "__main__":
    path, *sizes = (one for one in sys.argv[1:] if not one.startswith("--without="))
    switches.off(one.removeprefix("--without=") for one in sys.argv if one.startswith("--without="))
    Path(path).write_bytes(msgspec.json.encode(count(*map(int, sizes))))
