"""Search: words, entries, files and what a first answer costs; the same words, and the answers, in node."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.render import pages, search, site
from functions.render.objects import Objects
from functions.render.search import STOP_WORDS, Entry, entry, month, months, words
from shared.paper import Paper
from shared.settings import Settings
from shared.shelf import Shelf
from tests.golden.test_golden import DAYS, golden
from tests.unit import corpus

TEMPLATES = Path(search.__file__).parent / "templates"
BUDGET = 150_000
# Run in Python and in node: what is typed, and the words that it is.
WORDS = [
    ("LoRA: Low-Rank Adaptation", ["lora", "low", "rank", "adaptation"]),
    ("Élodie Müller-Strauß", ["elodie", "muller", "strauss"]),
    ("Łukasz Kaiser, Søren, Đorđe", ["lukasz", "kaiser", "soren", "dorde"]),
    ("e\u0301 \u00e9 \u1e9e", ["e", "e", "ss"]),
    ("İstanbul ISTANBUL ılık", ["istanbul", "istanbul", "ilik"]),
    ("C++ and C# and F#5 and a++b", ["c++", "and", "c#", "and", "f", "5", "and", "a++", "b"]),
    ("ΟΔΥΣΣΕΥΣ Οδυσσεύς", ["οδυσσευσ", "οδυσσευσ"]),
    ("ﬁne ＡＢＣ ℌ x² ½", ["fine", "abc", "h", "x2", "1", "2"]),
    ("snake_case don't 10,000", ["snake", "case", "don", "t", "10", "000"]),
    ("$\\alpha$-divergence in $O(n\\log n)$", ["alpha", "divergence", "in", "o", "n", "log", "n"]),
    ("注意力 हिन्दी ไทย", ["注意力", "हनद", "ไทย"]),
    ("𝒜 𝟙 😀 <script>alert(1)</script>", ["a", "1", "script", "alert", "1", "script"]),
    ("", []),
]

PAPERS = [
    Paper(
        id="2106.09685",
        title="LoRA: Low-Rank Adaptation of Large Language Models",
        authors=("Edward J. Hu", "Yelong Shen"),
        categories=("cs.CL", "cs.LG"),
        abstract="We freeze the pre-trained model weights, with LoRA, and say transformer.",
        listed="2021-06-18",
    ),
    Paper(
        id="math/0703599",
        title="A rank of low order: the theory of all C++",
        authors=("Lora Rank", "Ada Low"),
        categories=("math.GT",),
        abstract="Adaptation of large freezers by Schrödinger.",
        listed="2021-06-18",
    ),
    Paper(
        id="2106.00003",
        title="Transformers freeze",
        authors=("Ada Lovelace",),
        categories=("cs.CL",),
        abstract="Classes without lora.",
        listed="2021-06-17",
    ),
]
LORA, OLD, LATE = (paper.id for paper in PAPERS)


def entries() -> list[Entry]:
    return [
        entry(paper, rank, score, paper.listed)
        for paper, rank, score in zip(PAPERS, (1, 2, 1), (2288.0, 60.5, 90.0), strict=True)
    ]


def in_node(expression: str, data: Any) -> Any:
    """What an expression comes to in node, where match.js is `match` and the data `data`."""
    node = shutil.which("node")
    if not node:
        pytest.skip("no node on this machine")
    script = f"""
const match = require({json.dumps(str(TEMPLATES / "match.js"))});
const data = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({expression}));
"""
    done = subprocess.run(
        [node, "-e", script], input=json.dumps(data), capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout)


# --- words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_words_have_no_case_accents_or_punctuation(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_the_browser_has_the_same_words() -> None:
    assert in_node("data.map(match.words)", [text for text, _ in WORDS]) == [one for _, one in WORDS]


def test_the_browser_has_the_same_words_for_every_character() -> None:
    # Those that are old enough for every Python and every node to know.
    category = unicodedata.ucd_3_2_0.category
    known = [one for one in map(chr, range(sys.maxunicode + 1)) if category(one) not in ("Cn", "Cs", "Co")]
    texts = [f"A{one}b{one}# {one}C" for one in known]
    theirs = in_node("data.map(match.words)", texts)
    different = {one: (words(text), found) for one, text, found in zip(known, texts, theirs, strict=True)}
    assert {one: both for one, both in different.items() if both[0] != both[1]} == {}


# --- entries and files -----------------------------------------------------------------------------------


def test_an_entry_has_the_abstracts_other_words() -> None:
    first, old, _ = entries()
    assert first.words == "freeze model pre say trained transformer weights", (
        "not those of the title, nor stop words"
    )
    assert old.words == "adaptation freezers large schrodinger"
    assert (first.score, old.score) == (2288, 60.5)
    assert isinstance(first.score, int), "2288, not 2288.0: bytes"
    assert msgspec.json.decode(msgspec.json.encode(first), type=Entry) == first


def test_an_entry_has_nothing_that_must_not_be_shown() -> None:
    paper = msgspec.structs.replace(PAPERS[0], title="a\u202eb\x00\ud800", authors=("x\u2066y",))
    made = entry(paper, 1, 1, "2021-06-18")
    assert (made.title, made.authors) == ("ab", ("xy",))
    assert json.loads(month([made]))["papers"][0][2] == "ab"


def test_a_months_file_has_the_papers_and_where_each_word_is() -> None:
    read = json.loads(month(entries()))
    assert list(read) == ["v", "papers", "words", "lists"]
    assert read["v"] == 1
    assert read["papers"] == [
        [LORA, "2021-06-18", PAPERS[0].title, ["Edward J. Hu", "Yelong Shen"], ["cs.CL", "cs.LG"], 2288],
        [OLD, "2021-06-18", PAPERS[1].title, ["Lora Rank", "Ada Low"], ["math.GT"], 60.5],
        [LATE, "2021-06-17", "Transformers freeze", ["Ada Lovelace"], ["cs.CL"], 90],
    ]
    lists = dict(zip(read["words"].split(" "), read["lists"], strict=True))
    assert list(lists) == sorted(lists)
    # Title of the first, an author of the second, abstract of the third: 0, 4 + 1, 8 + 3.
    assert lists["lora"] == [0, 5, 6]
    assert lists["freeze"] == [3, 5]
    assert lists["low"] == [0, 4], "the title comes before the author"
    assert lists["cs.cl"] == lists["cl"] == lists["cs"] == [2, 8]
    assert lists["math/0703599"] == [6]
    assert "lovelace" in lists
    assert "we" not in lists, "a stop word of an abstract"


def test_a_months_file_is_the_same_in_any_order() -> None:
    assert month(entries()) == month(entries()[::-1])
    assert json.loads(month([])) == {"v": 1, "papers": [], "words": "", "lists": []}


def test_words_are_in_the_order_of_javascript() -> None:
    # By code points the first would come last.
    one = Entry(
        id="1", date="", rank=1, title="", authors=(), categories=(), score=1, words="\U0001e900 \ufb50 a"
    )
    assert json.loads(month([one]))["words"] == "1 a \U0001e900 \ufb50"


def test_the_index_has_the_newest_month_first() -> None:
    made = months({"2021-05": 2, "2021-06": 1, "2020-12": 0})
    index = json.loads(made)
    assert index["months"] == [["2021-06", 1], ["2021-05", 2], ["2020-12", 0]]
    assert index["v"] == 1
    assert set(index["stop"].split(" ")) == STOP_WORDS
    assert made == months({"2020-12": 0, "2021-05": 2, "2021-06": 1})
    assert json.loads(months({}))["months"] == []


def test_what_tex_writes_is_found_as_it_is_read() -> None:
    paper = Paper(
        id="1",
        title='Schr\\"odinger bridges',
        authors=(),
        categories=(),
        abstract="By Erd\\H{o}s.",
        listed="2021-06-18",
    )
    one = entry(paper, 1, 60, "2021-06-18")
    assert one.title == "Schrödinger bridges"
    assert {"erdos"} <= set(json.loads(month([one]))["words"].split())
    assert {"schrodinger", "bridges"} <= set(json.loads(month([one]))["words"].split())


def test_stop_words_are_as_they_are_compared() -> None:
    assert all(words(word) == [word] for word in STOP_WORDS)


# --- answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lora", [LORA, OLD, LATE]),  # title, author, abstract
        ("LoRA ", [LORA, OLD, LATE]),
        ("lor", [LORA, OLD, LATE]),
        ("lor ", []),  # only what is being typed is the beginning of a word
        ("freez", [LATE, LORA, OLD]),
        ("freez low", []),
        ("rank low", [LORA, OLD]),
        ("low-rank", [LORA, OLD]),
        ('"low rank"', [LORA]),
        ('"low ra', [LORA]),
        ('"low ra"', []),
        ('"lora low"', [LORA]),
        ('"rank ada"', []),  # two authors
        ('"pre trained"', []),  # phrases are not in abstracts
        ('"cs"', []),
        ("pre-trained", [LORA]),
        ("schrodinger", [OLD]),
        ("SCHRÖDINGER", [OLD]),
        ("lovelace, ada", [LATE]),
        ("c++", [OLD]),
        ("cs", [LORA, LATE]),
        ("cs.cl", [LORA, LATE]),
        ("cs.C", [LORA, LATE]),
        ("cs.CL transformers", [LATE]),
        ("transformer cs.CL", [LORA]),
        ("math.gt", [OLD]),
        ("math/0703599", [OLD]),
        ("2106.09685", [LORA]),
        ("the transformer", [LATE, LORA]),
        ("transformer of the", [LORA]),  # no words to look for in abstracts
        ("the ", [OLD]),  # nor in titles, unless there is nothing else
        ("of all", [OLD]),
        ("nothing of it", []),
        (",", None),
        ('""', None),
        ("  ", None),
        ("-- <>", None),
    ],
)
def test_a_query_finds(query: str, expected: list[str] | None) -> None:
    data = {"query": query, "month": json.loads(month(entries())), "stop": sorted(STOP_WORDS)}
    found = in_node(
        """(() => {
  const terms = match.parse(data.query, new Set(data.stop));
  if (!terms.length) return null;
  return match.best(match.find(match.ready(data.month), terms), 9).map((hit) => hit.row[0]);
})()""",
        data,
    )
    assert found == expected


def test_equals_come_by_score_and_then_by_date() -> None:
    day = PAPERS[0]
    made = [
        entry(msgspec.structs.replace(day, id=id_), 1, score, date)
        for id_, score, date in [("old", 5, "2021-06-17"), ("new", 5, "2021-06-18"), ("top", 6, "2021-06-16")]
    ]
    expression = """match.best(match.find(match.ready(data), match.parse("lora", new Set())), 3)
  .map((hit) => hit.row[0])"""
    assert in_node(expression, json.loads(month(made))) == ["top", "new", "old"]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("lora", "[LoRA]: Low-Rank, for Élodie"),
        ("elod", "LoRA: Low-Rank, for [Élodie]"),
        ('"low rank" lor', "[LoRA]: [Low]-[Rank], for Élodie"),
        ("elodi ", "LoRA: Low-Rank, for Élodie"),
    ],
)
def test_words_that_were_asked_for_are_marked(query: str, marked: str) -> None:
    expression = """match.parts(data[0], match.parse(data[1], new Set()))
  .map(([part, isHit]) => isHit ? `[${part}]` : part).join("")"""
    assert in_node(expression, ["LoRA: Low-Rank, for Élodie", query]) == marked


# --- the page --------------------------------------------------------------------------------------------


def page() -> Objects:
    return pages.assets() | site.search_objects(Settings(), Shelf())


def test_the_page_loads_its_scripts_and_works_in_any_folder() -> None:
    made = page()
    text = made["search.html"].body.decode()
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', text)
    names = [re.sub(r"\.[0-9a-f]{12}\.", ".", key) for key in scripts]
    assert names == ["site.js", "match.js", "search.js"]
    assert text.count("<script") == 1 + len(scripts), "and the theme's"
    assert "<style" not in text
    assert re.search(r'<noscript>.* href="archive\.html".*</noscript>', text)
    assert not re.findall(r"\son\w+=|\sstyle=", text)
    assert not re.findall(r'(?:href|src|action)="(?:/|https?:)', text), "works in any folder"
    assert all("immutable" in made[key].cache_control for key in scripts)
    assert made[scripts[0]].content_type == "text/javascript; charset=utf-8"


def test_the_scripts_are_small_and_make_no_html() -> None:
    for name in ("search.js", "match.js"):
        source = (TEMPLATES / name).read_text(encoding="utf-8")
        assert len(source.encode()) <= 6.5 * 1024
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(", source)
        assert source.startswith('"use strict";\n')


# --- how much it costs -------------------------------------------------------------------------------------


def compressed(body: bytes) -> int:
    """Bytes as they are transferred by gzip at its usual level; CDNs do no worse."""
    return len(gzip.compress(body, 6))


def first_answer(files: dict[str, bytes]) -> dict[str, int]:
    """What is transferred before the first answer."""
    newest = max(key for key in files if key != search.INDEX)
    loaded = {key: content.body for key, content in page().items()}
    loaded |= {newest: files[newest], search.INDEX: files[search.INDEX]}
    return {key: compressed(body) for key, body in loaded.items()}


@pytest.mark.parametrize("repeats", [1, 10])
def test_a_first_answer_costs_no_more_than_it_may(repeats: int) -> None:
    files = corpus.files(repeats=repeats)
    costs = first_answer(files)
    longest = max((body for key, body in files.items() if key != search.INDEX), key=len)
    print(
        f"{corpus.DAYS * repeats} days in {len(files) - 1} months: a first answer {sum(costs.values())} bytes"
    )
    print(f"{costs}; the longest month {compressed(longest)}")
    assert sum(costs.values()) <= BUDGET
    # Whichever month is the newest.
    others = sum(size for key, size in costs.items() if not re.fullmatch(r"search/\d{4}-\d\d\.json", key))
    assert others + compressed(longest) <= BUDGET


def test_real_days_cost_less_than_those_made_up() -> None:
    real = []
    for day in DAYS:
        for one in golden(day)[0]["papers"]:
            paper = Paper(
                id=one["arxiv_id"],
                title=one["title"],
                authors=tuple(one["authors"]),
                categories=tuple(one["categories"]),
                abstract=one["abstract"],
                listed=day,
            )
            real.append(entry(paper, one["rank"], one["retweets"] + one["favorites"], day))
    invented = corpus.entries(9)[: len(real)]
    assert len(real) == len(invented)
    sizes = compressed(month(real)), compressed(month(invented))
    print(f"{len(real)} real papers: {sizes[0]} bytes; as many made up: {sizes[1]}")
    assert sizes[0] <= sizes[1]
