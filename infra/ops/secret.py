"""`secret`: a new credential into the parameter that the stack names. It is no argument, and never told."""

from __future__ import annotations

import argparse
import getpass
import re
import sys

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.usage import UsageError
from infra.ops.account import Account, OpsError

# The stack's parameter that names each, what it holds, and what that looks like.
_SECRETS = {
    "x": ("XBearerTokenParameter", "the bearer token", r"[\x21-\x7e]+"),
    "bluesky": ("BlueskyCredentialsParameter", "handle:app-password", r"\S+\.\S+:\S+"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    # No choices: argparse would repeat what is none of them, and that may be the credential.
    parser.add_argument("source", metavar="|".join(_SECRETS), help="whose credential it is")


def command(account: Account, given: argparse.Namespace) -> int:
    """Write what is typed, or comes by standard input; raises UsageError for what cannot be one."""
    if given.source not in _SECRETS or given.more:
        raise UsageError(f"name one of {', '.join(_SECRETS)}; the credential comes by standard input alone")
    names, form, pattern = _SECRETS[given.source]
    parameter = account.parameters.get(names, "")
    if not parameter:
        raise OpsError(
            f"the stack names no parameter for it: `set {names}=/{account.stack}/{given.source}` first"
        )
    if not re.fullmatch(pattern, value := _given(form)):
        raise UsageError(f"what was given does not look like {form}")
    try:
        account.client("ssm").put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)
    except ClientError as error:
        # The message of a refusal may have the value in it.
        raise OpsError(f"{parameter} cannot be written: {error.response['Error']['Code']}") from None
    except BotoCoreError as error:
        raise OpsError(f"{parameter} cannot be written: {type(error).__name__}") from None
    print(f"{parameter} is written. fetch reads it each time it measures, so the next measuring uses it;")
    print("`run --measure` measures now.")
    return 0


def _given(form: str) -> str:
    """What is typed or comes by standard input; "" for an end without anything, or what is no text."""
    try:
        return (getpass.getpass(f"{form}: ") if sys.stdin.isatty() else sys.stdin.read()).strip()
    except (EOFError, UnicodeDecodeError):
        return ""
