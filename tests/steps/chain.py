"""The whole chain in a test: a world behind the stand-in, the stack in the embedded AWS, time that passes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from infra.local.cloud import Cloud
from infra.local.standin import Standin, World
from infra.local.standin.bluesky_post import BlueskyPost
from infra.local.standin.build import bluesky_post, cold_papers, post, user
from infra.local.standin.schedule import submitted, working_day
from infra.local.standin.world import Paper, Post, Story, Upvotes
from shared import http, run_states, table
from shared.clock import iso

DAY = date(2021, 6, 18)
"""A Friday; its post is due on Saturday at 07:55."""
NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
READERS = tuple(user(f"reader_{number}", f"Reader {number}") for number in range(5))
CREDENTIALS = {
    "X_BEARER_TOKEN": "secret",
    "BLUESKY_HANDLE": "service.example.com",
    "BLUESKY_APP_PASSWORD": "abcd-efgh",
}
EVENTS = Path(__file__).parents[1] / "events"


class Waits:
    """Time for shared/http.py: it passes by itself, and in no time where the code sleeps."""

    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self.slept


class Site(NamedTuple):
    """What is in the bucket, by key: the bodies, and the content types that they are served with."""

    bodies: dict[str, bytes]
    types: dict[str, str]


class Chain:
    """A running service; a function that raises fails the test, unless it is called by `cloud`."""

    def __init__(self, standin: Standin, cloud: Cloud, waits: Waits) -> None:
        self.standin = standin
        self.cloud = cloud
        self.waits = waits

    def at(self, moment: datetime) -> None:
        """Let it be a moment, in the world and in the cloud."""
        self.standin.now = moment
        self.cloud.clock.advance_to(moment)

    def tick(self, at: datetime) -> dict[str, Any]:
        """The hourly tick and all that follows from it; returns what fetch answered."""
        before = len(self.cloud.triggers.invocations)
        self.at(at)
        self.cloud.triggers.tick(at)
        return self._settled(before)

    def order(self, at: datetime = NOW, /, **what: Any) -> dict[str, Any]:
        """A manual event and all that follows from it, for a range until no day of it remains.

        Returns what fetch answered; of a range all runs together.
        """
        before = len(self.cloud.triggers.invocations)
        self.at(at)
        self.cloud.triggers.send("fetch", {"time": iso(at), **what})
        answer = self._settled(before)
        if remaining := answer.get("remaining"):
            rest = self.order(at, **what | {"from": remaining[0], "to": remaining[-1]})
            answer = {"runs": answer["runs"] + rest["runs"], "remaining": []}
        return answer

    def _settled(self, before: int) -> dict[str, Any]:
        self.cloud.triggers.drain()
        played = self.cloud.triggers.invocations[before:]
        assert [(call.step, call.exception) for call in played if call.exception] == []
        answer: dict[str, Any] = played[0].result
        return answer

    def bucket(self) -> dict[str, bytes]:
        """All objects by key."""
        return dict(self.cloud.objects())

    def site(self) -> Site:
        """All objects, and how they are served."""
        bodies, bucket = self.bucket(), self.cloud.stack.outputs["BucketName"]
        head = self.cloud.client("s3").head_object
        return Site(bodies, {key: head(Bucket=bucket, Key=key)["ContentType"] for key in bodies})

    def settled(self) -> dict[str, bytes]:
        """The objects that must not change when nothing happened: all but the status."""
        return {key: body for key, body in self.cloud.objects() if not key.startswith("status.")}

    def read(self, key: str) -> str:
        """An object as text."""
        bucket = self.cloud.stack.outputs["BucketName"]
        body: bytes = self.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode()

    def post(self, day: date | str = DAY) -> str:
        """A day's Markdown."""
        return self.read(f"posts/{day}---Hot-Papers.md")

    def data(self, day: date | str = DAY) -> Any:
        """A day's JSON."""
        return json.loads(self.read(f"{day}.json"))

    def ranking(self, day: date | str = DAY) -> list[tuple[str, int]]:
        """A day's papers with their scores, in order."""
        return [(paper["id"], paper["score"]) for paper in self.data(day)["papers"]]

    def status(self) -> Any:
        """The status as JSON."""
        return json.loads(self.read("status.json"))

    def day_status(self) -> dict[str, str]:
        """The state of each day by the status."""
        return {line["date"]: line["status"] for line in self.status()["days"]}

    def published(self) -> list[str]:
        """The days with a post."""
        return [key[6:16] for key, _ in self.cloud.objects() if key.startswith("posts/")]

    def items(self) -> list[dict[str, Any]]:
        """The whole table, in wire form."""
        answer = self.cloud.client("dynamodb").scan(TableName=self.cloud.stack.outputs["TableName"])
        items: list[dict[str, Any]] = answer["Items"]
        return items

    def run(self, at: datetime = NOW) -> run_states.RunState:
        """The run of a time as the table has it; of several, the first."""
        with mock.patch.dict("os.environ", TABLE_NAME=self.cloud.stack.outputs["TableName"]):
            runs = [state for state in run_states.recent(100) if state.run.id.startswith(iso(at))]
        return runs[-1]

    def announcements(self) -> list[table.Announcement]:
        """The announcements that were listed, newest first."""
        with mock.patch.dict("os.environ", TABLE_NAME=self.cloud.stack.outputs["TableName"]):
            return table.announcements()

    def send(self, *bodies: str) -> None:
        """Messages into the queue of papers."""
        for body in bodies:
            self.cloud.client("sqs").send_message(
                QueueUrl=self.cloud.stack.outputs["QueueUrl"], MessageBody=body
            )


@contextmanager
def running(
    world: World,
    now: datetime = NOW,
    *,
    settings: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Chain]:
    """The service in a world, with every credential. Nothing really sleeps.

    `settings` are variables, an empty one as good as none; `parameters` are the stack's, `options` the
    stand-in's.
    """
    waits = Waits()
    with (
        mock.patch.object(http, "sleep", waits.sleep),
        mock.patch.object(http, "monotonic", waits.monotonic),
        Standin(world, now=now, **options) as standin,
        Cloud(
            now=now,
            caller=standin.environment | CREDENTIALS | dict(settings or {}),
            parameters=parameters,
        ) as cloud,
    ):
        yield Chain(standin, cloud, waits)


# --- worlds ------------------------------------------------------------------------------------------


def noon(day: date, hour: int = 12) -> datetime:
    """An hour of a day."""
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=hour)


def due(day: date) -> datetime:
    """The tick that publishes a day first: the next morning's."""
    return noon(day, 24 + 7) + timedelta(minutes=55)


def paper(number: int, listed: date = DAY, **more: Any) -> Paper:
    """A paper 2106.NNNNN of a listing date."""
    values: dict[str, Any] = {
        "title": f"Paper {number}",
        "authors": ("Ada Example", "Bob Example"),
        "categories": ("cs.LG",),
        "abstract": f"About {number}.",
        "versions": (submitted(listed, 1)[0],),
    }
    return Paper(id=f"2106.{number:05}", listed=listed, **(values | more))


def before(listed: date, number: int) -> tuple[Paper, ...]:
    """The announcement before, so that the block of `listed` has a lower end; ids from `number`."""
    return cold_papers(working_day(listed, -1), [f"2106.{number + each:05}" for each in range(5)])


def said(about: Paper | tuple[Paper, ...], reposts: int, likes: int = 0, **more: Any) -> Post:
    """A post on X that links papers: by reader 0, at noon of the listing date, unless `more` says else."""
    papers = about if isinstance(about, tuple) else (about,)
    at = more.pop("at", noon(papers[0].listed))
    return post(
        at,
        more.pop("by", READERS[0]),
        more.pop("words", "Read this."),
        [f"https://arxiv.org/abs/{each.id}" for each in papers],
        serial=more.pop("serial", int(papers[0].id[-4:])),
        reposts=reposts,
        likes=likes,
        **more,
    )


def skeet(about: Paper, reposts: int, likes: int = 0, **more: Any) -> BlueskyPost:
    """A post on Bluesky that links a paper: at noon of the listing date, unless `more` says else."""
    return bluesky_post(
        more.pop("at", noon(about.listed)),
        more.pop("handle", "reader.example.com"),
        "A Reader",
        more.pop("words", "Seen here:"),
        [f"https://arxiv.org/abs/{about.id}"],
        serial=more.pop("serial", int(about.id[-3:])),
        reposts=reposts,
        likes=likes,
        **more,
    )


def story(number: int, about: Paper, points: int, comments: int = 0, **more: Any) -> Story:
    """A story on Hacker News that links a paper."""
    values: dict[str, Any] = {
        "title": f"Story {number}",
        "author": "hn",
        "created_at": noon(about.listed, 13),
    }
    link = f"https://arxiv.org/abs/{about.id}"
    return Story(id=number, url=link, points=points, comments=comments, **(values | more))


def votes(about: Paper, upvotes: int, comments: int = 0) -> Upvotes:
    """A paper's upvotes on Hugging Face."""
    return Upvotes(paper=about.id, date=about.listed, upvotes=upvotes, comments=comments)


A, B, C, COLD = (paper(number) for number in (10010, 10020, 10030, 10040))
SMALL = World(
    papers=(*before(DAY, 10000), A, B, C, COLD),
    users=READERS,
    posts=(said(A, 60, 40), said(B, 30, 40), said(C, 12, 5)),
    stories=(story(1, B, 20, 3), story(2, C, 45, 6)),
    upvotes=(votes(A, 7), votes(C, 9, 1)),
)
"""A day with three hot papers, each measured on other sources, and a cold one."""
SCORES = {A.id: 107, B.id: 90, C.id: 71}
