"""A post in Markdown taken apart, and put together again as it was."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.render import embed
from infra.archive.embeds import EmbedError, mention
from infra.archive.lines import FormError
from infra.archive.post import OldPost, parse
from shared.paper import Author, Counts, Entity, Mention
from shared.settings import Settings

OWN = Path(__file__).parents[1] / "golden" / "own"
DAYS = sorted(path.stem for path in OWN.glob("*.md"))
TEXT = (OWN / "2021-11-10.md").read_text(encoding="utf-8")


def parsed(text: str, date: str = "2021-11-10") -> OldPost:
    return parse(text, date, Settings(hackernews_weight=2))


def digest(old: OldPost) -> str:
    """Of what it will be published as: it was compared with that."""
    assert old.post.imported
    return old.post.imported.digest


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("day", DAYS)
def test_a_post_of_this_service_comes_back_to_the_byte(day: str) -> None:
    text = (OWN / f"{day}.md").read_text(encoding="utf-8")
    assert digest(parsed(text, day)) == sha256(text)


def test_what_a_post_says_is_what_the_table_keeps() -> None:
    post = parsed(TEXT)
    first = post.papers[0]
    assert post.post.published_at == re.findall(r"^date: (.*)$", TEXT, re.MULTILINE)[0]
    assert (post.post.status, post.post.announced) == ("publishing", True)
    assert [paper.frozen.rank for paper in post.papers if paper.frozen] == list(
        range(1, len(post.papers) + 1)
    )
    assert first.paper.title == "On <b>tags</b> & [links](https://example.org) where $a<b$ &amp; more"
    assert first.paper.abstract == "# Not a heading: R&D of x < y."
    assert first.paper.authors == ("Ada Example", "Bob O'Neil")
    assert first.paper.listed == "2021-11-10"
    assert [(one.source, one.counts) for one in first.mentions] == [("x", Counts())] * 2
    assert first.mentions[1].lang == "ar"
    elsewhere = next(one for one in post.papers if one.paper.title == "Discussed elsewhere")
    assert elsewhere.score == 2 * 75
    assert elsewhere.frozen
    assert elsewhere.frozen.totals["hackernews"] == Counts(points=75, comments=15)


def test_variants_come_out_in_the_one_form() -> None:
    old = "\n" + TEXT.replace("Z\n", ".Z\n", 1).replace("a&lt;b", "a<b").replace(
        "of x &lt; y", "of  x < y"
    ).rstrip("\n")
    assert digest(parsed(old)) == sha256(TEXT)


def test_a_paper_may_have_no_pdf_and_ties_any_order() -> None:
    text = re.sub(r" \| \[pdf\]\([^)]*\)", "", TEXT)
    post = parsed(text)
    assert [paper.frozen.has_pdf for paper in post.papers if paper.frozen] == [False] * len(post.papers)
    assert digest(post) == sha256(text)


def test_front_matter_is_kept_as_it_is() -> None:
    text = TEXT.replace('slug: "hot-papers-2021-11-10"', 'slug: "hot-papers-2021-11-09"\nauthor: me')
    assert digest(parsed(text)) == sha256(text)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("---\n", "", "the beginning of the front matter should be here"),
        ("date: 2021", "date: soon 2021", "its date is not a time"),
        ("date: 2021-", "date: 2021-99-", "its date is not a time"),
        ("# 2. ", "# 3. ", "the title of paper 2 should be here"),
        ("- retweets: ", "- tweets: ", "the line of retweets and favorites should be here"),
        ("(11/1", "(13/4", "its time is none"),
        ("[abs](https://arxiv.org/abs/2111.", "[abs](https://arxiv.org/abs/2113.", "the links of the paper"),
        ("cs.LG](https", "cs.LG](http", "categories that are none"),
        ('dir="ltr">', 'dir="ltr" onclick="x">', "no embed"),
        ("?ref_src=twsrc%5Etfw", "?ref_src=other", "another form"),
        ("&mdash; ", "&mdash; <b>", "another form"),
        ("charset=", "defer charset=", "the script of the embed should be here"),
        ("points, ", "stars, ", "is nothing that the line tells"),
    ],
)
def test_what_does_not_fit_is_told_with_line_and_reason(before: str, after: str, reason: str) -> None:
    assert before in TEXT
    with pytest.raises(FormError, match=reason) as caught:
        parsed(TEXT.replace(before, after, 1))
    (number,) = re.findall(r"^line (\d+): ", str(caught.value))
    assert int(number) == line_of(TEXT, before)


def test_blank_lines_before_the_front_matter_count() -> None:
    with pytest.raises(FormError, match=r"^line 9: it ends before the end of the front matter"):
        parsed("\n\n" + "\n".join(TEXT.split("\n")[:6]))


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("# 1. ", "# 1. " + "t" * 2_000, "the title has 20"),
        ("Ada Example", "A" * 1_001, "a name has 1001 characters"),
        ("R&D", "x" * 20_000, "the abstract has 20"),
        ("Ada Example", ", ".join(["Ada Example"] * 12_000), "its texts have "),
    ],
)
def test_texts_that_no_paper_has_are_told(before: str, after: str, reason: str) -> None:
    with pytest.raises(FormError, match=reason):
        parsed(TEXT.replace(before, after, 1))


def test_a_post_that_ends_in_the_middle_is_told() -> None:
    with pytest.raises(FormError, match=r"line 7: it ends before the end of the front matter"):
        parsed("\n".join(TEXT.split("\n")[:6]))


def test_a_paper_that_is_there_twice_is_told() -> None:
    first, second = re.findall(r"abs/(\d{4}\.\d{5})\)", TEXT)[:2]
    with pytest.raises(FormError, match=f"{first} is there already"):
        parsed(TEXT.replace(second, first))


ENTITIES = (
    Entity(kind="mention", start=0, end=4, target="ada_"),
    Entity(kind="hashtag", start=5, end=8, target="ML"),
    Entity(kind="cashtag", start=9, end=13, target="ABC"),
    Entity(kind="url", start=14, end=31, target="https://t.co/abcd"),
    Entity(kind="url", start=32, end=49, target="https://t.co/efgh", shown="pic.twitter.com/efgh"),
)
SAID = Mention(
    source="x",
    id=str(1405891519249207298),
    counts=Counts(),
    url="https://twitter.com/ada_/status/1405891519249207298",
    author=Author(id="", name="Ada & <Ada>", username="ada_"),
    created_at=datetime(2021, 6, 18, 14, 13, 53, tzinfo=UTC),
    text='@ada #ML $ABC https://t.co/abcd https://t.co/efgh\n&amp; "it\'s" <b>',
    lang="en",
    entities=ENTITIES,
)
SKEET = Mention(
    source="bluesky",
    id="at://did:plc:abc/app.bsky.feed.post/3k",
    counts=Counts(),
    url="https://bsky.app/profile/did:plc:abc/post/3k",
    cid="bafy",
    author=Author(id="did:plc:abc", name="Ada", username="ada.example.com"),
    created_at=datetime(2021, 6, 18, tzinfo=UTC),
    text="Read #ml @bob https://example.org/a?b=1&c",
    lang="en",
    entities=(
        Entity(kind="hashtag", start=5, end=8, target="ml"),
        Entity(kind="mention", start=9, end=13, target="did:plc:bob"),
        Entity(kind="url", start=14, end=41, target="https://example.org/a?b=1&c"),
    ),
)


@pytest.mark.parametrize("said", [SAID, SKEET])
def test_an_embed_tells_its_mention(said: Mention) -> None:
    assert mention(embed.blockquote(said)) == said


def test_an_embed_with_foreign_html_is_none() -> None:
    written = embed.blockquote(SAID)
    for other in (
        written.replace("<br>", "<script>alert(1)</script>"),
        written.replace("June 18", "Moonday 18"),
        f"{written} ",
        written.replace("https://t.co/abcd", "javascript:alert(1)"),
    ):
        with pytest.raises(EmbedError):
            mention(other)


def test_an_address_that_leads_nowhere_is_an_address() -> None:
    written = embed.blockquote(SAID).replace("https://t.co/abcd", "https://[x")
    assert embed.blockquote(mention(written)) == written
