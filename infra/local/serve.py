"""`serve`: the same AWS as a server, for `sam local` and other processes, until it is interrupted."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from infra.local import sample, server, usage
from infra.local.standin import Standin, load
from infra.local.usage import UsageError

# What `sam local invoke --env-vars` is given.
ENVIRONMENT_FILE = Path("env.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--port", type=int, default=4566, metavar="P", help="the port (default: 4566)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve at (default: this machine)")
    parser.add_argument("--sample", action="store_true", help="the sample day instead of the internet")


def command(given: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code. Raises UsageError."""
    environment = dict(os.environ)
    usage.checked_settings(environment)
    if not 0 <= given.port <= 65_535:
        raise UsageError(f"--port {given.port} is not a port")
    with ExitStack() as stack:
        if given.sample:
            standin = stack.enter_context(Standin(load(sample.WORLD), host=given.host))
            environment |= standin.environment | sample.SETTINGS
        try:
            served = stack.enter_context(server.serve(given.host, given.port, caller=environment))
        except OSError as error:
            raise UsageError(f"{given.host}:{given.port}: {error.strerror or error}") from None
        ENVIRONMENT_FILE.write_text(json.dumps(dict(served.environments), indent=1) + "\n", encoding="utf-8")
        print(f"aws     {served.url}")
        print(f"env     {ENVIRONMENT_FILE.resolve()}")
        print(f"site    {served.url}/{served.stack.outputs['BucketName']}/index.html", flush=True)
        print("stop it with Ctrl-C", file=sys.stderr)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    return 0
