"""The Atom of arXiv's query API."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from infra.local.standin.world import Paper

OPENING = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" \
xmlns="http://www.w3.org/2005/Atom">
"""


def feed(
    values: Mapping[str, str], entries: Sequence[str], now: datetime, *, start: int, size: int, total: int
) -> str:
    """A whole answer; `total` counts what was found, also beyond this page."""
    query, ids = values.get("search_query", ""), values.get("id_list", "")
    digest = hashlib.sha1(f"{query}{ids}{start}{size}".encode(), usedforsecurity=False).digest()
    name = base64.b64encode(digest).decode().rstrip("=")
    title = f"arXiv Query: search_query={query}&id_list={ids}&start={start}&max_results={size}"
    link = f"https://arxiv.org/api/query?search_query={query}&start={start}&max_results={size}&id_list={ids}"
    return f"""{OPENING}  <id>https://arxiv.org/api/{name}</id>
  <title>{escape(title)}</title>
  <updated>{_time(now)}</updated>
  <link href={quoteattr(link)} type="application/atom+xml"/>
  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{"".join(entries)}</feed>
"""


def entry(paper: Paper, version: int) -> str:
    """One paper at one of its versions (from 1)."""
    name = escape(f"{paper.id}v{version}")
    categories = "".join(
        f'    <category term="{escape(each)}" scheme="http://arxiv.org/schemas/atom"/>\n'
        for each in paper.categories
    )
    authors = "".join(
        f"    <author>\n      <name>{escape(each)}</name>\n    </author>\n" for each in paper.authors
    )
    title, summary = _ragged(paper)
    return f"""  <entry>
    <id>http://arxiv.org/abs/{name}</id>
    <title>{escape(title)}</title>
    <updated>{_time(paper.versions[version - 1])}</updated>
    <link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>
    <link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>
    <summary>{escape(summary)}</summary>
{categories}    <published>{_time(paper.versions[0])}</published>
    <arxiv:primary_category term="{escape(paper.categories[0])}"/>
{authors}  </entry>
"""


def error(text: str, now: datetime) -> str:
    """The feed that carries an error in its only entry."""
    link = "https://arxiv.org/api/errors#" + escape(text.replace(" ", "_"), {'"': "&quot;"})
    return f"""{OPENING}  <id>https://arxiv.org/</id>
  <title>arXiv Search Results</title>
  <updated>{_time(now)}</updated>
  <opensearch:itemsPerPage>1</opensearch:itemsPerPage>
  <opensearch:totalResults>1</opensearch:totalResults>
  <opensearch:startIndex>0</opensearch:startIndex>
  <entry>
    <id>{link}</id>
    <title>Error</title>
    <updated>{_time(now)}</updated>
    <link href="{link}" rel="alternate" type="text/html"/>
    <summary>{escape(text)}</summary>
    <author>
      <name>arXiv api core</name>
    </author>
  </entry>
</feed>
"""


def _ragged(paper: Paper) -> tuple[str, str]:
    """Title and summary; one paper in three has the line breaks and leading spaces that real ones have."""
    if sum(map(ord, paper.id)) % 3:
        return paper.title, paper.abstract
    return paper.title.replace(" ", "\n  ", 1), f"  {paper.abstract}"


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
