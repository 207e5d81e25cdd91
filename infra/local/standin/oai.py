"""arXiv's OAI-PMH as https://oaipmh.arxiv.org/oai speaks it (github.com/arXiv/oaipmh).

Verbs: Identify, ListIdentifiers, ListRecords. Every protocol error is an HTTP 200.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl, quote, unquote, urlencode

from infra.local.standin import oai_sets, oai_xml
from infra.local.standin.answer import Answer, Params
from infra.local.standin.world import Paper, World, datestamp, in_oai

EARLIEST = date(2005, 9, 16)
RECORDS = 2500
IDENTIFIERS = 20_000
LISTS = {"ListRecords", "ListIdentifiers"}
NOT_SPOKEN = {"GetRecord", "ListMetadataFormats", "ListSets"}
SELECTION = {"metadataPrefix", "from", "until", "set"}

ILLEGAL = (
    "The request includes illegal arguments, is missing required arguments, includes a repeated argument,"
    " or values for arguments have an illegal syntax. Reason: "
)
MESSAGES = {
    "badArgument": ILLEGAL,
    "badResumptionToken": "The value of the resumptionToken argument is invalid or expired. Reason: ",
    "badVerb": "Value of the verb argument is not a legal OAI-PMH verb, the verb argument is missing,"
    " or the verb argument is repeated. Reason: ",
    "cannotDisseminateFormat": "The metadata format identified by the value given for the metadataPrefix"
    " argument is not supported by the item or by the repository. Reason: ",
    "noRecordsMatch": "The combination of the values of the from, until, set and metadataPrefix arguments"
    " results in an empty list.",
}


class OaiError(Exception):
    """A protocol error with its OAI code; `reason` follows the code's own text."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True)
class Selection:
    """What a list request asks for, and how many records of its first day were shown before."""

    verb: str
    prefix: str
    first: date
    until: date
    set: str | None
    bounds: frozenset[str]  # the dates that were asked for: only these are repeated
    skip: int = 0

    def echo(self) -> dict[str, str]:
        """The request's attributes; they show the first day as it was last moved."""
        values = {"verb": self.verb, "metadataPrefix": self.prefix}
        values |= {"from": self.first.isoformat()} if "from" in self.bounds or self.skip else {}
        values |= {"until": self.until.isoformat()} if "until" in self.bounds else {}
        return values | ({"set": self.set} if self.set else {})

    def token(self) -> str:
        """Where to go on, percent-encoded once: a client encodes it again."""
        return quote(urlencode({**self.echo(), "skip": str(self.skip)}, safe=":"), safe="")


def answer(params: Params, world: World, now: datetime, page_size: int = RECORDS) -> Answer:
    """The answer to one request at `now`; `page_size` is the records of a ListRecords page."""
    attributes: dict[str, str] = {}
    try:
        values = _single(params)
        verb = values.pop("verb", "")
        if verb in NOT_SPOKEN:
            text = f"the stand-in does not speak {verb}\n".encode()
            return Answer(501, {"Content-Type": "text/plain"}, text)
        if verb == "Identify":
            if values:
                raise OaiError("badArgument", "No other parameters allowed")
            return _xml(now, {"verb": verb}, oai_xml.IDENTIFY)
        if verb not in LISTS:
            raise OaiError("badVerb", f"Bad verb '{verb}'")
        chained = "resumptionToken" in values
        selection = _chained(verb, values) if chained else _selection(verb, values, now)
        attributes = (
            {"verb": verb, "resumptionToken": values["resumptionToken"]} if chained else selection.echo()
        )
        size = page_size if verb == "ListRecords" else page_size * IDENTIFIERS // RECORDS
        return _page(selection, attributes, world, now, size)
    except OaiError as error:
        return failure(error.code, error.reason, attributes, now)


def failure(code: str, reason: str, attributes: dict[str, str], now: datetime) -> Answer:
    """An error answer: HTTP 200; requests that were no good are not repeated in it."""
    shown = {} if code in {"badArgument", "badVerb", "badResumptionToken"} else attributes
    return _xml(now, shown, oai_xml.error(code, MESSAGES[code] + reason))


def _page(selection: Selection, attributes: dict[str, str], world: World, now: datetime, size: int) -> Answer:
    found = sorted(
        (
            (datestamp(paper, now), paper.id, paper)
            for paper in world.papers
            if in_oai(paper, now)
            and selection.first <= datestamp(paper, now) <= selection.until
            and (selection.set is None or oai_sets.holds(selection.set, paper.categories))
        ),
        key=lambda each: each[:2],
    )[selection.skip :]
    if not found:
        if selection.skip:
            raise OaiError("badResumptionToken", "Token decoding failed or format is invalid.")
        raise OaiError("noRecordsMatch")
    page = found[:size]
    token = None
    if len(found) > size:
        last = page[-1][0]
        shown = sum(stamp == last for stamp, _, _ in page)
        moved = Selection(
            selection.verb,
            selection.prefix,
            last,
            selection.until,
            selection.set,
            selection.bounds,
            shown + (selection.skip if last == selection.first else 0),
        )
        token = moved.token()
        # The service shows the moved first day in the very page that moved it.
        attributes = attributes if "resumptionToken" in attributes else moved.echo()
    elif "resumptionToken" in attributes:
        token = ""
    return _xml(now, attributes, _list(selection, [paper for _, _, paper in page], token, now))


def _list(selection: Selection, papers: list[Paper], token: str | None, now: datetime) -> str:
    if selection.verb == "ListIdentifiers":
        items = [oai_xml.header(paper, now) for paper in papers]
    else:
        items = [oai_xml.record(paper, selection.prefix, now) for paper in papers]
    if token is not None:
        items.append(oai_xml.resumption(token, now))
    return f"    <{selection.verb}>\n" + "\n".join(items) + f"\n    </{selection.verb}>"


def _single(params: Params) -> dict[str, str]:
    values = dict(params)
    if len(values) != len(params):
        raise OaiError("badArgument", "Repeated parameters")
    unknown = set(values) - SELECTION - {"verb", "resumptionToken", "identifier"}
    if unknown:
        raise OaiError("badArgument", f"Unknown parameters: {', '.join(sorted(unknown))}")
    return values


def _selection(verb: str, values: dict[str, str], now: datetime) -> Selection:
    if set(values) - SELECTION:
        raise OaiError("badArgument", "Disallowed parameters")
    if "metadataPrefix" not in values:
        raise OaiError("badArgument", "Missing metadataPrefix")
    if values["metadataPrefix"] not in oai_xml.FORMATS:
        raise OaiError("cannotDisseminateFormat", f"Did not recognize format {values['metadataPrefix']}")
    first = _day(values.get("from", EARLIEST.isoformat()), "from")
    # Without `until` the service takes today.
    until = _day(values.get("until", max(now.date(), first).isoformat()), "until")
    if first < EARLIEST:
        raise OaiError("badArgument", "from date too early")
    if datetime.combine(until, time(tzinfo=UTC)) > now + timedelta(days=1):
        raise OaiError("badArgument", "until date too late")
    if first > until:
        raise OaiError("badArgument", "until date is before from date")
    if "set" in values and not oai_sets.exists(values["set"]):
        raise OaiError("badArgument", "Set has wrong format or does not exist")
    bounds = frozenset(values) & {"from", "until"}
    return Selection(verb, values["metadataPrefix"], first, until, values.get("set"), bounds)


def _chained(verb: str, values: dict[str, str]) -> Selection:
    if set(values) != {"resumptionToken"}:
        raise OaiError("badArgument", "resumptionToken must be the only other parameter")
    token = values["resumptionToken"]
    inner = dict(parse_qsl(unquote(token)))
    try:
        # A token whose own percent signs were lost on the way was not encoded again by the client.
        if "=" in token or inner["verb"] != verb:
            raise OaiError("badResumptionToken", "Token decoding failed or format is invalid.")
        return Selection(
            verb,
            inner["metadataPrefix"],
            date.fromisoformat(inner["from"]),
            date.fromisoformat(inner["until"]) if "until" in inner else date.max,
            inner.get("set"),
            frozenset(inner) & {"from", "until"},
            int(inner["skip"]),
        )
    except (KeyError, ValueError) as error:
        raise OaiError("badResumptionToken", "Token decoding failed or format is invalid.") from error


def _day(text: str, name: str) -> date:
    try:
        if len(text) != len("YYYY-MM-DD"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise OaiError("badArgument", f"{name} date format is incorrect. Must be YYYY-MM-DD") from error


def _xml(now: datetime, attributes: dict[str, str], inner: str) -> Answer:
    body = oai_xml.envelope(now, attributes, inner)
    return Answer(200, {"Content-Type": "text/xml; charset=utf-8"}, body.encode())
