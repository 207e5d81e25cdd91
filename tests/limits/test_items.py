"""The table's items of 400 KB: every kind that could grow, at its largest. tests/strict refuses more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from unittest import mock

import msgspec
import pytest
from msgspec.structs import replace

from functions.render import search
from functions.render.day import hot_papers
from functions.score.papers import Delivery, store
from shared import attention, aws, history, parts, run_states, settings, shelf, table
from shared.attention import Rules
from shared.history import HistoryPoint
from shared.paper import (
    MESSAGE_VERSION,
    Author,
    Counts,
    Measured,
    Message,
    Paper,
    packed,
    room_in,
    trim,
)
from shared.run_states import Run, RunDay
from shared.shelf import Best, DayTotal, Shelf
from shared.table import Announcement, Post, PostRow
from tests.limits.large import (
    DATE,
    RUN,
    SOURCES,
    largest_paper,
    measured_at,
    mentions,
    on_bluesky,
    on_x,
    paper,
    words,
)
from tests.strict.sizes import ITEM_BYTES, item_size

RULES = Rules(weights={})


@pytest.fixture(autouse=True)
def _table(in_memory: None, papers_table: None) -> Iterator[None]:
    settings.get.cache_clear()
    yield
    settings.get.cache_clear()


def items() -> dict[tuple[str, str], dict[str, Any]]:
    """All that is in the table, in wire form, by key."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName="papers")
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


def largest() -> int:
    return max(map(item_size, items().values()))


# --- a paper -----------------------------------------------------------------------------------------------


def message(about: Paper, *said: Any, run: str = RUN, **more: Any) -> Message:
    """As fetch would send it."""
    bare = Message(v=MESSAGE_VERSION, run=run, paper=about, sources=SOURCES, **more)
    ordered = attention.in_order_of_counting(said, None, settings.get().rules)
    return replace(bare, mentions=trim(ordered, room_in(bare)))


def stored(*messages: Message) -> Measured:
    """What score makes of messages, one after the other; of all of them the first paper."""
    for each in messages:
        assert store(settings.get(), [Delivery(id="1", message=each)]) == []
    key = table.paper_key(messages[0].paper.listed, messages[0].paper.id)
    found = table.stored_papers([key])[key].measured
    assert found is not None
    return found


def engagement(said: list[Any]) -> int:
    return sum(one.counts.engagement for one in said)


def test_a_paper_with_2000_long_mentions_on_each_source_is_counted_whole() -> None:
    said = mentions(2_000, 4_000)
    kept = stored(message(paper(), *said))
    assert kept.score == engagement(said)
    assert len(kept.mentions) == 4_000
    assert all(one.is_full for one in kept.mentions[: attention.SHOWN_MENTIONS])
    assert largest() <= ITEM_BYTES


def test_a_paper_of_3000_authors_with_as_many_mentions_is_counted_whole() -> None:
    said = mentions(2_000, 280)
    kept = stored(message(largest_paper(), *said))
    assert (kept.score, kept.paper) == (engagement(said), largest_paper())
    assert all(one.is_full for one in kept.mentions[: attention.SHOWN_MENTIONS])


def test_mentions_that_are_gone_are_remembered_beside_as_many_others() -> None:
    said = [*(on_x(number) for number in range(2_000)), *(on_bluesky(number) for number in range(2_000))]
    gone = [on_bluesky(number) for number in range(5_000, 8_000)]
    kept = stored(
        message(largest_paper(), *gone),
        message(largest_paper(), run=measured_at(24), dropped=tuple(sorted(one.key for one in gone))),
        message(largest_paper(), *said, run=measured_at(48)),
    )
    assert len(kept.dropped) == len(gone)
    assert kept.score == engagement(said)


def test_mentions_that_do_not_count_are_kept_with_why_beside_as_many_others() -> None:
    said = [on_x(number) for number in range(2_000)]
    # Of one account, which is heard three times.
    own = [replace(on_bluesky(number), author=Author(id="did:plc:one")) for number in range(300)]
    with mock.patch.dict("os.environ", MENTIONS_PER_ACCOUNT="3"):
        more = (message(largest_paper(), *own[n::10], run=measured_at(n + 1)) for n in range(10))
        kept = stored(message(largest_paper(), *said), *more)
    assert len(kept.mentions) == len(said) + len(own)
    assert len(kept.uncounted) == len(own) - 3


def test_beyond_all_that_fits_the_least_mentions_are_left_out_and_the_best_are_shown() -> None:
    chance = random.Random(1)
    texts = [words(chance, 4_000) for _ in range(100)]
    best = [on_x(number, text, likes=1_000 + number) for number, text in enumerate(texts)]
    others = [on_bluesky(number, "", likes=1 + number % 9) for number in range(9_000)]
    about = message(largest_paper(), *best, *others)
    kept = stored(about)
    assert 3_000 < len(kept.mentions) < 9_100
    assert kept.score == engagement(list(kept.mentions))
    assert min(one.counts.likes for one in kept.mentions) > 5
    assert all(one.is_full for one in kept.mentions[: attention.SHOWN_MENTIONS])
    assert largest() <= ITEM_BYTES
    assert attention.apply(kept, about, RULES) == kept, "a message that comes twice changes nothing"


def test_texts_that_nothing_compresses_are_cut_until_the_item_fits() -> None:
    chance = random.Random(2)
    about = replace(paper(), authors=tuple(words(chance, 15) for _ in range(3_000)))
    said = [on_x(number, words(chance, 4_000)) for number in range(300)]
    kept = stored(message(about, *said))
    assert kept.score == engagement(said)
    assert 100_000 < len(packed(kept)) <= ITEM_BYTES
    assert kept.mentions[0].is_full


def test_a_paper_of_usual_size_is_json_that_people_can_read() -> None:
    stored(message(paper(), *mentions(50, 280)))
    assert items()[table.paper_key(DATE, paper().id)]["document"]["S"].startswith('{"paper"')


# --- a run -------------------------------------------------------------------------------------------------


def test_a_run_has_5000_pending_papers_and_ends_when_all_are_taken_off_in_batches() -> None:
    ids = [f"astro-ph/99{number:05}" for number in range(5_000)]
    days = tuple(RunDay(date=f"2021-06-{day:02}", papers=5_000, sources=SOURCES) for day in range(1, 26))
    run_states.put(Run(id=RUN, kind="measure", days=days, sources=SOURCES, queued=5_000), set(ids))
    assert largest() <= ITEM_BYTES // 2
    # Most of them at once: an update a batch of all 200 is the same 200 times.
    for batch in (ids[:25], ids[:25], ids[25:4_974], ids[4_974:4_999]):
        run_states.take_off(RUN, set(batch), changed=True)
    state = run_states.get(RUN)
    assert state is not None
    assert state.status == "open"
    assert state.pending == {ids[-1]}
    run_states.take_off(RUN, set(ids[-25:]), changed=True)
    state = run_states.get(RUN)
    assert state is not None
    assert state.status == "complete"
    assert not state.pending


# --- a day's post, and what searches find -------------------------------------------------------------------


def row(number: int, **more: Any) -> PostRow:
    (hot,) = hot_papers(settings.get(), [Measured(paper=paper(number, **more), score=60 + number)])
    return PostRow(
        id=hot.paper.id,
        title=hot.paper.title,
        authors=hot.paper.authors[:5],
        categories=hot.paper.categories,
        score=hot.score,
        likes=60 + number,
    )


def post(*rows: PostRow) -> Post:
    return Post(
        date=DATE,
        status="published",
        published_at=RUN,
        updated_at=RUN,
        run=RUN,
        papers=len(rows),
        sources=SOURCES,
        rows=rows,
    )


@pytest.mark.parametrize("count", [0, 1, 1_000, 3_000])
def test_a_post_may_have_any_number_of_hot_papers(count: int) -> None:
    of_day = post(*(row(number) for number in range(1, count + 1)))
    table.put_post(of_day)
    assert table.posts([DATE, "2021-06-17"]) == {DATE: of_day}


def test_a_post_that_grows_and_shrinks_has_what_was_written_last() -> None:
    rows = tuple(row(number) for number in range(1, 2_501))
    for kept in (rows[:5], rows, rows[:1_500], rows[500:], rows[:1], rows[1:]):
        table.put_post(post(*kept))
        assert table.posts([DATE])[DATE].rows == kept


def test_a_crash_while_a_large_post_is_written_leaves_the_one_before() -> None:
    rows = tuple(row(number) for number in range(1, 3_001))
    put = aws.put
    for before, after in ((rows[:2_000], rows[1_000:]), (rows[:1], rows), (rows, rows[:2_000])):
        table.put_post(post(*before))
        calls = 0

        def crashing(item: aws.Item, **more: Any) -> None:
            nonlocal calls
            calls += 1
            if item["sk"] == table.POST:
                raise RuntimeError("crashed")
            put(item, **more)

        with mock.patch.object(aws, "put", crashing), pytest.raises(RuntimeError):
            table.put_post(post(*after))
        assert calls > 1
        assert table.posts([DATE])[DATE].rows == before
        table.put_post(post(*after))
        assert table.posts([DATE])[DATE].rows == after


def test_search_entries_of_papers_of_collaborations_are_kept_in_parts() -> None:
    entries = tuple(search.entry(paper(number, authors=250), number, 60, DATE) for number in range(1, 401))
    table.put_search_entries(DATE, entries)
    assert table.search_entries([DATE], search.Entry) == {DATE: entries}
    assert len(entries[0].authors) == 200
    assert len(items()) > 5


@pytest.mark.parametrize("size", [parts._ROOM - 1, parts._ROOM, parts._ROOM + 1])
def test_a_list_is_split_where_it_does_not_fit(size: int) -> None:
    one = len(msgspec.json.encode(row(1))) + 1
    rows = (row(1, title="t" * (size - 2 * one + len(row(1).title))), row(1))
    pieces = parts.split(rows)
    assert sum(pieces, ()) == rows
    assert len(pieces) == (1 if size <= parts._ROOM else 2)


# --- what stands over all days ------------------------------------------------------------------------------


def test_the_shelf_has_room_for_30_years() -> None:
    dates = [
        f"{year}-{month:02}-{day:02}"
        for year in range(1996, 2026)
        for month in range(1, 13)
        for day in range(1, 24)
    ]
    days = {date: DayTotal(123_456.5, 1_000) for date in dates}
    months = tuple(sorted({date[:7] for date in dates}))
    longest = "語" * 2_000
    top = tuple(Best(dates[0], 1, row(number, title=longest)) for number in range(1, 101))
    full = Shelf(days, {f"cs.{code}": months for code in ("AI", "LG")}, top, dict.fromkeys(dates, RUN))
    shelf.write_making(full.making)
    shelf.write_lists(Shelf(), full)
    shelf.write_days(Shelf(), full)
    assert shelf.read() == full
    assert largest() <= ITEM_BYTES


def test_an_announcement_is_as_small_with_5000_papers_as_with_one() -> None:
    for number, papers in enumerate((1, 5_000)):
        date = f"2021-06-{17 + number}"
        table.put_announcement(
            Announcement(
                listed=date,
                low="2106.00001",
                high=f"2106.{papers:05}",
                papers=papers,
                via="oai",
                sources=SOURCES,
            )
        )
    assert largest() < 1_000


def test_a_day_of_60_measurings_is_one_note() -> None:
    totals = {name: Counts(reposts=10**9, likes=10**9) for name in SOURCES}
    for number in range(60):
        point = HistoryPoint(score=number, totals=totals)
        aws.put(history.item("2106.00001", DATE, point, expires_at=None))
    assert len(items()) == 1
    assert history.of_papers(["2106.00001"], [DATE])["2106.00001"][DATE].score == 59
    assert largest() < 1_000
