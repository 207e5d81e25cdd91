"""`destroy`: the stack is removed, and with `--data` the table and the bucket that survive it as well.

What they are called is told by the stack's resources, which a failed first deployment has, too, and which
CloudFormation still lists when the stack is gone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.local.usage import UsageError
from infra.ops.account import Account, OpsError, Resources

# A DeleteObjects call takes as many: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_AT_ONCE = 1000
# A render that was at work when its function was deleted may write between the emptying and the deletion.
_EMPTYINGS = 5
_BY_MAKE = "`make destroy DATA=1` (or `destroy --data`)"


class _Kept(NamedTuple):
    """What survives its stack: `kind` is table or bucket."""

    kind: str
    name: str


# What the two are called in the template.
_KINDS = {"Table": "table", "Bucket": "bucket"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--data", action="store_true", help="delete the table and the bucket, too, for ever")
    parser.add_argument("--table", metavar="T", help="with --data: this table, which a stack left, alone")
    parser.add_argument("--bucket", metavar="B", help="with --data: the same for a bucket")


def command(account: Account, given: argparse.Namespace) -> int:
    """Remove what is there, after a question; raises UsageError, and OpsError for what was not removed."""
    if named := _named(given):
        _remove_left(account, named)
    elif account.described is not None:
        _remove_all(account, account.described["StackId"], with_data=given.data)
    elif not (left := _left(account)):
        print(f"the stack {_place(account)} is gone already, and so are its table and bucket")
    elif given.data:
        _remove_left(account, left)
    else:
        print(f"the stack {_place(account)} is gone already; {_BY_MAKE} deletes what it left:")
        _tell(left)
    return 0


def _named(given: argparse.Namespace) -> list[_Kept]:
    """What the arguments name."""
    named = [_Kept(kind, name) for kind in _KINDS.values() if (name := getattr(given, kind)) is not None]
    for kind, name in named:
        if not name or not given.data:
            raise UsageError(f"--{kind} needs --data" if name else f"--{kind} names no {kind}")
    return named


def _remove_all(account: Account, stack_id: str, *, with_data: bool) -> None:
    """The stack, and with its data."""
    resources = account.resources_of(stack_id)
    # Both stand on nothing else, so that any stack of ours which has begun has begun them.
    if resources and not resources.keys() & _KINDS.keys():
        raise OpsError(f"the stack {account.stack} has neither Table nor Bucket: is it one of Hot Papers?")
    kept = _kept(resources)
    does = "deletes for ever" if with_data else "keeps"
    print(f"This removes the stack {_place(account)}" + (f", and {does}" if kept else ""))
    _ask(account, kept)
    _remove_stack(account, stack_id)
    print("the stack is removed", flush=True)
    if with_data:
        _remove_data(account, kept)
    elif kept:
        print(f"{_BY_MAKE} deletes what is kept")


def _remove_left(account: Account, left: list[_Kept]) -> None:
    """What a stack that is gone has left."""
    own = _kept(account.resources_of(account.described["StackId"])) if account.described else []
    for kept in left:
        if kept in own:
            raise UsageError(f"the {kept.kind} {kept.name} is in use by the stack {_place(account)}")
    print(f"This deletes for ever, in {account.region},")
    _ask(account, left)
    _remove_data(account, left)


def _place(account: Account) -> str:
    return f"{account.stack} in {account.region}"


def _tell(kept: list[_Kept]) -> None:
    for kind, name in kept:
        print(f"  the {kind:<6}  {name}")


def _ask(account: Account, kept: list[_Kept]) -> None:
    """Tell what it is about, and wait for the stack's name; raises OpsError for anything else."""
    _tell(kept)
    try:
        answer = input(f"Type {account.stack} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip() != account.stack:
        raise OpsError(f"nothing is removed: {account.stack} was not typed")


def _kept(resources: Resources) -> list[_Kept]:
    """The table and the bucket among a stack's resources, as far as it came to them."""
    return [
        _Kept(kind, name)
        for logical, kind in _KINDS.items()
        if (name := resources.get(logical, {}).get("PhysicalResourceId"))
    ]


def _left(account: Account) -> list[_Kept]:
    """What deleted stacks of the name have left; raises OpsError where there was none."""
    pages = account.client("cloudformation").get_paginator("list_stacks")
    gone = [
        each["StackId"]
        for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"])
        for each in page["StackSummaries"]
        if each["StackName"] == account.stack
    ]
    if not gone:
        raise OpsError(
            f"there is no stack {_place(account)}, and none was deleted within 90 days: --stack and --region "
            "name another, --data with --table and --bucket what an older one left"
        )
    found = dict.fromkeys(kept for stack_id in gone for kept in _kept(account.resources_of(stack_id)))
    return [kept for kept in found if _IS_THERE[kept.kind](account, kept.name)]


def _remove_stack(account: Account, stack_id: str) -> None:
    """Remove the stack, and wait until it is gone; raises OpsError when it stays."""
    cloudformation = account.client("cloudformation")
    cloudformation.delete_stack(StackName=stack_id)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id)
    except WaiterError as error:
        reasons = [
            f"{name}: {each.get('ResourceStatusReason', '')}"
            for name, each in account.resources_of(stack_id).items()
            if each["ResourceStatus"] == "DELETE_FAILED"
        ]
        raise OpsError(f"the stack is not removed: {'; '.join(reasons) or error}") from None


def _remove_data(account: Account, kept: list[_Kept]) -> None:
    """Remove each, whatever becomes of the other; raises OpsError that tells all that failed."""
    failures = []
    for kind, name in kept:
        try:
            if _IS_THERE[kind](account, name):
                _REMOVE[kind](account, name)
                print(f"the {kind} {name} is deleted", flush=True)
            else:
                print(f"the {kind} {name} is gone already", flush=True)
        except (OpsError, BotoCoreError, ClientError) as error:
            failures.append(f"the {kind} {name}: {error}")
    if failures:
        raise OpsError("; ".join(failures))


def _has_table(account: Account, name: str) -> bool:
    dynamodb = account.client("dynamodb")
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True


def _has_bucket(account: Account, name: str) -> bool:
    try:
        account.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return False
        raise
    return True


def _remove_table(account: Account, name: str) -> None:
    dynamodb = account.client("dynamodb")
    # Interrupted before, it may be on its way already, and a second order would be refused.
    if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] != "DELETING":
        dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)


def _remove_bucket(account: Account, name: str) -> None:
    """Remove a bucket with all versions of all that is in it."""
    s3 = account.client("s3")
    for _ in range(_EMPTYINGS):
        for versions in _versions(s3, name):
            failed = s3.delete_objects(Bucket=name, Delete={"Objects": versions, "Quiet": True}).get("Errors")
            if failed:
                raise OpsError(f"{failed[0]['Key']} cannot be deleted: {failed[0]['Message']}")
        try:
            s3.delete_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty":
                raise
        else:
            return
    raise OpsError(f"something writes into it, {_EMPTYINGS} times after it was emptied")


def _versions(s3: Any, bucket: str) -> Iterator[list[dict[str, str]]]:
    """The versions of objects and the markers of deletions, as many as one call deletes."""
    pages = s3.get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=bucket, PaginationConfig={"PageSize": _AT_ONCE}):
        versions = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if versions:
            yield versions


_IS_THERE: Mapping[str, Callable[[Account, str], bool]] = {"table": _has_table, "bucket": _has_bucket}
_REMOVE: Mapping[str, Callable[[Account, str], None]] = {"table": _remove_table, "bucket": _remove_bucket}
