"""Entities are found again in a text whatever their offsets count."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import pytest

from functions.fetch.attention import x
from functions.fetch.attention.entities import place, unescape
from functions.fetch.attention.x_wire import mention_of, parse_search
from infra.local.standin import Standin, World
from infra.local.standin.build import post, user
from infra.local.standin.x_posts import Offsets
from shared.paper import Entity
from tests.unit.ledger import Ledger
from tests.unit.recordings import read
from tests.unit.test_x import NOW
from tests.unit.test_x_lookup import api_of

LINK = "https://t.co/exampleA01"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def by_code_points(text: str, start: int) -> int:
    del text
    return start


def by_escaped(text: str, start: int) -> int:
    return len(escape(text[:start]))


def by_utf16(text: str, start: int) -> int:
    return len(text[:start].encode("utf-16-le")) // 2


def by_escaped_utf16(text: str, start: int) -> int:
    return by_utf16(escape(text[:start]), start * 10)


def found(text: str, own: str, count: Callable[[str, int], int], *, kind: str = "url") -> str | None:
    """What is cut out of a text by an entity whose start a service counts in one of the ways."""
    start = text.index(own)
    sent = Entity(kind=kind, start=count(text, start), end=count(text, start + len(own)), target=own)  # type: ignore[arg-type]
    placed = place(escape(text), [(sent, (own,))])
    return text[placed[0].start : placed[0].end] if placed else None


@pytest.mark.parametrize("count", [by_code_points, by_escaped, by_utf16, by_escaped_utf16])
@pytest.mark.parametrize(
    "before",
    ["", "plain ", "A & B < C > D ", "🧪🧪 ", "🧪 & 🧪 < ", "&amp; literally ", "e\u0301 combined ", "漢字 "],
)
def test_a_link_is_found_whatever_its_offsets_count(count: Callable[[str, int], int], before: str) -> None:
    assert found(f"{before}{LINK} and more", LINK, count) == LINK


@pytest.mark.parametrize("before", ["Große 🧪 ", "İstanbul 🧪 ", "ﬃ 🧪 "])
def test_a_letter_that_grows_when_folded_moves_nothing(before: str) -> None:
    assert found(f"{before}{LINK} and more", LINK, by_utf16) == LINK


def test_the_second_of_two_equal_texts_keeps_its_own_place() -> None:
    text = "#AI and 🧪 #AI"
    tags = [Entity(kind="hashtag", start=start, end=start + 3, target="AI") for start in (0, 11)]
    placed = place(text, [(tag, ("#AI",)) for tag in tags])
    assert [(entity.start, entity.end) for entity in placed] == [(0, 3), (10, 13)]


def test_the_case_of_a_name_does_not_matter() -> None:
    name = Entity(kind="mention", start=3, end=15, target="Example_Ada")
    (placed,) = place("by @example_ada", [(name, ("@Example_Ada", "＠Example_Ada"))])
    assert (placed.start, placed.end, placed.target) == (3, 15, "Example_Ada")


def test_what_is_not_there_or_lies_within_another_is_left_out() -> None:
    url = Entity(kind="url", start=0, end=23, target=LINK)
    tag = Entity(kind="hashtag", start=5, end=9, target="none")
    inner = Entity(kind="cashtag", start=8, end=12, target="t.co")
    placed = place(LINK, [(inner, ("t.co",)), (tag, ("#none",)), (url, (LINK,))])
    assert [entity.kind for entity in placed] == ["url"]


def test_unescaping_undoes_escaping_and_nothing_else() -> None:
    for text in ("A & B", "<b>", "&lt;", "&amp;lt;", "&quot; &#39;", ""):
        assert unescape(escape(text)) == text


def test_a_posts_entities_cut_out_their_own_text() -> None:
    page = parse_search(read("x/tweet-vocabulary.json"))
    (mention,) = [mention_of(each) for each in page.posts if each.id == "1405891519247814656"]
    assert mention
    assert mention.text.startswith("Two papers & one thread, A < B: ")
    assert [(e.kind, mention.text[e.start : e.end]) for e in mention.entities] == [
        ("url", "https://t.co/exampleA01"),
        ("url", "https://t.co/exampleA02"),
        ("hashtag", "#nlp"),
    ]


@pytest.mark.parametrize("offsets", ["escaped", "unescaped"])
def test_both_ways_of_the_service_lead_to_the_same_entities(
    offsets: Offsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ledger(monkeypatch)
    ada = user("example_ada", "Ada")
    words = "A < B & 🧪 #tag @example_ada $ML"
    sent = post(NOW, ada, words, ["https://arxiv.org/abs/2106.09685"], likes=50)
    with Standin(World(users=(ada,), posts=(sent,)), now=NOW, entity_offsets=offsets) as standin:
        found_now = x.look_up(api_of(standin), [sent.id], with_authors=False)
    mention = found_now.mentions[sent.id]
    assert mention.text == sent.text
    assert [mention.text[e.start : e.end] for e in mention.entities] == [
        "#tag",
        "@example_ada",
        "$ML",
        sent.urls[0].url,
    ]


def test_so_many_pieces_are_looked_for_and_no_more() -> None:
    tags = [{"start": 0, "end": 1, "tag": f"t{number:05}"} for number in range(50_000)]
    text = "x " * 14_000 + "#t00001 #t00499 #t00500"
    body = msgspec.json.encode({"data": [{"id": "1", "text": text, "entities": {"hashtags": tags}}]})
    (read_post,) = parse_search(body).posts
    began = time.process_time()
    mention = mention_of(read_post)
    assert time.process_time() - began < 3
    assert mention is not None
    assert [one.target for one in mention.entities] == ["t00001", "t00499"]
