"""All real days as one archive: the site that comes of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from infra.local.standin import World
from infra.local.standin.golden import day_from_golden
from infra.local.standin.neighbours import neighbours
from tests.golden.test_golden import DAYS, golden
from tests.steps.chain import Site, due, running
from tests.steps.site_world import SITE


def world() -> World:
    """The days' worlds as one; whoever stands in several of them is in it once."""
    worlds = [neighbours(day_from_golden(golden(day)[0]), date.fromisoformat(day)) for day in DAYS]
    fields: dict[str, Any] = {}
    for name in World.__struct_fields__:
        values = [getattr(one, name) for one in worlds]
        if isinstance(values[0], tuple):
            fields[name] = tuple({getattr(one, "id", one): one for all_ in values for one in all_}.values())
    return World(**fields)


def published() -> Site:
    """The site after the days have been asked for one by one; a skipped test without the reference folder."""
    with running(world(), settings={"SITE_URL": SITE}) as chain:
        for day in DAYS:
            chain.order(due(date.fromisoformat(day)), date=day)
        assert chain.published() == list(DAYS)
        return chain.site()
