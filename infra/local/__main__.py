"""The commands of the local run; every message of a failure is one line on stderr.

Exit codes: 0 when what was asked for is published, 1 when it could not be, 2 for wrong use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from infra.local import importing, run, serve
from infra.local.progress import nobody_reads
from infra.local.usage import Parser, UsageError

_COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": run.command,
    "serve": serve.command,
    "import": importing.command,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    parser = Parser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run.add_arguments(commands.add_parser("run", help="play the whole chain once and write the site"))
    serve.add_arguments(commands.add_parser("serve", help="serve the same AWS to other processes"))
    importing.add_arguments(commands.add_parser("import", help="an old blog's posts as an archive"))
    given = parser.parse_args(arguments)
    try:
        code = _COMMANDS[given.command](given)
        # Here, where a reader who is gone is heard of.
        print(end="", flush=True)
        return code
    except UsageError as error:
        print(f"{parser.prog} {given.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return nobody_reads()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
