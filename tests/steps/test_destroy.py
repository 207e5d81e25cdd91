"""`make destroy`: what goes, what stays, and that nothing goes without a yes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra import destroy
from infra.local.cloud import Cloud

NAME = "hot-papers"


@pytest.fixture(name="cloud")
def _cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        bucket = cloud.stack.outputs["BucketName"]
        s3 = cloud.client("s3")
        # moto loses what the template says of it.
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for body in (b"old", b"new"):
            s3.put_object(Bucket=bucket, Key="index.html", Body=body)
        s3.put_object(Bucket=bucket, Key="gone.html", Body=b"")
        s3.delete_object(Bucket=bucket, Key="gone.html")
        yield cloud


def there(cloud: Cloud) -> tuple[bool, bool]:
    """Whether table and bucket are there."""
    buckets = [each["Name"] for each in cloud.client("s3").list_buckets()["Buckets"]]
    tables = cloud.client("dynamodb").list_tables()["TableNames"]
    return cloud.stack.outputs["TableName"] in tables, cloud.stack.outputs["BucketName"] in buckets


@pytest.mark.parametrize("answer", ["", "y", "hot-paper"])
def test_without_its_name_nothing_is_removed(
    cloud: Cloud, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert destroy.run(["--data"], cloud.client, lambda _question: answer) == 1
    assert there(cloud) == (True, True)
    assert destroy.outputs_of(cloud.client("cloudformation"), NAME)
    assert "nothing is removed" in capsys.readouterr().err


def test_it_says_what_it_keeps(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        assert destroy.outputs_of(cloud.client("cloudformation"), NAME), "asked before anything is removed"
        return NAME

    assert destroy.run([], cloud.client, ask) == 0
    said = capsys.readouterr().out
    assert "keeps" in said
    assert cloud.stack.outputs["TableName"] in said
    assert cloud.stack.outputs["BucketName"] in said
    assert len(asked) == 1
    assert destroy.run([], cloud.client, ask) == 1, "the stack is gone"


def test_data_goes_with_every_version(cloud: Cloud) -> None:
    outputs = cloud.stack.outputs
    destroy.remove_data(cloud.client, table=outputs["TableName"], bucket=outputs["BucketName"])
    assert there(cloud) == (False, False)


def test_data_is_removed_after_the_stack(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def remove_stack(_client: Any, stack: str) -> None:
        done.append(stack)

    def remove_data(_client: Any, *, table: str, bucket: str) -> None:
        done.extend((table, bucket))

    monkeypatch.setattr(destroy, "remove_stack", remove_stack)
    monkeypatch.setattr(destroy, "remove_data", remove_data)
    assert destroy.run(["--data"], cloud.client, lambda _question: NAME) == 0
    assert done == [NAME, cloud.stack.outputs["TableName"], cloud.stack.outputs["BucketName"]]
