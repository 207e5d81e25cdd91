"""What X may cost: no schedule of runs, crashes, lost answers and repeats reads more than the caps."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from typing import Any
from unittest import mock

import pytest
from moto import mock_aws

from functions.fetch.attention.budget import Budget
from shared import aws, reads, settings
from shared.http import Exhausted, Refused, SourceError
from shared.reads import Reads

MONTH = "2021-06"
RUNS = [f"2021-06-{day:02}T07:55:00Z" for day in range(1, 5)]


@pytest.fixture(name="_aws", scope="module")
def _aws_in_memory(aws_account: None) -> Iterator[None]:
    with mock_aws():
        yield


def of_run(run: str) -> Reads:
    return reads.stored(reads.key(MONTH, run))


def of_month() -> Reads:
    return reads.stored(reads.key(MONTH))


def budget(run: str = RUNS[0], *, per_run: int = 100, per_month: int = 1000, **more: str) -> Budget:
    caps = {"X_POSTS_PER_RUN": str(per_run), "X_POSTS_PER_MONTH": str(per_month)}
    return Budget(settings.parse(caps | more), run)


# --- one reservation -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_aws", "papers_table")
def test_what_was_not_read_is_given_back_to_run_and_month() -> None:
    mine = budget()
    with mine.reserved(60, 5) as reservation:
        assert reservation is not None
        assert of_run(RUNS[0]) == of_month() == Reads(posts=60, users=5, units=70)
        assert mine.left() == 30
        reservation.posts, reservation.users = 7, 1
    assert of_run(RUNS[0]) == of_month() == mine.spent() == Reads(posts=7, users=1, units=9)


@pytest.mark.usefixtures("_aws", "papers_table")
def test_there_is_no_room_beyond_either_cap_and_nothing_is_kept_of_the_try() -> None:
    mine = budget(per_run=50, per_month=60)
    with mine.reserved(51) as reservation:
        assert reservation is None
    with mine.reserved(40) as reservation:
        assert reservation is not None
        reservation.posts = 40
    other = budget(RUNS[1], per_run=50, per_month=60)
    with other.reserved(21) as reservation:
        assert reservation is None
    assert (of_run(RUNS[1]), of_month().units) == (Reads(), 40)
    assert (other.left(), other.narrowest(), mine.narrowest()) == (20, "X_POSTS_PER_MONTH", "X_POSTS_PER_RUN")


@pytest.mark.usefixtures("_aws", "papers_table")
def test_the_table_is_asked_once_for_what_is_left_and_again_after_there_was_no_room() -> None:
    mine, other = budget(per_month=100), budget(RUNS[1], per_month=100)
    asked: list[aws.Key] = []
    get = aws.get

    def noted(key: aws.Key) -> Any:
        asked.append(key)
        return get(key)

    with mock.patch.object(aws, "get", noted):
        for left in (100, 90, 80):
            assert mine.left() == left
            with mine.reserved(20) as reservation:
                assert reservation is not None
                assert mine.left() == left - 20
                reservation.posts = 10
        assert asked == [reads.key(MONTH, RUNS[0]), reads.key(MONTH)]
        with other.reserved(60) as reservation:
            assert reservation is not None
            reservation.posts = 60
        assert (mine.left(), other.left()) == (70, 10)
        with mine.reserved(20) as reservation:
            assert reservation is None
        assert mine.left() == 10


@pytest.mark.usefixtures("_aws", "papers_table")
@pytest.mark.parametrize(
    ("error", "is_lost", "kept"),
    [
        (Refused("HTTP 402", 402), False, 0),
        (Exhausted("HTTP 503, 4 times"), False, 0),
        # Some try may have been answered and billed.
        (Refused("HTTP 401", 401), True, 30),
        (Exhausted("no answer within 20 s, 4 times"), True, 30),
        (KeyboardInterrupt(), True, 30),
    ],
)
def test_what_is_not_known_to_be_unread_counts_as_read(
    error: BaseException, is_lost: bool, kept: int
) -> None:
    if isinstance(error, SourceError):
        error.is_lost = is_lost
    with pytest.raises(type(error)), budget().reserved(30):
        raise error
    assert of_run(RUNS[0]).units == of_month().units == kept


@pytest.mark.usefixtures("_aws", "papers_table")
@pytest.mark.parametrize(
    ("post", "user", "units"),
    [
        ("0.005", "0.010", 2),
        ("0.005", "0.011", 3),
        ("0", "1", 1),
        ("0.01", "0", 1),
        ("1e-320", "1", 1_000_000),
    ],
)
def test_a_user_counts_as_the_posts_that_it_costs(post: str, user: str, units: int) -> None:
    assert budget(X_POST_PRICE=post, X_USER_PRICE=user).user_units == units


@pytest.mark.usefixtures("_aws", "papers_table")
@pytest.mark.parametrize("lost", range(4))
def test_a_call_whose_answer_is_lost_is_made_again_and_counts_once(lost: int) -> None:
    update = aws.update
    calls: list[aws.Key] = []

    def repeated(key: aws.Key, *args: Any, **more: Any) -> Any:
        calls.append(key)
        answer = update(key, *args, **more)
        # As the SDK does when the connection breaks before the answer is there.
        return update(key, *args, **more) if len(calls) - 1 == lost else answer

    with mock.patch.object(aws, "update", repeated), budget().reserved(30) as reservation:
        assert reservation is not None
        reservation.posts = 4
    assert len(calls) == 4
    assert of_run(RUNS[0]) == of_month() == Reads(posts=4, units=4)


# --- any schedule --------------------------------------------------------------------------------------


class Crash(BaseException):
    """The function dies."""


class Service:
    """X: bills what it returns, whether anybody hears of it or not."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.billed: Counter[str] = Counter()

    def answer(self, run: str, posts: int, users: int, user_units: int) -> tuple[int, int]:
        read = self.chance.randint(0, posts), self.chance.randint(0, users)
        self.billed[run] += read[0] + read[1] * user_units
        return read


def faulty(chance: random.Random) -> Callable[..., Any]:
    """Calls of the table before or after which the function dies, or which the SDK makes again."""
    update = aws.update

    def call(*args: Any, **more: Any) -> Any:
        fate = chance.random()
        if fate < 0.04:
            raise Crash("before the call")
        answer = update(*args, **more)
        if fate < 0.08:
            raise Crash("after the call")
        return update(*args, **more) if fate < 0.12 else answer

    return call


def one_run(chance: random.Random, service: Service, run: str, mine: Budget) -> Generator[None, None, None]:
    """A run's requests, one after the other; between any two calls somebody else may have a turn."""
    for _ in range(chance.randint(1, 5)):
        posts, users = chance.randint(1, 40), chance.choice([0, 0, chance.randint(1, 10)])
        yield
        try:
            with mine.reserved(posts, users) as reservation:
                yield
                if reservation is None:
                    continue
                if chance.random() < 0.1:
                    raise Refused("HTTP 503 turned into a refusal", 503)
                read = service.answer(run, posts, users, mine.user_units)
                if chance.random() < 0.1:
                    lost = Exhausted("the answer was lost")
                    lost.is_lost = True
                    raise lost
                reservation.posts, reservation.users = read
                yield
        except (Refused, Exhausted):
            continue


@pytest.mark.usefixtures("_aws", "papers_table")
@pytest.mark.parametrize(
    ("seeds", "is_archive"), [(range(20), False), (range(20, 40), False), (range(40, 50), True)]
)
def test_no_schedule_reads_more_than_the_caps(seeds: range, is_archive: bool) -> None:
    of_ours, others = reads.key(MONTH), reads.archive_key(MONTH)
    if is_archive:
        of_ours, others = others, of_ours
    for seed in seeds:
        chance = random.Random(seed)
        for pk, sk in (of_ours, *(reads.key(MONTH, run) for run in RUNS)):
            aws.client("dynamodb").delete_item(TableName="papers", Key={"pk": {"S": pk}, "sk": {"S": sk}})
        caps = chance.randint(20, 120), chance.randint(40, 250)
        service = Service(chance)
        month = {"X_POSTS_PER_MONTH": "0", "X_ARCHIVE_POSTS": "0"}
        month["X_ARCHIVE_POSTS" if is_archive else "X_POSTS_PER_MONTH"] = str(caps[1])
        configured = settings.parse({"X_POSTS_PER_RUN": str(caps[0]), **month})

        def check(seed: int = seed, service: Service = service, caps: tuple[int, int] = caps) -> None:
            assert max(service.billed.values(), default=0) <= caps[0], f"seed {seed}"
            assert sum(service.billed.values()) <= caps[1], f"seed {seed}"

        with mock.patch.object(aws, "update", faulty(chance)):
            # Several at a time, and each again after a crash: a repeat is the same run.
            waiting = [run for run in RUNS for _ in range(2)]
            chance.shuffle(waiting)
            active: list[Generator[None, None, None]] = []
            while waiting or active:
                if waiting and (not active or chance.random() < 0.2):
                    run = waiting.pop()
                    mine = Budget(configured, run, is_archive=is_archive)
                    active.append(one_run(chance, service, run, mine))
                turn = chance.choice(active)
                try:
                    next(turn)
                except (StopIteration, Crash):
                    active.remove(turn)
                check()
        for run in RUNS:
            assert service.billed[run] <= of_run(run).units, f"seed {seed}: what was billed was booked"
        assert sum(service.billed.values()) <= reads.stored(of_ours).units <= caps[1], f"seed {seed}"
        assert reads.stored(others) == Reads(), "nor is the other budget touched"
