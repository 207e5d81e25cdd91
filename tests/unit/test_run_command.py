"""The run command as a user meets it: exit codes, one line on stderr, the post's path last on stdout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.local.__main__ import main
from infra.local.standin import Fault, Standin, World
from infra.local.standin.schedule import working_day
from shared import http
from shared.clock import iso
from tests.steps.chain import DAY, READERS, SMALL, before, due, paper, said

ROOT = Path(__file__).parents[2]
NOW = "2021-06-19T07:55:00Z"


@pytest.fixture(name="environment", autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting."""
    monkeypatch.setattr(http, "BACKOFF", (0.0, 0.0, 0.0))


@pytest.fixture(name="upstream")
def _upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """The small world as the internet."""
    with Standin(SMALL, now=due(DAY)) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("X_BEARER_TOKEN", "secret")
        yield standin


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All files below a folder with the times of their last writing."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code of a command that fails, and the one line that it says."""
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = int(str(exit_.code))
    said_ = capsys.readouterr()
    (line,) = said_.err.splitlines()
    assert "Traceback" not in line
    assert not any(text.endswith(".md") for text in said_.out.splitlines())
    return code, line


# --- wrong use ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--date", "18.6.2021"], "18.6.2021"),
        (["--date", "2021-02-30"], "2021-02-30"),
        (["--date", "2021-06-21", "--now", NOW], "2021-06-21 is in the future"),
        (["--date", "9999-01-01"], "9999-01-01 is in the future"),
        (["--from", "2021-06-18", "--to", "2021-06-17", "--now", NOW], "2021-06-17"),
        (["--from", "2021-06-18"], "--to"),
        (["--date", "2021-06-18", "--from", "2021-06-17", "--to", "2021-06-18"], "--date and --from/--to"),
        (["--now", "yesterday"], "yesterday"),
        (["--x", "--date", "2021-06-18", "--now", NOW], "--x belongs to --from and --to"),
        (["--frobnicate"], "--frobnicate"),
        (["--date"], "--date"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_line(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refused(capsys, "run", "--out", str(tmp_path), *arguments)
    assert code == 2
    assert named in line
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("CATEGORIES", "cs.XX", "cs.XX"),
        ("X_POSTS_PER_RUN", "lots", "lots"),
        ("ARXIV_OAI_URL", "nowhere", "nowhere"),
    ],
)
def test_a_wrong_setting_is_one_line(
    name: str,
    value: str,
    named: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)
    code, line = refused(capsys, "run", "--sample", "--out", str(tmp_path))
    assert code == 2
    assert name in line
    assert named in line


def test_a_folder_that_cannot_be_written_to_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    code, line = refused(capsys, "run", "--sample", "--out", str(tmp_path / "file" / "out"))
    assert code == 2
    assert str(tmp_path / "file" / "out") in line


def test_no_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys)
    assert code == 2
    assert "command" in line


# --- what could not be done --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--date", "2021-06-13", "--now", NOW], "Sunday"),
        (["--date", "2021-06-18", "--now", "2021-06-18T07:55:00Z"], "2021-06-19T00:00:00Z"),
    ],
    ids=["weekend", "too early"],
)
def test_a_day_that_has_no_post_is_one_line(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refused(capsys, "run", "--out", str(tmp_path), *arguments)
    assert code == 1
    assert named in line


@pytest.mark.parametrize("day", [[], ["--date", str(DAY)]])
def test_without_arxiv_nothing_is_published_nor_overwritten(
    day: list[str], upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / f"{DAY}---Hot-Papers.md").write_text("good")
    (tmp_path / "index.html").write_text("good")
    upstream.faults += [Fault("oai", "500"), Fault("query", "500")]
    code, line = refused(capsys, "run", "--now", NOW, "--out", str(tmp_path), *day)
    assert code == 1
    assert "arXiv could not be listed" in line
    assert "HTTP 500" in line
    assert (tmp_path / "posts" / f"{DAY}---Hot-Papers.md").read_text() == "good"
    assert (tmp_path / "index.html").read_text() == "good"
    assert "HTTP 500" in (tmp_path / "status.json").read_text()


def test_without_any_source_nothing_is_published(
    upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.faults += [Fault(source, "500") for source in ("x", "hackernews", "huggingface")]
    code, line = refused(capsys, "run", "--date", str(DAY), "--now", NOW, "--out", str(tmp_path))
    assert code == 1
    assert "no source was measured" in line
    assert line.count("HTTP 500") == 3
    assert not list(tmp_path.glob("posts/*"))


def test_a_day_without_an_announcement_is_said_to_be_one(
    upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.now = due(working_day(DAY, 1))
    arguments = ("--date", "2021-06-21", "--now", "2021-06-22T07:55:00Z", "--out", str(tmp_path))
    code, line = refused(capsys, "run", *arguments)
    assert code == 1
    assert "2021-06-21" in line


# --- what is published -------------------------------------------------------------------------------


def test_the_last_line_is_the_path_of_the_post(
    upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    upstream.faults.append(Fault("x", "500"))
    assert main(["run", "--date", str(DAY), "--now", NOW, "--out", "site"]) == 0, "without a source, too"
    said_ = capsys.readouterr()
    post = Path(said_.out.splitlines()[-1])
    assert post == tmp_path.resolve() / "site" / "posts" / f"{DAY}---Hot-Papers.md"
    assert "X unavailable" in post.read_text(encoding="utf-8")
    assert said_.err == ""
    assert "X unavailable: HTTP 500" in said_.out
    assert said_.out.splitlines()[-2:] == [str(post.parents[1] / f"{DAY}.html"), str(post)]


def test_without_a_date_it_is_the_newest_that_may_be_published(
    upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monday = paper(10110, working_day(DAY, 1))
    upstream.world = World(papers=(*SMALL.papers, monday), users=READERS, posts=SMALL.posts)
    upstream.now = due(DAY).replace(day=21)
    assert main(["run", "--now", iso(upstream.now), "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith(f"{DAY}---Hot-Papers.md\n"), "Monday's is not a day old"


def test_several_days(upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = [DAY, working_day(DAY, 1), working_day(working_day(DAY, 1), 1)]
    hot = [paper(10000 + 100 * number, day) for number, day in enumerate(days)]
    upstream.world = World(
        papers=(*before(DAY, 9000), *hot),
        users=READERS,
        posts=tuple(said(one, 60, serial=number) for number, one in enumerate(hot)),
    )
    upstream.now = due(days[-1])
    arguments = ["--from", str(DAY), "--to", str(days[-1]), "--now", iso(upstream.now)]
    assert main(["run", *arguments, "--out", str(tmp_path)]) == 0
    posts = sorted((tmp_path / "posts").iterdir())
    assert [post.name[:10] for post in posts] == [str(day) for day in days]
    for post, one in zip(posts, hot, strict=True):
        assert post.read_text(encoding="utf-8").count("\n# ") == 1
        assert one.title in post.read_text(encoding="utf-8")
    assert capsys.readouterr().out.splitlines()[-1] == str(posts[-1])


LONG_AFTER = "2021-07-19T07:55:00Z"
OLD = ["--from", str(DAY), "--to", str(DAY), "--now", LONG_AFTER]


@pytest.mark.parametrize("arguments", [[*OLD, "--x"], ["--date", str(DAY), "--now", LONG_AFTER]])
def test_the_full_archive_is_asked_for_a_price_that_is_agreed_to(
    arguments: list[str],
    upstream: Standin,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream.now = due(DAY) + timedelta(days=30)
    monkeypatch.setenv("X_ARCHIVE_POSTS", "300")
    code, line = refused(capsys, "run", *arguments, "--out", str(tmp_path))
    assert code == 1
    price = "at most 300 posts, $1.50"
    assert line == f"X's full archive costs {price}, and here is no terminal to ask at: --yes agrees to it"
    assert (upstream.requests, files(tmp_path)) == ([], {})
    assert main(["run", *arguments, "--yes", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert f"x       full archive: 1 day, {price}\n" in out
    assert "X measured\n" in out
    searches = [each for each in upstream.requests_to("x") if "query" in each.params]
    assert [each.path for each in searches] == ["/2/tweets/search/all"]


@pytest.mark.parametrize(("arguments", "allowed"), [(OLD, "300"), ([*OLD, "--x"], "0")])
def test_without_x_or_the_setting_an_old_day_goes_without_x(
    arguments: list[str],
    allowed: str,
    upstream: Standin,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upstream.now = due(DAY) + timedelta(days=30)
    monkeypatch.setenv("X_ARCHIVE_POSTS", allowed)
    assert main(["run", *arguments, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "full archive" not in out
    assert "X unavailable: recent search reaches back 7 days only" in out
    assert upstream.requests_to("x") == []


def test_a_second_run_rewrites_the_status_alone(upstream: Standin, tmp_path: Path) -> None:
    arguments = ["run", "--date", str(DAY), "--now", NOW, "--out", str(tmp_path)]
    assert main(arguments) == 0
    first = files(tmp_path)
    assert main(arguments) == 0
    second = files(tmp_path)
    assert {name for name in second if second[name] != first.get(name)} <= {"status.json", "status.html"}


def test_the_sample_as_a_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.local", "run", "--sample", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    post = Path(done.stdout.splitlines()[-1])
    assert post == tmp_path / "posts" / f"{DAY}---Hot-Papers.md"
    expected = ROOT / "tests" / "golden" / "own" / f"{DAY}.md"
    assert post.read_text(encoding="utf-8") == expected.read_text(encoding="utf-8")
    assert "all mentions were made up" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_wrong_use_of_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.local", "run", "--date", "x", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_a_day_with_papers_is_not_replaced_by_one_without_while_a_source_is_missing(
    upstream: Standin, tmp_path: Path
) -> None:
    arguments = ["run", "--date", str(DAY), "--now", NOW, "--out", str(tmp_path)]
    assert main(arguments) == 0
    before = files(tmp_path)
    upstream.faults += [Fault("x", "401"), Fault("hackernews", "500"), Fault("huggingface", "false_empty")]
    assert main(arguments) == 0
    after = files(tmp_path)
    assert [name for name in before if before[name] != after[name] and not name.startswith("status.")] == []


def test_of_several_days_each_is_told_and_one_that_fails_stops_no_other(
    upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [working_day(DAY, -1), DAY]
    # The query API is asked for both, and cannot be had for the first.
    upstream.faults += [Fault("oai", "500"), Fault("query", "500", times=4)]
    arguments = ["--from", str(days[0]), "--to", str(days[-1]), "--now", NOW, "--out", str(tmp_path)]
    assert main(["run", *arguments]) == 1
    told = capsys.readouterr()
    assert [line for line in told.out.splitlines() if line.startswith("day")] == [
        f"day     {days[0]}: failed: arXiv could not be listed (OAI-PMH: HTTP 500 Internal Server Error,"
        " 4 times; query API: HTTP 500 Internal Server Error, 4 times)",
        f"day     {DAY}: 4 papers",
    ]
    assert told.err.startswith(f"{days[0]}: arXiv could not be listed")
    assert [post.name[:10] for post in (tmp_path / "posts").iterdir()] == [str(DAY)]


def test_a_range_ends_where_arxiv_is_away(
    upstream: Standin, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.outcome.MOST_FAILURES", 2)
    upstream.faults += [Fault("oai", "500"), Fault("query", "500")]
    first, second, last = working_day(DAY, -2), working_day(DAY, -1), DAY
    arguments = ["--from", str(first), "--to", str(last), "--now", NOW, "--out", str(tmp_path)]
    assert main(["run", *arguments]) == 1
    told = capsys.readouterr()
    failed = [line.split()[1] for line in told.out.splitlines() if line.startswith("day")]
    assert failed == [f"{first}:", f"{second}:"]
    assert "1 more days are not asked for: arXiv seems to be away" in told.out
    assert told.err.startswith(f"{first}, {second}, {last}: arXiv could not be listed")
