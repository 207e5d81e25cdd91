"""The query API: what comes is counted against what is promised, since HTTP 200 proves nothing."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest

from functions.fetch.arxiv.query import IDS_AT_ONCE, SLICE, by_ids, parse_feed, submitted_between
from functions.fetch.arxiv.record import Record
from functions.fetch.arxiv.schedule import window
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import arxiv_id, cold_papers
from shared.http import BadAnswerError, Exhausted, Refused, Session, SourceError
from tests.conftest import VirtualTime
from tests.unit.recordings import Reply, Service, read, reference

DAY = date(2021, 6, 18)
NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
START, END = window(DAY)
FEED, EMPTY, ERROR = read("query/window.xml"), read("query/empty.xml"), read("query/error.xml")


def ask(service: Service) -> list[Record]:
    session = Session(seconds=60)
    return list(submitted_between(session, service.url, codes=("cs.LG",), start=START, end=END).records)


def total(body: bytes, number: int) -> bytes:
    return re.sub(rb"(<opensearch:totalResults>)\d+", rb"\g<1>%d" % number, body)


def honest(number: int) -> bytes:
    """The first `number` readable entries of the recording, with a total that says so."""
    entries = re.findall(rb"  <entry>.*?</entry>\n", FEED, re.DOTALL)
    head, tail = FEED.index(b"  <entry>"), FEED.rindex(b"</feed>")
    return total(FEED[:head] + b"".join(entries[:number]) + FEED[tail:], number)


# --- the parser ------------------------------------------------------------------------------------------


def test_a_feed_is_read_as_it_is_written(logged: io.StringIO) -> None:
    feed = parse_feed(FEED)
    assert (feed.total, feed.entries) == (4, 4)
    lora, bias, alias = feed.records
    assert lora == Record(
        id="2106.09685",
        title="LoRA: Low-Rank Adaptation of Large Language Models",
        authors=("Edward J. Hu", "Yelong Shen"),
        categories=("cs.CL", "cs.AI", "cs.LG"),  # the primary first, whatever the order of the list
        abstract="Adapts a large model by training small low-rank matrices beside its frozen weights.",
        submitted=datetime(2021, 6, 17, 17, 37, 18, tzinfo=UTC),
        versions=2,
    )
    assert bias.authors == ("Agnieszka Słowik", "Léon Bottou")
    assert "between Distributionally" in bias.title
    assert bias.versions == 1
    assert alias.categories == ("math.NA",)
    assert "2106.09999" in logged.getvalue()


def test_nothing_found_is_an_answer() -> None:
    feed = parse_feed(EMPTY)
    assert (feed.total, feed.entries, feed.records) == (0, 0, ())


def test_an_error_entry_is_no_paper() -> None:
    with pytest.raises(Refused, match="incorrect id format for abc"):
        parse_feed(ERROR)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Rate exceeded.",
        b"<html>Access Denied</html>",
        FEED[: len(FEED) // 2],
        b"<!DOCTYPE x [<!ENTITY a 'ha'>]><feed xmlns='http://www.w3.org/2005/Atom'>&a;</feed>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'/>",
        total(FEED, 4).replace(b">4<", b">many<"),
    ],
)
def test_what_is_no_feed_is_not_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        parse_feed(body)


def test_an_encoding_that_nobody_knows_is_no_feed_either() -> None:
    with pytest.raises(BadAnswerError):
        parse_feed(b"<?xml version='1.0' encoding='nonsense'?><feed/>")


# --- a window --------------------------------------------------------------------------------------------


def test_a_window_is_asked_for_with_all_that_matters() -> None:
    with Service(honest(3)) as service:
        window = submitted_between(
            Session(seconds=60), service.url, codes=("cs.LG", "stat.ML"), start=START, end=END
        )
    assert not window.by_version
    assert [record.id for record in window.records] == ["2106.09685", "2106.09467", "2106.09475"]
    (asked,) = service.requests
    assert asked.params == {
        "search_query": "(cat:cs.LG OR cat:stat.ML) AND submittedDate:[202106161800 TO 202106171800]",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "max_results": str(SLICE),
        "start": "0",
    }
    assert "%5B" in asked.query


def test_only_what_was_first_submitted_in_the_window_is_kept() -> None:
    late = honest(3).replace(b"<published>2021-06-17T13:07:30Z", b"<published>2021-06-17T18:00:00Z")
    early = late.replace(b"<published>2021-06-17T13:20:00Z", b"<published>2021-06-16T17:59:59Z")
    with Service(early) as service:
        assert [record.id for record in ask(service)] == ["2106.09685"]


def test_an_empty_answer_is_asked_again_before_it_is_believed() -> None:
    with Service(EMPTY, EMPTY, honest(3)) as service:
        assert len(ask(service)) == 3
    with Service(EMPTY) as service:
        assert ask(service) == []
    assert len(service.requests) == 3


def test_totals_that_do_not_add_up_are_no_list() -> None:
    with Service(total(honest(3), 5), total(EMPTY, 5)) as service, pytest.raises(Exhausted, match="3 of 5"):
        ask(service)
    assert len(service.requests) == 4


def test_an_unreadable_entry_counts_as_one_that_came() -> None:
    with Service(FEED) as service:
        assert len(ask(service)) == 3
    assert len(service.requests) == 1


def test_more_than_can_be_paged_through_is_said() -> None:
    with Service(total(honest(3), 10_001)) as service, pytest.raises(Refused, match="10001"):
        ask(service)


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_entry_is_final_whatever_its_status(status: int) -> None:
    with Service(Reply(ERROR, status)) as service, pytest.raises(Refused):
        ask(service)
    assert len(service.requests) == 1


PAPERS = cold_papers(
    DAY, [arxiv_id("2106", number) for number in range(9001, 9001 + 2 * SLICE + 50)], categories=(("cs.LG",),)
)


def from_standin(*faults: Fault, ids: list[str] | None = None) -> tuple[list[Record], list[dict[str, str]]]:
    with Standin(World(papers=PAPERS), now=NOW) as standin:
        standin.faults += faults
        url = standin.environment["ARXIV_API_URL"]
        session = Session(seconds=60)
        found = (
            list(submitted_between(session, url, codes=("cs.LG",), start=START, end=END).records)
            if ids is None
            else by_ids(session, url, ids)
        )
        return found, [each.params for each in standin.requests]


def test_a_large_window_comes_in_slices() -> None:
    records, asked = from_standin()
    assert [record.id for record in records] == [paper.id for paper in PAPERS]
    assert [params["start"] for params in asked] == ["0", str(SLICE), str(2 * SLICE)]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_false_empty_at_any_slice_is_asked_again(after: int) -> None:
    records, _ = from_standin(Fault("query", "false_empty", times=1, after=after))
    assert len(records) == len(PAPERS)


def test_slices_that_turn_empty_for_good_are_no_list() -> None:
    with pytest.raises(SourceError):
        from_standin(Fault("query", "false_empty", after=1))


@pytest.mark.parametrize("kind", ["429", "503", "truncated", "text_200", "html"])
def test_a_fault_at_a_slice_costs_a_try_and_no_paper(no_waiting: VirtualTime, kind: str) -> None:
    records, _ = from_standin(Fault("query", kind, times=1, after=1))
    assert len(records) == len(PAPERS)


# --- by ids ----------------------------------------------------------------------------------------------


def test_papers_by_id_come_by_the_hundred_without_version_and_missing_ones_not_at_all() -> None:
    ids = [paper.id for paper in PAPERS[:150]] + ["2106.99998", "2106.99999"]
    records, asked = from_standin(ids=ids)
    assert {record.id for record in records} == set(ids[:150])
    assert [params["max_results"] for params in asked] == [str(IDS_AT_ONCE), "52"]
    assert from_standin(ids=[]) == ([], [])


def test_ids_that_all_do_not_exist_are_an_honest_empty_answer() -> None:
    records, asked = from_standin(ids=["2106.99998"])
    assert records == []
    assert len(asked) == 3


def test_a_false_empty_by_ids_is_asked_again() -> None:
    ids = [paper.id for paper in PAPERS[:10]]
    records, _ = from_standin(Fault("query", "false_empty", times=1), ids=ids)
    assert len(records) == 10


def test_fewer_papers_by_id_than_counted_are_no_list() -> None:
    with pytest.raises(Exhausted, match="9 of 10"):
        from_standin(Fault("query", "drop_records"), ids=[paper.id for paper in PAPERS[:10]])


def test_a_paper_that_was_not_asked_for_is_not_taken() -> None:
    with Service(honest(3)) as service:
        records = by_ids(Session(seconds=60), service.url, ["2106.09467", "2106.09475", "2106.09999"])
    assert [record.id for record in records] == ["2106.09467", "2106.09475"]


# --- the reference recordings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("arxiv-query-idlist.xml", {"1605.08386"}),
        ("arxiv-query-idlist-two-one-missing.xml", None),
        ("arxiv-query-old-style-id.xml", {"quant-ph/0201082"}),
        ("arxiv-query-search.xml", None),
        ("arxiv-query-empty.xml", set()),
    ],
)
def test_recorded_feeds_are_read(name: str, ids: set[str] | None) -> None:
    feed = parse_feed(reference(name))
    assert len(feed.records) == feed.entries
    assert all(record.authors and record.title and record.categories for record in feed.records)
    if ids is not None:
        assert {record.id for record in feed.records} == ids


def test_the_recorded_error_is_read() -> None:
    body = reference("arxiv-query-error-400.xml")
    with pytest.raises(Refused, match="incorrect id format"):
        parse_feed(body)
