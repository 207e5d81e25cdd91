"""An embed as the mention that it was written from: what functions/render/embed writes, read back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import unquote

from functions.render import embed
from shared.paper import Author, Counts, Entity, Mention

_X = re.compile(
    r'<blockquote class="twitter-tweet"><p lang="(?P<lang>[^"]*)" dir="(?:ltr|rtl)">(?P<text>.*)</p>&mdash; '
    r"(?P<name>.*) \(@(?P<username>\w+)\) "
    r'<a href="https://twitter\.com/\w+/status/(?P<id>\d+)\?ref_src=twsrc%5Etfw">(?P<date>[^<]+)</a></blockquote>',
    re.ASCII,
)
_BLUESKY = re.compile(
    r'<blockquote class="bluesky-embed" data-bluesky-uri="(?P<id>at://[^"]+)" '
    r'data-bluesky-cid="(?P<cid>[^"]*)"><p lang="(?P<lang>[^"]*)"(?: dir="rtl")?>(?P<text>.*)</p>&mdash; '
    r'<a href="https://bsky\.app/profile/(?P<did>[^"?]+)\?ref_src=embed">'
    r"(?P<name>.*) \(@(?P<username>[^)]+)\)</a> "
    r'<a href="[^"]+">(?P<date>[^<]+)</a></blockquote>'
)
_PIECE = re.compile(r'<br>|<a href="(?P<address>[^"]*)">(?P<shown>[^<]*)</a>')
# https://docs.x.com/fundamentals/x-ids: above the last 22 bits stand milliseconds since then.
_SNOWFLAKES_FROM = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
_FIRST_SNOWFLAKE = 1 << 32


class EmbedError(Exception):
    """A line that is no embed as they are written; the text says why."""


def mention(line: str) -> Mention:
    """The mention that an embed tells of, its counts unknown; raises EmbedError unless it gives it back."""
    match = _X.fullmatch(line) or _BLUESKY.fullmatch(line)
    if not match:
        raise EmbedError("no embed of X or Bluesky")
    is_x = match.re is _X
    text, entities = _text(match["text"], is_x=is_x)
    username, id_ = match["username"], unescape(match["id"])
    found = Mention(
        source="x" if is_x else "bluesky",
        id=id_,
        counts=Counts(),
        url=f"https://twitter.com/{username}/status/{id_}" if is_x else _bluesky_url(match["did"], id_),
        cid="" if is_x else unescape(match["cid"]),
        author=Author(
            id="" if is_x else unquote(match["did"]),
            name=unescape(match["name"]),
            username=unescape(username),
        ),
        created_at=_created_at(id_, match["date"]),
        text=text,
        lang=unescape(match["lang"]),
        entities=entities,
    )
    if embed.blockquote(found) != line:
        raise EmbedError("an embed that would come out in another form")
    return found


def _text(html: str, *, is_x: bool) -> tuple[str, tuple[Entity, ...]]:
    """The text that was written as HTML, and its marked pieces."""
    text, position = "", 0
    entities: list[Entity] = []
    for piece in _PIECE.finditer(html):
        text += unescape(html[position : piece.start()])
        position = piece.end()
        if piece["address"] is None:
            text += "\n"
            continue
        address, shown = unescape(piece["address"]), unescape(piece["shown"])
        kind, target = (_of_x if is_x else _of_bluesky)(address, shown)
        # Of a picture X's text has the address.
        in_text = address if is_x and kind == "url" else shown
        entities.append(
            Entity(
                kind=kind,  # type: ignore[arg-type]
                start=len(text),
                end=len(text) + len(in_text),
                target=target,
                shown="" if shown == in_text else shown,
            )
        )
        text += in_text
    return text + unescape(html[position:]), tuple(entities)


def _of_x(address: str, shown: str) -> tuple[str, str]:
    """What kind of link it is, and what it is about."""
    path = address.removeprefix("https://twitter.com/").partition("?")[0]
    if shown[:1] in {"@", "\uff20"} and address.startswith("https://twitter.com/"):
        return "mention", unquote(path)
    if "?src=hash&" in address:
        return "hashtag", unquote(path.removeprefix("hashtag/"))
    if address.startswith("https://twitter.com/search?q=%24"):
        return "cashtag", unquote(address.partition("%24")[2].partition("&")[0])
    return "url", address


def _of_bluesky(address: str, shown: str) -> tuple[str, str]:
    if address.startswith("https://bsky.app/profile/") and shown.startswith("@"):
        return "mention", unquote(address.removeprefix("https://bsky.app/profile/"))
    if address.startswith("https://bsky.app/hashtag/") and shown.startswith("#"):
        return "hashtag", unquote(address.removeprefix("https://bsky.app/hashtag/"))
    return "url", address


def _bluesky_url(did: str, uri: str) -> str:
    return f"https://bsky.app/profile/{did}/post/{uri.rpartition('/')[2]}"


def _created_at(id_: str, date: str) -> datetime:
    """The moment of a post: X's ids tell it; else the midnight of its date."""
    try:
        day = datetime.strptime(date, "%B %d, %Y").replace(tzinfo=UTC)
    except ValueError:
        raise EmbedError(f"{date!r} is no date") from None
    if id_.isdigit() and _FIRST_SNOWFLAKE < int(id_) < 1 << 63:
        moment = _SNOWFLAKES_FROM + timedelta(milliseconds=int(id_) >> 22)
        if moment.date() == day.date():
            return moment.replace(microsecond=0)
    return day
