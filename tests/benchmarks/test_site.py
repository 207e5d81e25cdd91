"""Rows 6 and 7 at sizes that tell nothing: that they run, and that all contestants have the same posts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import cpu, switches
from benchmarks.options import Options
from benchmarks.site import archive, day, whole
from benchmarks.site.prepared import Archive

ONE_ROUND = Options(rounds=1, tiny=True)


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"), 6, ())


def test_a_day_is_the_same_in_every_archive() -> None:
    small, large = list(archive.days(3)), list(archive.days(8))
    assert small == large[-3:]
    assert archive.NEXT.isoformat() > large[-1].date == archive.LAST.isoformat()


def test_an_archive_is_like_a_real_one() -> None:
    days = list(archive.days(150))
    papers = [one for day_ in days for one in day_.papers]
    assert 11 < len(papers) / len(days) < 12
    assert 0.1 < sum("$" in one.paper.abstract for one in papers) / len(papers) < 0.15
    assert len({one.paper.id for one in papers}) == len(papers)
    assert all(one.score >= 50 for one in papers)


def test_all_contestants_make_the_posts_and_the_categories(made: Archive) -> None:
    cpu.run(made.kinds())
    cpu.run(made.sites.bare())
    ours, bare = made.sites.out("ours"), made.sites.out("bare")
    for date in archive.dates(6):
        texts = [(folder / f"{date}.html").read_text(encoding="utf-8") for folder in (ours, bare)]
        papers = len(archive.day(date).papers)
        assert [len(re.findall("<h2", text)) for text in texts] == [papers, papers]
    codes = {path.stem for path in (bare / "category").glob("*.html")}
    assert codes == {path.stem for path in (ours / "category").glob("*.html")}
    for folder in (ours, bare):
        assert (folder / "feed.xml").read_text(encoding="utf-8").count("<entry>") == 6
        assert archive.LAST.isoformat() in (folder / "index.html").read_text(encoding="utf-8")


def test_the_kinds_are_the_pages_that_render_publishes(made: Archive) -> None:
    cpu.run(made.kinds())
    ours, published = made.sites.out("ours"), made.folder / "objects"
    keys = [path.relative_to(ours) for path in ours.rglob("*") if path.is_file()]
    assert len(keys) > 6
    assert [key for key in keys if (ours / key).read_bytes() != (published / key).read_bytes()] == []


def test_one_more_day_is_the_same_work_whenever_it_is_measured(made: Archive) -> None:
    cpu.run(made.next_day())
    once = made.counted()
    cpu.run(made.next_day())
    assert made.counted() == once
    assert once["objects written"] == made.pages("next")
    assert f"{archive.NEXT}.html" in {path.name for path in made.sites.out("next").iterdir()}


def test_the_site_is_measured_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.rivals.sites.find_spec", lambda _name: None)
    monkeypatch.setattr(archive, "TINY_SIZES", (3, 4))
    lines = list(whole.measure(ONE_ROUND))
    by_rival = {(one.what, one.against): one for one in lines}
    missing = by_rival["a page of 3 posts", "Hugo"]
    assert (missing.theirs, missing.met, missing.note) == (None, None, "not installed")
    bare = by_rival["a page of 4 posts", "bare Jinja"]
    assert bare.theirs
    assert bare.ratio == bare.ours / bare.theirs


def test_one_more_day_is_measured_on_two_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.rivals.sites.find_spec", lambda _name: None)
    monkeypatch.setattr(archive, "TINY_SIZES", (3, 30))
    told = {(one.what, one.against): one for one in day.measure(ONE_ROUND)}
    assert told["one more day on 30 posts", "on 3 posts"].goal == 1.3
    assert told["objects written for that day on 30", "on 3 posts"].ours > 0


def test_an_optimisation_that_does_not_exist_is_refused_by_our_program(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.site.ours", "kinds", str(tmp_path / "t"), str(tmp_path)]
    ended = subprocess.run(
        [*command, "--without", "nothing"], cwd=cpu.ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "nothing" in ended.stderr


def test_what_is_switched_off_changes_no_page(made: Archive) -> None:
    program = made.kinds()
    cpu.run(program)
    ours = made.sites.out("ours")
    pages = {path: path.read_bytes() for path in ours.rglob("*") if path.is_file()}
    without = tuple(f"--without={one.name}" for one in switches.SWITCHES if whole.ROW in one.rows)
    cpu.run(msgspec.structs.replace(program, command=(*program.command, *without)))
    assert {path: path.read_bytes() for path in ours.rglob("*") if path.is_file()} == pages
