"""Hugging Face: the upvotes of each of the last dates' papers, every page of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.fetch.attention import huggingface
from functions.fetch.attention.sweep import Span, Sweep
from infra.local.standin import Fault, Standin, World
from infra.local.standin.world import Upvotes
from shared import settings
from shared.http import BadAnswerError
from shared.paper import Counts, Extras, Mention
from tests.conftest import VirtualTime
from tests.unit.recordings import Service, read, reference

NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
LORA, JOKR = "2106.09685", "2106.09679"
DATES = [(NOW.date() - timedelta(days=number)).isoformat() for number in range(7, -1, -1)]


def span(**more: Any) -> Span:
    values = {"since": NOW - timedelta(days=7), "until": NOW, "unmeasured": NOW}
    return Span(run="2021-06-19T07:55:00Z", now=NOW, **(values | more))


def swept(upstream: Standin | Service, at: Span | None = None) -> Sweep:
    url = upstream.environment["HUGGINGFACE_URL"] if isinstance(upstream, Standin) else upstream.url
    return huggingface.sweep(settings.parse({"HUGGINGFACE_URL": url}), at or span())


@pytest.fixture(name="standin")
def _standin(no_waiting: VirtualTime) -> Iterator[Standin]:
    with Standin(World(), now=NOW) as running:
        yield running


def test_upvotes_become_one_mention_of_the_paper() -> None:
    with Service(b"[]", read("huggingface/daily-papers.json"), b"[]") as service:
        found = swept(service)
    assert found.state.state == "measured"
    assert found.mentions.keys() == {LORA, JOKR}
    assert found.mentions[LORA] == [
        Mention(
            source="huggingface",
            id=LORA,
            counts=Counts(upvotes=57, comments=4),
            url=f"https://huggingface.co/papers/{LORA}",
            created_at=datetime(2021, 6, 13, tzinfo=UTC),
            text="LoRA: Low-Rank Adaptation of Large Language Models",
        )
    ]


def test_the_last_eight_dates_are_asked_for_and_none_in_the_future(standin: Standin) -> None:
    assert swept(standin).requests == 8
    assert [each.params for each in standin.requests] == [{"date": day, "limit": "100"} for day in DATES]


def test_an_old_day_is_asked_for_with_the_dates_up_to_its_end(standin: Standin) -> None:
    swept(standin, span(until=datetime(2021, 5, 10, 12, tzinfo=UTC)))
    assert [each.params["date"] for each in standin.requests] == [
        f"2021-05-{number:02}" for number in range(3, 11)
    ]


def test_a_paper_of_several_dates_counts_once_with_its_newest_numbers(standin: Standin) -> None:
    standin.world = World(
        upvotes=(
            Upvotes(paper=LORA, date=date(2021, 6, 16), upvotes=5),
            Upvotes(paper=LORA, date=date(2021, 6, 18), upvotes=9, comments=2),
        )
    )
    (mention,) = swept(standin).mentions[LORA]
    assert mention.counts == Counts(upvotes=9, comments=2)


@pytest.mark.parametrize(("papers", "pages"), [(99, 1), (100, 2), (101, 2), (250, 3)])
def test_a_long_date_comes_page_by_page(standin: Standin, papers: int, pages: int) -> None:
    standin.world = World(
        upvotes=tuple(
            Upvotes(paper=f"2106.{number:05}", date=date(2021, 6, 18), upvotes=1)
            for number in range(1, papers + 1)
        )
    )
    assert len(swept(standin).mentions) == papers
    asked = [each.params for each in standin.requests if each.params["date"] == "2021-06-18"]
    assert [params.get("p", "0") for params in asked] == [str(page) for page in range(pages)]


def test_a_weekend_is_an_honest_empty_list(standin: Standin) -> None:
    found = swept(standin)
    assert (found.state.state, found.mentions) == ("measured", {})
    assert found.state.measured_at == "2021-06-19T07:55:00Z"


@pytest.mark.parametrize("body", [read("huggingface/error.json"), b"{}", b"", b"null", b"<html>"])
def test_what_is_no_list_is_not_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(BadAnswerError):
        huggingface.parse(body)


@pytest.mark.parametrize("kind", ["500", "429", "error_200", "truncated", "garbage", "empty"])
def test_a_fault_costs_a_try_and_a_lasting_one_the_source(standin: Standin, kind: str) -> None:
    standin.world = World(upvotes=(Upvotes(paper=LORA, date=date(2021, 6, 18), upvotes=5),))
    standin.faults = [Fault("huggingface", kind, times=1, after=3)]
    assert swept(standin).mentions.keys() == {LORA}
    standin.faults = [Fault("huggingface", kind, after=3)]
    found = swept(standin)
    # Part of the dates is not what was asked.
    assert (found.state.state, found.mentions) == ("unavailable", {})
    assert found.state.reason


def test_a_rate_limit_is_waited_for(standin: Standin, no_waiting: VirtualTime) -> None:
    standin.faults = [Fault("huggingface", "429", times=1)]
    swept(standin)
    assert no_waiting.slept == [55]


def test_missing_and_negative_numbers_count_nothing() -> None:
    items = json.loads(read("huggingface/daily-papers.json"))
    items[0]["paper"]["upvotes"] = -3
    del items[0]["numComments"]
    with Service(json.dumps(items).encode()) as service:
        assert swept(service).mentions[LORA][0].counts == Counts()


@pytest.mark.parametrize("broken", [{}, {"paper": {}}, {"paper": None}, {"paper": {"id": 5}}, "text"])
def test_an_item_that_cannot_be_read_takes_nothing_with_it(broken: Any) -> None:
    items = json.loads(read("huggingface/daily-papers.json"))
    items[0] = broken
    with Service(json.dumps(items).encode()) as service:
        assert swept(service).mentions.keys() == {JOKR}


# --- what is told beside the votes -----------------------------------------------------------------------


def told(**fields: Any) -> Extras | None:
    """What is taken of some fields of a paper, which itself is there whatever they are."""
    items = json.loads(read("huggingface/daily-papers.json"))
    items[0]["paper"] |= fields
    with Service(json.dumps(items).encode()) as service:
        found = swept(service)
    assert found.mentions.keys() == {LORA, JOKR}
    assert found.extras[JOKR] == Extras(), "absent is absent, and known to be"
    told = found.extras[LORA]
    return told if told != Extras() else None


def test_code_project_and_summary_are_told_by_paper() -> None:
    assert told() is None
    assert told(
        githubRepo="https://github.com/ada/lora",
        githubStars=1234,
        projectPage="http://ada.example/lora?a=1&b=2#top",
        ai_summary=" One line.\n\nAnother\tline.\u2028 A\x07 third. ",
    ) == Extras(
        code="https://github.com/ada/lora",
        stars=1234,
        project="http://ada.example/lora?a=1&b=2#top",
        summary="One line. Another line. A third.",
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "github.com/ada/lora",
        "//github.com/ada/lora",
        "javascript:alert(1)",
        "ftp://ada.example/",
        "https://",
        "https:///lora",
        "https://[ada/",
        "https://github.com@ada.example/",
        "https://ada.example\\@github.com/",
        "https://ada.example/a b",
        " https://ada.example/",
        "https://ada.example/\n",
        "https://ada.example/\x00",
        "https://ada.example/\u202egpj",
        "https://ada.example/" + "a" * 481,
        5,
        True,
        ["https://ada.example/"],
        {"url": "https://ada.example/"},
        None,
    ],
)
def test_an_address_that_is_none_costs_itself_alone(address: Any) -> None:
    good = "https://ada.example/" + "a" * 480
    assert told(githubRepo=address, githubStars=5, projectPage=good) == Extras(project=good)
    assert told(githubRepo=good, projectPage=address) == Extras(code=good)
    assert told(githubRepo=address, projectPage=address) is None


@pytest.mark.parametrize(
    ("stars", "taken"),
    [
        (0, 0),
        (7, 7),
        (-1, None),
        (True, None),
        ("7", None),
        (7.0, None),
        (7.5, None),
        (10**20, None),
        ([], None),
    ],
)
def test_stars_are_a_count_of_a_repository(stars: Any, taken: int | None) -> None:
    code = "https://github.com/ada/lora"
    assert told(githubRepo=code, githubStars=stars) == Extras(code=code, stars=taken)
    assert told(githubStars=stars) is None


@pytest.mark.parametrize("summary", ["", " \n ", "\x00", 5, ["x"], {}, None])
def test_a_summary_that_is_none_is_absent(summary: Any) -> None:
    assert told(ai_summary=summary) is None


@pytest.mark.parametrize(
    ("summary", "taken"),
    [
        ("a" * 600, "a" * 600),
        ("a" * 601, "a" * 599 + "…"),
        ("word " * 120, ("word " * 120).strip()),
        ("word " * 121, ("word " * 120).strip() + "…"),
        ("a" * 598 + " bc", "a" * 598 + "…"),
        ("a" * 599 + " b", "a" * 599 + "…"),
        ("é" * 300 + " " + "😀" * 300, "é" * 300 + "…"),
    ],
)
def test_a_long_summary_is_cut_at_a_word(summary: str, taken: str) -> None:
    assert told(ai_summary=summary) == Extras(summary=taken)
    assert len(taken) <= 600


def test_what_a_later_date_tells_is_newer_and_silence_takes_nothing_back() -> None:
    def dated(**fields: Any) -> bytes:
        return json.dumps([{"paper": {"id": LORA, "upvotes": 1, **fields}}]).encode()

    code = "https://github.com/ada/lora"
    with Service(
        dated(githubRepo=code, githubStars=1), dated(githubRepo=code, githubStars=2), dated(), b"[]"
    ) as service:
        assert swept(service).extras == {LORA: Extras(code=code, stars=2)}


def test_reference_answers_are_read() -> None:
    with Service(reference("hf-daily-papers.json"), reference("hf-daily-papers-empty.json")) as service:
        found = swept(service)
    assert len(found.mentions) == 3
    assert "2607.26654" in found.mentions
    assert all(mention.text for (mention,) in found.mentions.values())
    assert found.extras == {
        "2607.26654": Extras(
            code="https://github.com/desBugger/constitutional-mt",
            stars=2,
            project="https://www.lesswrong.com/posts/n5htoDGvKKJFAjji2",
        ),
        "2607.28229": Extras(code="https://github.com/petroni-lab/librarian", stars=8),
        "2607.27851": Extras(),
    }


def test_a_reference_summary_is_taken() -> None:
    paper = json.loads(reference("hf-paper.json"))
    with Service(json.dumps([{"paper": paper}]).encode()) as service:
        extras = swept(service).extras[paper["id"]]
    assert extras.summary == paper["ai_summary"]
    assert (extras.stars, extras.project) == (18, "https://example.org")
