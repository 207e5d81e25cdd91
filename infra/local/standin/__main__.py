"""Serves a world file: `python -m infra.local.standin WORLD.json [--port P] [--host H] [--now T]`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from infra.local.standin.server import Standin
from infra.local.standin.world import WorldError, load


def main(arguments: list[str] | None = None) -> int:
    """Prints the environment that points to the server, then serves until it is interrupted.

    Returns 0 after an interrupt, 2 for a world or an address that is no good.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.local.standin", description="Serve a world file.")
    parser.add_argument("world", type=Path, help="the world as JSON")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--now", type=_time, help="the services' time, e.g. 2021-06-19T07:55:00Z")
    options = parser.parse_args(arguments)
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopped.set()

    try:
        with Standin(load(options.world), now=options.now, host=options.host, port=options.port) as standin:
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, stop)
            for name, value in standin.environment.items():
                print(f"{name}={value}", flush=True)
            stopped.wait()
    except (WorldError, OSError, OverflowError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
