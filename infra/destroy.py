"""`make destroy`: removes a stack after asking, and with `--data` the table and the bucket that it keeps.

`python -m infra.destroy [--data] [STACK]`. Exit codes: 0 when it is done, 1 when it was not, 2 for wrong use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# A DeleteObjects call takes as many: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_AT_ONCE = 1000

Client = Callable[[str], Any]


def outputs_of(cloudformation: Any, stack: str) -> dict[str, str]:
    """The stack's outputs; raises ClientError when there is no such stack."""
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}


def remove_stack(cloudformation: Any, stack: str) -> None:
    """Remove the stack, and wait until it is gone; raises WaiterError when it could not be."""
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)


def remove_data(client: Client, *, table: str, bucket: str) -> None:
    """Remove the table, and the bucket with all versions of all that is in it."""
    s3 = client("s3")
    # Versions and the markers of deletions come in pages of as many as one call deletes.
    for page in s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": _AT_ONCE}
    ):
        old = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]
        if not old:
            continue
        failed = s3.delete_objects(Bucket=bucket, Delete={"Objects": old, "Quiet": True}).get("Errors")
        if failed:
            raise SystemExit(f"{bucket}: {failed[0]['Key']} cannot be deleted: {failed[0]['Message']}")
    s3.delete_bucket(Bucket=bucket)
    client("dynamodb").delete_table(TableName=table)


def run(arguments: list[str], client: Client, ask: Callable[[str], str]) -> int:
    """Do what the arguments say; `ask` gets a question and returns the answer."""
    parser = argparse.ArgumentParser(prog="make destroy", description=__doc__)
    parser.add_argument("stack", nargs="?", default="hot-papers")
    parser.add_argument("--data", action="store_true")
    given = parser.parse_args(arguments)
    try:
        cloudformation = client("cloudformation")
        outputs = outputs_of(cloudformation, given.stack)
        table, bucket = outputs["TableName"], outputs["BucketName"]
        does = "deletes for ever" if given.data else "keeps"
        print(f"This removes the stack {given.stack}, and {does}")
        print(f"  the table   {table}")
        print(f"  the bucket  {bucket}", flush=True)
        if ask(f"Type {given.stack} to go on: ").strip() != given.stack:
            print("nothing is removed", file=sys.stderr)
            return 1
        remove_stack(cloudformation, given.stack)
        if given.data:
            remove_data(client, table=table, bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        print(f"{given.stack}: {error}", file=sys.stderr)
        return 1
    print("done")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], boto3.client, input))
