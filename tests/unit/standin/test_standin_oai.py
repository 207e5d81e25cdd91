"""The stand-in speaks as arXiv's OAI-PMH interface does."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from infra.local.standin import Standin
from tests.unit.standin.helpers import OAI, OPTIONAL, Reply, at, days, get, oai, oai_ids, paths, recording

RAW = "{http://arxiv.org/OAI/arXivRaw/}"


def oai_error(reply: Reply) -> str:
    error = reply.xml.find(f"{OAI}error")
    return error.get("code", "") if error is not None else ""


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("cs", [50, 100, 102, 103]),  # the cross-list and, by its alias, math.NA too
        ("cs:cs", [50, 100, 102, 103]),
        ("cs:cs:LG", [100]),
        ("cs:cs:NA", [102]),
        ("math:math:NA", [102]),
        ("stat:stat:ML", [100]),
        ("physics:hep-th", [101]),
        ("physics", [101, 103]),
    ],
)
def test_oai_sets(standin: Standin, name: str, numbers: list[int]) -> None:
    assert oai_ids(oai(standin, **days(set=name))) == [f"2106.{number:05}" for number in numbers]


def test_oai_raw_record(standin: Standin) -> None:
    reply = oai(standin, **days(set="cs:cs:AI"))
    record = reply.xml.find(f".//{RAW}arXivRaw")
    assert record is not None
    assert [each.get("version") for each in record.findall(f"{RAW}version")] == ["v1", "v2"]
    assert record.findtext(f"{RAW}version/{RAW}date") == "Tue, 08 Jun 2021 10:00:00 GMT"
    assert record.findtext(f"{RAW}authors") == "Ada Example, Bob O'Neil"
    assert record.findtext(f"{RAW}abstract") == "It's <short> & good."
    assert b"It&#39;s &lt;short&gt; &amp; good." in reply.body
    assert [each.text for each in reply.xml.iter(f"{OAI}datestamp")] == ["2021-06-18"]


def test_oai_structured_format_dates_the_current_version(standin: Standin) -> None:
    reply = oai(standin, **days(metadataPrefix="arXiv", set="cs:cs:AI"))
    space = "{http://arxiv.org/OAI/arXiv/}"
    assert [each.text for each in reply.xml.iter(f"{space}created")] == ["2021-06-17"]
    assert [each.text for each in reply.xml.iter(f"{space}keyname")] == ["Example", "O'Neil"]


def test_oai_has_what_is_ready(standin: Standin) -> None:
    standin.now = at("2021-06-18T02:29")
    assert oai_error(oai(standin, **days())) == "noRecordsMatch"
    # The edit of 2106.00050 has not happened yet either.
    before = oai(standin, **days("2021-06-10", "2021-06-18"))
    assert oai_ids(before) == ["2106.00050", "2106.00090"]
    assert before.body.count(b"<version ") == 2
    standin.now = at("2021-06-18T02:30")
    assert "2106.00100" in oai_ids(oai(standin, **days()))


def test_oai_pages(standin: Standin) -> None:
    whole = oai_ids(oai(standin, **days("2021-06-17")))
    assert whole == ["2106.00090", "2106.00050", "2106.00100", "2106.00101", "2106.00102", "2106.00103"]
    standin.page_sizes["oai"] = 2
    token: ET.Element | None = None
    reply, found, echoed = oai(standin, **days("2021-06-17")), [], []
    for _ in range(4):
        found += oai_ids(reply)
        request = reply.xml.find(f"{OAI}request")
        assert request is not None
        echoed.append(request.get("from"))
        token = reply.xml.find(f".//{OAI}resumptionToken")
        assert token is not None
        if not token.text:
            break
        assert token.attrib == {"expirationDate": "2021-06-20T00:00:00Z"}
        assert token.text.startswith("verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2021-06-18")
        reply = oai(standin, resumptionToken=token.text)
    assert found == whole
    assert token is not None
    assert not token.text
    assert echoed[0] == "2021-06-18"  # moved forward in the page that asked from the 17th
    standin.page_sizes["oai"] = 6
    assert oai(standin, **days("2021-06-17")).xml.find(f".//{OAI}resumptionToken") is None


# What arrives when a client does not encode a token's percent signs again.
ONCE_DECODED = "verb=ListRecords&metadataPrefix=arXivRaw&from=2021-06-18&skip=1"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (days(until="2021-06-21"), "badArgument"),
        (days("2021-06-18", "2021-06-17"), "badArgument"),
        (days("2005-01-01"), "badArgument"),
        (days("18.06.2021"), "badArgument"),
        (days(set="nonsense"), "badArgument"),
        (days(page="2"), "badArgument"),
        ({"from_": "2021-06-18"}, "badArgument"),
        (days() | {"resumptionToken": "x"}, "badArgument"),
        ({"resumptionToken": "x"}, "badResumptionToken"),
        ({"resumptionToken": ONCE_DECODED}, "badResumptionToken"),
        (days(metadataPrefix="oai_marc"), "cannotDisseminateFormat"),
        (days("2021-06-19", "2021-06-19"), "noRecordsMatch"),
        ({"verb": "ListEverything"}, "badVerb"),
    ],
)  # fmt: skip
def test_oai_errors(standin: Standin, params: dict[str, str], code: str) -> None:
    reply = oai(standin, **params)
    assert oai_error(reply) == code
    assert reply.headers["Content-Type"].startswith("text/xml")
    if code in {"badArgument", "badVerb"}:
        request = reply.xml.find(f"{OAI}request")
        assert request is not None
        assert not request.attrib


def test_oai_refuses_repeated_parameters(standin: Standin) -> None:
    assert oai_error(get(standin, f"{standin.url}/oai?verb=Identify&verb=Identify")) == "badArgument"


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("arxiv-oai-arXivRaw-page1-with-token.xml", days(set="cs")),
        ("arxiv-oai-arXiv-cs-token.xml", days(set="cs", metadataPrefix="arXiv")),
        ("arxiv-oai-ListIdentifiers.xml", days(set="cs", verb="ListIdentifiers")),
        ("arxiv-oai-Identify.xml", {"verb": "Identify"}),
        ("arxiv-oai-error-badArgument.xml", days(until="2022-01-01")),
        ("arxiv-oai-error-noRecordsMatch.xml", days("2021-06-19", "2021-06-19", set="cs")),
        ("arxiv-oai-error-badResumptionToken.xml", {"resumptionToken": "x"}),
    ],
)
def test_oai_looks_like_its_recordings(standin: Standin, name: str, params: dict[str, str]) -> None:
    expected = ET.fromstring(recording(name))  # noqa: S314 - reference material
    standin.page_sizes["oai"] = 2
    sent = paths(oai(standin, **params).xml)
    assert {each for each in sent ^ paths(expected) if not OPTIONAL.search(each)} == set()
    assert sent - paths(expected) <= {each for each in sent if OPTIONAL.search(each)}
