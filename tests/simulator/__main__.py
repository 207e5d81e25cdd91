"""Simulations on the command line: every single fault, several at random, one schedule again, or the mutants.

    python -m tests.simulator --singles [--world day] [--every N --offset M]
    python -m tests.simulator --random 5000 [--seed 0]
    python -m tests.simulator --schedule JSON
    python -m tests.simulator --mutants [NAME ...]

Exit codes: 0 when every promise has held (or every mutant was noticed), 1 when not, 2 for wrong use. A
schedule that fails is printed with the smallest one that fails as well.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tests.simulator.explore import BY_HAND, BY_TICK, Forked, at_random
from tests.simulator.faults import Schedule
from tests.simulator.mutants import MUTANTS

# So many failures are enough to look at.
_ENOUGH = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is asked for; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--singles", action="store_true", help="every fault at every call and request")
    parser.add_argument("--world", choices=("small", "day"), default="day", help="of the single faults")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth of them alone")
    parser.add_argument("--offset", type=int, default=0, metavar="M", help="beginning with the Mth")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="so many schedules at random")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="the first one's seed")
    parser.add_argument("--schedule", metavar="JSON", help="one schedule, as it was printed")
    parser.add_argument("--mutants", nargs="*", metavar="NAME", help="without a protection at a time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many at once")
    given = parser.parse_args(arguments)
    if given.mutants is not None:
        if unknown := set(given.mutants) - set(MUTANTS):
            parser.error(f"no mutant {', '.join(sorted(unknown))}: there are {', '.join(MUTANTS)}")
        return _mutants(given.mutants or list(MUTANTS), given.jobs)
    with Forked(given.jobs) as forked:
        parts: list[tuple[int, Iterable[tuple[Schedule, str]]]] = []
        if given.schedule:
            parts.append((1, forked.verified([msgspec.json.decode(given.schedule, type=Schedule)])))
        if given.singles:
            parts += _singles(forked, given.world, given.every, given.offset)
        if given.random:
            seeds = range(given.seed, given.seed + given.random)
            parts.append((len(seeds), forked.verified(_at_random(forked, seeds))))
        if not parts:
            parser.error("nothing to play")
        return _watch(
            forked, sum(number for number, _ in parts), (each for _, part in parts for each in part)
        )


def _singles(
    forked: Forked, world: str, every: int, offset: int
) -> Iterator[tuple[int, Iterable[tuple[Schedule, str]]]]:
    for base in (BY_HAND, BY_TICK):
        placed = msgspec.structs.replace(base, world=world)
        number = len(range(offset, forked.number_of_singles(placed), every))
        yield number, forked.singles(placed, every, offset)


def _at_random(forked: Forked, seeds: Iterable[int]) -> Iterator[Schedule]:
    good = forked.reference(BY_TICK)
    return (at_random(seed, len(good.calls), len(good.requests)) for seed in seeds)


def _watch(forked: Forked, number_of_all: int, verified: Iterable[tuple[Schedule, str]]) -> int:
    began, failed, number = time.monotonic(), 0, 0
    for number, (schedule, wrong) in enumerate(verified, 1):
        if wrong:
            failed += 1
            print(f"\n{wrong}\nsmallest: {forked.smallest(schedule)}", flush=True)
            if failed == _ENOUGH:
                break
        if number % 100 == 0 or number == number_of_all:
            seconds = time.monotonic() - began
            print(f"{number} of {number_of_all}, {failed} failed, {seconds:.0f} s", flush=True)
    if failed < _ENOUGH and number != number_of_all:
        raise RuntimeError(f"{number} were played of {number_of_all}")
    return int(failed > 0)


def _mutants(names: Sequence[str], jobs: int) -> int:
    missed = 0
    for name in names:
        mutant = MUTANTS[name]
        with Forked(jobs, mutant.without) as forked:
            schedules = mutant.schedules(forked.reference)
            seen = next((wrong for _, wrong in forked.verified(schedules) if wrong), "")
        missed += not seen
        told = (
            f"noticed: {seen.splitlines()[0][:90]}" if seen else f"NOT NOTICED in {len(schedules)} schedules"
        )
        print(f"{name}: {mutant.what}: {told}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
