"""Days of plainly invented papers and mentions, as many as wanted, all ending on the same day.

A real archive of 294 posts had 3,347 papers (11.4 a post) and 3,740 embeds (12.7); one paper in eight had
mathematics, 3.5 formulas each. These are like it. A day is the same in archives of every size, so
that what comes on top of them is the same, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from msgspec import Struct

from shared import attention, clock
from shared.history import HistoryPoint
from shared.paper import Author, Counts, Entity, Measured, Mention, Paper, SourceState
from shared.settings import Settings

# A Thursday: what comes on top is of a Friday, as most weeks end.
LAST = date(2026, 6, 18)
NEXT = date(2026, 6, 19)
SIZES = (294, 1_176, 2_940)
TINY_SIZES = (6, 12, 30)
LISTED = 1_200

_RULES = Settings().rules
# A word is told by its number, in digits of these.
_SYLLABLES = tuple(f"{first}{second}" for first in "bdfgklmnprstvz" for second in "aeio")
_FILLERS = (
    "the",
    "of",
    "and",
    "a",
    "to",
    "in",
    "we",
    "for",
    "that",
    "with",
    "is",
    "on",
    "which",
    "from",
    "our",
)
# The most frequent first.
_CODES = (
    *("cs.LG", "cs.CV", "cs.CL", "cs.AI", "stat.ML", "cs.SD", "eess.AS", "cs.GR", "cs.RO", "cs.SE", "cs.SI"),
    *("cs.IR", "cs.NE", "eess.IV", "math.ST", "cs.CY", "cs.DS", "math.OC", "cs.IT", "cs.CR", "q-bio.NC"),
    *(
        "quant-ph",
        "cs.HC",
        "cs.DC",
        "cs.MA",
        "cs.DB",
        "physics.comp-ph",
        "cs.PL",
        "cs.CE",
        "math.NA",
        "cs.LO",
    ),
    *("cs.DL", "q-bio.BM", "cs.CC", "stat.ME", "physics.soc-ph", "cs.GT", "math.CO", "cs.AR", "eess.SP"),
    *("cs.NI", "stat.AP", "cs.MM", "math.PR"),
)
_FORMULAS = (
    *(r"$k$", r"$n$", r"$^2$", r"$\epsilon$", r"$\omega$", r"$L$", r"$O(1)$", r"$O(n \log n)$", r"$\chi^2$"),
    *(r"${a} \times {a}$", r"${a}.{b} \pm 0.{b}$", r"${b}\%$", r"$\epsilon>{b}$", r"$\omega<2.{a}$"),
    *(r"$n\times {b}$", r"$O(n^{{{b}}}+d)$", r"$\alpha_{{{b}}}$", r"$\mathbb{{R}}^{{{a}}}$"),
    *(r"$\Omega\left(\frac{{S^{b}A}}{{\epsilon^2}}\right)$", r"$\lVert x \rVert_{b} \leq {a}$"),
    *(
        r"$\sum_{{i={b}}}^{{n}} x_i$",
        r"$\mathcal{{L}}_{b}$",
        r"$p(x \mid \theta_{b})$",
        r"$\sqrt{{{a}\pi x}}$",
    ),
)


class GeneratedDay(Struct, frozen=True):
    """A listing date with its hot papers, and what each had come to by date."""

    date: str
    papers: tuple[Measured, ...]
    histories: dict[str, dict[str, HistoryPoint]]


def dates(number: int) -> list[str]:
    """The dates of an archive of so many days, the oldest first."""
    found: list[str] = []
    day = LAST
    while len(found) < number:
        if clock.is_working_day(day):
            found.append(day.isoformat())
        day -= timedelta(days=1)
    return found[::-1]


def days(number: int) -> Iterator[GeneratedDay]:
    """The days of an archive, the oldest first."""
    return map(day, dates(number))


def run_id(day: str, *, later: int = 1) -> str:
    """The run that measures a day so many days later."""
    return f"{date.fromisoformat(day) + timedelta(days=later)}T07:55:00Z"


def source_states(day: str) -> dict[str, SourceState]:
    """How a day's sources were measured."""
    measured = SourceState(state="measured", measured_at=run_id(day))
    return {
        "x": measured,
        "bluesky": SourceState(state="off"),
        "hackernews": measured,
        "huggingface": measured,
    }


def day(listed: str) -> GeneratedDay:
    """A day, the same whenever it is made. The one on top has been measured once, all others for days."""
    random = Random(listed)
    papers = tuple(_measured(random, listed, number) for number in range(random.randint(6, 17)))
    lives = (1,) if listed == NEXT.isoformat() else (1, 2, 4)
    return GeneratedDay(
        listed,
        papers,
        {
            one.paper.id: {run_id(listed, later=later)[:10]: _point(one, later) for later in lives}
            for one in papers
        },
    )


def _point(measured: Measured, later: int) -> HistoryPoint:
    share = later / (later + 0.5)
    return HistoryPoint(score=int(measured.score * share), totals=attention.totals(measured.mentions))


def _measured(random: Random, listed: str, number: int) -> Measured:
    paper = _paper(random, listed, number)
    mentions = [_post(random, listed, paper, number * 20, random.randint(40, 900))]
    if random.random() < 0.115:
        mentions.append(_post(random, listed, paper, number * 20 + 1, random.randint(30, 39)))
    for place in range(random.randint(0, 6)):
        mentions.append(
            _post(random, listed, paper, number * 20 + 2 + place, random.randint(2, 20)).compact()
        )
    if random.random() < 0.1:
        mentions.append(
            Mention(
                source="hackernews",
                id=f"{random.randint(10**7, 4 * 10**7)}",
                counts=Counts(points=random.randint(2, 300), comments=random.randint(0, 90)),
                url=f"https://news.ycombinator.com/item?id={number}",
                author=Author(id="invented", name="invented", username="invented"),
                created_at=_moment(random, listed),
                text=paper.title,
            )
        )
    ranked = attention.rank_mentions(mentions, _RULES.weights)
    later = 1 if listed == NEXT.isoformat() else 4
    return Measured(
        paper=paper,
        mentions=ranked,
        sources=source_states(listed),
        score=max(50, attention.score(ranked, _RULES.weights)),
        run=run_id(listed, later=later),
        measured_at=run_id(listed, later=later),
    )


def _paper(random: Random, listed: str, number: int) -> Paper:
    has_formulas = random.random() < 0.125
    codes = list(
        dict.fromkeys(random.choices(_CODES, [1 / place for place in range(1, len(_CODES) + 1)], k=3))
    )
    return Paper(
        id=f"{listed[2:4]}{listed[5:7]}.{int(listed[8:]) * 700 + number:05}",
        title=_words(random, random.randint(5, 11)).title(),
        authors=tuple(
            f"{_word(random).title()} {_word(random).title()}" for _ in range(random.randint(1, 9))
        ),
        categories=tuple(codes[: random.randint(1, 3)]),
        abstract=_abstract(random, random.randint(2, 5) if has_formulas else 0),
        listed=listed,
    )


def _abstract(random: Random, formulas: int) -> str:
    sentences = [_words(random, random.randint(12, 30)) for _ in range(7)]
    for _ in range(formulas):
        place = random.randrange(len(sentences))
        formula = random.choice(_FORMULAS).format(a=random.randint(2, 512), b=random.randint(1, 9))
        sentences[place] += f" where {formula} holds"
    return " ".join(f"{sentence.capitalize()}." for sentence in sentences)


def _post(random: Random, listed: str, paper: Paper, number: int, engagement: int) -> Mention:
    link = f"https://t.co/{_word(random)}{number}"
    before = f"{_words(random, random.randint(12, 28))} & more <{_word(random)}> "
    tag = _word(random)
    text = f"{before}{link} #{tag}\n{paper.title[:60]}"
    end = len(before) + len(link)
    account = random.randint(1, 4_000)
    likes = engagement * 2 // 3
    id_ = f"{1_400_000_000_000_000_000 + random.randrange(10**17)}"
    return Mention(
        source="x",
        id=id_,
        counts=Counts(reposts=engagement - likes, likes=likes, replies=random.randint(0, 9)),
        url=f"https://twitter.com/invented_{account}/status/{id_}",
        author=Author(id=f"{account}", name=f"Invented {account}", username=f"invented_{account}"),
        created_at=_moment(random, listed),
        text=text,
        lang="en",
        entities=(
            Entity(kind="url", start=len(before), end=end, target=link, shown=f"arxiv.org/abs/{paper.id}"),
            Entity(kind="hashtag", start=end + 1, end=end + 2 + len(tag), target=tag),
        ),
    )


def _moment(random: Random, listed: str) -> datetime:
    return datetime.fromisoformat(listed).replace(tzinfo=UTC) + timedelta(seconds=random.randrange(80_000))


def _word(random: Random) -> str:
    # Some words are much more frequent than others, as in any language.
    number = int(random.paretovariate(0.6)) % 8_000
    base = len(_SYLLABLES)
    return "".join(_SYLLABLES[number // base**place % base] for place in range(2 + number % 3))


def _words(random: Random, number: int) -> str:
    return " ".join(
        random.choice(_FILLERS) if random.random() < 0.4 else _word(random) for _ in range(number)
    )
