"""`serve` as its users meet it: a process, its lines, the site, the file for containers, saved templates."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.local import neighbours
from infra.local.__main__ import main
from infra.local.invoked import server_of
from infra.local.standin import Standin, World
from infra.local.standin.server import PLACES
from shared import http

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


def ten_seconds() -> float:
    """Ten seconds, or as much more as this machine is slower at the moment than an idle one.

    What is measured is a tenth of them there: a process that loads the same libraries.
    """
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "import boto3, moto.server, samtranslator.parser.parser"], check=True
    )
    return max(10.0, 10 * (time.monotonic() - began))


def nowhere() -> str:
    """An address of arXiv's service at a port where nobody listens any more."""
    with Standin(World(papers=())) as standin:
        return standin.environment["ARXIV_OAI_URL"]


class Serving:
    """A `serve` in a folder of its own, which the project is copied to; all that it says is in a file."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.folder = folder
        self.templates = folder / "functions" / "render" / "templates"
        for name in ("functions", "shared", "infra"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        self._said = folder / "said"
        self.started = time.monotonic()
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.local", "serve", "--port", "0", "--site-port", "0", *arguments],
                cwd=folder,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            )

    @property
    def said(self) -> str:
        """All lines so far."""
        return self._said.read_text(encoding="utf-8")

    def until(self, happened: Callable[[], bool]) -> None:
        """Waits for something."""
        ends = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < ends, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    def line(self, start: str) -> str:
        """What follows the first word of a line, once all of it is said."""
        found: list[str] = []

        def look() -> bool:
            whole = self.said.rpartition("\n")[0].splitlines()
            found.extend(line.removeprefix(start) for line in whole if line.startswith(start))
            return bool(found)

        self.until(look)
        return found[0].strip()

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(self.line("site ") + path, timeout=PATIENCE) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def edit(self, template: str, old: str, new: str) -> None:
        """Saves a template."""
        path = self.templates / template
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ends it as Ctrl-C does; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture(name="serving")
def _serving(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    begun: list[Serving] = []

    def begin(*arguments: str, **environment: str) -> Serving:
        begun.append(Serving(tmp_path, *arguments, **environment))
        return begun[-1]

    yield begin
    for one in begun:
        one.process.kill()
        one.process.wait()


def test_the_sample_is_at_a_url_and_follows_the_templates(serving: Callable[..., Serving]) -> None:
    serve = serving("--sample")
    serve.line("env ")
    assert (serve.folder / "env.json").exists()
    assert time.monotonic() - serve.started < ten_seconds()
    status, front = serve.get("")
    assert status == 200
    assert "all mentions were made up" in front
    assert serve.get("2021-06-18.html")[0] == 200
    assert serve.line("site ") in serve.get("feed.xml")[1], "feeds name the site by its address"
    status, missing = serve.get("nothing/../there")
    assert status == 404
    assert "Not here" in missing

    serve.edit("base.html", "</body>", "<!-- saved --></body>")
    serve.line("rendered: ")
    for page in ("", "2021-06-18.html", "about.html", "top.html", "status.html", "archive/2021.html"):
        assert "<!-- saved -->" in serve.get(page)[1], page
    assert "<!-- saved -->" in serve.get("nothing")[1]

    good = serve.get("")
    serve.edit("index.html", "{%", "{% frobnicate %}\n{%")
    reason = serve.line("not rendered: ")
    assert reason.startswith("functions/render/templates/index.html:")
    assert "unknown tag 'frobnicate'" in reason
    assert serve.get("") == good

    serve.edit("index.html", "{% frobnicate %}\n", "")
    serve.edit("style.css", "}", "}\n/* saved */")
    serve.until(lambda: serve.get("") != good)
    assert serve.stop() == 0
    assert "Traceback" not in serve.said


def test_without_the_internet_it_is_the_sample_once_somebody_looks(
    serving: Callable[..., Serving], tmp_path: Path
) -> None:
    serve = serving(
        "--seen-as",
        "host.docker.internal",
        ARXIV_OAI_URL=nowhere(),
        X_BEARER_TOKEN="mine",
        # A proxy is nobody to ask for this machine.
        http_proxy=nowhere(),
    )
    serve.line("env ")
    assert time.monotonic() - serve.started < ten_seconds()
    assert "arXiv cannot be reached from here" in serve.said
    text = (tmp_path / "env.json").read_text(encoding="utf-8")
    fetch = json.loads(text)["FetchFunction"]
    port = serve.line("aws ").rpartition(":")[2]
    assert fetch["AWS_ENDPOINT_URL"] == f"http://host.docker.internal:{port}"
    upstream = {setting: fetch[setting] for _, setting in PLACES.values()}
    assert all(url.startswith("http://host.docker.internal:") for url in upstream.values())
    assert fetch["SITE_URL"] + "/" == serve.line("site ")
    # Over plain http, only this machine itself may be told a secret: X is off there, and needs none.
    assert not any(map(http.may_carry_credentials, upstream.values()))
    assert fetch["X_BEARER_TOKEN"] == fetch["BLUESKY_APP_PASSWORD"] == ""
    assert (tmp_path / "env.json").stat().st_mode & 0o077 == 0

    assert "fetch" not in serve.said
    assert serve.get("")[0] == 200
    assert "2021-06-18: 49 papers" in serve.line("fetch ")
    assert serve.stop(signal.SIGTERM) == 0
    assert "Traceback" not in serve.said


def test_containers_and_this_machine_share_one_file(serving: Callable[..., Serving]) -> None:
    # Bare, and without the internet.
    serve = serving(ARXIV_OAI_URL=nowhere())
    serve.line("env ")
    assert time.monotonic() - serve.started < ten_seconds()
    fetch = json.loads((serve.folder / "env.json").read_text("utf-8"))["FetchFunction"]
    places = [urlsplit(fetch[name]) for name in ("AWS_ENDPOINT_URL", "ARXIV_OAI_URL")]
    (host,) = {place.hostname for place in places}
    assert host not in {"127.0.0.1", "localhost"}, "a container would mean itself"
    for place in places:
        with socket.create_connection(("127.0.0.1", place.port or 0), timeout=5):
            assert place.scheme == "http"
    assert server_of(serve.folder / "env.json") == serve.line("aws ")
    assert serve.stop() == 0
    assert not (serve.folder / "env.json").exists(), "it leads nowhere any more"


def test_operations_can_be_tried_on_it(serving: Callable[..., Serving]) -> None:
    serve = serving(ARXIV_OAI_URL=nowhere())
    (line,) = re.findall(r"^export (AWS_ENDPOINT_URL=.*)$", (ROOT / "docs/local.md").read_text("utf-8"), re.M)
    told = dict(one.split("=", 1) for one in line.split())
    assert told["AWS_ENDPOINT_URL"].endswith(":4566")
    told["AWS_ENDPOINT_URL"] = serve.line("aws ")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    def tried(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "infra.ops", *arguments],
            cwd=ROOT,
            env=kept | told,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    for arguments, code, says in (
        (["status"], 1, "there is no status yet"),
        (["dead-letters"], 0, "papers  0 in PapersDeadLetters"),
        (["set", "PaperScoreThreshold=80"], 0, "PaperScoreThreshold: 50 -> 80"),
        (["set", "PaperScoreThreshold=80"], 0, "all of it is so already"),
        (["run", "--measure"], 1, "the AWS of `serve` calls no function"),
        (["logs", "2021-06-19T07:55:00Z"], 1, "no line that is kept"),
    ):
        ended, said = tried(*arguments)
        assert (ended, says in said) == (code, True), said
    assert serve.get("")[0] == 200
    serve.line("render ")
    code, said = tried("status")
    assert (code, "stale: it was to be written again by 2021-06-19T10:25:00Z" in said) == (1, True), said
    assert serve.stop() == 0


def test_this_machine_asks_where_serve_was_told_to_listen(serving: Callable[..., Serving]) -> None:
    # Linux has all of 127.0.0.0/8 for itself, macOS the first alone.
    host = "127.0.0.2" if sys.platform == "linux" else neighbours.own_name()
    serve = serving("--sample", "--empty", "--host", host, "--seen-as", "host.docker.internal")
    serve.line("env ")
    url = server_of(serve.folder / "env.json")
    assert (urlsplit(url).hostname, url) == (host, serve.line("aws "))
    (serve.folder / "env.json").write_text("of another serve", encoding="utf-8")
    assert serve.stop(signal.SIGTERM) == 0
    assert (serve.folder / "env.json").read_text(encoding="utf-8") == "of another serve"


def test_a_file_that_cannot_be_written_is_named(serving: Callable[..., Serving], tmp_path: Path) -> None:
    (tmp_path / "env.json").mkdir()
    serve = serving("--sample", "--empty")
    assert serve.process.wait(PATIENCE) == 2
    assert serve.said.rstrip().endswith("env.json cannot be written: Is a directory")
    assert not (tmp_path / "env.tmp").exists()
    assert "Traceback" not in serve.said


def test_it_can_be_left_empty_and_ended_while_it_plays(serving: Callable[..., Serving]) -> None:
    serve = serving("--sample", "--empty")
    assert serve.get("") == (404, "nothing is published yet\n")
    serve.edit("day.html", "{%", " {%")
    assert serve.line("not rendered: ") == "no run is complete yet"
    assert serve.stop() == 0
    serve = serving("--sample")
    serve.line("site ")
    assert serve.stop() == 0
    assert "Traceback" not in serve.said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--port", "70000"], "--port 70000"),
        (["--site-port", "-1"], "--site-port -1"),
        (["--seen-as", "http://host"], "http://host"),
        (["--host", "192.0.2.77"], "192.0.2.77"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str],
    named: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--sample", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert named in line
    assert list(tmp_path.iterdir()) == []
