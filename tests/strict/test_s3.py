"""Each rule of the bucket earns its place: moto alone bears what is refused here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.strict.cases import Case, called, refused
from tests.strict.conftest import Client

BUCKET = "papers"
LONG = "é" * 513


def call(told: str, operation: str, **arguments: Any) -> Case:
    """A call about the bucket that is refused."""
    return Case(told, operation, {"Bucket": BUCKET, **arguments})


def deletion(told: str, *keys: str) -> Case:
    """Deletions that are refused."""
    return call(told, "delete_objects", Delete={"Objects": [{"Key": key} for key in keys]})


REFUSED = {
    "a long key": call("KeyTooLongError: 1026 bytes of 1024, éé", "put_object", Key=LONG),
    "a long key read": call("KeyTooLongError: éé", "get_object", Key=LONG),
    "a long key looked for": call("KeyTooLongError: éé", "head_object", Key=LONG),
    "a long key among deletions": deletion("KeyTooLongError: éé", "a", LONG),
    "a long key deleted": call("KeyTooLongError: éé", "delete_object", Key=LONG),
    "1001 deletions": deletion("MalformedXML: 1001 objects of 1000", *map(str, range(1001))),
    "much metadata": call(
        "MetadataTooLarge: 2049 bytes of 2048, a", "put_object", Key="a", Metadata={"x": "b" * 2048}
    ),
}


@pytest.fixture(autouse=True)
def _bucket(alone: Client) -> Iterator[None]:
    """A bucket in which the object with the long key is."""
    s3 = alone("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=LONG)
    yield
    for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_moto_alone_bears_is_refused(strict: Client, alone: Client, case: Case) -> None:
    refused(strict("s3"), case)
    called(alone("s3"), case)


def test_what_is_within_the_limits_is_not_refused(strict: Client) -> None:
    key = LONG[1:]
    called(strict("s3"), call("", "put_object", Key=key, Metadata={"x": "b" * 2047}))
    called(strict("s3"), deletion("", key, *map(str, range(999))))
