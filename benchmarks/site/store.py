"""Table and bucket as files, in the place of shared/aws.py: cheap, so that what is measured is our own code.

`install` puts it there; a process does that before it imports any step. The table is one SQLite file, the
objects are files below a folder, their digests beside the table. Nobody else writes, so that conditions are
not looked at.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

import shared

Item = dict[str, Any]
Key = tuple[str, str]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (pk TEXT, sk TEXT, item BLOB, PRIMARY KEY (pk, sk)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS digests (key TEXT PRIMARY KEY, digest TEXT) WITHOUT ROWID;
"""
_BETWEEN = "SELECT sk, item FROM items WHERE pk = ? AND sk BETWEEN ? AND ?"


class ConditionFailedError(Exception):
    """As in shared/aws.py; of objects alone."""


class EventError(Exception):
    """As in shared/aws.py; never raised here."""


class Store:
    """An open table with its bucket; `counts` what was read and written."""

    def __init__(self, table: Path, objects: Path) -> None:
        self._database = sqlite3.connect(table, isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")
        self._objects = objects
        self.counts: Counter[str] = Counter()

    def close(self) -> None:
        """Write what is left."""
        self._database.execute("COMMIT")
        self._database.close()

    # --- as in shared/aws.py ---------------------------------------------------------------------------

    def get(self, key: Key) -> Item | None:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[Key]) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        for pk, of_pk in groupby(keys, itemgetter(0)):
            # By one range: the table is not what is measured, and to look for each of them takes longer.
            sks = {sk for _, sk in of_pk}
            rows = self._database.execute(_BETWEEN, (pk, min(sks), max(sks)))
            found.update(((pk, sk), msgspec.msgpack.decode(row)) for sk, row in rows if sk in sks)
        self.counts["items read"] += len(found)
        return found

    def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        newest_first: bool = False,
        limit: int = 0,
        at_once: int = 0,
        least_score: float | None = None,
    ) -> Iterator[Item]:
        del at_once
        order = "DESC" if newest_first else "ASC"
        rows = self._database.execute(
            f"SELECT item FROM items WHERE pk = ? AND sk >= ? AND sk < ? ORDER BY sk {order} LIMIT ?",  # noqa: S608
            (pk, prefix, f"{prefix}\U0010ffff", limit or -1),
        ).fetchall()
        for (row,) in rows:
            item: Item = msgspec.msgpack.decode(row)
            if least_score is None or item["score"] >= least_score:
                self.counts["items read"] += 1
                yield item

    def put(self, item: Item, *, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        del condition, values
        self.counts["items written"] += 1
        self._database.execute(
            "INSERT OR REPLACE INTO items VALUES (?, ?, ?)",
            (item["pk"], item["sk"], msgspec.msgpack.encode(item)),
        )

    def object_digest(self, key: str) -> str | None:
        self.counts["objects looked at"] += 1
        return self._digest(key)

    def _digest(self, key: str) -> str | None:
        row = self._database.execute("SELECT digest FROM digests WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put_object(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str,
        digest: str,
        only_new: bool = False,
    ) -> None:
        del content_type, cache_control
        if only_new and self._digest(key) is not None:
            raise ConditionFailedError(key)
        self.counts["objects written"] += 1
        self.counts["bytes written"] += len(body)
        self._database.execute("INSERT OR REPLACE INTO digests VALUES (?, ?)", (key, digest))
        self.write(key, body)

    def delete_object(self, key: str) -> None:
        self._database.execute("DELETE FROM digests WHERE key = ?", (key,))
        (self._objects / key).unlink(missing_ok=True)

    def put_event(self, detail_type: str, detail: str) -> None:
        del detail_type, detail
        self.counts["events sent"] += 1

    # --- the files -------------------------------------------------------------------------------------

    def write(self, key: str, body: bytes) -> None:
        """A file of the site."""
        write(self._objects, key, body)


def write(folder: Path, key: str, body: bytes) -> None:
    """A file below a folder."""
    path = f"{folder}/{key}"
    try:
        file = open(path, "wb")  # noqa: PTH123, SIM115 - as cheap as can be
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True)
        file = open(path, "wb")  # noqa: PTH123, SIM115
    with file:
        file.write(body)


def install(store: Store) -> None:
    """Put a store into the place of shared/aws.py, which is not imported then, nor is boto3."""
    module = ModuleType("shared.aws")
    for name in dir(store):
        if not name.startswith("_"):
            setattr(module, name, getattr(store, name))
    for one in (ConditionFailedError, EventError):
        setattr(module, one.__name__, one)
    sys.modules["shared.aws"] = module
    shared.aws = module  # type: ignore[attr-defined]
