"""What the services take at once, one less and one more: keys of a BatchGet, papers of a batch, events."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from functions.render.announce import announce
from functions.score.handler import lambda_handler
from shared import aws, run_states, settings, table
from shared.paper import MESSAGE_VERSION, Message, encode_message
from shared.run_states import Run
from shared.table import Post
from tests.limits.large import DATE, RUN, SOURCES, on_x, paper

_BATCH = 50


@pytest.fixture(autouse=True)
def _table(in_memory: None, papers_table: None) -> Iterator[None]:
    settings.get.cache_clear()
    yield
    settings.get.cache_clear()


def put(number: int, size: int = 10) -> tuple[str, str]:
    key = ("PARTITION", f"{number:05}")
    aws.put({"pk": key[0], "sk": key[1], "document": "x" * size})
    return key


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 199, 200, 201])
def test_a_hundred_keys_are_read_at_once(count: int) -> None:
    keys = [put(number) for number in range(count)]
    missing = [("PARTITION", f"none {number}") for number in range(3)]
    found = aws.get_many([*missing, *keys, *keys, *missing])
    assert list(found) == keys


def test_an_answer_of_16_megabytes_is_followed_by_others() -> None:
    keys = [put(number, 390_000) for number in range(100)]
    # However many answers it takes: what comes on is no failure.
    with mock.patch.object(aws, "_ROUNDS", 1):
        assert aws.get_many(keys).keys() == set(keys)


def test_what_is_never_read_is_an_error_that_says_how_much() -> None:
    keys = [put(number) for number in range(3)]
    client, asked = aws.client("dynamodb"), []

    def held_back(**arguments: object) -> dict[str, object]:
        asked.append(arguments)
        return {"Responses": {}, "UnprocessedKeys": arguments["RequestItems"]}

    with (
        mock.patch.object(client, "batch_get_item", held_back),
        pytest.raises(aws.UnfinishedError, match="3 items were not read"),
    ):
        aws.get_many(keys)
    assert len(asked) == 8


@pytest.mark.parametrize("count", [_BATCH - 1, _BATCH, _BATCH + 1])
def test_a_batch_of_papers_is_stored_and_taken_off_at_once(count: int) -> None:
    papers = [paper(number) for number in range(1, count + 1)]
    run_states.put(Run(id=RUN, kind="measure"), {one.id for one in papers})
    records = [
        {
            "messageId": one.id,
            "body": encode_message(
                Message(v=MESSAGE_VERSION, run=RUN, paper=one, mentions=(on_x(1),), sources=SOURCES)
            ),
        }
        for one in papers
    ]
    assert lambda_handler({"Records": records}, None) == {"batchItemFailures": []}
    assert {one.paper for one in table.papers(DATE)} == set(papers)
    state = run_states.get(RUN)
    assert state is not None
    assert state.status == "complete"


def puts(*numbers: int, size: int = 10) -> list[aws.Put]:
    return [aws.Put({"pk": "PARTITION", "sk": f"{one:05}", "document": "x" * size}) for one in numbers]


@pytest.mark.parametrize(
    ("count", "size", "parts"), [(99, 10, 1), (100, 10, 1), (101, 10, 2), (25, 390_000, 3)]
)
def test_a_hundred_items_or_four_megabytes_are_written_together(count: int, size: int, parts: int) -> None:
    parted = list(aws.together(puts(*range(count), size=size), lambda one: [one]))
    assert len(parted) == parts
    for part in parted:
        aws.put_together(part)
    assert len(aws.get_many(("PARTITION", f"{number:05}") for number in range(count))) == count


def test_of_items_that_do_not_all_hold_none_is_written() -> None:
    put(2)
    absent = [one._replace(condition="attribute_not_exists(pk)") for one in puts(1, 2, 3)]
    with pytest.raises(aws.ConditionFailedError):
        aws.put_together(absent)
    assert list(aws.get_many([("PARTITION", f"{number:05}") for number in (1, 2, 3)])) == [
        ("PARTITION", "00002")
    ]
    with pytest.raises(aws.ConditionFailedError):
        aws.put_together(absent[1:2])
    with pytest.raises(aws.RefusedError, match="Item size has exceeded"):
        aws.put_together([*puts(1), *puts(4, size=410_000)])
    assert aws.get(("PARTITION", "00001")) is None
    with pytest.raises(aws.RefusedError, match="Item size has exceeded"):
        aws.put_together(puts(4, size=410_000))


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
def test_who_comes_between_is_told_apart_from_a_service_that_is_busy(code: str) -> None:
    answer = {
        "Error": {"Code": "TransactionCanceledException", "Message": code},
        "CancellationReasons": [{"Code": "None"}, {"Code": code}],
    }
    error = ClientError(answer, "TransactWriteItems")
    expected = aws.ConditionFailedError if code == "TransactionConflict" else ClientError
    with (
        mock.patch.object(aws.client("dynamodb"), "transact_write_items", side_effect=error),
        pytest.raises(expected),
    ):
        aws.put_together(puts(1, 2))


@pytest.mark.parametrize("count", [9, 10, 11])
def test_any_number_of_posts_is_announced_each_by_itself(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENT_BUS_NAME", "default")
    settings.get.cache_clear()
    one = Post(
        date=DATE, status="published", published_at=RUN, updated_at=RUN, run=RUN, papers=0, sources=SOURCES
    )
    posts = [replace(one, date=f"2021-06-{number + 1:02}") for number in range(count)]
    announce(settings.get(), posts)
    assert all(told.announced for told in table.posts(each.date for each in posts).values())
    assert len(table.posts(each.date for each in posts)) == count
