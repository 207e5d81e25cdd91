"""Row 2: what our code asks of AWS for a day, over all three steps, by service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from benchmarks.counts.day import Counts, days
from benchmarks.line import Line, line
from benchmarks.options import Options

ROW = 2
NAME = "AWS requests of a day"
_SERVICES = ("dynamodb", "sqs", "s3", "events", "ssm")
_STEPS = 3
_MOST_A_PAPER = 0.3


def measure(options: Options) -> Iterator[Line]:
    """Calls by service, all of them held against one a paper and step, and those a batch of papers takes."""
    few, day, many = days(options)
    services = by_service(day.calls)
    for service in _SERVICES:
        yield line(ROW, f"{service} for {day.papers:,} papers", services[service], "calls")
    total = sum(services.values())
    yield line(
        ROW,
        f"all for {day.papers:,} papers, {day.hot} of them hot",
        total,
        "calls",
        against="one a paper and step",
        theirs=_STEPS * day.papers,
        goal=_MOST_A_PAPER / _STEPS,
    )
    yield line(ROW, f"all a paper at {day.papers:,}", total / day.papers, "calls", goal=_MOST_A_PAPER)
    yield line(
        ROW,
        f"each paper more from {few.papers:,} to {many.papers:,}",
        (sum(many.calls.values()) - sum(few.calls.values())) / (many.papers - few.papers),
        "calls",
    )
    yield line(ROW, "updates of the pending list a batch", updates(day), "calls", goal=1)
    yield line(
        ROW, "a tick that finds nothing new", sum(day.quiet.values()), "calls", note="23 times a day or less"
    )


def by_service(calls: Mapping[str, int]) -> Counter[str]:
    """Calls by the service that they are made to."""
    services: Counter[str] = Counter()
    for name, number in calls.items():
        services[name.split()[1]] += number
    return services


def updates(day: Counts) -> float:
    """How often a batch of score updates its run's pending list; one update more completes the run."""
    return (day.calls["score dynamodb UpdateItem"] - 1) / day.batches
