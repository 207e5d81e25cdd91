"""What must hold at every instant, and what in the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shared import attention, run_states, table
from shared.history import HistoryPoint
from shared.paper import Measured
from shared.table import Post
from tests.steps.links import ENTRANCE, broken_links, dead_ends

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)\.json")
_POST = re.compile(r"posts/(\d{4}-\d\d-\d\d)---Hot-Papers\.md")
_PAPER = re.compile(r"https://arxiv\.org/abs/(\d{4}\.\d{5})")
# What is counted or held by those who were there, and differs by how often something was tried.
_BY_TRIES = frozenset({"version", "revision", "queued"})
# The same within documents, by how a key begins.
_IGNORED: Mapping[str, tuple[str, ...]] = {
    run_states.RUNS: ("requests", "posts_read", "users_read", "queued"),
    # The way that was open.
    table.ANNOUNCEMENTS: ("via",),
    # A paper without mentions is not written again when a source can be had again; its day tells that.
    "PAPER#": ("sources",),
}
# Moments, in all the forms in which they are told.
_MOMENTS = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|\+00:00)"
    r"|\d\d/\d\d/\d{4} \d\d:\d\d:\d\d"
    r"|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d (GMT|\+0000)"
)

Bucket = Mapping[str, bytes]
Items = Mapping[tuple[str, str], Mapping[str, Any]]


class ViolationError(AssertionError):
    """A promise that was broken; the text says which and where."""


class Safe:
    """Bucket and papers, looked at with each object and each paper that is written."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._measured: dict[str, Measured] = {}
        self._appeared: dict[str, str] = {}
        # What a post has to have, by the youngest render that has ended.
        self._owed: dict[str, frozenset[str]] = {}

    def stored(self, item: Mapping[str, Any]) -> None:
        """An item was written to the table: a paper keeps what it had, and is never older than it was.

        A post keeps the moment at which it appeared.
        """
        if item["sk"] == table.POST:
            post = msgspec.json.decode(item["document"], type=Post)
            if post.published_at != self._appeared.setdefault(post.date, post.published_at):
                self.violations.append(f"the post of {post.date} has appeared again, at {post.published_at}")
        if not item["sk"].startswith("PAPER#"):
            return
        now = msgspec.json.decode(item["document"], type=Measured)
        before = self._measured.get(now.paper.id, now)
        self._measured[now.paper.id] = now
        keys = {mention.key for mention in now.mentions} | set(now.dropped)
        if lost := {mention.key for mention in before.mentions} - keys:
            self.violations.append(f"{now.paper.id} has lost {sorted(lost)}")
        if now.run < before.run:
            self.violations.append(f"{now.paper.id} is of {now.run} again, after {before.run}")

    def rendered(self, bucket: Bucket, hot: Mapping[str, frozenset[str]], *, is_last: bool) -> None:
        """A render has ended that began when `hot` were the hot papers of its days.

        When none is under way any more, all that the youngest had is there: older pages are not left.
        """
        for day, papers in hot.items():
            self._owed[day] = self._owed.get(day, frozenset()) | papers
        if is_last:
            for day, papers in self._owed.items():
                told = set(_PAPER.findall(bucket.get(f"posts/{day}---Hot-Papers.md", b"").decode()))
                if missing := papers - told:
                    self.violations.append(f"the post of {day} is an older one, without {sorted(missing)}")

    def written(
        self, bucket: Bucket, key: str, body: bytes | None, hot: Mapping[str, frozenset[str]]
    ) -> None:
        """A function that began when `hot` were the hot papers of days wrote an object, or deleted it."""
        if body is not None:
            if not _is_whole(key, body):
                self.violations.append(f"{key} is not whole")
            # Its page and its data are also written when a neighbour appears, its post is not.
            if match := _POST.fullmatch(key):
                told = set(_PAPER.findall(body.decode()))
                if missing := hot.get(match[1], frozenset()) - told:
                    self.violations.append(
                        f"{key} lacks {sorted(missing)}, which were hot before it was rendered"
                    )
        try:
            dead = dead_ends(bucket)
        except Exception as error:  # noqa: BLE001 - whatever cannot be read is what is looked for
            self.violations.append(f"after {key}: {type(error).__name__}: {error}")
        else:
            self.violations += [f"after {key}: {where} leads to {missing}" for where, missing in dead]


def _is_whole(key: str, body: bytes) -> bool:
    if key.endswith(".html"):
        return body.rstrip().endswith(b"</html>")
    return bool(body)


def check_end(bucket: Bucket, items: Items) -> None:
    """What holds when all is over and nothing is given up; raises ViolationError."""
    if broken := broken_links(bucket):
        raise ViolationError(f"broken links: {broken[:5]}")
    for (pk, sk), item in items.items():
        if pk == run_states.RUNS and (item["status"] != "complete" or item.get("pending")):
            raise ViolationError(
                f"the run {sk} is {item['status']}, with {len(item.get('pending', ()))} pending"
            )
    for key, body in bucket.items():
        if match := _DAY.fullmatch(key):
            date = match[1]
            told = [paper["id"] for paper in json.loads(body)["papers"]]
            post = bucket[f"posts/{date}---Hot-Papers.md"].decode()
            page = bucket[f"{date}.html"].decode()
            for paper in told:
                if f"abs/{paper}" not in post or f'id="{paper}"' not in page:
                    raise ViolationError(f"{date} tells of {paper} in its data alone")
    _check_history(items)


def _check_history(items: Items) -> None:
    """The last that the history tells of a paper is what the paper has come to."""
    last: dict[str, str] = {}
    for (pk, sk), item in sorted(items.items()):
        if sk.startswith("AT#"):
            last[pk.removeprefix("PAPER#")] = item["document"]
    for (_, sk), item in items.items():
        if sk.startswith("PAPER#"):
            paper = msgspec.json.decode(item["document"], type=Measured)
            totals = attention.totals(attention.counted_of(paper))
            told = last.get(paper.paper.id)
            now = table.encode(HistoryPoint(score=paper.score, totals=totals))
            if told != now and (told or paper.mentions):
                raise ViolationError(f"the history of {paper.paper.id} ends with {told}, and it is {now}")


def exact(bucket: Bucket, items: Items) -> tuple[dict[str, Any], dict[Any, Any]]:
    """What must be equal to the byte: all but the status, and of the table all but how often it was tried."""
    objects = {key: body for key, body in bucket.items() if not key.startswith("status.")}
    return objects, {key: _without_tries(key, item) for key, item in items.items() if _counts(key)}


def without_moments(bucket: Bucket, items: Items) -> tuple[dict[str, Any], dict[Any, Any]]:
    """What must be equal when another run has made good for the first: all but when."""
    objects: dict[str, Any] = {
        key: _MOMENTS.sub("T", body.decode())
        for key, body in bucket.items()
        if key.startswith("posts/") or (key.endswith(".json") and not key.startswith(("status.", "search/")))
    }
    for key in [key for key in objects if _DAY.fullmatch(key)]:
        objects[key] = _without_history(json.loads(objects[key]))
    if "feed.json" in objects:
        objects["feed.json"] = [entry["id"] for entry in json.loads(objects["feed.json"])["items"]]
    return objects | {"keys": sorted(set(bucket) - {ENTRANCE})}, {
        key: item["score"] for key, item in items.items() if key[1].startswith("PAPER#")
    }


def _without_history(value: Any) -> Any:
    """A day's data without what tells how it has come about."""
    gone = {"history", "movement", "sources", "updated", "measured", "measured_at"}
    if isinstance(value, dict):
        return {name: _without_history(each) for name, each in value.items() if name not in gone}
    if isinstance(value, list):
        return [_without_history(each) for each in value]
    return value


def _counts(key: tuple[str, str]) -> bool:
    return key[0] != "LEASE" and not key[0].startswith("BUDGET#")


def _without_tries(key: tuple[str, str], item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in item.items() if name not in _BY_TRIES}
    ignored = next(
        (names for begin, names in _IGNORED.items() if key[0] == begin or key[1].startswith(begin)), ()
    )
    if ignored:
        document = json.loads(item["document"])
        kept["document"] = {name: value for name, value in document.items() if name not in ignored}
    return kept


def budget(items: Items) -> int:
    """What was read or reserved from X, in posts, by all months."""
    return sum(
        int(item.get("posts", 0))
        for (pk, sk), item in items.items()
        if pk.startswith("BUDGET#") and sk == "X"
    )


def differences(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> Iterable[str]:
    """Where what should be and what is differ, in words."""
    for key in sorted({*one, *other}, key=str):
        if key not in other:
            yield f"{key} is missing"
        elif key not in one:
            yield f"{key} is too much"
        elif one[key] != other[key]:
            yield f"{key} differs: {_first(str(one[key]), str(other[key]))}"


def _first(one: str, other: str) -> str:
    """The first difference of two texts, and what stands around it."""
    place = next((at for at, (here, there) in enumerate(zip(one, other, strict=False)) if here != there), 0)
    start = max(0, place - 30)
    return f"{one[start : place + 30]!r} is {other[start : place + 30]!r}"
