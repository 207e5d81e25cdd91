"""Identifiers and links: every form that is a paper's, and none that only looks like one."""

from __future__ import annotations

import pytest

from shared.identifiers import beside, between, distance, from_url, normalise, sort_key

LORA = "2106.09685"


@pytest.mark.parametrize(
    ("text", "paper_id"),
    [
        ("2106.09685", LORA),
        ("2106.09685v1", LORA),
        ("2106.09685v12", LORA),
        (" 2106.09685\n", LORA),
        ("arXiv:2106.09685v2", LORA),
        ("ARXIV:2106.09685", LORA),
        ("0704.0001", "0704.0001"),
        ("1412.9999", "1412.9999"),
        ("1501.00001", "1501.00001"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("hep-th/9901001v3", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("MATH.GT/0309136", "math/0309136"),
        ("cond-mat.mtrl-sci/0309136", "cond-mat/0309136"),
    ],
)
def test_an_identifier_loses_its_version_and_decoration(text: str, paper_id: str) -> None:
    assert normalise(text) == paper_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2106",
        "2106.",
        "2106.968",
        "2106.096855",
        "2106.0968",  # four digits ended in December 2014
        "1412.09999",  # and five began in January 2015
        "2113.09685",
        "2100.09685",
        "2106.09685v0",
        "2106.09685v01",
        "2106.09685v",
        "2106.09685x",
        "x2106.09685",
        "2106.09685 2106.09679",
        "٢١٠٦.٠٩٦٨٥",
        "hep-th/9913001",
        "hep-th/99010011",
        "hep-th/990101",
        "/9901001",
    ],
)
def test_what_only_looks_like_an_identifier_is_none(text: str) -> None:
    assert normalise(text) is None


@pytest.mark.parametrize(
    "url",
    [
        *(
            f"https://arxiv.org/{kind}/2106.09685"
            for kind in ("abs", "pdf", "html", "format", "ps", "src", "e-print")
        ),
        "http://arxiv.org/abs/2106.09685v3",
        "https://arxiv.org/pdf/2106.09685.pdf",
        "https://arxiv.org/pdf/2106.09685v2.PDF",
        "https://arxiv.org/abs/2106.09685/",
        "https://arxiv.org/abs/2106.09685?context=cs.LG#comments",
        "https://arxiv.org/abs/arXiv:2106.09685",
        "HTTPS://ARXIV.ORG/ABS/2106.09685",
        "https://arxiv.org:443/abs/2106.09685",
        "http://arxiv.org:80/abs/2106.09685",
        "https://arxiv.org./abs/2106.09685",
        "https://someone@arxiv.org/abs/2106.09685",
        "https://arxiv.org/abs/2106%2E09685",
        "https://arxiv.org/%61bs/2106.09685",
        "https://arxiv.org/abs/2106.09685%20",
        *(
            f"https://{host}arxiv.org/abs/2106.09685"
            for host in ("www.", "export.", "browse.", "cn.", "de.", "lanl.")
        ),
        "arxiv.org/abs/2106.09685",
        *(
            f"https://{host}alphaxiv.org/{kind}/2106.09685v1"
            for host in ("", "www.")
            for kind in ("abs", "pdf", "overview")
        ),
        "https://huggingface.co/papers/2106.09685",
        "https://huggingface.co/papers/2106.09685.md",
        "https://hf.co/papers/2106.09685",
        "https://ar5iv.org/abs/2106.09685",
        "https://ar5iv.labs.arxiv.org/html/2106.09685",
        "https://doi.org/10.48550/arXiv.2106.09685",
        "https://dx.doi.org/10.48550/ARXIV.2106.09685",
        "https://scirate.com/arxiv/2106.09685",
        "https://www.semanticscholar.org/arxiv/2106.09685",
        "https://papers.cool/arxiv/2106.09685",
        "https://www.emergentmind.com/papers/2106.09685",
    ],
)
def test_every_form_of_link_leads_to_its_paper(url: str) -> None:
    assert from_url(url) == LORA


def test_old_identifiers_are_found_in_links_too() -> None:
    assert from_url("https://arxiv.org/abs/math.GT/0309136v1") == "math/0309136"
    assert from_url("https://arxiv.org/pdf/hep-th/9901001.pdf") == "hep-th/9901001"
    assert from_url("https://doi.org/10.48550/arXiv.quant-ph/0201082") == "quant-ph/0201082"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "nonsense",
        "http://[::1/abs/2106.09685",
        "https://arxiv.org",
        "https://arxiv.org/",
        "https://arxiv.org/abs/",
        "https://arxiv.org/2106.09685",
        # not papers
        "https://arxiv.org/list/cs.LG/2106.09685",
        "https://arxiv.org/list/math/new",
        "https://arxiv.org/a/2106.09685",
        "https://arxiv.org/search/?query=2106.09685",
        "https://arxiv.org/year/cs/21",
        "https://arxiv.org/catchup/cs/2021-06-18",
        "https://huggingface.co/papers/date/2021-06-18",
        "https://huggingface.co/abs/2106.09685",
        "https://doi.org/10.1000/arXiv.2106.09685",
        "https://doi.org/10.48550/2106.09685",
        # other people's hosts
        "https://notarxiv.org/abs/2106.09685",
        "https://my-arxiv.org/abs/2106.09685",
        "https://arxiv.org.evil.example/abs/2106.09685",
        "https://evil.arxiv.org.example/abs/2106.09685",
        "https://a.b.arxiv.org/abs/2106.09685",
        "https://arxivorg/abs/2106.09685",
        "https://arxiv-org.example/abs/2106.09685",
        "https://arxiv.org@evil.example/abs/2106.09685",
        "https://arxiv.org:secret@evil.example/abs/2106.09685",
        "https://evil.example/arxiv.org/abs/2106.09685",
        "https://evil.example/?u=https://arxiv.org/abs/2106.09685",
        "https://evil.example/#arxiv.org/abs/2106.09685",
        "https://nothuggingface.co/papers/2106.09685",
        "https://notdoi.org/10.48550/arXiv.2106.09685",
        # not web addresses
        "ftp://arxiv.org/abs/2106.09685",
        "javascript://arxiv.org/abs/2106.09685",
    ],
)
def test_no_other_link_is_taken_for_a_paper(url: str) -> None:
    assert from_url(url) is None


def test_a_backslash_ends_the_host_as_it_does_in_a_browser() -> None:
    # https://url.spec.whatwg.org/#authority-state: a browser goes to evil.example.
    assert from_url(r"https://evil.example\@arxiv.org/abs/2106.09685") is None


def test_a_mail_address_is_no_link_to_a_paper() -> None:
    assert from_url("mailto:someone@arxiv.org/abs/2106.09685") is None


def test_identifiers_are_ordered_by_the_time_of_their_assignment() -> None:
    ordered = [
        "hep-th/9108001",
        "hep-th/9912001",
        "math/0001001",
        "0704.0001",
        "1412.9999",
        "1501.00001",
        LORA,
    ]
    shuffled = [*ordered[3:], *ordered[:3]]
    assert sorted(shuffled, key=sort_key) == ordered


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        ("2106.09600", "2106.09685", 85),
        ("2106.09685", "2106.09685", 0),
        ("2106.09685", "2106.09600", -85),
        ("2105.15000", "2106.00007", 7),
        ("2112.17000", "2201.00005", 5),
    ],
)
def test_the_distance_of_identifiers_begins_anew_with_the_month(low: str, high: str, numbers: int) -> None:
    assert distance(low, high) == numbers


def test_between_gives_the_unknown_identifiers_with_both_ends() -> None:
    assert between("2106.00008", "2106.00012", {"2106.00010"}) == [
        "2106.00008",
        "2106.00009",
        "2106.00011",
        "2106.00012",
    ]
    assert between("2106.00008", "2106.00008", {"2106.00008"}) == []


def test_between_crosses_a_months_end_at_the_highest_known_number() -> None:
    known = {"2105.14999", "2105.15001", "2106.00002", "2104.00001", "2107.00001"}
    assert between("2105.14999", "2106.00003", known) == ["2105.15000", "2106.00001", "2106.00003"]


def test_between_writes_old_numbers_with_four_digits() -> None:
    assert between("1412.0099", "1501.00001", set()) == ["1412.0099", "1501.00001"]


def test_beside_gives_the_identifiers_next_to_a_block_within_their_months() -> None:
    assert beside("2106.00002", "2106.00005", 2) == (["2106.00001"], ["2106.00006", "2106.00007"])
    assert beside("2105.15000", "2106.00002", 1) == (["2105.14999"], ["2106.00003"])
    assert beside("1412.0001", "1412.9998", 3) == ([], ["1412.9999"])
