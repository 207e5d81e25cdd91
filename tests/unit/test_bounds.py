"""What a hostile or broken service costs: a clear error of that source, little time, little memory.

Each source is asked in a process of its own, whose whole memory counts: Python with everything that fetch
imports has some 50 MB of it.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared import http
from shared.paper import SOURCE_LABELS
from tests.unit.recordings import Asked, Reply, Service

ROOT = Path(__file__).parents[2]
# In MB, of the whole process, and in seconds, of one source with two tries, on a busy machine.
MOST_MEMORY = 200
MOST_SECONDS = 60


OAI = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record>%b</record></ListRecords></OAI-PMH>'
WIDE = "\U0001f525".encode()
# As large as an answer may be, and as many values as one may have.
FULL, MANY = 9_900_000, 199_000
UNREADABLE = "can(not)? be read|not an|more than 400,000|entries"


@cache
def bomb() -> bytes:
    """Zeros, packed: 1 MB that becomes 1 GB. What is flushed whole can be repeated; no checksum comes."""
    packer = zlib.compressobj(9, wbits=31)
    first, again = (packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 99


def laughs() -> bytes:
    """A few lines that become ten billion letters."""
    entities = (f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.encode() for n in range(1, 10))
    return b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(entities) + b"]><x>&a9;</x>"


def small(*names: str) -> bytes:
    """As many posts as there is room for, each next to nothing, for every source."""
    posts = b",".join([b'{"id":"1","uri":"a","objectID":"1"}'] * (MANY // 2 // len(names)))
    lists = b",".join(b'"%b":[%b]' % (name.encode(), posts) for name in names)
    return b'{%b,"nbHits":1}' % lists


ATTACKS: dict[str, tuple[Callable[[], Reply], str]] = {
    "50 MB": (lambda: Reply(b" " * 50_000_000), "larger than 10 MB"),
    "a gzip bomb": (lambda: Reply(bomb(), headers={"Content-Encoding": "gzip"}), "larger than 10 MB"),
    "a bomb in a bomb": (
        lambda: Reply(gzip.compress(bomb()), headers={"Content-Encoding": "gzip, gzip"}),
        "larger than 10 MB",
    ),
    "a redirect with a bomb": (
        lambda: Reply(bomb(), 302, {"Content-Encoding": "gzip", "Location": "https://[/"}),
        "larger than 10 MB",
    ),
    "brackets": (lambda: Reply(b"[" * 100_000), UNREADABLE),
    "objects in objects": (lambda: Reply(b'{"a":' * 100_000), UNREADABLE),
    "elements in elements": (lambda: Reply(b"<a>" * 100_000), UNREADABLE),
    "laughs": (lambda: Reply(laughs()), UNREADABLE),
    "elements": (lambda: Reply(OAI % (b"<a/>" * (FULL // 4))), UNREADABLE),
    "attributes": (lambda: Reply(OAI % (b'<a b=""/>' * (FULL // 9))), UNREADABLE),
    "lines": (lambda: Reply(OAI % (b"ab\n" * (FULL // 3))), UNREADABLE),
    "a wide text": (lambda: Reply(OAI % (WIDE + b"a" * FULL)), UNREADABLE),
    "empty lists": (lambda: Reply(b"[" + b"[]," * (FULL // 3) + b"[]]"), UNREADABLE),
    "objects": (lambda: Reply(b"[" + b'{"aa":1},' * MANY + b"{}]"), UNREADABLE),
    "a wide string": (lambda: Reply(b'["%b"]' % (WIDE + b"a" * FULL)), UNREADABLE),
    "small posts": (lambda: Reply(small("data", "posts", "hits")), UNREADABLE),
    "small records": (lambda: Reply(OAI % (b"</record><record><header/>" * MANY)), UNREADABLE),
    "another character set": (
        lambda: Reply("é".encode("utf-16") * 1000, headers={"Content-Type": "text/xml; charset=latin-1"}),
        UNREADABLE,
    ),
    "a drip": (lambda: Reply(b"x" * 1000, drip=0.05), "no (whole )?answer"),
    "a header": (lambda: Reply(b"x", headers={"X-Long": "x" * 10_000_000}), "connection failed"),
    "headers": (
        lambda: Reply(b"x", headers={f"X-{number}": "x" for number in range(10_000)}),
        "connection failed",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_answer_without_bounds_costs_little_and_ends_in_a_clear_error(name: str) -> None:
    make, reason = ATTACKS[name]
    reply = make()

    def answer(asked: Asked) -> Reply:
        # Past the login, so that it is the search that is answered.
        return Reply(b'{"accessJwt":"a"}') if asked.path.endswith("createSession") else reply

    with Service(answer) as service:
        ended = _asked(service.url, 0.5 if reply.drip else http.REQUEST_SECONDS)
    memory = ended.pop("memory")
    assert set(ended) == {"arxiv", *SOURCE_LABELS}
    for source, (state, why, seconds) in ended.items():
        assert seconds < MOST_SECONDS, (source, seconds)
        assert state == "unavailable", (source, why)
        assert re.search(reason, why), (source, why)
    assert memory < MOST_MEMORY, memory


@pytest.mark.parametrize("status", [301, 307])
def test_no_source_follows_a_redirect_to_another_host(status: int) -> None:
    with (
        Service(b"{}") as other,
        Service(Reply(status=status, headers={"Location": f"{other.url}/"})) as service,
    ):
        ended = _asked(service.url, http.REQUEST_SECONDS)
        assert len(service.requests) >= len(SOURCE_LABELS)
    assert other.requests == []
    ended.pop("memory")
    for source, (state, why, _) in ended.items():
        assert (state, f"HTTP {status}" in why) == ("unavailable", True), (source, why)


def _asked(url: str, seconds: float) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.unit.bounded", url, str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
