"""Operations of a deployed stack; every message of a failure is one line on stderr.

Exit codes: 0 when it is done, 1 when it could not be (or the status is bad), 2 for wrong use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.local.progress import nobody_reads
from infra.local.stack import NAME
from infra.local.usage import Parser, UsageError
from infra.ops import (
    dead_letters,
    destroy,
    importing,
    logs,
    redrive,
    rerender,
    restore,
    run,
    secret,
    set_parameters,
    status,
)
from infra.ops.account import Account, Connect, OpsError, connect

# So much of an answer that was none is told, in characters.
_LONGEST = 300


class _Command(NamedTuple):
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Account, argparse.Namespace], int]


COMMANDS: Mapping[str, _Command] = {
    "status": _Command("how the service is", status.add_arguments, status.command),
    "dead-letters": _Command("what was given up", dead_letters.add_arguments, dead_letters.command),
    "redrive": _Command("do again what was given up", redrive.add_arguments, redrive.command),
    "run": _Command("fetch now: days, or what is due", run.add_arguments, run.command),
    "rerender": _Command("publish days again from the table", rerender.add_arguments, rerender.command),
    "import": _Command("an old blog's posts", importing.add_arguments, importing.command),
    "secret": _Command("write a new credential", secret.add_arguments, secret.command),
    "set": _Command("change the stack's parameters", set_parameters.add_arguments, set_parameters.command),
    "restore": _Command("the table as it was at a time", restore.add_arguments, restore.command),
    "logs": _Command("what the functions said of a run", logs.add_arguments, logs.command),
    "destroy": _Command("remove the stack, or all of it", destroy.add_arguments, destroy.command),
}


def main(arguments: Sequence[str] | None = None, connect_: Connect = connect) -> int:
    """Run a command; returns its exit code."""
    parser = Parser(prog="python -m infra.ops", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, each in COMMANDS.items():
        sub = commands.add_parser(name, help=each.help)
        sub.add_argument("--stack", metavar="NAME", default=NAME, help=f"the stack (default: {NAME})")
        sub.add_argument("--region", metavar="R", default="", help="its region (default: your own)")
        sub.add_argument("--profile", metavar="P", default="", help="the profile of your AWS configuration")
        each.add_arguments(sub)
    given, more = parser.parse_known_args(arguments)
    # What is too much is told by its name, but to `secret`, where it may be the credential.
    if more and given.command != "secret":
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    given.more = more
    if not given.stack:
        parser.error("--stack names no stack")
    account = Account(given.stack, given.region, given.profile, connect_)
    try:
        code = COMMANDS[given.command].run(account, given)
        # Here, where a reader who is gone is heard of.
        print(end="", flush=True)
        return code
    except UsageError as error:
        print(f"{parser.prog} {given.command}: {error}", file=sys.stderr)
        return 2
    except (OpsError, BotoCoreError, ClientError) as error:
        print(f"{parser.prog} {given.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except ResponseParserError as error:
        # It repeats what it got, which is a page of a proxy's at worst.
        told = " ".join(str(error).split())[:_LONGEST]
        print(f"{parser.prog} {given.command}: that was not AWS, or not well: {told}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return nobody_reads()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
