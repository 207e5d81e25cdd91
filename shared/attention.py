"""Merging, scoring and choosing mentions: plain arithmetic, used by fetch, score and render alike.

Score: for each source, its weight times (reposts + likes + points + upvotes), summed over all mentions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from shared import clock
from shared.paper import Counts, Measured, Mention, Message, trim

# At most so many mentions of a paper are shown (format of the post).
SHOWN_MENTIONS = 10
# The sources of posts by people: their mentions are shown, their reposts and likes stand first.
SOCIAL_SOURCES = ("x",)

Weights = Mapping[str, float]

# A mention kept with its counts alone stands behind others of its score: it has lost its place already.
_UNKNOWN_TIME = datetime.max.replace(tzinfo=UTC)


def mention_score(mention: Mention, weights: Weights) -> float:
    """What one mention adds to its paper's score."""
    return weights.get(mention.source, 1) * mention.counts.engagement


def score(mentions: Iterable[Mention], weights: Weights) -> float:
    """A paper's score."""
    return sum(mention_score(mention, weights) for mention in mentions)


def rank_mentions(mentions: Iterable[Mention], weights: Weights) -> tuple[Mention, ...]:
    """Mentions by score descending, then time, then id (a shorter id is the older one)."""
    return tuple(
        sorted(
            mentions,
            key=lambda mention: (
                -mention_score(mention, weights),
                mention.created_at or _UNKNOWN_TIME,
                len(mention.id),
                mention.id,
                mention.source,
            ),
        )
    )


def totals(mentions: Iterable[Mention]) -> dict[str, Counts]:
    """The sums of all counts, by source."""
    sums: dict[str, Counts] = {}
    for mention in mentions:
        sums[mention.source] = sums.get(mention.source, Counts()) + mention.counts
    return sums


def selected(mentions: Iterable[Mention], weights: Weights, threshold: float) -> tuple[Mention, ...]:
    """The mentions to show if their authors can be had: the first always, others from the threshold."""
    ranked = rank_mentions(
        (mention for mention in mentions if mention.source in SOCIAL_SOURCES and mention.is_full), weights
    )
    return tuple(
        mention
        for position, mention in enumerate(ranked[:SHOWN_MENTIONS])
        if position == 0 or mention_score(mention, weights) >= threshold
    )


def shown(mentions: Iterable[Mention], weights: Weights, threshold: float) -> tuple[Mention, ...]:
    """The mentions to show: those selected whose author is known by name."""
    return tuple(
        mention
        for mention in selected(mentions, weights, threshold)
        if mention.author is not None and mention.author.username
    )


def merge_mentions(old: Iterable[Mention], new: Iterable[Mention]) -> dict[tuple[str, str], Mention]:
    """Both lists as one by (source, id), the newer counts winning.

    What the newer mention does not know (its author's name, or all but the counts) stays as it was known.
    """
    merged = {mention.key: mention for mention in old}
    for mention in new:
        known = merged.get(mention.key)
        merged[mention.key] = _newer(known, mention) if known else mention
    return merged


def _newer(old: Mention, new: Mention) -> Mention:
    if not new.is_full:
        return msgspec.structs.replace(old, counts=new.counts)
    if old.author and old.author.username and not (new.author and new.author.username):
        return msgspec.structs.replace(new, author=old.author, url=old.url)
    return new


def apply(stored: Measured | None, message: Message, weights: Weights) -> Measured:
    """What the table should keep of a paper once a message has arrived.

    Applying a message twice changes nothing more. A message of an older run than the newest applied adds
    what is not known yet and overrides nothing; what a newer run saw dropped stays dropped.
    """
    stored = stored or Measured(paper=message.paper)
    if message.run >= stored.run:
        dropped = {*stored.dropped, *message.dropped} - {mention.key for mention in message.mentions}
        merged = merge_mentions(stored.mentions, message.mentions)
        base = msgspec.structs.replace(stored, paper=message.paper, sources=message.sources, run=message.run)
    else:
        dropped = set(stored.dropped)
        merged = merge_mentions(message.mentions, stored.mentions)
        base = stored
    kept = (mention for key, mention in merged.items() if key not in dropped)
    mentions = trim(rank_mentions(kept, weights))
    changed = _numbers(mentions) != _numbers(stored.mentions) or not stored.measured_at
    return msgspec.structs.replace(
        base,
        mentions=mentions,
        dropped=tuple(sorted(dropped)),
        score=score(mentions, weights),
        measured_at=max(clock.run_iso(message.run), stored.measured_at) if changed else stored.measured_at,
    )


def _numbers(mentions: Iterable[Mention]) -> dict[tuple[str, str], Counts]:
    return {mention.key: mention.counts for mention in mentions}
