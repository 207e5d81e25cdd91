"""Bluesky: whose account is used, and what is said when it does not do."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from functions.fetch.attention.bluesky_wire import parse_session
from shared import aws
from shared.http import BadAnswerError
from shared.paper import SourceState
from tests.conftest import VirtualTime
from tests.unit.recordings import Reply, Service, read
from tests.unit.test_bluesky import (
    EMPTY,
    LOGIN,
    MEASURED,
    PASSWORD,
    SEARCH,
    SESSION,
    Search,
    did,
    page,
    post,
    searches,
    swept,
)


@pytest.mark.parametrize("status", [400, 401])
def test_an_expired_token_is_replaced_once(status: int) -> None:
    expired = Reply(read("bluesky/expired-token.json"), status)
    fresh = SESSION.replace(b"access-of-the-sample", b"another")
    with Service(SESSION, page(post()), expired, fresh, page(post())) as service:
        found = swept(service)
    assert found.state == MEASURED
    assert [asked.path for asked in service.requests] == [LOGIN, SEARCH, SEARCH, LOGIN, *[SEARCH] * 3]
    assert service.requests[4].headers["authorization"] == "Bearer another"
    assert service.requests[4].params == service.requests[2].params
    assert {params["q"] for params in searches(service)} == {"*"}, "it is no word about the question"


@pytest.mark.parametrize("status", [400, 401])
def test_a_token_that_expires_again_ends_it(status: int) -> None:
    with Search(lambda _: Reply(read("bluesky/expired-token.json"), status)) as service:
        found = swept(service)
    assert found.state.state == "unavailable"
    assert found.state.reason.endswith(": ExpiredToken")
    assert [asked.path for asked in service.requests] == [LOGIN, SEARCH, LOGIN, SEARCH]


def test_a_run_logs_in_twice_at_most() -> None:
    expired = Reply(read("bluesky/expired-token.json"), 400)
    with Service(SESSION, expired, SESSION, page(post()), expired) as service:
        found = swept(service)
    assert found.state.state == "unavailable"
    assert [asked.path for asked in service.requests] == [LOGIN, SEARCH, LOGIN, SEARCH, SEARCH]


def test_a_wrong_password_is_told_without_it(logged: io.StringIO) -> None:
    with Service(Reply(read("bluesky/wrong-credentials.json"), 401)) as service:
        found = swept(service)
    assert found.state == SourceState(
        state="unavailable", reason="the handle or the app password is wrong (HTTP 401 Unauthorized)"
    )
    assert found.requests == 1
    assert PASSWORD not in logged.getvalue()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (
            Reply(b'{"error": "AuthFactorTokenRequired"}', 401),
            "HTTP 401 Unauthorized: AuthFactorTokenRequired",
        ),
        (Reply(b'{"error": "AccountTakedown"}', 401), "HTTP 401 Unauthorized: AccountTakedown"),
        (Reply(b'{"error": "<b>", "message": "x"}', 400), "HTTP 400 Bad Request"),
        (Reply(b"<html>", 403), "HTTP 403 Forbidden"),
    ],
)
def test_a_login_that_is_refused_otherwise_is_told_in_the_services_words(reply: Reply, reason: str) -> None:
    with Service(reply) as service:
        found = swept(service)
    assert found.state.reason == f"the login was refused ({reason})"
    assert found.state.state == "unavailable"


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"accessJwt": ""}', b'{"accessJwt": "a b"}', b'{"accessJwt": "a\\nb"}', b"<html>", b"[]"],
)
def test_a_login_without_a_token_is_none(body: bytes, no_waiting: VirtualTime) -> None:
    with pytest.raises(BadAnswerError):
        parse_session(body)
    with Service(body) as service:
        found = swept(service)
    assert (found.state.state, found.requests) == ("unavailable", 4)


@pytest.mark.parametrize("name", ["@ada.example", " ada.example ", "ada.example"])
def test_a_handle_may_come_with_decoration(name: str) -> None:
    with Service(SESSION, EMPTY) as service:
        swept(service, BLUESKY_HANDLE=name, BLUESKY_APP_PASSWORD=f" {PASSWORD}\n")
    assert json.loads(service.requests[0].body) == {"identifier": "ada.example", "password": PASSWORD}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ada", "has no dot"),
        ("@ada", "has no dot"),
        ("ada@example.org", "is an e-mail address"),
        (did("a"), "is a DID"),
        ("ada example.org", "has characters that no handle has"),
        ("ada:bsky.social", "has characters that no handle has"),
    ],
)
def test_a_handle_that_is_none_is_told_before_anybody_is_asked(name: str, reason: str) -> None:
    with Service(SESSION) as service:
        found = swept(service, BLUESKY_HANDLE=name)
    assert found.state == SourceState(
        state="unavailable", reason=f"the handle {reason}; it is to be a full one, such as name.bsky.social"
    )
    assert service.requests == []


@pytest.mark.parametrize(
    ("more", "state", "reason"),
    [
        ({"BLUESKY_HANDLE": "", "BLUESKY_APP_PASSWORD": ""}, "off", "no app password is set"),
        (
            {"BLUESKY_APP_PASSWORD": ""},
            "unavailable",
            "BLUESKY_HANDLE is set and BLUESKY_APP_PASSWORD is not",
        ),
        (
            {"BLUESKY_HANDLE": "", "BLUESKY_CREDENTIALS_PARAMETER": "/a"},
            "unavailable",
            "BLUESKY_APP_PASSWORD is set and BLUESKY_HANDLE is not",
        ),
        (
            {"BLUESKY_URL": "http://bsky.example/xrpc"},
            "unavailable",
            "BLUESKY_URL is neither https nor this machine: the password is not sent there",
        ),
    ],
)
def test_credentials_that_are_not_whole(more: dict[str, str], state: str, reason: str) -> None:
    with Service(SESSION) as service:
        found = swept(service, **more)
    assert (found.state.state, found.state.reason, found.mentions) == (state, reason, {})
    assert service.requests == []


class Parameters:
    """SSM with one parameter."""

    def __init__(self, value: str) -> None:
        self._value = value

    def get_parameter(self, **asked: Any) -> Any:
        """Its value, for its name."""
        assert asked == {"Name": "/hot/bluesky", "WithDecryption": True}
        return {"Parameter": {"Value": self._value}}


OF_A_PARAMETER = {
    "BLUESKY_HANDLE": "",
    "BLUESKY_APP_PASSWORD": "",
    "BLUESKY_CREDENTIALS_PARAMETER": "/hot/bluesky",
}


def test_credentials_may_lie_in_a_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "client", lambda _: Parameters(f"@ada.example:{PASSWORD}\n"))
    with Service(SESSION, EMPTY) as service:
        assert swept(service, **OF_A_PARAMETER).state == MEASURED
    assert json.loads(service.requests[0].body) == {"identifier": "ada.example", "password": PASSWORD}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (PASSWORD, "the parameter /hot/bluesky is not of the form handle:app-password"),
        (f":{PASSWORD}", "the parameter /hot/bluesky is not of the form handle:app-password"),
        ("ada.example:", "the parameter /hot/bluesky is not of the form handle:app-password"),
        ("ada.example: ", "the parameter /hot/bluesky is not of the form handle:app-password"),
        (f"{did('a')}:{PASSWORD}", "the handle is a DID"),
        (f"{PASSWORD}:ada.example", "the handle has no dot"),
    ],
)
def test_a_parameter_of_another_form_is_told_without_its_value(
    value: str, reason: str, monkeypatch: pytest.MonkeyPatch, logged: io.StringIO
) -> None:
    monkeypatch.setattr(aws, "client", lambda _: Parameters(value))
    with Service(SESSION) as service:
        found = swept(service, **OF_A_PARAMETER)
    assert found.state.state == "unavailable"
    assert found.state.reason.startswith(reason)
    assert PASSWORD not in found.state.reason + logged.getvalue()
    assert service.requests == []


def test_a_parameter_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> str:
        raise aws.SecretError(f"the parameter {name} cannot be read: ParameterNotFound")

    monkeypatch.setattr(aws, "secret", refuse)
    with Service(SESSION) as service:
        found = swept(service, **OF_A_PARAMETER)
    assert found.state.reason == "the parameter /hot/bluesky cannot be read: ParameterNotFound"
