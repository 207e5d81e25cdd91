"""Old posts into the table: their papers, then that they were imported, then a run that publishes them.

After a crash anywhere the same is done again: what is there is not written twice, and a day counts as
published only once render has told the table so.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from infra.archive.post import OldPost
from shared import aws, identifiers, run_states, table
from shared.paper import Measured, is_storable
from shared.run_states import Run, RunDay
from shared.table import Announcement, Post, StoredPaper

# Each has its digest in the item of the day, of 400 KB. arXiv has not announced as many on any day.
_MOST_PAPERS = 2_000


class NotOursError(Exception):
    """A day that is not imported, as this service has it by itself; the text says so."""


def store(old: OldPost) -> bool:
    """Write a day to the table, not yet published; False when it is published as it is already.

    Raises NotOursError, and ConditionFailedError when somebody else imports it just now.
    """
    date, imported = old.post.date, old.post.imported
    before = table.posts([date]).get(date)
    if before and before.imported is None:
        raise NotOursError(f"{date} has a post of this service, which stays")
    if before and before.imported == imported and before.status == "published":
        return False
    if not before and _is_listed(date):
        raise NotOursError(f"{date} was listed by this service, which publishes it itself")
    if len(old.papers) > _MOST_PAPERS:
        raise NotOursError(f"{date} has {len(old.papers):,} papers, more than {_MOST_PAPERS:,}")
    if too_large := [one.paper.id for one in old.papers if not is_storable(one)]:
        raise NotOursError(f"{', '.join(too_large)}: too large for the table")
    _store_papers(date, old.papers)
    ids = sorted((one.paper.id for one in old.papers), key=identifiers.sort_key)
    # Before the post: fetch lists no day that may be imported.
    table.put_announcement(
        Announcement(
            listed=date,
            low=ids[0] if ids else "",
            high=ids[-1] if ids else "",
            papers=len(ids),
            via="import",
            sources=old.post.sources,
        )
    )
    table.put_post(_over(before, old.post))
    return True


def order(run_id: str, dates: Iterable[str]) -> None:
    """Have days published that were stored: the stream tells render of the run."""
    days = tuple(RunDay(date=date, papers=0) for date in sorted(dates))
    run_states.put(Run(id=run_id, kind="import", days=days), set())


def _is_listed(date: str) -> bool:
    known = table.announced([date]).get(date)
    return known is not None and known.via != "import"


def _over(before: Post | None, new: Post) -> Post:
    """A day that was imported otherwise keeps what was published of it, so that what changes is known."""
    if before is None:
        return new
    return replace(new, run=before.run, rows=before.rows, objects=before.objects, entries=before.entries)


def _store_papers(date: str, papers: tuple[Measured, ...]) -> None:
    wanted = {table.paper_key(date, one.paper.id): one for one in papers}
    stored = table.stored_papers(wanted)
    todo = [(one, stored[key]) for key, one in wanted.items() if stored[key].measured != one]

    def puts(each: tuple[Measured, StoredPaper]) -> list[aws.Put]:
        one, found = each
        return [table.paper_put(StoredPaper(one, found.version + 1), over=found.version)]

    for part in aws.together(todo, puts):
        aws.put_together([put for each in part for put in puts(each)])
