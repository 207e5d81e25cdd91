"""Papers of no meaning and of realistic size, for measuring: the same ones each time.

Words follow Zipf's law as those of abstracts do, the ones without meaning first. The numbers are set so that
an abstract has somewhat more different words than those of the reference days (test_search.py compares them).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import accumulate

from functions.render import search
from functions.render.search import STOP_WORDS, Entry, entry
from shared.paper import Paper

DAYS = 300
PAPERS_A_DAY = 13
_ABSTRACT = 180
_VOCABULARY = 8000
_CATEGORIES = (
    "cs.LG",
    "cs.CL",
    "cs.CV",
    "stat.ML",
    "cs.AI",
    "cs.RO",
    "math.OC",
    "quant-ph",
    "hep-th",
    "eess.AS",
)
_SYLLABLES = [first + last for first in (*"bcdfglmnprstv", "st", "tr", "pl") for last in "aeiou"]
_ENDINGS = ["", "", "n", "r", "s", "l", "ng", "tion", "tive", "ment", "d", "ly"]
_INITIALS = "ABCDEFGHJKLMNPRSTWYZ"


def weekdays(days: int) -> list[str]:
    """So many listing dates up to the reference day, oldest first."""
    found: list[str] = []
    day = date(2021, 6, 30)
    while len(found) < days:
        if day.weekday() < 5:
            found.append(day.isoformat())
        day -= timedelta(days=1)
    return found[::-1]


def papers(days: int = DAYS) -> Iterator[tuple[Paper, int, float]]:
    """Papers day by day, oldest first, each with its rank and score."""
    chance = random.Random(20261124)
    invented = dict.fromkeys(_word(chance) for _ in range(3 * _VOCABULARY))
    meaningful = [word for word in invented if word not in STOP_WORDS][:_VOCABULARY]
    # Of equal frequency in their order, those without meaning take well over a third of a text.
    vocabulary = [*sorted(word for word in STOP_WORDS if len(word) > 1)[:60], *meaningful]
    weights = list(accumulate(1 / (rank + 2) ** 1.05 for rank in range(len(vocabulary))))
    names = [_word(chance).title() for _ in range(3000)]
    for day in weekdays(days):
        score = 3000.0
        for rank in range(1, PAPERS_A_DAY + 1):
            score = max(50, score * chance.uniform(0.5, 0.95) // 1)
            length = int(chance.gauss(_ABSTRACT, 40))
            text = chance.choices(vocabulary, cum_weights=weights, k=max(40, length))
            title = chance.choices(
                meaningful, cum_weights=weights[: len(meaningful)], k=chance.randint(5, 12)
            )
            authors = [
                f"{chance.choice(names)} {chance.choice(_INITIALS)}. {chance.choice(names)}"
                for _ in range(min(40, 1 + int(chance.expovariate(0.2))))
            ]
            paper = Paper(
                id=f"{day[2:4]}{day[5:7]}.{int(day[8:]) * 500 + rank * 31:05}",
                title=" ".join(title).title(),
                authors=tuple(authors),
                categories=tuple(dict.fromkeys(chance.choices(_CATEGORIES, k=chance.randint(1, 4)))),
                abstract=" ".join(text),
                listed=day,
            )
            yield paper, rank, score


@cache
def entries(days: int = DAYS) -> tuple[Entry, ...]:
    """The same papers as entries."""
    return tuple(entry(paper, rank, score, paper.listed) for paper, rank, score in papers(days))


@cache
def files(*, days: int = DAYS, repeats: int = 1) -> dict[str, bytes]:
    """All months and their index; with repeats the same days again, each time two years earlier."""
    by_month: dict[str, list[Entry]] = {}
    for one in entries(days):
        by_month.setdefault(one.date[:7], []).append(one)
    made: dict[str, bytes] = {}
    counts: dict[str, int] = {}
    for name, of_month in by_month.items():
        body = search.month(of_month)
        for back in range(repeats):
            earlier = f"{int(name[:4]) - 2 * back}{name[4:]}"
            made[search.month_key(earlier)] = body.replace(f'"{name}-'.encode(), f'"{earlier}-'.encode())
            counts[earlier] = len(of_month)
    return made | {search.INDEX: search.months(counts)}


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.choice((1, 2, 2, 3, 3, 4)))) + chance.choice(_ENDINGS)
