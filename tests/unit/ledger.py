"""What was read from X, kept in a dict: a stand-in for shared/reads.py where a test needs no table."""

from __future__ import annotations

import pytest

from shared import aws, reads
from shared.reads import Reads


class Ledger:
    """Takes the place of the table for one test; `read` is the sum over all runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._kept: dict[aws.Key, Reads] = {}
        self._held: set[tuple[aws.Key, str]] = set()
        monkeypatch.setattr(reads, "stored", self._stored)
        monkeypatch.setattr(reads, "reserve", self._reserve)
        monkeypatch.setattr(reads, "settle", self._settle)

    @property
    def read(self) -> Reads:
        """What was read in all months together."""
        total = Reads()
        for (_, sk), kept in self._kept.items():
            total = _sum(total, kept) if sk == "X" else total
        return total

    def of(self, month: str, run: str = "") -> Reads:
        """What was read in a month, or of it in a run."""
        return self._stored(reads.key(month, run))

    def _stored(self, where: aws.Key) -> Reads:
        return self._kept.get(where, Reads())

    def _reserve(self, where: aws.Key, more: Reads, *, cap: int, token: str) -> Reads | None:
        after = _sum(self._stored(where), more)
        if after.units > cap:
            return None
        self._kept[where] = after
        self._held.add((where, token))
        return after

    def _settle(self, where: aws.Key, reserved: Reads, read: Reads, *, token: str) -> Reads:
        self._held.remove((where, token))
        self._kept[where] = _sum(_sum(self._stored(where), reserved, sign=-1), read)
        return self._kept[where]


def _sum(one: Reads, other: Reads, *, sign: int = 1) -> Reads:
    return Reads(
        posts=one.posts + sign * other.posts,
        users=one.users + sign * other.users,
        units=one.units + sign * other.units,
    )
