"""What people and queues hand in: settings, orders, messages, links."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import msgspec

from functions.fetch.handler import OrderError, parsed
from infra.archive import data as archive_data
from infra.archive import post, text
from infra.archive.lines import FormError
from infra.archive.post import OldPost
from infra.archive.text import TextError
from shared import attention, clock, filters, identifiers, settings
from shared.attention import Rules
from shared.paper import MessageError, Paper, decode_message, packed, unpacked
from tests.fuzz import checks

_RULES = Rules(weights={}, per_account=3)
_PAPER = Paper(
    id="2106.09685",
    title="LoRA: Low-Rank Adaptation",
    authors=("Edward J. Hu", "Yelong Shen"),
    categories=("cs.CL", "cs.AI"),
    abstract="An important paradigm.",
    listed="2021-06-18",
)
_SETTINGS = ("FILTERS", "IGNORED_ACCOUNTS", "CATEGORIES", "SITE_URL", "X_WEIGHT", "X_BEARER_TOKEN")
# Where papers are, and what may stand before it; written apart from shared/identifiers.py.
_HOSTS = re.compile(
    r"(?:(?:www|export|browse|lanl|aps|xxx|[a-z]{2})\.)?arxiv\.org|ar5iv\.labs\.arxiv\.org|(?:dx\.)?doi\.org"
    r"|(?:www\.)?(?:alphaxiv\.org|ar5iv\.org|ar5iv\.labs\.arxiv\.org|huggingface\.co|hf\.co|scirate\.com"
    r"|semanticscholar\.org|papers\.cool|emergentmind\.com)"
)


def read_setting(data: bytes) -> None:
    """A setting, the first byte saying which."""
    name = _SETTINGS[data[0] % len(_SETTINGS)] if data else "FILTERS"
    text = data[1:].decode("utf-8", "surrogateescape")
    try:
        read = settings.parse({name: text})
    except settings.SettingError as error:
        checks.short(error, f"{name}={'…' if name == 'X_BEARER_TOKEN' else ''}")
        return
    for one in read.named_filters:
        assert re.fullmatch(r"[a-z0-9+#-]+", one.slug), ascii(one.slug)
        marks = filters.marks([one], _PAPER)
        assert set(marks.highlights) <= set(marks.filters) <= {one.slug}
    filters.digest(read.filters)
    attention.uncounted([], read.rules, {})


def read_post(data: bytes) -> None:
    """A file of an old blog: what is taken in comes out as the post of the format."""
    try:
        old = post.parse(text.read(data), "2021-06-18", settings.Settings())
    except (TextError, FormError) as error:
        checks.short(error, "line ")
        return
    _imported(old)


def read_line(data: bytes) -> None:
    """A line of the archive as data."""
    try:
        old = archive_data.parse(data, 7, settings.Settings())
    except FormError as error:
        checks.short(error, "line 7: ")
        return
    _imported(old)


def _imported(old: OldPost) -> None:
    """What is taken in can be stored, and its ids and categories name objects."""
    assert old.post.imported
    assert old.post.imported.papers == tuple(one.paper.id for one in old.papers)
    for one in old.papers:
        assert identifiers.normalise(one.paper.id) == one.paper.id
        assert all(re.fullmatch(r"[a-z-]+(\.[A-Za-z-]+)?", code) for code in one.paper.categories)
        assert unpacked(packed(one)) == one


def read_order(data: bytes) -> None:
    """An event for fetch."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        order, now, days = parsed(event)
    except OrderError as error:
        checks.short(error)
        return
    assert clock.iso(now)
    assert len(days) <= 12_000
    assert bool(days) == bool(order.date or order.from_)


def read_message(data: bytes) -> None:
    """A message of the queue."""
    try:
        message = decode_message(data.decode("utf-8", "surrogateescape"))
    except MessageError as error:
        checks.short(error, "not a message: " if "version" not in str(error) else "")
        return
    checks.message(message)
    checks.identifier(message.paper.id)
    for mention in message.mentions:
        checks.counts(mention.counts)
    once = attention.apply(None, message, _RULES)
    assert attention.apply(once, message, _RULES) == once
    assert msgspec.json.encode(once)


def read_link(data: bytes) -> None:
    """A link: whatever it is taken for, a browser would go there."""
    text = data.decode("utf-8", "surrogateescape")
    if (found := identifiers.normalise(text)) is not None:
        checks.identifier(found)
    paper_id = identifiers.from_url(text)
    if paper_id is None:
        return
    checks.identifier(paper_id)
    # What browsers take out of an address before they read it.
    address = re.sub(r"[\t\r\n]", "", text.strip("".join(map(chr, range(33)))))
    assert _HOSTS.fullmatch(_host(address)), ascii(text)
    assert paper_id.rpartition("/")[2] in unquote(address)


def _host(url: str) -> str:
    """The host that a browser goes to, after https://url.spec.whatwg.org; those it would refuse are ""."""
    url = url.replace("\\", "/")
    rest = re.sub(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?/*", "", url) if "://" in url else url
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return re.sub(r":\d*$", "", authority.rpartition("@")[2]).lower().rstrip(".")
