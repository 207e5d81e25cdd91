"""Days of any size: papers nobody has written, mentions by nobody, the same ones each time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.cpu import ROOT, Program
from infra.local.standin import World
from infra.local.standin.build import cold_papers, post, user
from infra.local.standin.schedule import working_day

LISTED = date(2021, 6, 18)
NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
# What is said on a day of 1,200 papers by those who are read in one sweep.
MENTIONS = 1_000
# The caps let all of that be read.
SETTINGS = {"X_BEARER_TOKEN": "secret", "X_POSTS_PER_RUN": "2000", "X_POSTS_PER_MONTH": "20000"}
_CATEGORIES = (("cs.LG", "stat.ML"), ("cs.CV",), ("cs.CL", "cs.AI"), ("cs.AI",), ("stat.ML", "cs.LG"))
_ABSTRACT = "We look at a thing that nobody has looked at, in a way that has not been tried. "


def day(papers: int, mentions: int = MENTIONS) -> World:
    """A day of so many papers; most of the mentions on X are of few of them, as it is."""
    chance = random.Random(papers)
    before = cold_papers(working_day(LISTED, -1), [f"2106.{number:05}" for number in range(1, 6)])
    listed = cold_papers(
        LISTED,
        [f"2106.{number:05}" for number in range(10, 10 + papers)],
        categories=_CATEGORIES,
        title="A study of",
        # As long as abstracts are: 1,300 characters or so.
        abstract=_ABSTRACT * 16,
    )
    readers = [user(f"reader_{number}", f"Reader {number}") for number in range(200)]
    noon = datetime.combine(LISTED, datetime.min.time(), UTC) + timedelta(hours=12)
    posts = [
        post(
            noon + timedelta(seconds=number),
            chance.choice(readers),
            f"Number {number} of what is worth reading.",
            [f"https://arxiv.org/abs/{listed[int(papers * chance.random() ** 3)].id}"],
            serial=number,
            reposts=chance.randrange(1, 12),
            likes=chance.randrange(10, 60),
        )
        for number in range(mentions)
    ]
    return World(papers=(*before, *listed), users=tuple(readers), posts=tuple(posts))


@contextmanager
def served(world: World, folder: Path) -> Iterator[dict[str, str]]:
    """The world behind a server in a process of its own, and the environment that leads to it."""
    path = folder / "world.json"
    path.write_bytes(msgspec.json.encode(world))
    now = NOW.isoformat()
    server = subprocess.Popen(
        [sys.executable, "-m", "infra.local.standin", str(path), "--now", now],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines: list[str] = []
        for line in server.stdout or ():
            lines.append(line.strip())
            if line.startswith("BLUESKY_URL="):
                break
        yield dict(line.split("=", 1) for line in lines) | SETTINGS
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def run_of(out: Path, environment: dict[str, str], without: tuple[str, ...] = ()) -> Program:
    """The local run of the day, by its own command."""
    command = (sys.executable, "-m", "benchmarks.embedded.local", *(f"--without={one}" for one in without))
    arguments = ("--date", LISTED.isoformat(), "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "--out", str(out))
    clean = {name: "" for name in os.environ if name in ("X_BEARER_TOKEN", "BLUESKY_HANDLE")}
    return Program(command=(*command, *arguments), env=clean | environment)
