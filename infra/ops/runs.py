"""The runs in the stack's table, and how the stream is made to tell render of one again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from infra.ops.account import Account
from shared import clock, run_states, table
from shared.run_states import Run
from shared.table import Announcement, Post

# What one call of BatchGetItem takes.
_AT_ONCE = 100
# How long a run that was brought back for the stream stays.
_BACK = timedelta(days=2)


class Runs:
    """The table of an account's stack, as far as runs, announcements and posts go."""

    def __init__(self, account: Account) -> None:
        self._dynamodb = account.client("dynamodb")
        self._name = account.output("TableName")

    def closed(self, first: str = "", last: str = "~") -> Iterator[Run]:
        """The runs that are closed and name days, newest first; those between two ids, both included."""
        for item in self._partition(run_states.RUNS, first, last):
            run = msgspec.json.decode(item["document"]["S"], type=Run)
            if item["status"]["S"] != "open" and run.days:
                yield run

    def announced(self) -> list[str]:
        """The listing dates that are known, newest first."""
        items = self._partition(table.ANNOUNCEMENTS)
        return [msgspec.json.decode(item["document"]["S"], type=Announcement).listed for item in items]

    def posts(self, dates: list[str]) -> dict[str, Post]:
        """The posts that exist among some days, by date."""
        todo = [{"pk": {"S": table.day_key(date)}, "sk": {"S": table.POST}} for date in dates]
        found: dict[str, Post] = {}
        while todo:
            now, todo = todo[:_AT_ONCE], todo[_AT_ONCE:]
            answer = self._dynamodb.batch_get_item(RequestItems={self._name: {"Keys": now}})
            for item in answer["Responses"].get(self._name, ()):
                post = msgspec.json.decode(item["document"]["S"], type=Post)
                found[post.date] = post
            todo += answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
        return found

    def tell_again(self, run_id: str) -> bool:
        """Raise a closed run's revision, of which the stream tells render; whether there is such a run.

        One that is open is left alone: its end will be told anyway.
        """
        return self._was_made(
            self._dynamodb.update_item,
            Key=self._key(run_id),
            UpdateExpression="ADD revision :one",
            ConditionExpression="#status IN (:complete, :partial)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":complete": {"S": "complete"},
                ":partial": {"S": "partial"},
            },
        )

    def bring_back(self, run: Run) -> bool:
        """Write a run that has expired, complete, for the stream to tell; whether there was none."""
        expires = int((clock.now() + _BACK).timestamp())
        return self._was_made(
            self._dynamodb.put_item,
            Item=self._key(run.id)
            | {
                "document": {"S": table.encode(run)},
                "status": {"S": "complete"},
                "revision": {"N": "0"},
                "expires_at": {"N": str(expires)},
            },
            ConditionExpression="attribute_not_exists(pk)",
        )

    def _partition(self, pk: str, first: str = "", last: str = "~") -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            # A key is never empty, and a blank comes before every id.
            ExpressionAttributeValues={":pk": {"S": pk}, ":first": {"S": first or " "}, ":last": {"S": last}},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _was_made(self, call: Any, **arguments: Any) -> bool:
        try:
            call(TableName=self._name, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    @staticmethod
    def _key(run_id: str) -> dict[str, Any]:
        return {"pk": {"S": run_states.RUNS}, "sk": {"S": run_id}}


def tell_told(told: Mapping[str, bool]) -> None:
    """Print which runs the stream was made to tell, and which it was not."""
    for run, is_told in told.items():
        reason = "" if is_told else " is open, and told when it ends, or has expired"
        print(f"run     {run}{reason}")
