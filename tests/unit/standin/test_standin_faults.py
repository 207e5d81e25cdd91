"""The stand-in fails as told, and its server records, tells the time and serves a file."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.local.standin import Fault, Standin, World
from infra.local.standin.__main__ import main
from infra.local.standin.world import dump
from tests.unit.standin.helpers import (
    BEARER,
    NOW,
    SWEEP,
    WORLD,
    Reply,
    ask,
    at,
    bearer,
    days,
    entries,
    get,
    log_in,
    oai_ids,
    send,
)

SERVICES = {
    "oai": ("ARXIV_OAI_URL", "", {"verb": "ListRecords", **days(set="cs")}),
    "query": ("ARXIV_API_URL", "", {"search_query": "cat:cs.LG"}),
    "x": ("X_API_URL", "/tweets/search/recent", {"query": SWEEP}),
    "hackernews": ("HACKERNEWS_URL", "/search_by_date", {"query": "arxiv.org"}),
    "huggingface": ("HUGGINGFACE_URL", "/daily_papers", {"date": "2021-06-18"}),
    "bluesky": ("BLUESKY_URL", "/app.bsky.feed.searchPosts", {"q": "*"}),
}


def call(standin: Standin, service: str, headers: dict[str, str] = BEARER) -> Reply:
    setting, path, params = SERVICES[service]
    return ask(standin, setting, path, headers=headers, **params)


def allowed(standin: Standin, service: str) -> dict[str, str]:
    """The headers of a call that is answered; a login is made before anything goes wrong, and not counted."""
    if service != "bluesky":
        return BEARER
    headers = bearer(log_in(standin))
    standin.forget()
    return headers


@pytest.mark.parametrize("service", SERVICES)
def test_faults_of_every_service(standin: Standin, service: str) -> None:
    headers = allowed(standin, service)
    honest = call(standin, service, headers)
    assert honest.status == 200
    for status in (400, 401, 402, 403, 406, 429, 500, 502, 503):
        standin.faults = [Fault(service, str(status), headers={"Retry-After": "7"})]
        reply = call(standin, service, headers)
        assert (reply.status, reply.headers["Retry-After"]) == (status, "7")
        assert reply.body
    standin.faults = [Fault(service, "empty")]
    assert (call(standin, service, headers).status, call(standin, service, headers).body) == (200, b"")
    standin.faults = [Fault(service, "garbage")]
    assert call(standin, service, headers).body not in {honest.body, b""}
    standin.faults = [Fault(service, "html")]
    assert b"<html>" in call(standin, service, headers).body
    standin.faults = [Fault(service, "text_200")]
    assert call(standin, service, headers).body == b"Rate exceeded."
    standin.faults = [Fault(service, "truncated")]
    with pytest.raises(http.client.IncompleteRead):
        call(standin, service, headers)
    standin.faults = [Fault(service, "redirect", times=1)]
    moved = call(standin, service, headers)
    assert moved.status == 302
    assert get(standin, moved.headers["Location"], headers).body == honest.body
    assert standin.requests_to(service)[-1].path == standin.requests_to(service)[0].path


def count(service: str, reply: Reply) -> int:
    if service == "oai":
        return len(oai_ids(reply))
    if service == "query":
        return len(entries(reply))
    value = reply.json
    if isinstance(value, list):
        return len(value)
    return len(next((value[name] for name in ("hits", "data", "posts") if name in value), []))


@pytest.mark.parametrize("service", SERVICES)
def test_faults_that_look_like_success(standin: Standin, service: str) -> None:
    headers = allowed(standin, service)
    whole = count(service, call(standin, service, headers))
    assert whole > 1
    standin.faults = [Fault(service, "drop_records")]
    assert count(service, call(standin, service, headers)) == whole - 1
    standin.faults = [Fault(service, "false_empty")]
    empty = call(standin, service, headers)
    assert (empty.status, count(service, empty)) == (200, 0)
    standin.faults = [Fault(service, "error_200")]
    wrong = call(standin, service, headers)
    assert wrong.status == 200
    signs = {"oai": b"<error code=", "query": b"<title>Error<", "x": b'"errors"', "hackernews": b'"message"'}
    assert signs.get(service, b'"error"') in wrong.body


def test_faults_strike_when_told(standin: Standin) -> None:
    standin.faults = [Fault("x", "503", times=2, after=1), Fault("hackernews", "500", match="tags=a,b")]
    assert [call(standin, "x").status for _ in range(4)] == [200, 503, 503, 200]
    assert call(standin, "hackernews").status == 200
    assert ask(standin, "HACKERNEWS_URL", "/search", tags="a,b").status == 500
    assert [each.status for each in standin.requests_to("x")] == [200, 503, 503, 200]
    with pytest.raises(ValueError, match="no kind"):
        Fault("oai", "402_credits_depleted")
    with pytest.raises(ValueError, match="no kind"):
        Fault("x", "expired_token")
    with pytest.raises(ValueError, match="no service"):
        Fault("arxiv", "500")


def test_stops_promptly_while_an_answer_is_withheld() -> None:
    ended: list[str] = []

    def wait(standin: Standin) -> None:
        try:
            call(standin, "oai")
        except (http.client.HTTPException, OSError) as error:
            ended.append(type(error).__name__)

    with Standin(WORLD, now=NOW) as standin:
        standin.faults = [Fault("oai", "timeout")]
        thread = threading.Thread(target=wait, args=(standin,))
        thread.start()
        while not standin.requests:
            time.sleep(0.005)
        assert standin.requests[0].status == 0
        begun = time.monotonic()
    assert time.monotonic() - begun < 1
    thread.join(timeout=1)
    assert ended == ["RemoteDisconnected"]


def test_a_slow_answer_comes_after_its_seconds(standin: Standin) -> None:
    standin.faults = [Fault("x", "timeout", seconds=0.1)]
    begun = time.monotonic()
    assert call(standin, "x").status == 200
    assert time.monotonic() - begun >= 0.1


# --- the server itself ---


def test_records_what_was_asked(standin: Standin) -> None:
    call(standin, "x")
    assert get(standin, f"{standin.url}/nowhere").status == 404
    first, second = standin.requests
    assert (first.service, first.method, first.path) == ("x", "GET", "/2/tweets/search/recent")
    assert first.params["query"] == SWEEP
    assert first.headers["Authorization"] == "Bearer secret"
    assert first.time <= second.time
    assert second.service == "unknown"
    standin.forget()
    assert standin.requests == []


def test_reads_a_form(standin: Standin) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = send(standin, "POST", standin.environment["ARXIV_OAI_URL"], form, "verb=Identify")
    assert b"<repositoryName>" in reply.body
    (recorded,) = standin.requests
    assert (recorded.method, recorded.params) == ("POST", {"verb": "Identify"})


def test_time_comes_from_the_world_unless_told(standin: Standin) -> None:
    assert call(standin, "x").headers["Date"] == "Sat, 19 Jun 2021 07:55:00 GMT"
    standin.now = None
    standin.world = World(now=at("2020-01-01T00:00"))
    assert call(standin, "x").headers["Date"] == "Wed, 01 Jan 2020 00:00:00 GMT"


def test_serves_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "world.json"
    for text, reason in [
        ("{", "truncated"),
        ('{"papers": [{"id": "x"}]}', "title"),
        ('{"colour": 1}', "colour"),
    ]:
        path.write_text(text)
        assert main([str(path)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert str(path) in error
        assert reason in error
    assert main([str(tmp_path / "none.json")]) == 2
    path.write_bytes(dump(WORLD))
    command = [sys.executable, "-m", "infra.local.standin", str(path), "--now", "2021-06-19T07:55:00Z"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        lines = dict(process.stdout.readline().strip().split("=") for _ in range(6))
        assert set(lines) == {
            "ARXIV_OAI_URL",
            "ARXIV_API_URL",
            "X_API_URL",
            "HACKERNEWS_URL",
            "HUGGINGFACE_URL",
            "BLUESKY_URL",
        }
        connection = http.client.HTTPConnection(urlsplit(lines["ARXIV_OAI_URL"]).netloc, timeout=5)
        connection.request("GET", "/oai?verb=Identify")
        assert b"<repositoryName>arXiv<" in connection.getresponse().read()
        connection.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=5) == 0
