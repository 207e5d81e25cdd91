"""Which environment a function of the local run sees: the template's, overridden by the caller's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager

import msgspec

from infra.local.wiring import Function
from shared.settings import Settings

SETTINGS = frozenset(field.encode_name for field in msgspec.structs.fields(Settings))
# Where the stack put its things is the stack's to say.
OF_THE_STACK = frozenset({"TABLE_NAME", "QUEUE_URL", "BUCKET_NAME", "EVENT_BUS_NAME", "STACK_NAME"})
# There is no CloudWatch here to make metrics of lines, and stdout belongs to the result.
_UNWATCHED = {"STACK_NAME": ""}
# A secret goes where the template tells the name of the SSM parameter that it stands in for.
SECRETS = {
    "X_BEARER_TOKEN": "X_BEARER_TOKEN_PARAMETER",
    "BLUESKY_HANDLE": "BLUESKY_CREDENTIALS_PARAMETER",
    "BLUESKY_APP_PASSWORD": "BLUESKY_CREDENTIALS_PARAMETER",
}

# A user's tuning of the SDK may stay; accounts, endpoints and profiles may not.
_KEPT = frozenset({"AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"})


def of_functions(functions: Mapping[str, Function], caller: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Each step's environment.

    A setting that the template hands to some functions is overridden in those alone, so that one it forgets
    to hand over is missing here as it would be on AWS. A setting that it does not know reaches all of them.
    """
    declared = {name for function in functions.values() for name in function.environment}
    overrides = {name: value for name, value in caller.items() if name in SETTINGS - OF_THE_STACK}
    return {
        step: dict(function.environment)
        | {name: value for name, value in overrides.items() if _reaches(name, function, declared)}
        | {name: value for name, value in _UNWATCHED.items() if name in function.environment}
        for step, function in functions.items()
    }


def _reaches(name: str, function: Function, declared: Set[str]) -> bool:
    if name in SECRETS:
        return SECRETS[name] in function.environment
    return name in function.environment or name not in declared


@contextmanager
def replaced(variables: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with a function's variables instead of the caller's settings."""
    saved = dict(os.environ)
    for name in SETTINGS & saved.keys():
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


@contextmanager
def no_account(region: str) -> Iterator[None]:
    """The process without the user's AWS account: dummy credentials, no profile, no endpoint of theirs."""
    saved = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    for name in saved.keys() - _KEPT:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - it opens nothing
        AWS_REGION=region,
        AWS_DEFAULT_REGION=region,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        # Otherwise stream calls go to a host named after the account, which moto does not answer for.
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    )
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(saved)
