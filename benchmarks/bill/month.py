"""Row 9: what AWS bills a month for 1,200 papers a day without X, at list and beyond the free tiers."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from benchmarks import worlds
from benchmarks.bill.prices import bill, load
from benchmarks.bill.usage import GB, HOURS, Amounts, lines_to, metered
from benchmarks.line import Line, line
from benchmarks.options import Options
from benchmarks.progress import say
from shared.settings import Settings
from tests.steps.chain import Chain, due, noon, running
from tests.strict.sizes import item_size
from tests.unit.resolved import Resolved

ROW = 9
NAME = "the bill of a month"

_FRIDAY = date(2021, 6, 18)
_WEEK = 5  # announcements of which posts are living
_ANNOUNCEMENTS, _OTHER_DAYS = 22, 8.4
_YEAR = 260  # posts in the archive whose storage is reckoned
_PAPERS, _TINY = 1_200, 30
# Lambda keeps five long polls of 20 seconds going at a queue in which there is nothing:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_POLLERS, _POLL_SECONDS = 5, 20
_KEPT_LOGS_MONTHS = 30 / 30.4
_VERSIONS_KEPT_DAYS = 30
_AT_LIST, _BEYOND_FREE = 0.80, 0.19


def measure(options: Options) -> Iterator[Line]:
    """A line for each price, then the two sums."""
    amounts = month(_TINY if options.tiny else _PAPERS)
    prices = load()
    total = total_beyond = 0.0
    for name, amount, at_list, beyond in bill(amounts, prices):
        price = prices.prices[name]
        is_chosen = name == "dashboards"
        if not is_chosen:
            total, total_beyond = total + at_list, total_beyond + beyond
        yield line(
            ROW,
            f"{name}, a month",
            round(at_list, 4),
            "$",
            note=f"{amount:,.3g} {price.unit}; ${beyond:.4f} beyond what is always free"
            + ("; not in the sums, as Dashboard=false does without" if is_chosen else ""),
        )
    note = f"prices of {prices.date}, {prices.region}"
    yield line(ROW, "a month at list", round(total, 3), "$", goal=_AT_LIST, note=note)
    yield line(
        ROW, "a month beyond what is always free", round(total_beyond, 3), "$", goal=_BEYOND_FREE, note=note
    )


def month(papers: int) -> Mapping[str, float]:
    """What a month takes, by the names of the price table."""
    say(f"a week of {papers:,} papers a day")
    world = worlds.week(_FRIDAY, _WEEK, papers)
    with (
        running(world, noon(_FRIDAY, -24 * 10), settings={"X_BEARER_TOKEN": ""}) as chain,
        lines_to(io.StringIO()),
    ):
        for days in range(7, 0, -1):
            chain.tick(due(_FRIDAY - timedelta(days=days + 1)))
        _evening(chain, _FRIDAY - timedelta(days=1))
        stored = _stored(chain)
        with metered(chain) as announcement:
            _all_ticks(chain, _FRIDAY)
        stored = _stored(chain) - stored
        chain.tick(due(_FRIDAY))
        _evening(chain, _FRIDAY + timedelta(days=1))
        with metered(chain) as other:
            _all_ticks(chain, _FRIDAY + timedelta(days=2))
        amounts: Amounts = defaultdict(float)
        for day, times in ((announcement, _ANNOUNCEMENTS), (other, _OTHER_DAYS)):
            for name, amount in day.items():
                amounts[name] += amount * times
    for name, amount in _standing(amounts.pop("bytes put"), amounts["log lines"], stored).items():
        amounts[name] += amount
    return amounts


def _evening(chain: Chain, day: date) -> None:
    """The ticks of a day's end, after which those that were left out before it are no trouble any more."""
    _all_ticks(chain, day, first=18)


def _all_ticks(chain: Chain, day: date, first: int = 0) -> None:
    for hour in range(first, 24):
        chain.tick(noon(day, hour) + timedelta(minutes=55))


def _stored(chain: Chain) -> Counter[str]:
    """Bytes by where they are: in the table, of what is kept and of what will expire, and in the bucket."""
    found: Counter[str] = Counter()
    paginator = chain.cloud.client("dynamodb").get_paginator("scan")
    for page in paginator.paginate(TableName=chain.cloud.stack.outputs["TableName"]):
        for item in page["Items"]:
            # What an index entry of the table adds: 100 bytes an item.
            found["expiring" if "expires_at" in item else "kept"] += item_size(item) + 100
    found["bucket"] = sum(len(body) for body in chain.bucket().values())
    return found


def _standing(bytes_put: float, log_gigabytes: float, stored: Mapping[str, int]) -> dict[str, float]:
    """What is billed whether or not anything happens, with an archive of a year."""
    alive = Settings().keep_cold_days * _ANNOUNCEMENTS / 30.4
    table = (stored["kept"] * _YEAR + stored["expiring"] * alive) / GB
    versions = bytes_put / 30.4 * _VERSIONS_KEPT_DAYS
    stack = Resolved({})  # without X
    return {
        "sqs requests": _POLLERS * HOURS * 3600 / _POLL_SECONDS,
        "table storage": table,
        "table restore": table,
        "bucket storage": (stored["bucket"] * _YEAR + versions) / GB,
        "log storage": log_gigabytes * _KEPT_LOGS_MONTHS,
        "alarms": sum(map(_watched, stack.of_type("AWS::CloudWatch::Alarm").values())),
        "dashboards": len(stack.of_type("AWS::CloudWatch::Dashboard")),
    }


def _watched(alarm: Mapping[str, Any]) -> int:
    """How many metrics an alarm is billed for: those that go into it."""
    return sum("MetricStat" in part for part in alarm["Metrics"]) if "Metrics" in alarm else 1
