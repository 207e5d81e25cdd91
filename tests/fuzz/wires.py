"""Answers of services, as their bytes come in: only what is documented may come of them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

from functions.fetch import listing
from functions.fetch.arxiv import oai, query
from functions.fetch.attention import bluesky_wire, hackernews, huggingface, x, x_wire
from functions.fetch.attention.sweep import Span, Sweep
from shared import http, identifiers
from shared.http import BadAnswerError, Refused, Session, SourceError
from shared.settings import Settings
from shared.table import Announcement
from tests.fuzz import checks
from tests.steps.chain import Waits

_NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)
_KNOWN = Announcement(listed="2021-06-17", low="2106.08000", high="2106.08500", papers=500, via="oai")
_SPAN = Span(
    run="2021-06-19T07:55:00Z", now=_NOW, since=_NOW - timedelta(days=7), until=_NOW, unmeasured=_NOW
)


def read_oai(data: bytes) -> None:
    """A page of OAI-PMH."""
    try:
        page = oai.parse_page(data)
    except (BadAnswerError, Refused, oai.TokenError) as error:
        checks.told(error)
        return
    assert page.count >= len(page.records)
    for record in page.records:
        checks.record(record)
        assert datetime.fromisoformat(record.datestamp)


def read_query(data: bytes) -> None:
    """A feed of the query API."""
    try:
        feed = query.parse_feed(data)
    except (BadAnswerError, Refused) as error:
        checks.told(error)
        return
    assert feed.entries >= len(feed.records)
    for record in feed.records:
        checks.record(record)


def read_listing(data: bytes) -> None:
    """Whatever either of arXiv's services is asked, this is the answer: which announcements there are."""
    for known in ([], [_KNOWN]):
        waits = Waits()
        with (
            _answering(data),
            mock.patch.object(http, "sleep", waits.sleep),
            mock.patch.object(http, "monotonic", waits.monotonic),
        ):
            daily = listing.list_awaited(Settings(), known, _NOW, None)
            dated = listing.list_date(Settings(), date(2021, 6, 18), known, _NOW, None)
        for found in (daily, dated):
            checks.short(found.failure)
            for one in found.listed:
                announced = one.announcement
                assert date.fromisoformat(announced.listed).isoformat() == announced.listed
                checks.identifier(announced.low)
                checks.identifier(announced.high)
                assert identifiers.sort_key(announced.low) <= identifiers.sort_key(announced.high)
                assert announced.papers == len(one.records)
                for record in one.records:
                    checks.record(record)


def read_x(data: bytes) -> None:
    """X's search, lookup and errors."""
    for parse in (x_wire.parse_search, x_wire.parse_lookup):
        try:
            page = parse(data)
        except BadAnswerError as error:
            checks.told(error)
            continue
        assert page.count >= len(page.posts)
        for post in page.posts:
            for paper_id in x_wire.linked(post):
                checks.identifier(paper_id)
            if mention := x_wire.mention_of(post):
                assert mention.source == "x"
                assert not mention.url
                checks.mention(mention)
        for user in page.users:
            assert user.id
            assert user.username
    refused = Refused("HTTP 403 Forbidden", 403, data)
    checks.told(x.reason(refused))


def read_bluesky(data: bytes) -> None:
    """Bluesky's search, login and errors."""
    assert bluesky_wire.problem(data).isascii()
    try:
        token = bluesky_wire.parse_session(data)
    except BadAnswerError as error:
        checks.told(error)
    else:
        # It goes into a header.
        assert token.isascii()
        assert token.isprintable()
    try:
        page = bluesky_wire.parse_search(data)
    except BadAnswerError as error:
        checks.told(error)
        return
    for post in page.posts:
        bluesky_wire.is_forbidden(post)
        for paper_id in bluesky_wire.linked(post):
            checks.identifier(paper_id)
        if mention := bluesky_wire.mention_of(post):
            assert mention.source == "bluesky"
            checks.mention(mention)


def read_hackernews(data: bytes) -> None:
    """Whatever Hacker News is asked, this is the answer."""
    _swept(hackernews.sweep, data, "hackernews")


def read_huggingface(data: bytes) -> None:
    """Whatever Hugging Face is asked, this is the answer."""
    swept = _swept(huggingface.sweep, data, "huggingface")
    for extras in swept.extras.values():
        for address in (extras.code, extras.project):
            if address:
                checks.web_address(address)
        assert extras.stars is None or extras.stars >= 0
        assert extras.summary.isprintable() or extras.summary


@contextmanager
def _answering(data: bytes) -> Iterator[None]:
    """Every request is answered with some bytes, at the first try."""
    with mock.patch.object(http, "RETRIES", 0), mock.patch.object(Session, "_answer", return_value=data):
        yield


def _swept(sweep: Callable[[Settings, Span], Sweep], data: bytes, source: str) -> Sweep:
    with _answering(data):
        swept = sweep(Settings(), _SPAN)
    checks.told(swept.state.reason)
    assert swept.state.state in ("measured", "unavailable")
    for paper_id, mentions in swept.mentions.items():
        checks.identifier(paper_id)
        for mention in mentions:
            assert mention.source == source
            checks.mention(mention)
    return swept


def read_response(data: bytes) -> None:
    """A whole answer as it comes over the wire: status line, headers, and a body in whatever packing."""
    theirs, ours = socket.socketpair()
    with (
        theirs,
        ours,
        mock.patch.object(http, "RETRIES", 0),
        mock.patch("urllib3.util.connection.create_connection", return_value=ours),
    ):
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        try:
            body = Session(seconds=5).get("http://127.0.0.1/", params={}, parse=bytes)
        except SourceError as error:
            checks.told(error)
            # What nobody has thought of.
            if "internal error" in str(error):
                raise
        else:
            assert len(body) <= http.LARGEST_BODY


def read_headers(data: bytes) -> None:
    """What an answer's headers and status line say, and a body of an error."""
    names = ("Retry-After", "x-rate-limit-reset", "ratelimit-reset", "RateLimit")
    lines = data.decode("latin-1").split("\n")
    headers: dict[str, str] = {"x-rate-limit-remaining": "0", "ratelimit-remaining": "0"}
    headers |= dict(zip(names, lines, strict=False))
    response: Any = mock.Mock(status_code=429 if len(lines) % 2 else 403, headers=headers, reason=lines[-1])
    slept: list[float] = []
    session = Session(seconds=60)

    def checked(*_: object) -> bytes:
        return session._checked(response, data)

    with (
        mock.patch.object(http, "RETRIES", 1),
        mock.patch.object(http, "sleep", slept.append),
        mock.patch.object(Session, "_answer", checked),
    ):
        try:
            session.get("https://api.example", params={}, parse=bytes)
        except SourceError as error:
            checks.told(error)
    assert all(0 <= seconds < 60 for seconds in slept), slept
