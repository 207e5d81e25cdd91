"""The content of feeds' entries: hot papers of a day, whole, in HTML that any reader can show."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from functions.render import embed, pages
from functions.render.day import Day, HotPaper
from functions.render.embed.text import web_address
from functions.render.plain import plain
from shared.paper import Mention


class Contents:
    """A day in feeds. A paper is rendered once, however many feeds show it.

    It tells nothing that changes by itself: no age, and no number that is not the day's.
    """

    def __init__(self, day: Day) -> None:
        self._day = day
        self._papers: dict[str, Markup] = {}
        self._made: dict[tuple[Markup, ...], str] = {}

    def of(self, papers: Iterable[HotPaper]) -> str:
        """The content for some of the day's papers, with the ranks they have that day."""
        shown = tuple(map(self._paper, papers))
        if shown not in self._made:
            template = pages.environment().get_template("feed_day.html")
            self._made[shown] = template.render(day=self._day, papers=shown)
        return self._made[shown]

    def _paper(self, hot: HotPaper) -> Markup:
        if hot.paper.id not in self._papers:
            template = pages.environment().get_template("feed_paper.html")
            told = template.render(
                day=self._day, hot=hot, web=web_address, long_date=embed.long_date, text_html=_text_html
            )
            # A template's text, which it has escaped.
            self._papers[hot.paper.id] = Markup(told)  # noqa: S704
        return self._papers[hot.paper.id]


def _text_html(mention: Mention) -> Markup:
    # The one text that the template does not escape: it was, where it was built.
    return Markup(plain(embed.text_html(mention)))  # noqa: S704
