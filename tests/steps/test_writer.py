"""What is written in which order: at every instant all that can be reached is there, a crash is made good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from infra.local.standin import World
from infra.local.standin.world import Paper, Story
from shared import aws, run_states, settings
from shared.clock import iso, parse_iso
from shared.run_states import Run
from shared.settings import Settings
from tests.steps.chain import DAY, NOW, READERS, A, B, C, Chain, before, due, paper, running, story
from tests.steps.links import broken_links, dead_ends
from tests.steps.replay import CrashError, Items, Memory, is_renders

MONDAY = paper(10110, date(2021, 6, 21), categories=("cs.CL", "cs.LG"))
OLD_DAY = date(2021, 5, 12)
OLD = msgspec.structs.replace(
    paper(10050, OLD_DAY, categories=("math.NA", "cs.LG")), id="2105.10050", title="An older paper"
)
NEXT_YEAR = msgspec.structs.replace(paper(10060, date(2022, 1, 4)), id="2201.10060", title="A later paper")
LASTING = "Lasting: cat:cs.LG, +cat:cs.LG"
ADDED = f"{LASTING}; Other: cat:cs.CL, +cat:cs.CL"
LEFT = "Other: cat:cs.CL, +cat:cs.CL"


def world(**points: int) -> World:
    """The world with the points that each paper's story has."""
    papers: dict[str, Paper] = {"a": A, "b": B, "c": C, "monday": MONDAY, "old": OLD, "later": NEXT_YEAR}
    stories: list[Story] = [
        story(number, papers[name], of_paper, number)
        for number, (name, of_paper) in enumerate(sorted(points.items()), 1)
    ]
    older = [
        msgspec.structs.replace(one, id=one.id.replace("2106.", "2105.")) for one in before(OLD_DAY, 10000)
    ]
    later = [
        msgspec.structs.replace(one, id=one.id.replace("2106.", "2201."))
        for one in before(NEXT_YEAR.listed, 10000)
    ]
    return World(
        papers=(*older, OLD, *before(DAY, 10000), A, B, C, MONDAY, *later, NEXT_YEAR),
        users=READERS,
        stories=tuple(stories),
    )


SITE = "https://hot.example.org"
POINTS = {"a": 100, "b": 90, "c": 80, "monday": 95, "old": 70, "later": 85}
CHANGED = POINTS | {"a": 60, "b": 120}


class Turn(NamedTuple):
    """What a step of the story starts from, the run that it publishes, and what comes of it."""

    items: Items
    objects: dict[str, bytes]
    settings: Settings
    run: str
    expected: Items
    bucket: dict[str, bytes]

    def start(self) -> Memory:
        """Everything as it was before the run was published."""
        return Memory(self.items, self.objects)


Step = Callable[[Chain, datetime], Any]
MORNING = due(MONDAY.listed)
# Each is called with its moment; the world and the filters are those from then on.
STORY: dict[str, tuple[datetime, dict[str, int], str, Step]] = {
    "first day": (NOW, POINTS, LASTING, Chain.tick),
    "second day": (MORNING, POINTS, LASTING, Chain.tick),
    "changed counts": (MORNING + timedelta(days=1), CHANGED, LASTING, Chain.tick),
    "a paper leaves": (MORNING + timedelta(days=2), CHANGED | {"c": 10}, LASTING, Chain.tick),
    "a filter is added": (MORNING + timedelta(days=2, hours=1), CHANGED | {"c": 10}, ADDED, Chain.order),
    "a filter is removed": (MORNING + timedelta(days=2, hours=2), CHANGED | {"c": 10}, LEFT, Chain.order),
    "an old day is filled in": (
        MORNING + timedelta(days=2, hours=3),
        CHANGED | {"c": 10},
        LEFT,
        lambda chain, at: chain.order(at, date=str(OLD_DAY)),
    ),
    "a new year": (
        due(NEXT_YEAR.listed),
        CHANGED | {"c": 10},
        LEFT,
        lambda chain, at: chain.order(at, date=str(NEXT_YEAR.listed)),
    ),
}


def items_of(chain: Chain) -> Items:
    return {(item["pk"], item["sk"]): item for item in map(aws._plain, chain.items())}


@pytest.fixture(name="story", scope="module")
def _story() -> dict[str, Turn]:
    """All steps played by the whole chain, one after the other."""
    turns: dict[str, Turn] = {}
    with running(world(**POINTS), settings={"SITE_URL": f"{SITE}/", "FILTERS": LASTING}) as chain:
        for name, (at, points, filters, step) in STORY.items():
            chain.standin.world = world(**points)
            environment: Any = chain.cloud.environments["render"]
            environment["FILTERS"] = filters
            objects, items, calls = chain.bucket(), items_of(chain), len(chain.cloud.triggers.invocations)
            step(chain, at)
            played = chain.cloud.triggers.invocations[calls:]
            (published,) = [
                one for call in played if call.step == "render" for one in call.result["published"]
            ]
            after = items_of(chain)
            turns[name] = Turn(
                {key: item for key, item in after.items() if not is_renders(key)}
                | {key: item for key, item in items.items() if is_renders(key)},
                objects,
                settings.parse(dict(environment)),
                published["run"],
                {key: item for key, item in after.items() if is_renders(key)},
                chain.bucket(),
            )
    return turns


def written(turn: Turn) -> list[str]:
    """All that publishing writes, of objects and of the table, in order."""
    memory, keys = turn.start(), list[str]()
    memory.after = keys.append
    memory.publish(turn.settings, turn.run)
    assert memory.objects == turn.bucket
    assert memory.written_by_render() == turn.expected
    return keys


def crashed(turn: Turn, at: int) -> Memory:
    """Everything after a crash that came right after the `at`-th writing."""
    memory, left = turn.start(), [at]

    def crash(_key: str) -> None:
        left[0] -= 1
        if not left[0]:
            raise CrashError

    memory.after = crash
    with pytest.raises(CrashError):
        memory.publish(turn.settings, turn.run)
    memory.after = lambda _key: None
    return memory


# --- the story is one ----------------------------------------------------------------------------------


def test_the_story_is_about_all_that_can_happen(story: dict[str, Turn]) -> None:
    gone = {name: {key for key in turn.objects if key not in turn.bucket} for name, turn in story.items()}
    assert {name: keys for name, keys in gone.items() if keys} == {
        "a filter is removed": {f"filter/lasting{end}" for end in (".html", ".xml", ".rss.xml", ".json")}
    }
    came = {
        name: {key for key in turn.bucket if key not in turn.objects and key.endswith(".html")}
        for name, turn in story.items()
    }
    assert came["second day"] == {
        *("2021-06-21.html", "week/2021-W25.html", f"paper/{MONDAY.id}.html"),
        *("category/cs.CL.html", "category/cs.CL/2021-06.html"),
    }
    assert came["changed counts"] == came["a paper leaves"] == came["a filter is removed"] == set()
    assert came["a filter is added"] == {"filter/other.html"}
    assert came["an old day is filled in"] == {
        *("2021-05-12.html", "week/2021-W19.html", "month/2021-05.html", "paper/2105.10050.html"),
        *("category/cs.LG/2021-05.html", "category/math.NA.html", "category/math.NA/2021-05.html"),
    }
    assert came["a new year"] == {
        *("2022-01-04.html", "week/2022-W01.html", "month/2022-01.html", "paper/2201.10060.html"),
        *("category/cs.LG/2022-01.html", "archive/2022.html"),
    }
    # Of a paper that has left, the page stays.
    assert f"paper/{C.id}.html" in story["a paper leaves"].bucket
    assert b"Once in the post of" in story["a paper leaves"].bucket[f"paper/{C.id}.html"]


@pytest.mark.parametrize("name", STORY)
def test_all_that_can_be_reached_is_there_after_every_single_writing(
    story: dict[str, Turn], name: str
) -> None:
    memory, broken = story[name].start(), list[Any]()
    memory.after = lambda key: broken.extend((key, one) for one in dead_ends(memory.objects))
    memory.publish(story[name].settings, story[name].run)
    assert broken == []
    assert broken_links(memory.objects) == [], "in the end that is true of what nothing leads to, too"


@pytest.mark.parametrize("name", STORY)
def test_a_crash_after_any_writing_is_made_good_by_the_repeat(story: dict[str, Turn], name: str) -> None:
    turn = story[name]
    for number, key in enumerate(written(turn), 1):
        memory = crashed(turn, number)
        memory.publish(turn.settings, turn.run)
        assert memory.objects == turn.bucket, (number, key, _differing(memory.objects, turn.bucket))
        assert memory.written_by_render() == turn.expected, (number, key)


@pytest.mark.parametrize("name", ["first day", "second day", "an old day is filled in", "a new year"])
def test_a_crash_of_a_first_publication_is_made_good_by_any_other_run(
    story: dict[str, Turn], name: str
) -> None:
    turn = story[name]
    later = Run(id=iso(parse_iso(turn.run[:20]) + timedelta(hours=1)), kind="list")
    keys = written(turn)
    # Until it is noted what is to come, nothing of it is there but what pages load.
    first = keys.index("SITE|MAKING") + 1
    assert [key for key in keys[: first - 1] if "." not in key] == []
    for number, key in enumerate(keys[first - 1 :], first):
        memory = crashed(turn, number)
        with memory.in_place():
            run_states.put(later, set())
        memory.publish(turn.settings, later.id)
        differing = _differing(memory.objects, turn.bucket)
        assert [one for one in differing if not one.startswith("status.")] == [], (number, key)
        assert memory.items["SITE", "MAKING"]["document"] == "{}"


def _differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


@pytest.mark.parametrize("name", ["a filter is added", "a filter is removed"])
def test_a_setting_taken_back_after_any_crash_leaves_nothing_of_it(story: dict[str, Turn], name: str) -> None:
    turn = story[name]
    _, _, taken_back, _ = list(STORY.values())[list(STORY).index(name) - 1]
    before_it = msgspec.structs.replace(turn.settings, filters=taken_back)
    for number, key in enumerate(written(turn), 1):
        memory, broken = crashed(turn, number), list[Any]()
        memory.after = lambda written, found=broken, now=memory: found.extend(  # type: ignore[misc]
            (written, one) for one in dead_ends(now.objects)
        )
        memory.publish(before_it, turn.run)
        assert broken == []
        differing = _differing(memory.objects, turn.objects)
        assert [one for one in differing if not one.startswith("status.")] == [], (number, key)


def test_a_publication_that_finds_nothing_changed_writes_the_status_alone(story: dict[str, Turn]) -> None:
    for name, turn in story.items():
        memory, keys = turn.start(), list[str]()
        memory.publish(turn.settings, turn.run)
        memory.after = keys.append
        result = memory.publish(turn.settings, turn.run)
        assert [key for key in keys if "|" not in key] == [], name
        assert result.written == 0


# --- how much is written and read ----------------------------------------------------------------------

NEW_DAY = date(2021, 6, 16)
"""A Wednesday in the middle of a month."""


def working_days(number: int) -> list[date]:
    """So many working days before the new one, in order."""
    days, day = list[date](), NEW_DAY
    while len(days) < number:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            days.append(day)
    return days[::-1]


def store(memory: Memory, listed: date, at: datetime) -> None:
    """A hot paper of a day, and a run about it."""
    state = {"state": "measured", "measured_at": iso(at)}
    paper_id = f"{listed:%y%m}.{listed:%d}001"
    measured = {
        "paper": {
            "id": paper_id,
            "title": f"Paper of {listed}",
            "authors": ["Ada Example"],
            "categories": ["cs.LG"],
            "listed": str(listed),
        },
        "mentions": [{"source": "hackernews", "id": paper_id, "counts": {"points": 60 + listed.day}}],
        "score": 60 + listed.day,
        "run": iso(at),
        "measured_at": iso(at),
    }
    run = {
        "id": iso(at),
        "kind": "measure",
        "days": [{"date": str(listed), "papers": 9, "sources": {"hackernews": state}}],
    }
    for pk, sk, document, more in (
        (f"DAY#{listed}", f"PAPER#{paper_id}", measured, {"score": 60 + listed.day, "version": 1}),
        ("RUN", iso(at), run, {"status": "complete", "revision": 0}),
    ):
        memory.items[pk, sk] = {
            "pk": pk,
            "sk": sk,
            "document": msgspec.json.encode(document).decode(),
            **more,
        }


class Cost(NamedTuple):
    """What publishing a day took: the objects that it wrote, and how many items it read, by kind."""

    objects: list[str]
    items: dict[str, int]


def cost(archive: int) -> Cost:
    """What publishing a new day onto so many takes."""
    memory = Memory({}, {})
    configured = settings.parse({"SITE_URL": SITE, "BUCKET_NAME": "b", "TABLE_NAME": "t"})
    for day in working_days(archive):
        store(memory, day, due(day))
        memory.publish(configured, iso(due(day)))
    assert sum(key.startswith("posts/") for key in memory.objects) == archive
    # The runs that the status tells of are as many as it wants, whatever the archive.
    for key in [key for key in memory.items if key[0] == "RUN"][:-5]:
        del memory.items[key]
    store(memory, NEW_DAY, due(NEW_DAY))
    keys: list[str] = []
    memory.read.clear()
    memory.after = keys.append
    memory.publish(configured, iso(due(NEW_DAY)))
    assert dead_ends(memory.objects) == []
    kinds: dict[str, int] = {}
    for pk, sk in memory.read:
        kind = sk.partition("#")[0] if pk.startswith(("DAY#", "SITE")) else pk.partition("#")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    return Cost([key for key in keys if "|" not in key], kinds)


def test_a_new_day_writes_the_same_objects_onto_a_long_archive_as_onto_a_short_one() -> None:
    short, long = cost(6), cost(30)
    assert short.objects == long.objects
    assert short.objects == [
        *("posts/2021-06-16---Hot-Papers.md", "2021-06-16.json", "2021-06-16.html", "paper/2106.16001.html"),
        *("2021-06-15.html", "week/2021-W24.html", "month/2021-06.html", "search/2021-06.json"),
        *("data/2021-06.jsonl.gz", "category/cs.LG/2021-06.html", "category/cs.LG.html"),
        *("category/cs.LG.xml", "category/cs.LG.rss.xml", "category/cs.LG.json", "archive/2021.html"),
        *("top.html", "search/index.json"),
        *("sitemap.xml", "rss.xml", "feed.json", "feed.xml", "archive.html", "index.html"),
        *("status.json", "status.html"),
    ]


def test_what_a_new_day_reads_does_not_grow_with_the_archive() -> None:
    # The latest thirty posts are read whatever the filters: so it grows up to those.
    some, many = cost(40), cost(90)
    assert some == many
    assert some.items["POST"] == 31
    assert cost(30).items == some.items
