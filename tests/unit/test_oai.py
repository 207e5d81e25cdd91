"""OAI-PMH: pages are read with distrust, and a chain of them is followed to its honest end."""

from __future__ import annotations

import io
import tracemalloc
from datetime import UTC, date, datetime

import pytest

from functions.fetch.arxiv.oai import Page, TokenError, list_records, parse_page
from functions.fetch.arxiv.record import Record
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import arxiv_id, cold_papers
from shared.http import BadAnswerError, Exhausted, Refused, Session, SourceError
from tests.conftest import VirtualTime
from tests.unit.recordings import Reply, Service, read, reference

DAY = date(2021, 6, 18)
SETS = ("cs", "stat:stat:ML")
TOKEN = (
    "verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2021-06-18%26until%3D2021-06-18"
    "%26set%3Dcs%26skip%3D5"
)
PAGE, LAST = read("oai/page.xml"), read("oai/last-page.xml")


def harvest(service: Service, *sets: str) -> list[Record]:
    return list_records(Session(seconds=60), service.url, sets=sets or ("cs",), start=DAY, until=DAY)


# --- the parser ------------------------------------------------------------------------------------------


def test_a_page_is_read_as_it_is_written(logged: io.StringIO) -> None:
    page = parse_page(PAGE)
    assert page.token == TOKEN
    jokr, lora, old = page.records
    assert lora == Record(
        id="2106.09685",
        title="LoRA: Low-Rank Adaptation of Large Language Models",
        authors=(
            "Edward J. Hu",
            "Yelong Shen",
            "Phillip Wallis",
            "Zeyuan Allen-Zhu",
            "Yuanzhi Li",
            "Shean Wang",
            "Weizhu Chen",
        ),
        categories=("cs.CL", "cs.AI", "cs.LG"),
        abstract="Adapts a large model by training small low-rank matrices beside its frozen weights; it's as"
        " good as tuning them all & needs far less memory.",
        submitted=datetime(2021, 6, 17, 17, 37, 18, tzinfo=UTC),
        versions=1,
        datestamp="2021-06-18",
    )
    assert jokr.title.endswith("Cross-Domain Motion Retargeting")
    assert jokr.authors[0] == "Ron Mokady"
    assert len(jokr.authors) == 5
    assert (old.id, old.versions, old.submitted.year) == ("1706.03762", 3, 2017)
    # A deleted record is no paper; one that cannot be read is named and left out.
    assert "2106.09602" in logged.getvalue()
    assert "2106.09601" not in logged.getvalue()


def test_an_empty_token_is_the_end_and_names_have_letters() -> None:
    page = parse_page(LAST)
    assert page.token == ""
    assert page.records[0].authors == ("Agnieszka Słowik", "Léon Bottou")


def test_no_records_is_an_honest_answer() -> None:
    assert parse_page(read("oai/no-records-match.xml")) == Page(0, ())


def test_protocol_errors_are_told_apart_though_all_are_http_200() -> None:
    with pytest.raises(TokenError):
        parse_page(read("oai/bad-resumption-token.xml"))
    with pytest.raises(Refused, match=r"badArgument.*illegal arguments"):
        parse_page(read("oai/bad-argument.xml"))


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>&b;</ListRecords></OAI-PMH>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://evil.example/x.dtd">
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"/>"""
ENVELOPE = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">%b</OAI-PMH>'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not an OAI-PMH answer"),
        (b"Rate exceeded.", "Rate exceeded"),
        (b"<html><body>Just a moment...</body></html>", "<html>"),
        (PAGE[: len(PAGE) // 2], "not an OAI-PMH answer"),
        (b"\x00\x9f" * 500, "not an OAI-PMH answer"),
        (LAUGHS, "not an OAI-PMH answer"),
        (EXTERNAL, "not an OAI-PMH answer"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "feed"),
        (b"<OAI-PMH/>", "OAI-PMH"),
        (ENVELOPE % b"", "without records"),
        (ENVELOPE % b"<ListRecords/>", "without records"),
        (ENVELOPE % b"<ListRecords><resumptionToken>x</resumptionToken></ListRecords>", "without records"),
    ],
)
def test_what_is_no_page_is_not_taken_for_an_empty_one(body: bytes, reason: str) -> None:
    with pytest.raises(BadAnswerError, match=reason):
        parse_page(body)


def test_an_encoding_that_nobody_knows_is_no_page_either() -> None:
    with pytest.raises(BadAnswerError):
        parse_page(b"<?xml version='1.0' encoding='nonsense'?><OAI-PMH/>")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<id>2106.09685</id>", b"<id>not-an-id</id>"),
        (b"<title>LoRA: Low-Rank Adaptation of Large Language Models</title>", b"<title> </title>"),
        (b"Thu, 17 Jun 2021 17:37:18 GMT", b"some day"),
        (b"cs.CL cs.AI cs.LG", b" "),
    ],
)
def test_a_record_that_cannot_be_read_takes_nothing_with_it(
    logged: io.StringIO, old: bytes, new: bytes
) -> None:
    assert old in PAGE
    page = parse_page(PAGE.replace(old, new))
    assert [record.id for record in page.records] == ["2106.09679", "1706.03762"]
    assert "oai:arXiv.org:2106.09685" in logged.getvalue()


def test_records_stand_in_the_list_alone() -> None:
    within = b"<OAI-PMH><record>", b"<OAI-PMH><Identify><record/></Identify><ListRecords><set><record/></set>"
    for body in within:
        namespaced = body.replace(b"<OAI-PMH>", b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">')
        end = b"</ListRecords></OAI-PMH>" if b"<ListRecords>" in body else b"</record></OAI-PMH>"
        with pytest.raises(BadAnswerError, match="without records"):
            parse_page(namespaced + end)


def test_no_more_than_a_record_is_held_as_elements() -> None:
    start, end = PAGE.index(b"<record>"), PAGE.rindex(b"</record>") + len(b"</record>")

    def most(times: int) -> int:
        body = PAGE[:start] + PAGE[start:end] * times + PAGE[end:]
        tracemalloc.start()
        try:
            page = parse_page(body)
            kept, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert page.count == 5 * times
        return peak - kept

    # As one tree, a hundred times as many records would take that much more beside what is kept of them.
    assert most(200) < 10 * most(2)


# --- the client ------------------------------------------------------------------------------------------


def test_a_chain_is_followed_by_its_token_alone_encoded_once_more() -> None:
    with Service(PAGE, LAST) as service:
        records = harvest(service)
    assert [record.id for record in records] == ["2106.09679", "2106.09685", "1706.03762", "2106.09467"]
    first, second = service.requests
    assert first.params == {
        "verb": "ListRecords",
        "metadataPrefix": "arXivRaw",
        "set": "cs",
        "from": "2021-06-18",
        "until": "2021-06-18",
    }
    assert second.params == {"verb": "ListRecords", "resumptionToken": TOKEN}
    assert "verb%253DListRecords" in second.query


def test_a_stale_token_begins_the_chain_anew_once() -> None:
    stale = read("oai/bad-resumption-token.xml")
    with Service(PAGE, stale, PAGE, LAST) as service:
        assert len(harvest(service)) == 4
    assert len(service.requests) == 4
    with Service(PAGE, stale, PAGE, stale) as service, pytest.raises(Refused, match="badResumptionToken"):
        harvest(service)
    assert len(service.requests) == 4


def test_a_lie_is_asked_again_and_not_believed(no_waiting: VirtualTime) -> None:
    with Service(b"Rate exceeded.", ENVELOPE % b"<ListRecords/>", PAGE, PAGE[:999], LAST) as service:
        assert len(harvest(service)) == 4
    assert len(no_waiting.slept) == 3
    with Service(b"Rate exceeded.") as service, pytest.raises(Exhausted, match=r"Rate exceeded\., 4 times"):
        harvest(service)


def test_a_chain_that_ends_in_nothing_is_a_part_and_no_list() -> None:
    with Service(PAGE, read("oai/no-records-match.xml")) as service, pytest.raises(Refused):
        harvest(service)


@pytest.mark.parametrize(("turns", "most"), [(1, 2), (3, 4), (1000, 60)])
def test_a_chain_that_never_ends_is_left(turns: int, most: int) -> None:
    pages = [PAGE.replace(b"skip%3D5", b"skip%%3D%d" % (number % turns)) for number in range(70)]
    with Service(*pages) as service, pytest.raises(Refused, match="without an end"):
        harvest(service)
    assert len(service.requests) <= most


def test_a_last_page_of_deleted_records_is_still_the_end() -> None:
    start, end = LAST.index(b"<record>"), LAST.index(b"</record>") + len(b"</record>")
    deleted = (
        b"<record><header status='deleted'><identifier>oai:arXiv.org:2106.09601</identifier>"
        b"<datestamp>2021-06-18</datestamp></header></record>"
    )
    with Service(PAGE, LAST[:start] + deleted + LAST[end:]) as service:
        assert len(harvest(service)) == 3


def test_a_paper_of_two_sets_comes_once_in_its_newest_form() -> None:
    newer = LAST.replace(b"<datestamp>2021-06-18", b"<datestamp>2021-06-19")
    for pages in ((LAST, newer), (newer, LAST)):
        with Service(*pages) as service:
            (record,) = harvest(service, *SETS)
        assert record.datestamp == "2021-06-19"
        assert [asked.params["set"] for asked in service.requests] == list(SETS)


def test_one_set_that_cannot_be_had_makes_no_list(no_waiting: VirtualTime) -> None:
    with Service(LAST, Reply(status=503)) as service, pytest.raises(SourceError, match="503"):
        harvest(service, *SETS)


def test_many_pages_of_two_sets_make_one_list() -> None:
    papers = cold_papers(DAY, [arxiv_id("2106", number) for number in range(9001, 9061)])
    now = datetime(2021, 6, 18, 4, 55, tzinfo=UTC)
    with Standin(World(papers=papers), now=now, page_sizes={"oai": 7}) as standin:
        records = list_records(
            Session(seconds=60), standin.environment["ARXIV_OAI_URL"], sets=SETS, start=DAY, until=DAY
        )
        pages = len(standin.requests)
    wanted = {
        paper.id for paper in papers if any(c.startswith("cs.") or c == "stat.ML" for c in paper.categories)
    }
    assert {record.id for record in records} == wanted
    assert len(records) == len(wanted)
    assert pages > 6


def test_a_fault_at_each_request_costs_a_try_and_no_paper(no_waiting: VirtualTime) -> None:
    papers = cold_papers(DAY, [arxiv_id("2106", number) for number in range(9001, 9031)])
    now = datetime(2021, 6, 18, 4, 55, tzinfo=UTC)
    for kind in ("503", "truncated", "garbage", "empty", "html", "text_200", "500"):
        for after in range(3):
            with Standin(World(papers=papers), now=now, page_sizes={"oai": 10}) as standin:
                standin.faults.append(Fault("oai", kind, times=1, after=after))
                url = standin.environment["ARXIV_OAI_URL"]
                records = list_records(Session(seconds=60), url, sets=("cs",), start=DAY, until=DAY)
            assert len(records) == 21, (kind, after)


# --- the reference recordings ------------------------------------------------------------------------------


def test_recorded_pages_are_read() -> None:
    recorded = parse_page(reference("arxiv-oai-arXivRaw.xml"))
    assert [(record.id, record.versions) for record in recorded.records] == [
        ("2309.09550", 4),
        ("1810.06450", 3),
    ]
    assert recorded.records[1].categories == ("eess.SP", "eess.SY")
    first = parse_page(reference("arxiv-oai-arXivRaw-page1-with-token.xml"))
    last = parse_page(reference("arxiv-oai-arXivRaw-page2-last.xml"))
    assert first.token
    assert not last.token
    assert first.records
    assert last.records
    assert all(record.authors and record.title for record in (*first.records, *last.records))


def test_recorded_errors_are_read() -> None:
    assert parse_page(reference("arxiv-oai-error-noRecordsMatch.xml")) == Page(0, ())
    with pytest.raises(TokenError):
        parse_page(reference("arxiv-oai-error-badResumptionToken.xml"))
    with pytest.raises(Refused, match="badArgument"):
        parse_page(reference("arxiv-oai-error-badArgument.xml"))


@pytest.mark.parametrize("name", ["arxiv-oai-Identify.xml", "arxiv-oai-ListIdentifiers.xml"])
def test_answers_to_other_questions_are_refused(name: str) -> None:
    with pytest.raises(BadAnswerError):
        parse_page(reference(name))


def test_another_format_is_not_what_was_asked_for() -> None:
    with pytest.raises(BadAnswerError):
        parse_page(reference("arxiv-oai-arXiv.xml"))
