"""The XML of arXiv's OAI-PMH: envelope, headers, and the formats `arXivRaw` and `arXiv`."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from infra.local.standin import oai_sets
from infra.local.standin.world import Paper, datestamp, versions_in_oai

FORMATS = {"arXivRaw", "arXiv"}
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LICENSE = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"

IDENTIFY = """    <Identify>
        <repositoryName>arXiv</repositoryName>
        <baseURL>https://oaipmh.arxiv.org/oai</baseURL>
        <protocolVersion>2.0</protocolVersion>
        <adminEmail>help@arxiv.org</adminEmail>
        <earliestDatestamp>2005-09-16</earliestDatestamp>
        <deletedRecord>persistent</deletedRecord>
        <granularity>YYYY-MM-DD</granularity>
        <description>
        <eprints xmlns="http://www.openarchives.org/OAI/1.1/eprints">
            <content>
                <text>Author self-archived e-prints</text>
            </content>
            <metadataPolicy>
                <text>Metadata harvesting permitted through OAI interface</text>
                <URL>https://info.arxiv.org/help/oa/metadataPolicy.html</URL>
            </metadataPolicy>
            <dataPolicy>
                <text>Full-content harvesting not permitted (except by special arrangement)</text>
                <URL>https://info.arxiv.org/help/oa/dataPolicy.html</URL>
            </dataPolicy>
            <submissionPolicy>
                <text>Author self-submission preferred, submissions screened for appropriateness.</text>
                <URL>https://info.arxiv.org/help/submit/index.html</URL>
            </submissionPolicy>
        </eprints>
    </description>
    </Identify>"""


def quoted(text: str) -> str:
    """Text as the service's templates escape it: once, apostrophes and quotes by number."""
    return escape(text, {"'": "&#39;", '"': "&#34;"})


def envelope(now: datetime, attributes: dict[str, str], inner: str) -> str:
    """A whole answer around `inner`."""
    request = "".join(f' {name}="{quoted(value)}"' for name, value in attributes.items())
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"
         xmlns:xsi="{XSI}"
         xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">
    <responseDate>{now:%Y-%m-%dT%H:%M:%SZ}</responseDate>
                <request{request}>http://oaipmh.arxiv.org/oai</request>


{inner}
</OAI-PMH>"""


def error(code: str, text: str) -> str:
    """A protocol error."""
    return f"    <error code='{code}'>{quoted(text)}</error>"


def resumption(token: str, now: datetime) -> str:
    """More to come when there is a token, the end of a chain when it is empty."""
    if not token:
        return "                    <resumptionToken/>\n"
    expires = f"{(now + timedelta(days=1)).date()}T00:00:00Z"
    return (
        f"                    <resumptionToken expirationDate='{expires}'>{quoted(token)}</resumptionToken>\n"
    )


def header(paper: Paper, now: datetime) -> str:
    """A record's header: identifier without version, datestamp, sets."""
    sets = dict.fromkeys(sorted(oai_sets.of(category) for category in paper.categories))
    specs = "".join(f"            <setSpec>{each}</setSpec>\n" for each in sets)
    return f"""                <header>
        <identifier>oai:arXiv.org:{quoted(paper.id)}</identifier>
        <datestamp>{datestamp(paper, now)}</datestamp>
{specs}    </header>
"""


def record(paper: Paper, prefix: str, now: datetime) -> str:
    """A whole record in the format asked for."""
    metadata = _raw(paper, now) if prefix == "arXivRaw" else _structured(paper, now)
    space = f"http://arxiv.org/OAI/{prefix}/"
    opening = (
        f'<{prefix} xmlns="{space}" xmlns:xsi="{XSI}"'
        f' xsi:schemaLocation="{space} https://oaipmh.arxiv.org/OAI/{prefix}.xsd">'
    )
    return f"""                    <record>
{header(paper, now)}
            <metadata>
                        {opening}
{metadata}    </{prefix}>

            </metadata>
        </record>
"""


def _raw(paper: Paper, now: datetime) -> str:
    history = "".join(
        f"""            <version version="v{number}">
                <date>{format_datetime(time, usegmt=True)}</date>
                <size>1034kb</size>
                    <source_type>D</source_type>
            </version>
"""
        for number, time in enumerate(versions_in_oai(paper, now), start=1)
    )
    return f"""        <id>{quoted(paper.id)}</id>
        <submitter>{quoted(paper.authors[0]) if paper.authors else ""}</submitter>
{history}        <title>{quoted(paper.title)}</title>
        <authors>{quoted(", ".join(paper.authors))}</authors>
        <categories>{quoted(" ".join(paper.categories))}</categories>
            <license>{LICENSE}</license>
            <abstract>{quoted(paper.abstract)}</abstract>
"""


def _structured(paper: Paper, now: datetime) -> str:
    people = "".join(_author(name) for name in paper.authors)
    # `created` is the date of the current version: this format does not tell v1's.
    current, changed = versions_in_oai(paper, now)[-1].date(), datestamp(paper, now)
    updated = f"            <updated>{changed}</updated>\n" if changed != paper.listed else ""
    return f"""        <id>{quoted(paper.id)}</id>
        <created>{current}</created>
{updated}        <authors>
{people}        </authors>
        <title>{quoted(paper.title)}</title>
            <categories>{quoted(" ".join(paper.categories))}</categories>
            <license>{LICENSE}</license>
            <abstract>{quoted(paper.abstract)}</abstract>
"""


def _author(name: str) -> str:
    forenames, _, keyname = name.rpartition(" ")
    first = f"                        <forenames>{quoted(forenames)}</forenames>\n" if forenames else ""
    return f"""                <author>
                    <keyname>{quoted(keyname)}</keyname>
{first}                </author>
"""
