"""The door to the internet: patient within limits, and distrustful of what comes back."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from shared import http
from shared.http import BadAnswerError, Exhausted, Pace, Refused, Session
from tests.conftest import VirtualTime
from tests.unit.recordings import Reply, Service


def get(service: Service, *, seconds: float = 60, session: Session | None = None) -> bytes:
    return (session or Session(seconds=seconds)).get(service.url, params={"a": "b & c"}, parse=bytes)


def test_an_answer_is_parsed_and_counted() -> None:
    session = Session(seconds=60, headers={"User-Agent": "hot-papers/1 (me)"})
    with Service(b"fine") as service:
        assert get(service, session=session) == b"fine"
    (asked,) = service.requests
    assert asked.params == {"a": "b & c"}
    assert asked.headers["user-agent"] == "hot-papers/1 (me)"
    assert session.requests == 1


def test_a_document_is_posted_as_json_with_the_same_patience(no_waiting: VirtualTime) -> None:
    session = Session(seconds=60, headers={"Authorization": "Bearer a"})
    with Service(Reply(status=503), b"fine") as service:
        answer = session.post(
            f"{service.url}/in", document={"a": 'b "é"'}, parse=bytes, headers={"X-Own": "1"}
        )
    assert answer == b"fine"
    assert (session.requests, no_waiting.slept) == (2, [1])
    for asked in service.requests:
        assert (asked.method, asked.path, asked.query) == ("POST", "/in", "")
        assert asked.body == '{"a":"b \\"é\\""}'.encode()
        assert asked.headers["content-type"] == "application/json"
        assert (asked.headers["authorization"], asked.headers["x-own"]) == ("Bearer a", "1")


def test_what_is_posted_is_not_carried_on_by_a_redirect_nor_logged(logged: io.StringIO) -> None:
    with (
        Service(b"taken") as other,
        Service(Reply(status=307, headers={"Location": other.url})) as service,
        pytest.raises(Refused, match="HTTP 307"),
    ):
        Session(seconds=60).post(service.url, document={"password": "hush"}, parse=bytes)
    assert other.requests == []
    assert "hush" not in logged.getvalue()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522])
def test_a_passing_fault_is_retried_three_times_with_longer_pauses(
    no_waiting: VirtualTime, status: int
) -> None:
    with (
        Service(Reply(status=status)) as service,
        pytest.raises(Exhausted, match=rf"HTTP {status}.* 4 times"),
    ):
        get(service)
    assert len(service.requests) == 4
    assert no_waiting.slept == [1, 4, 10]
    with Service(*[Reply(status=status)] * 3, b"fine") as service:
        assert get(service) == b"fine"


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410, 451, 501])
def test_a_refusal_is_final_and_tells_status_and_body(status: int) -> None:
    with Service(Reply(b"no", status)) as service, pytest.raises(Refused, match=f"HTTP {status}") as caught:
        get(service)
    assert (caught.value.status, caught.value.body) == (status, b"no")
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_because_credentials_would_travel_with_it(status: int) -> None:
    with (
        Service(b"taken") as other,
        Service(Reply(status=status, headers={"Location": other.url})) as service,
    ):
        with pytest.raises(Refused, match=f"HTTP {status}"):
            get(service)
        assert other.requests == []


def test_of_a_redirect_neither_address_nor_body_is_followed(
    no_waiting: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 1_000)
    nowhere = {"Location": "https://[::1/"}
    with (
        Service(Reply(status=302, headers=nowhere)) as service,
        pytest.raises(Refused, match="HTTP 302 Found"),
    ):
        get(service)
    with (
        Service(Reply(b"x" * 2_000, 302, nowhere)) as service,
        pytest.raises(Exhausted, match="larger than"),
    ):
        get(service)


def test_a_service_may_name_more_statuses_that_pass(no_waiting: VirtualTime) -> None:
    session = Session(seconds=60, transient=frozenset({403, 406}))
    with Service(Reply(status=406), Reply(status=403), b"fine") as service:
        assert get(service, session=session) == b"fine"


def test_a_body_may_say_that_waiting_does_not_help() -> None:
    session = Session(seconds=60, final=lambda body: b"capped" in body)
    with Service(Reply(b"usage-capped", 429)) as service, pytest.raises(Refused) as caught:
        get(service, session=session)
    assert caught.value.status == 429
    assert len(service.requests) == 1


def test_an_answer_that_is_not_what_was_asked_is_asked_again(no_waiting: VirtualTime) -> None:
    def picky(body: bytes) -> bytes:
        if body != b"fine":
            raise BadAnswerError("not fine")
        return body

    with Service(b"bad", b"bad", b"fine") as service:
        assert Session(seconds=60).get(service.url, params={}, parse=picky) == b"fine"
    with Service(b"bad") as service, pytest.raises(Exhausted, match="not fine, 4 times"):
        Session(seconds=60).get(service.url, params={}, parse=picky)


# --- how long to wait ----------------------------------------------------------------------------------


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def waited(no_waiting: VirtualTime, headers: dict[str, str], status: int = 429) -> float:
    with Service(Reply(status=status, headers=headers), b"fine") as service:
        assert get(service) == b"fine"
    (seconds,) = no_waiting.slept
    return seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "soon"}, 1),
        ({"Retry-After": "-5"}, 1),
        ({"Retry-After": "7\x1f"}, 7),
        ({"Retry-After": "Fri, 18 Jun 2021 00:00:00 +99999999999999999999"}, 1),
        ({"RateLimit": '"api"; t=33; r=0'}, 33),
        ({"RateLimit": '"api";r=0;t=33'}, 33),
        ({"RateLimit": '"api";r=12;t=33'}, 1),
        ({"x-rate-limit-remaining": "0"}, 1),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "now"}, 1),
    ],
)
def test_an_answer_that_names_a_wait_gets_it(
    no_waiting: VirtualTime, headers: dict[str, str], seconds: float
) -> None:
    if seconds:
        assert waited(no_waiting, headers) == seconds
    else:
        with Service(Reply(status=429, headers=headers), b"fine") as service:
            assert get(service) == b"fine"
        assert no_waiting.slept == []


def test_a_wait_may_be_named_as_a_date(no_waiting: VirtualTime) -> None:
    after = format_datetime(in_seconds(20), usegmt=True)
    assert waited(no_waiting, {"Retry-After": after}, 503) == pytest.approx(20, abs=2)


def test_a_date_that_is_past_means_now(no_waiting: VirtualTime) -> None:
    with Service(
        Reply(status=503, headers={"Retry-After": "Fri, 18 Jun 2021 00:00:00 GMT"}), b"fine"
    ) as service:
        assert get(service) == b"fine"
    assert no_waiting.slept == []


@pytest.mark.parametrize("prefix", ["x-rate-limit", "ratelimit"])
def test_a_rate_limit_is_waited_for_only_when_it_is_used_up(no_waiting: VirtualTime, prefix: str) -> None:
    reset = str(int(in_seconds(30).timestamp()))
    used_up = {f"{prefix}-reset": reset, f"{prefix}-remaining": "0"}
    assert waited(no_waiting, used_up) == pytest.approx(30, abs=2)
    no_waiting.slept.clear()
    assert waited(no_waiting, {f"{prefix}-reset": reset, f"{prefix}-remaining": "5"}) == 1


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "²"}, {"x-rate-limit-reset": "²", "x-rate-limit-remaining": "0"}]
)
def test_a_number_that_is_none_names_no_wait(no_waiting: VirtualTime, headers: dict[str, str]) -> None:
    # It is a digit to str.isdigit, and latin-1 carries it in a header; float() and int() refuse it.
    assert waited(no_waiting, headers) == 1


def test_a_wait_longer_than_the_time_left_gives_up_at_once(no_waiting: VirtualTime) -> None:
    with Service(Reply(status=429, headers={"Retry-After": "900"})) as service:
        with pytest.raises(Exhausted, match=r"HTTP 429.*time for this source is used up"):
            get(service, seconds=120)
        assert len(service.requests) == 1
    assert no_waiting.slept == []


def test_the_time_of_a_source_ends_all_its_requests(no_waiting: VirtualTime) -> None:
    session = Session(seconds=120)
    with Service(b"fine") as service:
        get(service, session=session)
        no_waiting.now += 120
        with pytest.raises(Exhausted, match="time for this source"):
            get(service, session=session)
    assert session.requests == 1


def test_requests_of_a_pace_keep_apart_across_sessions(no_waiting: VirtualTime) -> None:
    pace = Pace(3)
    one, other = Session(seconds=60, pace=pace), Session(seconds=60, pace=pace)
    with Service(Reply(status=503, headers={"Retry-After": "0"}), b"fine") as service:
        get(service, session=one)
        get(service, session=other)
        no_waiting.now += 2
        get(service, session=one)
    assert no_waiting.slept == [3, 3, 1]


def test_a_pace_may_be_held_from_before(no_waiting: VirtualTime) -> None:
    pace = Pace(3)
    pace.hold_until(no_waiting.now + 2)
    with Service(b"fine") as service:
        get(service, session=Session(seconds=60, pace=pace))
    assert no_waiting.slept == [2]


# --- answers that do not come ----------------------------------------------------------------------------


def test_silence_is_a_time_out(no_waiting: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.1)
    with Service(*[Reply(b"late", withheld=0.5)] * 3, b"fine") as service:
        assert get(service) == b"fine"
    assert len(service.requests) == 4


def test_nobody_there_is_told_in_words(no_waiting: VirtualTime) -> None:
    with Service(b"") as service:
        pass
    with pytest.raises(Exhausted, match=r"connection refused\), 4 times"):
        get(service)


def test_an_answer_that_breaks_off_is_none(no_waiting: VirtualTime) -> None:
    with Service(Reply(b"half", headers={"Content-Length": "8"}), b"whole") as service:
        assert get(service) == b"whole"


def test_a_body_that_drips_ends_with_the_requests_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "sleep", lambda _seconds: None)
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.3)
    began = time.monotonic()
    with Service(Reply(b"x" * 60, drip=0.05)) as service, pytest.raises(Exhausted, match="no whole answer"):
        get(service, seconds=0.4)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 60,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 4,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 60,
    ],
    ids=["headers", "go on", "the length of a chunk"],
)
def test_an_answer_that_drips_before_its_body_ends_with_the_requests_time(
    monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(http, "sleep", lambda _seconds: None)
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.3)
    began = time.monotonic()
    drip = Reply(answer, is_raw=True, drip=0.02)
    with Service(drip) as service, pytest.raises(Exhausted, match=r"no whole answer|no answer"):
        get(service, seconds=0.4)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("size", [100_000, 10_000_000])
def test_a_body_without_end_is_not_read_to_its_end(
    no_waiting: VirtualTime, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", size // 2)
    with Service(b"x" * size) as service, pytest.raises(Exhausted, match="larger than"):
        get(service)


# --- what is told and to whom ------------------------------------------------------------------------------


def test_a_reason_phrase_comes_out_plain_and_short() -> None:
    error = Refused("HTTP 404 x", 404)
    assert str(error) == "HTTP 404 x"
    with Service(Reply(b"<script>", 404)) as service, pytest.raises(Refused) as caught:
        get(service)
    assert str(caught.value) == "HTTP 404 Not Found"


def test_a_reason_is_a_short_line_whatever_it_is_made_of() -> None:
    for kind in (Refused, Exhausted, BadAnswerError):
        assert str(kind("a\x00b\u202e\nc")) == "a b  c"
        assert len(str(kind("x" * 10_000))) == 300


def test_the_words_of_a_status_are_not_the_services() -> None:
    answer = b"HTTP/1.1 403 <b>Secret\r\nContent-Length: 0\r\n\r\n"
    with Service(Reply(answer, is_raw=True)) as service, pytest.raises(Refused) as caught:
        get(service)
    assert str(caught.value) == "HTTP 403 Forbidden"


def test_a_secret_that_is_sent_back_is_read_by_nobody() -> None:
    session = Session(seconds=60)
    session.hide("a-very-long-secret")
    # A service could choose it to take letters out of its answers.
    session.hide("a")
    with Service(b"a: a-very-long-secret!") as service:
        assert get(service, session=session) == b"a: ...!"
    with Service(Reply(b"a-very-long-secret", 401)) as service, pytest.raises(Refused) as caught:
        get(service, session=session)
    assert caught.value.body == b"..."


def test_what_goes_wrong_inside_is_told_by_its_kind_alone(no_waiting: VirtualTime) -> None:
    session = Session(seconds=60, headers={"Authorization": "Bearer very-secret\u0142"})
    with Service(b"") as service, pytest.raises(Exhausted) as caught:
        get(service, session=session)
    assert str(caught.value) == "internal error (UnicodeEncodeError), 4 times"
    assert caught.value.__context__ is None
    # It may have been sent, and billed.
    assert caught.value.is_lost


def test_neither_parameters_nor_headers_are_logged(logged: io.StringIO, no_waiting: VirtualTime) -> None:
    session = Session(seconds=60, headers={"Authorization": "Bearer very-secret"})
    with Service(Reply(status=500), b"fine") as service:
        session.get(service.url, params={"key": "very-secret"}, parse=bytes)
    assert service.url in logged.getvalue()
    assert "very-secret" not in logged.getvalue()


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://api.x.com/2", True),
        ("HTTPS://api.x.com/2", True),
        ("http://api.x.com/2", False),
        ("http://127.0.0.1:8080/2", True),
        ("http://127.9.9.9/2", True),
        ("http://localhost:8080/2", True),
        ("http://LOCALHOST/2", True),
        ("http://[::1]:8080/2", True),
        ("http://localhost.evil.example/2", False),
        ("http://127.0.0.1.evil.example/2", False),
        ("http://127.0.0.1@evil.example/2", False),
        ("http://evil.example/127.0.0.1", False),
        ("http://evil.example#@127.0.0.1", False),
        ("http://0.0.0.0/2", False),
        ("http://10.0.0.1/2", False),
    ],
)
def test_credentials_go_over_https_or_to_this_machine(url: str, may: bool) -> None:
    assert http.may_carry_credentials(url) is may


def test_an_answer_has_so_many_values_and_entries_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_VALUES", 5)
    assert http.json_body(b'[{"a":1,"b":2},3]', list[Any]) == [{"a": 1, "b": 2}, 3]
    with pytest.raises(BadAnswerError, match="more than 5 values"):
        http.json_body(b'[{"a":1,"b":2},3,4,5]', list[Any])
    monkeypatch.setattr(http, "MOST_ENTRIES", 2)
    assert http.readable([1, 2], int) == [1, 2]
    with pytest.raises(BadAnswerError, match="3 entries, more than 2"):
        http.readable([1, 2, 3], int)


def test_nothing_is_as_good_as_null() -> None:
    body = b'{"a":null,"b":[null,{"c":null,"d":[[null]]},0,"",false]}'
    assert http.json_body(body, dict[str, Any]) == {"b": [{"d": [[]]}, 0, "", False]}


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"a": "x"}', b"\xff\xfe", b"[]", b'{"a": 1', b'{"a":' * 2_000, b'"\\ud800"']
)
def test_a_body_of_another_type_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswerError, match="cannot be read"):
        http.json_body(body, dict[str, int])


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # It would read the token that this machine alone may get in clear.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Service(b"direct") as service:
        assert Session(seconds=5).get(service.url, params={}, parse=bytes) == b"direct"
