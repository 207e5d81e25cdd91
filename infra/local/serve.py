"""`serve`: the same AWS as a server, for `sam local` and other processes, and the site, until interrupted."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from unittest import mock

from infra.local import neighbours, sample, server, usage
from infra.local.probe import Probe
from infra.local.server import as_seen
from infra.local.site_server import SiteServer
from infra.local.standin import Standin, load
from infra.local.usage import UsageError
from infra.local.watch import Watch
from shared import clock, http

# What `sam local invoke --env-vars` is given.
ENVIRONMENT_FILE = Path("env.json")
# Beside the functions, by whose names `sam local` looks: where AWS is from this machine.
HERE = "Here"

_ROOT = Path(__file__).parents[2]
_RENDERER = _ROOT / "functions" / "render"
# A change is noticed, and an end is heard of, within so many seconds.
_LOOK_SECONDS = 0.25
_ALL = "0.0.0.0"  # noqa: S104 - neighbours alone are answered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--port", type=int, default=4566, metavar="P", help="the port of AWS (default: 4566)")
    parser.add_argument(
        "--site-port", type=int, default=8000, metavar="P", help="the port of the site (default: 8000)"
    )
    parser.add_argument(
        "--host",
        default="",
        help="serve whoever reaches this address (default: this machine and its containers)",
    )
    parser.add_argument(
        "--seen-as", default="", metavar="HOST", help="what functions call this machine, for env.json"
    )
    parser.add_argument("--sample", action="store_true", help="the sample day instead of the internet")
    parser.add_argument(
        "--empty", action="store_true", help="leave table and bucket empty, whoever asks for the site"
    )


def command(given: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code. Raises UsageError."""
    configured = usage.checked_settings(os.environ)
    _check(given)
    with ExitStack() as stack:
        if not given.host:
            # Containers come to an address that may not be there yet, so to all; strangers are hung up on.
            stack.enter_context(neighbours.only())
            given.host = _ALL
            given.seen_as = given.seen_as or neighbours.own_name()
        stack.enter_context(mock.patch.dict(os.environ, _without_proxy(given.host)))
        # Asked while the rest is made ready.
        probe = None if given.sample else Probe(configured)
        try:
            site = stack.enter_context(SiteServer(given.host, given.site_port))
        except OSError as error:
            raise _taken(given.host, given.site_port, error) from None
        sources = _Sources()
        if probe is None or not probe.is_answered():
            if probe:
                print("arXiv cannot be reached from here: this is the bundled sample day instead.")
            sources = _sample(stack, given)
        caller = {**os.environ, "SITE_URL": site.url}
        try:
            served = stack.enter_context(
                server.serve(given.host, given.port, seen_as=given.seen_as, caller=caller | sources.elsewhere)
            )
        except OSError as error:
            raise _taken(given.host, given.port, error) from None
        site.show(served.client("s3"), served.stack.outputs["BucketName"])
        here = {HERE: {"AWS_ENDPOINT_URL": served.url}}
        stack.enter_context(_written({**served.environments, **here}))
        print(f"aws     {served.url}")
        print(f"env     {ENVIRONMENT_FILE.resolve()}")
        print(f"site    {site.url}/", flush=True)
        print("stop it with Ctrl-C", file=sys.stderr, flush=True)
        if given.sample:
            site.wanted.set()
        if given.empty:
            site.ready.set()
        _Work(site, served.url, caller | sources.here, sources.now).until_interrupted()
    return 0


@dataclass(frozen=True)
class _Sources:
    """Settings that lead to the sources: of functions in processes of this machine, and elsewhere.

    `now` is the sources' time, None where that is the clock's.
    """

    here: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    now: datetime | None = None


def _sample(stack: ExitStack, given: argparse.Namespace) -> _Sources:
    """The sample day on a server of its own."""
    world = load(sample.WORLD)
    standin = stack.enter_context(Standin(world, host=given.host))
    here = standin.environment
    elsewhere = {name: as_seen(url, given.seen_as) for name, url in here.items()}
    return _Sources(_of_sample(here), _of_sample(elsewhere), world.now)


def _of_sample(addresses: dict[str, str]) -> dict[str, str]:
    settings = sample.SETTINGS | addresses
    if not all(map(http.may_carry_credentials, addresses.values())):
        # No secret goes there, not even one that opens nothing: its sources are off, the others need none.
        settings |= dict.fromkeys(sample.CREDENTIALS, "")
    return settings


class _Work:
    """Fills the site and renders it again, each time in a fresh process; what they say is on the terminal."""

    def __init__(
        self, site: SiteServer, url: str, environment: Mapping[str, str], now: datetime | None
    ) -> None:
        self._site = site
        self._url = url
        self._environment = environment
        self._now = now
        self._is_over = threading.Event()

    def until_interrupted(self) -> None:
        """Fill the site once it is wanted, and render it again whenever the render step's files are saved.

        Returns after Ctrl-C or SIGTERM.
        """
        before = [
            (number, signal.signal(number, lambda *_: self._is_over.set()))
            for number in (signal.SIGINT, signal.SIGTERM)
        ]
        try:
            watch = Watch(_RENDERER)
            while not self._is_over.wait(_LOOK_SECONDS):
                has_changed = watch.has_changed()
                if self._site.wanted.is_set() and not self._site.ready.is_set():
                    self._play("fill")
                    self._site.ready.set()
                elif has_changed:
                    self._play("render")
        finally:
            for number, handler in before:
                signal.signal(number, handler)

    def _play(self, what: Literal["fill", "render"]) -> None:
        now = self._now or datetime.now(UTC)
        with subprocess.Popen(
            [sys.executable, "-m", "infra.local.player", what, self._url, clock.iso(now)],
            cwd=_ROOT,
            env=dict(self._environment),
            # Ctrl-C is for this process, which ends that one.
            process_group=0,
        ) as player:
            while player.poll() is None:
                if self._is_over.wait(_LOOK_SECONDS / 5):
                    player.terminate()


def _check(given: argparse.Namespace) -> None:
    for name, port in (("--port", given.port), ("--site-port", given.site_port)):
        if not 0 <= port <= 65_535:
            raise UsageError(f"{name} {port} is not a port")
    if not re.fullmatch(r"[A-Za-z0-9.-]*", given.seen_as):
        raise UsageError(f"--seen-as {given.seen_as!r} is not the name of a machine")


def _without_proxy(host: str) -> dict[str, str]:
    """The variables that keep a proxy, which could not reach this machine, from being asked for it."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = ",".join(filter(None, [named, "127.0.0.1", "localhost", host]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _taken(host: str, port: int, error: OSError) -> UsageError:
    return UsageError(f"{host}:{port}: {error.strerror or error}")


@contextmanager
def _written(environments: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """The file that functions elsewhere are given: whole or not at all, and nobody else's to read.

    It goes with the AWS that it tells of, unless another `serve` has written its own since. Raises UsageError
    where it cannot be written.
    """
    file, text = ENVIRONMENT_FILE.resolve(), json.dumps(dict(environments), indent=1) + "\n"
    unfinished = file.with_suffix(".tmp")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    finally:
        # It may hold the caller's own tokens.
        unfinished.unlink(missing_ok=True)
    try:
        yield
    finally:
        if file.exists() and file.read_text(encoding="utf-8") == text:
            file.unlink()
