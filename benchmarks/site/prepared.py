"""Archives as all contestants find them: posts for the rivals; for us a table, in which it is published."""

from __future__ import annotations

import atexit
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from itertools import groupby
from pathlib import Path

import msgspec

from benchmarks import cpu, package
from benchmarks.cpu import Program, Taken, emptied
from benchmarks.progress import say
from benchmarks.rivals.sites import MarkdownPost, Sites
from benchmarks.site import archive
from benchmarks.site.archive import GeneratedDay
from benchmarks.site.store import Store
from functions.render import markdown
from functions.render.day import Day, hot_papers
from shared import run_states, table
from shared.paper import packed
from shared.run_states import Run, RunDay
from shared.settings import Settings
from shared.table import Announcement

_SETTINGS = Settings()


@cache
def archive_of(posts: int, without: tuple[str, ...]) -> Archive:
    """An archive of so many posts, made once: rows share it until the process ends."""
    return Archive(_folder(), posts, without)


@cache
def _package() -> Path:
    """What is deployed, for this machine's Python: that is what publishes, its templates compiled."""
    return package.made(_folder(), with_bytecode=True).task


def _folder() -> Path:
    """A folder until the process ends."""
    folder = ExitStack()
    atexit.register(folder.close)
    return folder.enter_context(cpu.folder())


class Archive:
    """An archive of so many posts below a folder. `published` is what publishing all of it took."""

    def __init__(self, folder: Path, posts: int, without: tuple[str, ...]) -> None:
        self.posts = posts
        self.folder = folder / str(posts)
        self.folder.mkdir()
        self.sites = Sites(self.folder)
        self._without = tuple(f"--without={name}" for name in without)
        self._table = self.folder / "table"
        self._objects = self.folder / "objects"
        say(f"making an archive of {posts:,} posts")
        runs = self._make()
        say(f"publishing {posts:,} posts")
        self._objects.mkdir()
        program = self._program("publish", self._table, self._objects, *runs)
        self.published: Taken = cpu.run(program)

    def _make(self) -> list[str]:
        """Write table and posts; returns the runs that publish them, one for each year."""
        runs: list[str] = []
        store = Store(self._table, self._objects)
        dates = archive.dates(self.posts)
        for _, of_year in groupby(dates, lambda date: date[:4]):
            days = list(of_year)
            runs.append(archive.run_id(days[-1], later=4))
            _put_run(store, runs[-1], days, "date")
        self.sites.feed(_put(store, archive.days(self.posts)))
        store.close()
        return runs

    def kinds(self) -> Program:
        """Our program for the kinds of page that the rivals make."""
        out = self.sites.out("ours")
        return msgspec.structs.replace(self._program("kinds", self._table, out), before=emptied(out))

    def next_day(self) -> Program:
        """Our program for one more day on top: each time the table is as it was."""
        out, changed = self.sites.out("next"), self.folder / "changed"
        run = archive.run_id(archive.NEXT.isoformat())
        before = partial(self._put_next_day, changed, out, run)
        return msgspec.structs.replace(self._program("publish", changed, out, run), before=before)

    def _put_next_day(self, changed: Path, out: Path, run: str) -> None:
        emptied(out)()
        shutil.copy(self._table, changed)
        store = Store(changed, out)
        date = archive.NEXT.isoformat()
        put_day(store, archive.day(date))
        _put_run(store, run, [date], "measure")
        store.close()

    def counted(self) -> dict[str, int]:
        """What the last run of `next_day` read and wrote."""
        return msgspec.json.decode((self.folder / "changed.counts").read_bytes(), type=dict[str, int])

    def pages(self, name: str) -> int:
        """How many files a contestant made; "" is all that we publish."""
        folder = self.sites.out(name) if name else self._objects
        return sum(path.is_file() for path in folder.rglob("*"))

    def _program(self, what: str, table_file: Path, out: Path, *runs: str) -> Program:
        module = ("-m", "benchmarks.site.ours", what, str(table_file), str(out), *runs, *self._without)
        # The package's modules come first, from the folder that it runs in.
        return Program(command=(sys.executable, *module), cwd=_package(), env={"PYTHONPATH": str(cpu.ROOT)})


def _put(store: Store, days: Iterable[GeneratedDay]) -> Iterator[MarkdownPost]:
    for day in days:
        put_day(store, day)
        yield _markdown(day)


def put_day(store: Store, day: GeneratedDay) -> None:
    """A day into the table, as fetch and score leave it."""
    sources = archive.source_states(day.date)
    listed = Announcement(
        listed=day.date,
        low=day.papers[0].paper.id,
        high=day.papers[-1].paper.id,
        papers=archive.LISTED,
        via="oai",
        sources=sources,
    )
    store.put({"pk": table.ANNOUNCEMENTS, "sk": day.date, "document": table.encode(listed)})
    for one in day.papers:
        pk, sk = table.paper_key(day.date, one.paper.id)
        store.put({"pk": pk, "sk": sk, "document": packed(one), "score": one.score, "version": 1})
        for date, point in day.histories[one.paper.id].items():
            key = {"pk": f"PAPER#{one.paper.id}", "sk": f"AT#{date}"}
            store.put(key | {"document": table.encode(point), "version": 1})


def _put_run(store: Store, run_id: str, dates: list[str], kind: run_states.RunKind) -> None:
    days = tuple(
        RunDay(date=date, papers=archive.LISTED, sources=archive.source_states(date)) for date in dates
    )
    run = Run(id=run_id, kind=kind, days=days, sources=days[-1].sources)
    document = table.encode(run)
    store.put(
        {"pk": run_states.RUNS, "sk": run_id, "document": document, "status": "complete", "revision": 0}
    )


def _markdown(day: GeneratedDay) -> MarkdownPost:
    """The day's post, as we write it, without our front matter."""
    shown = Day(
        date=day.date,
        published_at=archive.run_id(day.date),
        listed=archive.LISTED,
        is_partial=False,
        sources=archive.source_states(day.date),
        papers=hot_papers(_SETTINGS, day.papers),
    )
    codes = {code for hot in shown.papers for code in hot.paper.categories}
    body = markdown.post(_SETTINGS, shown).partition("\n---\n")[2]
    return MarkdownPost(day.date, shown.published_at, tuple(sorted(codes)), body)
