"""`set`: the stack with other parameters; template, code and all other parameters stay."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import msgspec
from botocore.exceptions import ClientError, WaiterError

from infra.local import usage
from infra.local.usage import UsageError
from infra.ops.account import Account, OpsError
from shared.settings import Settings

# IAM for the roles, of which some have statements by parameters; the other for the template's SAM transform.
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]

SETTINGS = {
    field.encode_name.title().replace("_", ""): field.encode_name
    for field in msgspec.structs.fields(Settings)
}
"""What is a setting of the functions, by the parameter that it is filled from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("values", nargs="+", metavar="NAME=VALUE", help="a parameter of the stack")


def command(account: Account, given: argparse.Namespace) -> int:
    """Update the stack and wait; raises UsageError for what it would not take, OpsError when it refuses."""
    before = account.parameters
    wanted = _wanted(given.values, before)
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    if not changed:
        print("all of it is so already")
        return 0
    for name, value in changed.items():
        print(f"{name}: {before[name] or '(empty)'} -> {value or '(empty)'}", flush=True)
    cloudformation = account.client("cloudformation")
    try:
        cloudformation.update_stack(
            StackName=account.stack,
            UsePreviousTemplate=True,
            Capabilities=_CAPABILITIES,
            Parameters=[
                {"ParameterKey": name, "ParameterValue": changed[name]}
                if name in changed
                else {"ParameterKey": name, "UsePreviousValue": True}
                for name in before
            ],
        )
        cloudformation.get_waiter("stack_update_complete").wait(StackName=account.stack)
    except ClientError as error:
        raise OpsError(f"nothing is changed: {error.response['Error']['Message']}") from None
    except WaiterError:
        raise OpsError(f"it is rolled back: {_reason(account)}") from None
    print("done; the functions use it from their next call on")
    return 0


def _wanted(texts: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"{text!r} is not of the form NAME=VALUE")
        if name not in known:
            raise UsageError(f"the stack has no parameter {name!r}; it has {', '.join(sorted(known))}")
        if name in wanted:
            raise UsageError(f"{name} is given twice")
        wanted[name] = value
    # Each function would fail at it, whatever CloudFormation takes.
    usage.checked_settings({SETTINGS[name]: value for name, value in wanted.items() if name in SETTINGS})
    return wanted


def _reason(account: Account) -> str:
    """What CloudFormation says of the first resource that failed in the newest update."""
    events = account.client("cloudformation").describe_stack_events(StackName=account.stack)["StackEvents"]
    reason = "it does not say why"
    for event in events:  # the newest first
        if event["ResourceStatus"] == "UPDATE_IN_PROGRESS" and event["LogicalResourceId"] == account.stack:
            break
        if event["ResourceStatus"].endswith("_FAILED"):
            reason = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
    return reason
