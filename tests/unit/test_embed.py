"""An embed is ours, from fields; what the fields hold is only text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.render.embed import blockquote, escape, long_date, script, text_html
from shared.paper import Author, Counts, Entity, Mention

ADA = Author(id="9", name="Ada", username="ada")


def mention(text: str, *entities: Entity, **more: Any) -> Mention:
    values: dict[str, Any] = {
        "author": ADA,
        "lang": "en",
        "created_at": datetime(2021, 6, 18, 23, tzinfo=UTC),
    }
    return Mention(
        source="x", id="140", counts=Counts(likes=1), text=text, entities=entities, **(values | more)
    )


DID, KEY = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "3kexampleaaa2"


def on_bluesky(text: str, *entities: Entity, **more: Any) -> Mention:
    values: dict[str, Any] = {
        "source": "bluesky",
        "id": f"at://{DID}/app.bsky.feed.post/{KEY}",
        "cid": "bafyexample",
        "author": Author(id=DID, name="Ada", username="ada.example"),
        "lang": "en",
        "created_at": datetime(2026, 11, 23, 23, tzinfo=UTC),
    }
    return Mention(counts=Counts(likes=1), text=text, entities=entities, **(values | more))


def entity(kind: Any, text: str, part: str, target: str, **more: Any) -> Entity:
    start = text.index(part)
    return Entity(kind=kind, start=start, end=start + len(part), target=target, **more)


def test_an_embed_has_the_platforms_form() -> None:
    assert blockquote(mention("Hi")) == (
        '<blockquote class="twitter-tweet"><p lang="en" dir="ltr">Hi</p>&mdash; Ada (@ada) '
        '<a href="https://twitter.com/ada/status/140?ref_src=twsrc%5Etfw">June 18, 2021</a></blockquote>'
    )


def test_bluesky_has_a_form_of_its_own() -> None:
    assert blockquote(on_bluesky("Hi")) == (
        f'<blockquote class="bluesky-embed" data-bluesky-uri="at://{DID}/app.bsky.feed.post/{KEY}" '
        f'data-bluesky-cid="bafyexample"><p lang="en">Hi</p>&mdash; '
        f'<a href="https://bsky.app/profile/{DID}?ref_src=embed">Ada (@ada.example)</a> '
        f'<a href="https://bsky.app/profile/{DID}/post/{KEY}?ref_src=embed">November 23, 2026</a>'
        "</blockquote>"
    )


def test_each_platform_has_its_script() -> None:
    form = '<script async src="{}" charset="utf-8"></script>'
    assert script(mention("x")) == form.format("https://platform.twitter.com/widgets.js")
    assert script(on_bluesky("x")) == form.format("https://embed.bsky.app/static/embed.js")


def test_bluesky_tells_a_direction_where_it_is_not_the_usual_one() -> None:
    assert '<p lang="ar" dir="rtl">' in blockquote(on_bluesky("x", lang="ar"))
    assert '<p lang="und">' in blockquote(on_bluesky("x", lang="und"))


def test_bluesky_links_names_and_tags() -> None:
    text = "see arxiv.org/abs/2… by @ada.example\n#機械/学習 $ABC"
    embed = text_html(
        on_bluesky(
            text,
            entity("url", text, "arxiv.org/abs/2…", "https://arxiv.org/abs/2106.09685?a=1&b='"),
            entity("mention", text, "@ada.example", DID),
            entity("hashtag", text, "#機械/学習", "機械/学習"),
            entity("cashtag", text, "$ABC", "ABC"),
        )
    )
    assert embed == (
        'see <a href="https://arxiv.org/abs/2106.09685?a=1&amp;b=&#39;">arxiv.org/abs/2…</a> '
        f'by <a href="https://bsky.app/profile/{DID}">@ada.example</a>'
        '<br><a href="https://bsky.app/hashtag/%E6%A9%9F%E6%A2%B0%2F%E5%AD%A6%E7%BF%92">#機械/学習</a> $ABC'
    )


def test_no_field_of_bluesky_breaks_its_attribute_or_its_line() -> None:
    hostile = 'a"\n><script>&'
    embed = blockquote(
        on_bluesky(
            hostile,
            id=f"at://{hostile}/{hostile}",
            cid=hostile,
            lang=hostile,
            author=Author(id=hostile, name=hostile, username=hostile),
        )
    )
    assert "<script>" not in embed
    assert re.findall(r"<(\w+)", embed) == ["blockquote", "p", "br", "a", "a"]
    assert 'data-bluesky-cid="a&quot; &gt;&lt;script&gt;&amp;"' in embed
    assert "\n" not in embed


def test_text_is_escaped_and_lines_are_breaks() -> None:
    assert text_html(mention("a & b < c > d \" e ' f\n\ng")) == (
        "a &amp; b &lt; c &gt; d &quot; e &#39; f<br><br>g"
    )
    assert text_html(mention("&amp;")) == "&amp;amp;", "what was meant as text stays text"


@pytest.mark.parametrize("breaking", ["\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_whatever_breaks_a_line_is_a_break(breaking: str) -> None:
    assert text_html(mention(f"a{breaking}b")) == "a<br>b"


def test_links_names_and_tags() -> None:
    text = "see https://t.co/a by @ada #ML $ABC https://t.co/b"
    embed = text_html(
        mention(
            text,
            entity("url", text, "https://t.co/a", "https://t.co/a"),
            entity("mention", text, "@ada", "ada"),
            entity("hashtag", text, "#ML", "ML"),
            entity("cashtag", text, "$ABC", "ABC"),
            entity("url", text, "https://t.co/b", "https://t.co/b", shown="pic.twitter.com/b"),
        )
    )
    assert embed == (
        'see <a href="https://t.co/a">https://t.co/a</a> '
        'by <a href="https://twitter.com/ada?ref_src=twsrc%5Etfw">@ada</a> '
        '<a href="https://twitter.com/hashtag/ML?src=hash&amp;ref_src=twsrc%5Etfw">#ML</a> '
        '<a href="https://twitter.com/search?q=%24ABC&amp;src=ctag&amp;ref_src=twsrc%5Etfw">$ABC</a> '
        '<a href="https://t.co/b">pic.twitter.com/b</a>'
    )


def test_a_tag_in_any_script_is_linked_in_ascii() -> None:
    text = "#機械学習"
    assert "/hashtag/%E6%A9%9F%E6%A2%B0%E5%AD%A6%E7%BF%92?src=hash&amp;ref" in text_html(
        mention(text, entity("hashtag", text, text, text[1:]))
    )


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "JAVASCRIPT:x"]
)
def test_only_web_addresses_are_linked(address: str) -> None:
    assert text_html(mention(address, entity("url", address, address, address))) == escape(address)


@pytest.mark.parametrize(
    ("lang", "direction"),
    [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("fa", "rtl"),
        ("he", "rtl"),
        ("iw", "rtl"),
        ("ur", "rtl"),
        ("ar-EG", "rtl"),
        ("und", "ltr"),
        ("arz", "ltr"),
    ],
)
def test_the_direction_follows_the_language(lang: str, direction: str) -> None:
    assert f'<p lang="{lang}" dir="{direction}">' in blockquote(mention("x", lang=lang))


def test_an_address_does_not_break_the_line() -> None:
    address = "https://t.co/a\n\n# Not a heading"
    assert "\n" not in blockquote(mention("x", Entity(kind="url", start=0, end=1, target=address)))


def test_entities_that_overlap_or_lie_outside_are_left_out() -> None:
    wrong = (
        Entity(kind="hashtag", start=0, end=4, target="a"),
        Entity(kind="hashtag", start=2, end=5, target="b"),
        Entity(kind="hashtag", start=3, end=99, target="c"),
    )
    embed = text_html(mention("#abcdef", *wrong))
    assert re.sub("<.*?>", "", embed) == "#abcdef"
    assert embed.count("<a ") == 1


def test_a_mention_without_author_or_time_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="140"):
        blockquote(mention("x", author=None))
    with pytest.raises(ValueError, match="140"):
        blockquote(mention("x", created_at=None))
    with pytest.raises(ValueError, match=KEY):
        blockquote(on_bluesky("x", author=None))


def test_names_are_one_line_of_text() -> None:
    hostile = Author(id="9", name='A\n<b onclick="x">', username='a"><script>')
    embed = blockquote(mention("x", author=hostile))
    assert "&mdash; A &lt;b onclick=&quot;x&quot;&gt; (@a&quot;&gt;&lt;script&gt;)" in embed
    assert "\n" not in embed
    assert "/a%22%3E%3Cscript%3E/status/" in embed


def test_dates_are_told_without_zeros() -> None:
    assert long_date(datetime(2021, 6, 8, tzinfo=UTC)) == "June 8, 2021"


@pytest.mark.parametrize("made", [mention, on_bluesky])
def test_no_text_makes_a_tag_of_its_own(made: Callable[..., Mention]) -> None:
    dice = random.Random(7)

    def text(length: int) -> str:
        return "".join(dice.choices("<>&\"'ab \n\r\u2028:/#@$é", k=dice.randint(0, length)))

    for _ in range(2000):
        kinds = dice.choices(["url", "mention", "hashtag", "cashtag"], k=3)
        places = sorted(dice.choices(range(12), k=6))
        entities = [
            Entity(kind=kind, start=start, end=end, target=f"https://{text(5)}", shown=text(2))  # type: ignore[arg-type]
            for kind, start, end in zip(kinds, places[::2], places[1::2], strict=True)
        ]
        embed = text_html(made(text(12), *entities))
        tag = r'<br>|<a href="https?://[^<>"\n]*">[^<>"\n]*</a>'
        assert re.fullmatch(rf'(?:[^<>"\n\r\u2028]|{tag})*', embed), embed
