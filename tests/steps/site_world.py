"""A world whose site has every kind of page, and in it everything that a page can choke on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from infra.local.standin.build import user
from infra.local.standin.world import Paper, Post, Url, World
from tests.steps.chain import DAY, READERS, Site, before, due, noon, paper, running, said, skeet, story, votes

SITE = "http://hot.example.org"
"""Where the site is read; a browser is told that this is the test's own server."""
FILTERS = 'Robots: cat:cs.RO, "imitation learning", -survey, +author:"Ada Example"; Nobody: cat:math.AG'
DAYS = (date(2021, 6, 16), date(2021, 6, 17), DAY, date(2021, 6, 21), date(2021, 7, 1), date(2021, 7, 2))
"""Days in three weeks of two months, with a weekend and a gap between."""
EMPTY = date(2021, 6, 30)
"""The announcement after the gap; nobody talks about it, which makes a post too."""

BREAKOUT = "</title></textarea><script>alert(1)</script><img src=x onerror=alert(1)>\"' ]]> -->"
OVERRIDE = "\u202e\u2066gnp.exe\u2069"
ZALGO = "Z" + "".join(map(chr, range(0x300, 0x340))) + "algo" + "\u0489" * 20
EMOJI = "🔥🧠🤖👩‍🔬🏳️‍🌈"
ARABIC = "التعلم العميق للروبوتات"
UNBROKEN = "supercalifragilistic" * 12
MATHS = r"We show $x<y$, $\alpha_1 > \frac{1}{2}$ & \(O(n\log n)\), and $$\sum_i x_i$$ for 5$ or 6$."
MANY = tuple(f"Author Number {number:04}" for number in range(500))
"""Some 10,000 characters of authors."""

MALLORY = user("mallory", f'{BREAKOUT} "><svg onload=alert(1)> {OVERRIDE}')


def _hostile(number: int, **more: Any) -> Paper:
    values: dict[str, Any] = {"categories": ("cs.RO", "cs.LG"), "abstract": f"{BREAKOUT} {OVERRIDE} {MATHS}"}
    return paper(number, **(values | more))


HOSTILE = (
    _hostile(
        10260, title=f"{BREAKOUT} {OVERRIDE} {{{{ 7*7 }}}}", authors=(f"Ada {BREAKOUT}", f"{OVERRIDE} Bob")
    ),
    _hostile(10261, title=f"{ZALGO} {UNBROKEN}", authors=MANY),
    _hostile(10262, title=EMOJI, abstract=f"{EMOJI} {ZALGO}", categories=("stat.ML", "cs.LG", "math.ST")),
    _hostile(10263, title=ARABIC, authors=("محمد", "Ada Example"), abstract=f"{ARABIC} {UNBROKEN}"),
    _hostile(10264, title=MATHS, abstract=f"[x](javascript:alert(1)) <!-- {MATHS}", categories=("cs.CL",)),
)
PLAIN = tuple(
    paper(
        10050 + 100 * place,
        day,
        title=f"Imitation learning on day {place}",
        categories=("cs.LG", "cs.RO") if place % 2 else ("cs.CV",),
        abstract="We teach robots what people do. " * 20,
    )
    for place, day in enumerate(DAYS)
)


def _attack() -> Post:
    """A post whose link leads to a script, whose words are markup and whose author is, too."""
    script = "javascript:alert(1)"
    post = said(HOSTILE[0], 90, by=MALLORY, words=f"{BREAKOUT}\x00\x07\u2028 {OVERRIDE} {script}")
    start = post.text.index(script)
    link = Url(
        start=start,
        end=start + len(script),
        url=script,
        expanded_url=script,
        display_url='pic.twitter.com/"><script>',
    )
    return msgspec.structs.replace(post, urls=(link, *post.urls))


def world() -> World:
    """The world: on each day a paper that is talked about, on one all the hostile ones too."""
    first, plenty, emoji, arabic, maths = HOSTILE
    plain = tuple(
        said(
            each, 60 + place, 40, words=f"Look at this, @reader_1! #robots $ML {EMOJI}\nTwo lines.", lang="en"
        )
        for place, each in enumerate(PLAIN)
    )
    odd = (
        said(plenty, 70, by=MALLORY, words=UNBROKEN, serial=71),
        said(plenty, 60, by=READERS[1], words=f"{ZALGO} {MATHS}", serial=72),
        said(emoji, 80, by=READERS[2], words=EMOJI, serial=73),
        said(arabic, 75, by=READERS[3], words=f"{ARABIC} @reader_1", lang="ar", serial=74),
        said(maths, 65, by=READERS[4], words=f"{MATHS} #a_tag", lang="", serial=75),
    )
    skeets = (
        skeet(first, 20, 10, words=f"{BREAKOUT} {OVERRIDE}", serial=5),
        skeet(arabic, 30, 30, words=ARABIC, handle="قارئ.example.com".encode("idna").decode(), serial=6),
        *(skeet(each, 25 + place, 5, words=f"Seen: #robots {EMOJI}") for place, each in enumerate(PLAIN)),
    )
    # Ids go up with the days, and those of a day are close together: that is how a day is told.
    fillers = (*before(DAYS[0], 10000), *before(DAYS[4], 10400))
    summary = {"ai_summary": f"{BREAKOUT} A model says: {MATHS}", "title": BREAKOUT}
    good = {"github_repo": "https://github.com/example/code", "project_page": "https://example.org/project"}
    bad = {"github_repo": "javascript:alert(1)", "project_page": "javascript:alert(1)"}
    upvotes = (
        msgspec.structs.replace(votes(first, 30, 2), **summary, **bad),
        msgspec.structs.replace(votes(PLAIN[2], 20), **summary, **good, github_stars=1234),
        votes(PLAIN[3], 9),
        msgspec.structs.replace(votes(PLAIN[5], 12), **good, github_stars=1),
    )
    return World(
        papers=(*fillers, *HOSTILE, *PLAIN),
        users=(*READERS, MALLORY),
        posts=(_attack(), *odd, *plain),
        stories=(story(1, first, 20, 3, title=BREAKOUT), story(2, PLAIN[4], 45, 6)),
        upvotes=upvotes,
        bluesky=skeets,
    )


def published() -> Site:
    """The site after the days have come one by one."""
    with running(world(), noon(DAYS[0]), settings={"SITE_URL": SITE, "FILTERS": FILTERS}) as chain:
        for day in DAYS:
            chain.tick(due(day))
        chain.tick(due(DAYS[-1]) + timedelta(days=1))
        assert chain.published() == sorted(map(str, (*DAYS, EMPTY)))
        return chain.site()
