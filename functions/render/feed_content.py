"""The content of a feed's entry: some hot papers of a day, whole, in HTML that any reader can show."""

from __future__ import annotations

from markupsafe import Markup

from functions.render import embed, pages
from functions.render.day import Day, HotPaper
from functions.render.embed.text import web_address
from functions.render.plain import plain
from shared.paper import Mention
from shared.settings import Settings


def content(settings: Settings, day: Day, papers: tuple[HotPaper, ...]) -> str:
    """The content for `papers`: those of the day that the feed shows, with the ranks they have that day.

    It tells nothing that changes by itself: no age, and no number that is not the day's.
    """
    template = pages.environment().get_template("feed_day.html")
    return template.render(
        settings=settings,
        day=day,
        papers=papers,
        web=web_address,
        long_date=embed.long_date,
        text_html=_text_html,
    )


def _text_html(mention: Mention) -> Markup:
    # The one text that the template does not escape: it was, where it was built.
    return Markup(plain(embed.text_html(mention)))  # noqa: S704
