"""What can be switched off to see that its row tells: `--without NAME`. The product has no switches for it.

A switch changes our modules in the process that calls it. Rows that measure whole processes hand the names
on to those, which call `off` before anything else. What is no matter of a process, the rows leave out.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Collection, Iterable

from msgspec import Struct


class Switch(Struct, frozen=True, kw_only=True):
    """An optimisation: the rows that show it, what is done without it, and how a process switches it off.

    `off` is None where it is the row that does without.
    """

    name: str
    rows: tuple[int, ...]
    what: str
    off: Callable[[], None] | None


def _formula_cache() -> None:
    from functions.render import formula

    formula.mathml = formula.mathml.__wrapped__  # type: ignore[assignment]


def _batched_lookup() -> None:
    from functions.fetch.attention import x

    x._IDS_AT_ONCE = 1


def _together() -> None:
    from shared import aws

    aws._PUT_TOGETHER = 1


def _one_update() -> None:
    from shared import run_states

    take_off = run_states.take_off

    def one_by_one(run_id: str, paper_ids: set[str], *, changed: bool) -> None:
        for paper_id in sorted(paper_ids):
            take_off(run_id, {paper_id}, changed=changed)

    run_states.take_off = one_by_one


def _new_objects() -> None:
    from functions.render.objects import Objects
    from functions.render.writer import Writer

    write = Writer.write

    def looking(writer: Writer, objects: Objects, *, new: Collection[str] = ()) -> None:
        del new
        write(writer, objects)

    Writer.write = looking  # type: ignore[assignment,method-assign]


def _frozen_imports() -> None:
    gc.freeze = lambda: None


def _late_imports() -> None:
    importlib.import_module("latex2mathml.converter")


def _theme_in_page() -> None:
    from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

    from functions.render import pages
    from functions.render.templating import TEMPLATES

    base = (TEMPLATES / "base.html").read_text(encoding="utf-8")
    apart = base.replace("<script>{{ theme_script }}<", '<script src="{{ root }}{{ theme_js }}"><')
    own = FileSystemLoader(TEMPLATES)
    pages.environment().loader = ChoiceLoader([DictLoader({"base.html": apart}), own])
    pages._ASSETS = (*pages._ASSETS, "theme.js")  # type: ignore[assignment]


def _search_months() -> None:
    from benchmarks.reader import search

    search.made = search.made_whole


def _compression() -> None:
    from benchmarks.reader import transfer

    transfer.sent = len  # type: ignore[assignment]


def _plain_texts() -> None:
    from functions.render import plain

    plain.plain = plain._cleaned


def _compiled_templates() -> None:
    from functions.render import templating

    templating.COMPILED = templating.TEMPLATES / "none"


def _macros_once() -> None:
    from jinja2 import Template

    Template._get_default_module = lambda template, _ctx=None: template.make_module()  # type: ignore[assignment,method-assign]


def _no_filters() -> None:
    from shared import filters

    filters.marks = filters._matched


SWITCHES = (
    Switch(
        name="batched-lookup",
        rows=(1,),
        what="mentions on X are looked up one a request, not a hundred",
        off=_batched_lookup,
    ),
    Switch(
        name="together",
        rows=(2,),
        what="papers are written one a call, not a batch",
        off=_together,
    ),
    Switch(
        name="one-update",
        rows=(2,),
        what="papers leave their run's pending list one by one, not a batch at once",
        off=_one_update,
    ),
    Switch(
        name="new-objects",
        rows=(2,),
        what="objects are looked at also where the table says that there are none",
        off=_new_objects,
    ),
    Switch(
        name="frozen-imports",
        rows=(3,),
        what="what is imported is looked through for garbage again and again",
        off=_frozen_imports,
    ),
    Switch(
        name="late-imports",
        rows=(3,),
        what="what a run may not need is imported by each start all the same",
        off=_late_imports,
    ),
    Switch(
        name="bytecode",
        rows=(3, 4),
        what="the package has none, so that each start compiles it",
        off=None,
    ),
    Switch(
        name="formula-cache",
        rows=(6,),
        what="each formula is converted wherever it is shown, not once",
        off=_formula_cache,
    ),
    Switch(
        name="theme-in-page",
        rows=(10,),
        what="the chosen theme is set by a script that pages load and wait for",
        off=_theme_in_page,
    ),
    Switch(
        name="search-months",
        rows=(11,),
        what="the search has one file of all papers, not one of each month",
        off=_search_months,
    ),
    Switch(
        name="compression",
        rows=(10, 11),
        what="what readers load is sent as it is",
        off=_compression,
    ),
    Switch(
        name="plain-texts",
        rows=(6, 7),
        what="texts that have nothing to take out go through the patterns, too",
        off=_plain_texts,
    ),
    Switch(
        name="macros-once",
        rows=(6, 7),
        what="templates' macros are made anew for each page that uses them",
        off=_macros_once,
    ),
    Switch(
        name="compiled-templates",
        rows=(6, 7),
        what="each start compiles the templates that it fills, which the build has done",
        off=_compiled_templates,
    ),
    Switch(
        name="no-filters",
        rows=(6, 7),
        what="papers are taken apart into words for filters that there are not",
        off=_no_filters,
    ),
)
NAMES = tuple(switch.name for switch in SWITCHES)
_are_off: set[str] = set()


def off(names: Iterable[str]) -> None:
    """Switch some optimisations off in this process, for good; those that are off already stay so."""
    wanted = set(names) - _are_off
    for switch in SWITCHES:
        if switch.name in wanted and switch.off:
            switch.off()
    _are_off.update(wanted)
