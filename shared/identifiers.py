"""arXiv identifiers and the links that carry them.

Source: https://info.arxiv.org/help/arxiv_identifier.html. An identifier is stored without its version;
an old one without its subject class (`math.GT/0309136` is `math/0309136`).
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_NEW = re.compile(r"(?P<yymm>\d{2}(?:0[1-9]|1[0-2]))\.(?P<number>\d{4,5})(?:v[1-9]\d*)?", re.ASCII)
_OLD = re.compile(
    r"(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[a-z-]{2,})?/(?P<number>\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v[1-9]\d*)?",
    re.ASCII | re.IGNORECASE,
)
# Five digits since January 2015; the same number with four digits is another thing.
_FIVE_DIGITS_SINCE = "1501"

# Hosts are compared whole: `notarxiv.org` and `arxiv.org.example` are other people's.
_ARXIV_HOST = re.compile(r"(?:(?:www|export|browse|lanl|aps|xxx|[a-z]{2})\.)?arxiv\.org", re.ASCII)
_ARXIV_PATHS = ("abs", "pdf", "html", "format", "ps", "src", "e-print")
_PATHS = {
    "alphaxiv.org": ("abs", "pdf", "overview"),
    "ar5iv.org": ("abs", "html"),
    "ar5iv.labs.arxiv.org": ("abs", "html"),
    "huggingface.co": ("papers",),
    "hf.co": ("papers",),
    "scirate.com": ("arxiv",),
    "semanticscholar.org": ("arxiv",),
    "papers.cool": ("arxiv",),
    "emergentmind.com": ("papers",),
}
# A link without its scheme: a host, then a path.
_BARE = re.compile(r"[A-Za-z0-9.-]+/", re.ASCII)
_DOI_HOSTS = ("doi.org", "dx.doi.org")
_DOI_PREFIX = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)
_SUFFIXES = (".pdf", ".md")


def normalise(text: str) -> str | None:
    """The identifier that a whole text is, version and `arXiv:` dropped; None when it is none."""
    text = text.strip()
    if text[:6].lower() == "arxiv:":
        text = text[6:]
    if match := _NEW.fullmatch(text):
        yymm, number = match["yymm"], match["number"]
        # Compared within the century 2007-2099: "0704" is before "1501".
        digits = 5 if yymm >= _FIVE_DIGITS_SINCE else 4
        return f"{yymm}.{number}" if len(number) == digits else None
    if match := _OLD.fullmatch(text):
        return f"{match['archive'].lower()}/{match['number']}"
    return None


def from_url(url: str) -> str | None:
    """The identifier of the paper that a link leads to; None for every other link."""
    # Browsers take a backslash for a slash, and so does a host that they show end there.
    url = url.replace("\\", "/")
    if "://" not in url:
        if not _BARE.match(url):
            return None
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https"):
        return None
    path = unquote(parts.path).strip("/")
    if host in _DOI_HOSTS:
        match = _DOI_PREFIX.match(path)
        return normalise(path[match.end() :]) if match else None
    kinds = _ARXIV_PATHS if _ARXIV_HOST.fullmatch(host) else _PATHS.get(host.removeprefix("www."), ())
    kind, _, rest = path.partition("/")
    if kind.lower() not in kinds:
        return None
    for suffix in _SUFFIXES:
        if rest.lower().endswith(suffix):
            rest = rest[: -len(suffix)]
    return normalise(rest)


def sort_key(paper_id: str) -> tuple[int, int, int, str]:
    """Orders identifiers by the time of their assignment: (year, month, number, archive); "" comes first."""
    if not paper_id:
        return 0, 0, 0, ""
    if "/" in paper_id:
        archive, _, digits = paper_id.partition("/")
        year = int(digits[:2])
        # Old identifiers ran from 1991 to March 2007.
        century = 1900 if year >= 91 else 2000
        return century + year, int(digits[2:4]), int(digits[4:]), archive
    yymm, _, number = paper_id.partition(".")
    return 2000 + int(yymm[:2]), int(yymm[2:]), int(number), ""


def distance(low: str, high: str) -> int:
    """How many numbers `high` lies above `low`, both of the new form.

    Numbering starts again each month, and where the last month ended is not known: an identifier of a
    later month counts from that month's start.
    """
    low_key, high_key = sort_key(low), sort_key(high)
    return high_key[2] - low_key[2] if low_key[:2] == high_key[:2] else high_key[2]


def beside(low: str, high: str, count: int) -> tuple[list[str], list[str]]:
    """So many identifiers of the new form right below `low`, and right above `high`, of the same months."""
    month, _, first = low.partition(".")
    below = [f"{month}.{number:0{len(first)}d}" for number in range(max(1, int(first) - count), int(first))]
    month, _, last = high.partition(".")
    most = 10 ** len(last) - 1
    end = min(most, int(last) + count)
    return below, [f"{month}.{number:0{len(last)}d}" for number in range(int(last) + 1, end + 1)]


def between(low: str, high: str, known: set[str]) -> list[str]:
    """All identifiers of the new form from `low` to `high`, ends included, that are not in `known`.

    Where the block crosses into a new month, the old month is taken to end at its highest known number.
    """
    last: dict[str, int] = {}
    low_month, high_month = low.partition(".")[0], high.partition(".")[0]
    for paper_id in {*known, low, high}:
        month, _, digits = paper_id.partition(".")
        if not low_month <= month <= high_month:
            continue
        last[month] = max(last.get(month, 0), int(digits))
    missing: list[str] = []
    for month in sorted(last):
        end = int(high.partition(".")[2]) if month == high_month else last[month]
        start = int(low.partition(".")[2]) if month == low_month else 1
        width = 5 if month >= _FIVE_DIGITS_SINCE else 4
        missing.extend(
            paper_id
            for number in range(start, end + 1)
            if (paper_id := f"{month}.{number:0{width}d}") not in known
        )
    return missing
