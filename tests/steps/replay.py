"""render alone, again and again from the same start: table and bucket as they were, in memory."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from functions.render.publish import Published, publish
from shared import aws, settings

Items = dict[aws.Key, aws.Item]


class CrashError(Exception):
    """What ends a publication in the middle."""


def is_renders(key: aws.Key) -> bool:
    """Whether render writes an item: posts, what is searched, and what is known of all days."""
    return key[0] == "SITE" or key[1] in ("POST", "SEARCH")


class Memory:
    """What render reads and writes: `objects` are bodies by key, `items` the table.

    `after` is called with each key once it is written or, with a minus, deleted; items are `pk|sk`.
    `read` are the keys of all items that were asked for.
    """

    def __init__(self, items: Items, objects: Mapping[str, bytes]) -> None:
        self.items = copy.deepcopy(items)
        self.objects = dict(objects)
        self.after: Callable[[str], None] = lambda _key: None
        self.read: set[aws.Key] = set()

    def publish(self, configured: settings.Settings, run: str) -> Published:
        """Publish a run."""
        with self.in_place():
            return publish(configured, run, invocation="replay")

    def written_by_render(self) -> Items:
        """The items that render alone writes."""
        return {key: item for key, item in self.items.items() if is_renders(key)}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Stand in for AWS."""
        with ExitStack() as stack:
            for name in ("get", "get_many", "query", "put", "object_digest", "put_object", "delete_object"):
                stack.enter_context(mock.patch.object(aws, name, getattr(self, name)))
            stack.enter_context(mock.patch.object(aws, "put_event", return_value=None))
            yield

    def get(self, key: aws.Key) -> aws.Item | None:
        self.read.add(key)
        return self.items.get(key)

    def get_many(self, keys: Iterable[aws.Key]) -> Items:
        wanted = list(keys)
        self.read.update(wanted)
        return {key: self.items[key] for key in wanted if key in self.items}

    def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        newest_first: bool = False,
        limit: int = 0,
        at_once: int = 0,
        least_score: float | None = None,
    ) -> Iterator[aws.Item]:
        del at_once
        keys = sorted(
            (key for key in self.items if key[0] == pk and key[1].startswith(prefix)), reverse=newest_first
        )
        found = [
            key for key in keys if least_score is None or self.items[key].get("score", -1) >= least_score
        ]
        for key in found[: limit or None]:
            self.read.add(key)
            yield self.items[key]

    def put(self, item: aws.Item, **_condition: Any) -> None:
        self.items[item["pk"], item["sk"]] = item
        if item["pk"] != "LEASE":
            self.after(f"{item['pk']}|{item['sk']}")

    def object_digest(self, key: str) -> str | None:
        if key not in self.objects:
            return None
        return hashlib.sha256(self.objects[key]).hexdigest()

    def put_object(self, key: str, body: bytes, *, only_new: bool, **_: Any) -> None:
        if only_new and key in self.objects:
            raise aws.ConditionFailedError(key)
        self.objects[key] = body
        self.after(key)

    def delete_object(self, key: str) -> None:
        self.objects.pop(key, None)
        self.after(f"-{key}")
