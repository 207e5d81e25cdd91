"""Instructions against those of a floor or rival, held against limits.json: raising one is a line of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import package
from benchmarks.cold import starts
from benchmarks.package import Package
from benchmarks.site.prepared import Archive
from tests.counts.instructions import WITH_VALGRIND, instructions

LIMITS: dict[str, float] = json.loads(Path(__file__).with_name("limits.json").read_text("utf-8"))[
    "instructions"
]
_POSTS = 12

pytestmark = WITH_VALGRIND


@pytest.fixture(name="built", scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return package.made(tmp_path_factory.mktemp("package"), with_bytecode=True)


@pytest.fixture(name="archive", scope="module")
def _archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("archive"), _POSTS, ())


@pytest.mark.parametrize("step", starts.SERVICES)
def test_a_cold_start_takes_no_more_than_it_did(step: str, built: Package) -> None:
    ours, floor = built.start(starts.ours(step)), built.floor(starts.floor(step))
    assert instructions(ours) / instructions(floor) < LIMITS[f"a start of {step}, by boto3 alone"]


def test_a_site_and_one_more_day_take_no_more_than_they_did(archive: Archive) -> None:
    bare = instructions(archive.sites.bare())
    assert instructions(archive.kinds()) / bare < LIMITS[f"{_POSTS} posts, by a bare program"]
    assert instructions(archive.next_day()) / bare < LIMITS[f"a day on {_POSTS} posts, by a bare program"]


def test_a_count_is_the_same_each_time_and_tells_of_more_work(built: Package) -> None:
    program = built.floor("sum(range(100_000))")
    once = instructions(program)
    assert instructions(program) == once
    assert instructions(built.floor("sum(range(200_000))")) > once
