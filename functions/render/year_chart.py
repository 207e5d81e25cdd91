"""A year in two charts, as inline SVG: the attention of each day, and the categories of each month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from markupsafe import Markup

from shared.shelf import DayTotal

Days = Mapping[str, DayTotal]

_WIDTH, _HEIGHT = 720, 150
# So many categories have a colour of their own; the others are one.
_CODES = 6
_OTHERS = "others"


def attention(year: str, days: Days) -> Markup:
    """A bar for each day of a year, as high as its total; nothing for a year with fewer than two posts."""
    found = {day: shown for day, shown in sorted(days.items()) if day.startswith(year)}
    most = max((shown.total for shown in found.values()), default=0)
    if len(found) < 2 or not most:
        return Markup("")
    bars = Markup("").join(
        Markup('<path d="M{:.1f} {}v-{:.1f}"><title>{}: score {}</title></path>').format(
            _place(day), _HEIGHT, _HEIGHT * shown.total / most, day, f"{shown.total:,.0f}"
        )
        for day, shown in found.items()
        if shown.total
    )
    strongest = max(found, key=lambda day: found[day].total)
    label = f"The attention of each day of {year}; most on {strongest}: score {most:,.0f}"
    return _svg("days", label, bars)


def categories(year: str, days: Days) -> Markup:
    """The hot papers of each month of a year by their primary category, one above the other, with a legend.

    Nothing where there is but one month, or where categories were not counted.
    """
    months: dict[str, Counter[str]] = {}
    for day, shown in sorted(days.items()):
        if day.startswith(year):
            months.setdefault(day[:7], Counter()).update(shown.categories)
    total = sum(months.values(), Counter())
    most = max((counts.total() for counts in months.values()), default=0)
    if len(months) < 2 or not most:
        return Markup("")
    # Of equal numbers the first by name, so that the same year is the same chart.
    codes = sorted(total, key=lambda code: (-total[code], code))[:_CODES]
    stacks = Markup("").join(_stack(month, counts, codes, most) for month, counts in months.items())
    names = [*codes, *([_OTHERS] if len(total) > len(codes) else [])]
    legend = Markup("").join(
        Markup('<li class="c{}">{}</li>').format(number, name) for number, name in enumerate(names)
    )
    label = f"Hot papers of each month of {year} by category: {', '.join(f'{c} {total[c]}' for c in codes)}"
    return _svg("months", label, stacks) + Markup('<ul class="legend" aria-hidden="true">{}</ul>').format(
        legend
    )


def _stack(month: str, counts: Counter[str], codes: list[str], most: int) -> Markup:
    heights = [(code, counts[code]) for code in codes]
    heights.append((_OTHERS, counts.total() - sum(number for _, number in heights)))
    bottom = float(_HEIGHT)
    pieces: list[Markup] = []
    for place, (code, number) in enumerate(heights):
        height = _HEIGHT * number / most
        if number:
            pieces.append(
                Markup('<path class="c{}" d="M{:.1f} {:.1f}v-{:.1f}"><title>{}: {} {}</title></path>').format(
                    place, _WIDTH * (int(month[5:]) - 0.5) / 12, bottom, height, month, code, number
                )
            )
        bottom -= height
    return Markup("").join(pieces)


def _place(day: str) -> float:
    """How far to the right a day stands."""
    return _WIDTH * (date.fromisoformat(day).timetuple().tm_yday - 0.5) / 366


def _svg(kind: str, label: str, inside: Markup) -> Markup:
    ends = Markup('<text x="0" y="{0}">January</text><text x="{1}" y="{0}" text-anchor="end">December</text>')
    return Markup(
        '<svg class="year {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}'
        '<path class="base" d="M0 {}h{}"/>{}</svg>'
    ).format(kind, _WIDTH, _HEIGHT + 22, label, inside, _HEIGHT, _WIDTH, ends.format(_HEIGHT + 18, _WIDTH))
