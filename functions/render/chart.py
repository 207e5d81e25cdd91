"""Attention over time as inline SVG: few bytes, no script, colours of the page."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from shared.history import HistoryPoint

Points = Sequence[tuple[str, float]]


def points(history: dict[str, HistoryPoint], date: str, score: float) -> list[tuple[str, float]]:
    """A paper's scores by date, up to what it has come to now on a date."""
    found = {day: point.score for day, point in history.items() if day <= date}
    return sorted((found | {date: score}).items())


def spark(scores: Points) -> Markup:
    """A line as high as a word; nothing where there is but one point."""
    if len(scores) < 2:
        return Markup("")
    line = _line(scores, 64, 16, 2)
    label = escape(f"Score from {scores[0][1]:,g} to {scores[-1][1]:,g} since {scores[0][0]}")
    return Markup(  # noqa: S704 - numbers, and what was escaped
        '<svg class="spark" viewBox="0 0 64 16" width="64" height="16" role="img" '
        f'aria-label="{label}"><polyline points="{line}"/></svg>'
    )


def chart(scores: Points) -> Markup:
    """A chart with its first and last date and its highest score; nothing where there is but one point."""
    if len(scores) < 2:
        return Markup("")
    most = max(score for _, score in scores)
    line = _line(scores, 600, 160, 12)
    dots = Markup("").join(
        Markup('<circle cx="{}" cy="{}" r="3.5"><title>{}: {}</title></circle>').format(
            *pair.split(","), day, f"{score:,g}"
        )
        for pair, (day, score) in zip(line.split(" "), scores, strict=True)
    )
    return Markup(
        '<svg class="chart" viewBox="0 -24 600 220" role="img" aria-label="{}">'
        '<line x1="12" y1="148" x2="588" y2="148"/><polyline points="{}"/>{}'
        '<text x="12" y="{}">{}</text><text x="588" y="{}" text-anchor="end">{}</text>'
        '<text x="12" y="180">{}</text><text x="588" y="180" text-anchor="end">{}</text></svg>'
    ).format(
        f"Score by date, from {scores[0][1]:,g} to {scores[-1][1]:,g}, at most {most:,g}",
        line,
        dots,
        *_above(line.split(" ")[0], scores[0][1]),
        *_above(line.split(" ")[-1], scores[-1][1]),
        scores[0][0],
        scores[-1][0],
    )


def _above(point: str, score: float) -> tuple[str, str]:
    """Where a score stands above its point, and the score."""
    return f"{float(point.split(',')[1]) - 12:.1f}", f"{score:,.0f}"


def _line(scores: Points, width: int, height: int, margin: int) -> str:
    """The points in a box, the dates evenly apart, the scores from 0 at the bottom."""
    most = max(score for _, score in scores) or 1
    step = (width - 2 * margin) / (len(scores) - 1)
    return " ".join(
        f"{margin + number * step:.1f},{height - margin - (height - 2 * margin) * score / most:.1f}"
        for number, (_, score) in enumerate(scores)
    )
