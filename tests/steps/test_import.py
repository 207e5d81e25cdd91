"""Old posts through the whole chain: they come back to the byte, and nothing ever changes them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.archive import storing
from infra.archive.bringing import Brought, bring
from infra.archive.folder import Folder
from infra.local.__main__ import main
from infra.local.environment import replaced
from shared import settings
from tests.golden.test_golden import DAYS, as_they_wrote, as_we_write, golden
from tests.steps.chain import DAY, SMALL, Chain, due, noon, running
from tests.steps.killing import Killed, killing
from tests.steps.links import broken_links
from tests.steps.operator import Operator

OWN = Path(__file__).parents[1] / "golden" / "own"
NAME = "{}---Hot-Papers.md"


@pytest.fixture(name="old")
def _old(tmp_path: Path) -> Path:
    """A folder with the old posts of our own making, one of them in a folder below."""
    folder = tmp_path / "old"
    (folder / "below").mkdir(parents=True)
    for path in OWN.glob("*.md"):
        place = folder / "below" if path.stem.startswith("2007") else folder
        (place / NAME.format(path.stem)).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(SMALL) as chain:
        yield chain


def brought(chain: Chain, folder: Path) -> Brought:
    with replaced(chain.cloud.environments["render"]):
        return bring(Folder(folder), settings.get(), chain.cloud.clock.now(), then=chain.cloud.triggers.drain)


def posts(chain: Chain) -> dict[str, str]:
    return {key[6:16]: body.decode() for key, body in chain.bucket().items() if key.startswith("posts/")}


def own() -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in OWN.glob("*.md")}


def lasting(chain: Chain) -> list[Any]:
    """The table without what tells when something was done."""
    kept = [item for item in chain.items() if item["pk"]["S"] not in ("RUN", "LEASE")]
    for item in kept:
        if item["sk"]["S"] == "POST":
            document = json.loads(item["document"]["S"])
            document.pop("run")
            item["document"]["S"] = json.dumps(document)
    return sorted(kept, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def test_old_posts_come_back_to_the_byte_and_make_a_whole_site(chain: Chain, old: Path) -> None:
    assert brought(chain, old).days == tuple(sorted(own()))
    assert posts(chain) == own()
    site = chain.bucket()
    assert broken_links(site) == []
    for day, text in own().items():
        titles = re.findall(r"^# \d+\. ", text, re.MULTILINE)
        data = json.loads(site[f"{day}.json"])
        assert data["imported"] is True
        assert len(data["papers"]) == len(titles)
    page = site["2021-11-10.html"].decode()
    assert "6 papers are being talked about" in page
    assert "0 reposts, 0 likes" not in page + site["paper/2111.05010.html"].decode()
    assert [call.exception for call in chain.cloud.triggers.invocations] == [None] * 3


def test_again_changes_nothing(chain: Chain, old: Path) -> None:
    brought(chain, old)
    table, site = chain.items(), chain.bucket()
    again = brought(chain, old)
    assert (again.days, again.unchanged) == ((), len(own()))
    assert (chain.items(), chain.bucket()) == (table, site)


def test_the_real_days_come_back(chain: Chain, tmp_path: Path) -> None:
    expected = {}
    for day in DAYS:
        _, expected[day] = golden(day)
        (tmp_path / NAME.format(day)).write_text(expected[day], encoding="utf-8")
    assert brought(chain, tmp_path).papers == 112
    written = posts(chain)
    for day in DAYS:
        assert as_they_wrote(written[day]) == as_we_write(expected[day]).replace(".Z\n", "Z\n", 1)


def test_what_does_not_fit_is_told_and_stops_nothing(chain: Chain, old: Path) -> None:
    (old / "README.md").write_text("# A blog")
    (old / "2021-06-01.md").write_text("---\ntitle: A\n---\n\nNo post.\n")
    (old / "z-2021-11-10.md").write_text("another of that day")
    (old / "2021-06-02.md").write_bytes(b"---\n\xff")
    (old / "2021-13-45.md").write_text("---\n")
    told = {one.path.name: one.reason for one in brought(chain, old).refused}
    assert told == {
        "README.md": "neither its name nor its slug has a date",
        "2021-06-01.md": "line 3: the front matter has no date",
        "z-2021-11-10.md": f"2021-11-10 is in {NAME.format('2021-11-10')} already",
        "2021-06-02.md": "line 2: it is not UTF-8",
        "2021-13-45.md": "neither its name nor its slug has a date",
    }
    assert posts(chain) == own()


def test_a_file_is_of_the_day_in_its_name_else_in_its_slug(chain: Chain, tmp_path: Path) -> None:
    text = own()["2021-11-10"]
    (tmp_path / "post.md").write_text(text)
    (tmp_path / NAME.format("2021-11-08")).write_text(text)
    brought(chain, tmp_path)
    assert posts(chain) == {"2021-11-10": text, "2021-11-08": text}


def test_a_file_that_was_corrected_is_published_anew(chain: Chain, old: Path) -> None:
    brought(chain, old)
    path = old / NAME.format("2021-11-10")
    blocks = path.read_text().split("\n# 6. ")
    path.write_text(blocks[0].replace("Discussed elsewhere", "Discussed everywhere"))
    assert brought(chain, old).days == ("2021-11-10",)
    assert "Discussed everywhere" in chain.read("2021-11-10.html")
    assert len(chain.data("2021-11-10")["papers"]) == 5
    assert broken_links(chain.bucket()) == []


@pytest.fixture(name="unbroken", scope="module")
def _unbroken() -> tuple[list[Any], dict[str, bytes]]:
    """What comes of our own posts in one go: the table and the bucket."""
    with running(SMALL) as chain:
        brought(chain, OWN)
        return lasting(chain), chain.settled()


@pytest.mark.parametrize("again_at", [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144])
def test_killed_at_any_call_and_begun_again_it_ends_the_same(
    unbroken: tuple[list[Any], dict[str, bytes]], chain: Chain, again_at: int
) -> None:
    with killing(again_at), pytest.raises(Killed):
        brought(chain, OWN)
    # What was ordered is published by the stream, whoever is there.
    chain.cloud.triggers.drain()
    brought(chain, OWN)
    assert (lasting(chain), chain.settled()) == unbroken


def test_an_imported_day_is_never_listed_or_measured_again(chain: Chain, tmp_path: Path) -> None:
    text = own()["2021-11-10"].replace("2021-11-1", "2021-06-1")
    (tmp_path / NAME.format(DAY)).write_text(text)
    brought(chain, tmp_path)
    for hour in range(8):
        chain.tick(noon(DAY, 24 + hour) + timedelta(minutes=55))
    asked = chain.order(due(DAY), date=str(DAY))
    assert asked["failure"] == f"{DAY} was imported, and stays as its post has it"
    assert asked["queued"] == 0
    assert posts(chain)[str(DAY)] == text
    assert chain.day_status()[str(DAY)] == "published"


def test_a_day_of_this_service_stays_its_own(chain: Chain, old: Path) -> None:
    chain.order(measure=True)
    before = chain.post()
    text = own()["2021-11-10"]
    (old / NAME.format(DAY)).write_text(text)
    told = brought(chain, old).refused
    assert [(one.path.name, one.reason) for one in told] == [
        (NAME.format(DAY), f"{DAY} has a post of this service, which stays")
    ]
    assert chain.post() == before
    assert set(posts(chain)) == {str(DAY), *own()}


def test_the_archive_as_data_is_read_back(tmp_path: Path, old: Path) -> None:
    with running(SMALL) as chain:
        brought(chain, old)
        chain.order(measure=True)
        before = {key: body for key, body in chain.bucket().items() if key.startswith("data/")}
        days = {day: chain.data(day) for day in posts(chain)}
    assert sorted(before) == ["data/2007-03.jsonl.gz", "data/2021-06.jsonl.gz", "data/2021-11.jsonl.gz"]
    for key, body in before.items():
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / key).write_bytes(body)
    with running(SMALL) as other:
        assert brought(other, tmp_path / "data").days == tuple(sorted(days))
        assert brought(other, tmp_path / "data").unchanged == len(days)
        for day, wanted in days.items():
            found = other.data(day)
            assert [
                (one["rank"], one["id"], one["score"], one["totals"], one["abstract"], one["measured_at"])
                for one in found["papers"]
            ] == [
                (one["rank"], one["id"], one["score"], one["totals"], one["abstract"], one["measured_at"])
                for one in wanted["papers"]
            ]
            assert found["published_at"] == wanted["published_at"]
        assert broken_links(other.bucket()) == []
        again = {key: body for key, body in other.bucket().items() if key.startswith("data/")}
    lines = [[json.loads(line) for line in gzip.decompress(body).splitlines()] for body in again.values()]
    assert [[line["date"] for line in month] for month in lines] == [
        [line["date"] for line in map(json.loads, gzip.decompress(body).splitlines())]
        for body in before.values()
    ]
    assert all(line["imported"] for month in lines for line in month)


def test_a_post_goes_before_the_same_day_as_data(chain: Chain, old: Path) -> None:
    brought(chain, old)
    months = [(key, body) for key, body in chain.bucket().items() if key.startswith("data/")]
    for key, body in months:
        (old / Path(key).name).write_bytes(body)
    again = brought(chain, old)
    assert (again.days, again.unchanged) == ((), len(own()))
    assert sorted((one.path.name, one.reason) for one in again.refused) == [
        ("2007-03.jsonl.gz", f"line 1: 2007-03-21 is in {NAME.format('2007-03-21')} already"),
        ("2021-06.jsonl.gz", f"line 1: 2021-06-18 is in {NAME.format('2021-06-18')} already"),
        ("2021-11.jsonl.gz", f"line 1: 2021-11-10 is in {NAME.format('2021-11-10')} already"),
        ("2021-11.jsonl.gz", f"line 2: 2021-11-11 is in {NAME.format('2021-11-11')} already"),
    ]


def test_on_a_stack_it_is_done_by_a_command(chain: Chain, old: Path, ops: Operator) -> None:
    done = ops("import", str(old))
    assert (done.code, done.err) == (0, "")
    assert "4 posts with 23 papers" in done.out
    assert posts(chain) == own()
    again = ops("import", str(old))
    assert (again.code, again.err) == (0, "")
    assert "0 posts with 0 papers, 4 there already" in again.out
    assert ops("import", str(old / "nowhere")).code == 2


def test_on_a_laptop_it_is_done_by_a_command(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (old / "2021-06-01.md").write_text("no post")
    out = tmp_path / "out"
    assert main(["import", str(old), "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert f"{old / '2021-06-01.md'}: line 1: the beginning of the front matter should be here" in told.out
    assert told.out.splitlines()[-1] == str(out.resolve() / "posts" / NAME.format("2021-11-11"))
    assert (out / "posts" / NAME.format("2007-03-21")).read_text() == own()["2007-03-21"]
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.*") if "status" not in path.name}
    assert main(["import", str(old), "--out", str(out)]) == 0
    assert {path: path.stat().st_mtime_ns for path in times} == times


@pytest.mark.parametrize("inner", ["", "site"])
def test_a_site_is_not_written_among_the_old_posts(
    old: Path, inner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.is_file() and path.read_bytes() for path in old.rglob("*")}
    assert main(["import", str(old), "--out", str(old / inner)]) == 2
    assert f"{old / inner} is in {old}: " in capsys.readouterr().err
    assert {path: path.is_file() and path.read_bytes() for path in old.rglob("*")} == before


@pytest.mark.parametrize("inner", ["posts", "data"])
def test_a_sites_own_posts_are_not_written_over(
    inner: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = tmp_path / inner
    read.mkdir()
    (read / NAME.format("2021-11-10")).write_bytes((OWN / "2021-11-10.md").read_bytes())
    assert main(["import", str(read), "--out", str(tmp_path)]) == 2
    assert f"{read} is in {tmp_path}: what is read there would be written over" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [inner]


def test_a_day_of_more_papers_than_the_table_takes_is_told(
    chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "_MOST_PAPERS", 2)
    (tmp_path / NAME.format("2021-11-10")).write_text(own()["2021-11-10"])
    told = brought(chain, tmp_path)
    assert told.days == ()
    assert re.fullmatch(r"2021-11-10 has \d+ papers, more than 2", told.refused[0].reason)


def test_a_folder_without_posts_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old"
    old.mkdir()
    assert main(["import", str(old), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == f"{old} has no post that fits\n"
    assert main(["import", str(tmp_path / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().err
