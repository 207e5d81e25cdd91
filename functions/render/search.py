"""What the search page loads: papers in few bytes, a file for each month, and the index of those files.

A month's file is an index by word, so that the page need not go through abstracts, nor even have them.
templates/match.js reads what is written here and takes texts apart into the same words (docs/search.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec
from msgspec import Struct

from functions.render import mathml
from functions.render.day import plain_score
from functions.render.plain import plain
from shared.paper import Paper

# The page refuses any other.
VERSION = 1
INDEX = "search/index.json"
# Nobody looks for a collaboration by its two hundred and first author, and an item has its limit.
_AUTHORS = 200

# C++ and C# are words of their own, not the letter.
_WORD = re.compile(r"[^\W_]+(?:\+\+|#(?!\w))?")
# Letters that Unicode does not take apart into a letter and an accent, or of which there are two forms.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss", "ς": "σ"}
)
# Words that tell nothing of a paper, and commands of TeX. The page is told them by the index.
_STOP = """
a b c d e f g h i j k l m n o p q r s t u v w x y z
about above across after against all also although among an and any are as at be because been before
being between both but by can cannot could did do does doing done due during each either else et etc
even ever every few for from further had has have having hence he her here his how however if in into
is it its itself just less like many may might more moreover most much must namely near neither no nor
not of off often on once one only onto or other others our out over own per quite rather same several
she should show shown shows since so some still such than that the their them then there thereby
therefore these they this those though three through throughout thus to together too toward towards
two under until up upon us use used uses using very via was we well were what when where whereas
whether which while who whose why will with within without would yet you your
emph frac http https mathbb mathbf mathcal mathrm sqrt textbf textit www
"""
STOP_WORDS = frozenset(_STOP.split())


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A hot paper as it is searched. `rank` is its place in its day; `words` are the abstract's different
    words, in order and without those of the title and STOP_WORDS, between spaces.
    """

    id: str
    date: str
    rank: int
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    score: float
    words: str = ""


class _Month(Struct, frozen=True):
    v: int
    # By day, the newest first, then by rank: id, date, title, authors, categories, score.
    papers: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...], float], ...]
    # Words in the order of their UTF-16 code units, between spaces, and where each is, as steps from one such
    # number to the next: four times the paper's place above, plus 0 for its title, 1 for an author, 2 for a
    # category or the id, 3 for the abstract.
    words: str
    lists: tuple[tuple[int, ...], ...]


class _Index(Struct, frozen=True):
    v: int
    stop: str
    months: tuple[tuple[str, int], ...]


def words(text: str) -> list[str]:
    """The words of a text as they are compared: no case, no accents, no punctuation."""
    if text.isascii():
        return _WORD.findall(text.lower())
    apart = unicodedata.normalize("NFKD", text).lower()
    bare = "".join(letter for letter in apart if not unicodedata.category(letter).startswith("M"))
    return _WORD.findall(bare.translate(_LETTERS))


def entry(paper: Paper, rank: int, score: float, date: str) -> Entry:
    """A paper as the table keeps it for searching."""
    title = mathml.text(paper.title)
    told = STOP_WORDS.union(words(title))
    return Entry(
        id=paper.id,
        date=date,
        rank=rank,
        title=title,
        authors=tuple(plain(author) for author in paper.authors[:_AUTHORS]),
        categories=paper.categories,
        score=plain_score(score),
        words=" ".join(sorted(set(words(mathml.text(paper.abstract))) - told)),
    )


def month_key(month: str) -> str:
    """The key of a month's file; `month` is YYYY-MM."""
    return f"search/{month}.json"


def month(entries: Iterable[Entry]) -> bytes:
    """The file of a month, whatever the order of its entries."""
    # Twice, as sorting keeps the order of what is equal.
    ranked = sorted(entries, key=lambda one: (one.rank, one.id))
    ordered = sorted(ranked, key=lambda one: one.date, reverse=True)
    having: defaultdict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(ordered):
        for word, place in _places(one).items():
            having[word].append(4 * number + place)
    # The page looks words up by halving, and JavaScript compares texts by UTF-16 code units.
    vocabulary = sorted(having, key=lambda word: word.encode("utf-16-be"))
    return msgspec.json.encode(
        _Month(
            v=VERSION,
            papers=tuple(
                (one.id, one.date, one.title, one.authors, one.categories, one.score) for one in ordered
            ),
            words=" ".join(vocabulary),
            lists=tuple(_steps(having[word]) for word in vocabulary),
        )
    )


def _steps(numbers: list[int]) -> tuple[int, ...]:
    """From 0 to the first and so on: small numbers compress better."""
    return tuple(after - before for before, after in pairwise([0, *numbers]))


def _places(one: Entry) -> dict[str, int]:
    """The words of an entry, each with its best place."""
    names = [name.lower() for name in (*one.categories, one.id)]
    by_place = (
        words(one.title),
        words("\n".join(one.authors)),
        [*names, *words("\n".join(one.categories))],
        one.words.split(),
    )
    places: dict[str, int] = {}
    for place, found in enumerate(by_place):
        for word in found:
            places.setdefault(word, place)
    return places


def months(papers: Mapping[str, int]) -> bytes:
    """The index of the months' files, newest first, with how many papers are in each, and STOP_WORDS."""
    listed = tuple(sorted(papers.items(), reverse=True))
    return msgspec.json.encode(_Index(v=VERSION, stop=" ".join(sorted(STOP_WORDS)), months=listed))
