"""The Markdown post: what the golden days have not, and what would act as Markdown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from functions.render.day import Day, hot_papers
from functions.render.markdown import escape, escape_line, post
from shared.paper import Author, Counts, Measured, Mention, Paper, SourceState
from shared.settings import Settings, parse

RUN = "2021-06-19T07:55:00Z"
MEASURED = SourceState(state="measured", measured_at=RUN)
DOWN = SourceState(state="unavailable", reason="HTTP 500")
BLOCKS = ["# a", "###### a", "#", "> a", ">a", "- a", "+ a", "* a", "-", "```", "```py", "~~~", "---", "***"]
BLOCKS += ["___", "- - -", "* * *", "_ _ _"]
NO_BLOCKS = ["#tag", "####### seven", "-1 is", "*this* is", "**so** is", "+1", "1.5 times", "3D"]
NO_BLOCKS += ["1234567890. x", "_it_", "~ 3", "--- a", "`code`", ""]
ALL = {"x": MEASURED, "hackernews": MEASURED, "huggingface": MEASURED}


def mention(source: Any, number: int = 1, **counts: int) -> Mention:
    return Mention(
        source=source,
        id=str(number),
        counts=Counts(**counts),
        author=Author(id="1", name="Ada", username="ada"),
        created_at=datetime(2021, 6, 18, tzinfo=UTC),
        text="Hi",
        lang="en",
    )


def measured(*mentions: Mention, score: float = 60, paper_id: str = "2106.00001", **more: Any) -> Measured:
    paper = Paper(
        id=paper_id,
        title="A title",
        authors=("Ada", "Bob"),
        categories=("cs.LG", "stat.ML"),
        abstract="Short.",
        listed="2021-06-18",
    )
    return Measured(
        paper=msgspec.structs.replace(paper, **more),
        mentions=mentions,
        score=score,
        run=RUN,
        measured_at=RUN,
    )


def written(
    *papers: Measured, sources: dict[str, SourceState] = ALL, settings: Settings | None = None
) -> str:
    settings = settings or Settings()
    day = Day(
        date="2021-06-18",
        published_at=RUN,
        listed=9,
        is_partial=False,
        sources=sources,
        papers=hot_papers(settings, papers),
    )
    return post(settings, day)


def attention_of(*mentions: Mention, sources: dict[str, SourceState] = ALL) -> list[str]:
    """The lines that tell a paper's attention."""
    text = written(measured(*mentions), sources=sources)
    return text.partition("Ada, Bob\n\n")[2].partition("\n\n")[0].split("\n")


def test_a_whole_post() -> None:
    assert written(measured(mention("x", reposts=50, likes=10))) == (
        "---\n"
        "title: Hot Papers 2021-06-18\n"
        "date: 2021-06-19T07:55:00Z\n"
        'template: "post"\n'
        "draft: false\n"
        'slug: "hot-papers-2021-06-18"\n'
        'category: "arXiv"\n'
        "tags:\n"
        '  - "arXiv"\n'
        '  - "Twitter"\n'
        '  - "Machine Learning"\n'
        '  - "Computer Science"\n'
        'description: "Hot papers 2021-06-18"\n'
        'socialImage: "/media/flying-marine.jpg"\n'
        "\n"
        "---\n"
        "\n"
        "# 1. A title\n"
        "\n"
        "Ada, Bob\n"
        "\n"
        "- retweets: 50, favorites: 10 (06/19/2021 07:55:00)\n"
        "\n"
        "- links: [abs](https://arxiv.org/abs/2106.00001) | [pdf](https://arxiv.org/pdf/2106.00001)\n"
        "- [cs.LG](https://arxiv.org/list/cs.LG/recent) | [stat.ML](https://arxiv.org/list/stat.ML/recent)\n"
        "\n"
        "Short.\n"
        "\n"
        '<blockquote class="twitter-tweet"><p lang="en" dir="ltr">Hi</p>&mdash; Ada (@ada) '
        '<a href="https://twitter.com/ada/status/1?ref_src=twsrc%5Etfw">June 18, 2021</a></blockquote>\n'
        '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>\n'
        "\n"
        "\n"
        "\n"
    )


def test_a_mention_on_bluesky_is_followed_by_blueskys_script() -> None:
    did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
    said = msgspec.structs.replace(
        mention("bluesky", reposts=1, likes=40),
        id=f"at://{did}/app.bsky.feed.post/3k1",
        cid="bafy",
        author=Author(id=did, name="Bob", username="bob.example"),
    )
    text = written(measured(mention("x", likes=60), said))
    assert "- retweets: 1, favorites: 100 (06/19/2021 07:55:00)\n" in text
    embeds = text.partition("Short.\n\n")[2].split("\n")
    assert embeds[0].startswith('<blockquote class="twitter-tweet">')
    assert embeds[1:] == [
        '<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>',
        "",
        f'<blockquote class="bluesky-embed" data-bluesky-uri="at://{did}/app.bsky.feed.post/3k1" '
        f'data-bluesky-cid="bafy"><p lang="en">Hi</p>&mdash; '
        f'<a href="https://bsky.app/profile/{did}?ref_src=embed">Bob (@bob.example)</a> '
        f'<a href="https://bsky.app/profile/{did}/post/3k1?ref_src=embed">June 18, 2021</a></blockquote>',
        '<script async src="https://embed.bsky.app/static/embed.js" charset="utf-8"></script>',
        "",
        "",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("mentions", "sources", "lines"),
    [
        ((mention("x", likes=60),), ALL, ["- retweets: 0, favorites: 60 (06/19/2021 07:55:00)"]),
        (
            (mention("hackernews", 1, points=40, comments=3), mention("hackernews", 2, points=41)),
            ALL,
            ["- retweets: 0, favorites: 0 (06/19/2021 07:55:00)",
             "- also: [Hacker News](https://news.ycombinator.com/item?id=2) 81 points, 3 comments"],
        ),
        (
            (mention("hackernews", 1, comments=3), mention("x", likes=60)),
            ALL,
            ["- retweets: 0, favorites: 60 (06/19/2021 07:55:00)"],
        ),
        (
            (mention("huggingface", 1, upvotes=60), mention("hackernews", 2, points=1, comments=1)),
            ALL | {"x": DOWN},
            ["- retweets: ?, favorites: ? (06/19/2021 07:55:00)",
             "- also: [Hacker News](https://news.ycombinator.com/item?id=2) 1 points, 1 comments | "
             "[Hugging Face](https://huggingface.co/papers/2106.00001) 60 upvotes | X unavailable"],
        ),
        (
            (mention("x", likes=60),),
            ALL | {"x": msgspec.structs.replace(DOWN, measured_at=RUN)},
            ["- retweets: 0, favorites: 60 (06/19/2021 07:55:00)", "- also: X unavailable"],
        ),
        (
            (mention("x", likes=60),),
            ALL | {"x": msgspec.structs.replace(MEASURED, capped=True), "hackernews": DOWN},
            ["- retweets: 0, favorites: 60 (06/19/2021 07:55:00)",
             "- also: X capped | Hacker News unavailable"],
        ),
        (
            (mention("huggingface", 1, upvotes=60),),
            ALL | {"x": SourceState(state="off")},
            ["- retweets: ?, favorites: ? (06/19/2021 07:55:00)",
             "- also: [Hugging Face](https://huggingface.co/papers/2106.00001) 60 upvotes"],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_attention(
    mentions: tuple[Mention, ...], sources: dict[str, SourceState], lines: list[str]
) -> None:
    assert attention_of(*mentions, sources=sources) == lines


def test_papers_stand_by_score_then_by_id() -> None:
    text = written(
        measured(score=60, paper_id="2106.00003", title="third"),
        measured(score=60, paper_id="2105.99999", title="second"),
        measured(score=61, paper_id="2106.00009", title="first"),
        measured(score=49.9, title="cold"),
        measured(score=50, title="fourth"),
    )
    assert [line for line in text.split("\n") if line.startswith("# ")] == [
        "# 1. first",
        "# 2. second",
        "# 3. third",
        "# 4. fourth",
    ]


def test_at_most_ten_mentions_are_shown_the_first_always() -> None:
    many = [mention("x", number, likes=60 - number) for number in range(1, 20)]
    assert written(measured(*many)).count("<blockquote") == 10
    few = [mention("x", number, likes=likes) for number, likes in enumerate((24, 24, 10))]
    assert written(measured(*few)).count("<blockquote") == 1
    some = [mention("x", number, likes=likes) for number, likes in enumerate((30, 25, 24))]
    assert written(measured(*some)).count("<blockquote") == 2
    nobody = msgspec.structs.replace(mention("x", 1, likes=90), author=Author(id="7"))
    assert written(measured(nobody)).count("<blockquote") == 0


def test_an_empty_day_is_its_front_matter() -> None:
    assert written().endswith("\n---\n")
    assert written(sources=ALL | {"x": DOWN}).endswith("\n---\n\n- also: X unavailable\n")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a < b & c", "a &lt; b & c"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("R&D &amp; &lt; &#60; &#x3C; &copy", "R&D &amp;amp; &amp;lt; &amp;#60; &amp;#x3C; &copy"),
        ("[a](b) [c] (d) ![e](f)", "[a]\\(b) [c] (d) ![e]\\(f)"),
        ("$a_b < c^{*}$ and *this* `too`", "$a_b &lt; c^{*}$ and *this* `too`"),
        ("é 🎧 ’", "é 🎧 ’"),
    ],
)
def test_what_would_act_is_escaped_anywhere(text: str, escaped: str) -> None:
    assert escape(text) == escaped
    assert escape_line(text) == escaped


@pytest.mark.parametrize(
    "text",
    [
        "# a",
        "###### a",
        "#",
        "> a",
        ">a",
        "- a",
        "+ a",
        "* a",
        "-",
        "```",
        "```py",
        "~~~",
        "---",
        "***",
        "___",
        "- - -",
        "* * *",
        "_ _ _",
        "[a]: https://example.org",
    ],
)
def test_what_would_open_a_block_is_escaped_at_the_start_of_a_line(text: str) -> None:
    assert escape_line(text) == f"\\{text}"
    assert escape_line(f"a {text}").startswith("a "), "only there"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("1. a", "1\\. a"), ("2) a", "2\\) a"), ("1986. A great", "1986\\. A great"), ("1.", "1\\.")],
)
def test_what_would_open_a_list_is_escaped(text: str, escaped: str) -> None:
    assert escape_line(text) == escaped


@pytest.mark.parametrize(
    "text",
    [
        "#tag",
        "####### seven",
        "-1 is",
        "*this* is",
        "**so** is",
        "+1",
        "1.5 times",
        "3D",
        "1234567890. x",
        "_it_",
        "~ 3",
        "--- a",
        "",
    ],
)
def test_what_opens_nothing_stays(text: str) -> None:
    assert escape_line(text) == text


def test_the_front_matter_is_configured() -> None:
    configured = parse(
        {
            "SITE_TITLE": 'Papers: "hot" #1',
            "SITE_DESCRIPTION": "A & B",
            "POST_TAGS": ' a , b"c ,,',
            "POST_CATEGORY": "x: y",
            "POST_IMAGE": "/a.png",
        }
    )
    text = written(settings=configured)
    assert text.split("\n")[:13] == [
        "---",
        'title: "Papers: \\"hot\\" #1 2021-06-18"',
        "date: 2021-06-19T07:55:00Z",
        'template: "post"',
        "draft: false",
        'slug: "hot-papers-2021-06-18"',
        'category: "x: y"',
        "tags:",
        '  - "a"',
        '  - "b\\"c"',
        'description: "A & B 2021-06-18"',
        'socialImage: "/a.png"',
        "",
    ]
