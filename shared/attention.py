"""Merging, scoring and choosing mentions: plain arithmetic, used by fetch, score and render alike.

Score: for each source, its weight times (reposts + likes + points + upvotes), summed over the mentions that
count. Not counted are those of ignored accounts, what an account said before in the same words, and what it
said about the paper beyond its first few mentions.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from shared import accounts, clock
from shared.paper import (
    FULL_MENTIONS,
    MENTION_BYTES,
    Counts,
    Measured,
    Mention,
    Message,
    Uncounted,
    is_storable,
    trim,
)

# At most so many mentions of a paper are shown (format of the post).
SHOWN_MENTIONS = 10
# So many mentions that are gone are remembered of a paper, against what an older message still has of them.
MOST_DROPPED = 5_000
# The sources of posts by people: their mentions are shown, their reposts and likes stand first.
SOCIAL_SOURCES = ("x", "bluesky")

Weights = Mapping[str, float]
# Source and id of a mention.
Key = tuple[str, str]


class Rules(Struct, frozen=True, kw_only=True):
    """What counts, and how much.

    `weights` by source; `ignored` accounts (see shared/accounts.py); `per_account` is how many mentions of a
    paper by one account count (0: all); `show_from` is the score from which a mention is shown.
    """

    weights: Weights
    ignored: frozenset[str] = frozenset()
    per_account: int = 0
    show_from: float = 0


# A mention kept with its counts alone stands behind others of its score: it has lost its place already.
_UNKNOWN_TIME = datetime.max.replace(tzinfo=UTC)


def mention_score(mention: Mention, weights: Weights) -> float:
    """What one mention adds to its paper's score."""
    return weights.get(mention.source, 1) * mention.counts.engagement


def score(mentions: Iterable[Mention], weights: Weights) -> float:
    """What some mentions come to, those that do not count left out already."""
    sums: dict[str, int] = {}
    for mention in mentions:
        sums[mention.source] = sums.get(mention.source, 0) + mention.counts.engagement
    # Whole numbers first, so that 0.1 * 500 is 50 and not a hair below the threshold.
    return round(sum(weights.get(source, 1) * total for source, total in sums.items()), 6)


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


def uncounted(
    mentions: Iterable[Mention], rules: Rules, before: Mapping[Key, Uncounted]
) -> dict[Key, Uncounted]:
    """The mentions that do not count, and why; of an account's mentions the highest count.

    `before` is what was found earlier: it stands for what is not known of a mention any more, as its text.
    """
    found: dict[Key, Uncounted] = {}
    texts: dict[Key, set[str]] = {}
    numbers: dict[Key, int] = {}
    for mention in rank_mentions(mentions, rules.weights):
        author, earlier = mention.author, before.get(mention.key)
        if author is None:
            if earlier:
                found[mention.key] = earlier
            continue
        account = mention.source, author.id
        said, text = texts.setdefault(account, set()), _words(mention.text)
        if accounts.is_ignored(mention.source, author, rules.ignored):
            found[mention.key] = "ignored"
        elif text in said if mention.is_full else earlier == "repeated":
            found[mention.key] = "repeated"
        elif rules.per_account and numbers.get(account, 0) >= rules.per_account:
            found[mention.key] = "account"
        else:
            numbers[account] = numbers.get(account, 0) + 1
            if mention.is_full:
                said.add(text)
    return found


def _words(text: str) -> str:
    """What a text says, apart from its links (which X shortens anew each time) and from its spaces."""
    return " ".join(re.sub(r"https?://\S+", " ", text).casefold().split())


def counted(mentions: Iterable[Mention], not_counted: Collection[Key]) -> tuple[Mention, ...]:
    """The mentions that count, in the order given."""
    if not not_counted:
        return tuple(mentions)
    return tuple(mention for mention in mentions if mention.key not in not_counted)


def counted_of(measured: Measured) -> tuple[Mention, ...]:
    """The mentions of a paper that count, by rank."""
    return counted(measured.mentions, reasons(measured))


def totals_of(measured: Measured) -> Mapping[str, Counts]:
    """The sums of all counts of a paper, by source: as its imported post has them, else of what counts."""
    return measured.frozen.totals if measured.frozen else totals(counted_of(measured))


def reasons(measured: Measured) -> dict[Key, Uncounted]:
    """Which mentions of a paper do not count, and why."""
    return {(source, id_): reason for source, id_, reason in measured.uncounted}


def selected(measured: Measured, rules: Rules) -> tuple[Mention, ...]:
    """The mentions to show if their authors can be had: the first always, others from the threshold."""
    ranked = rank_mentions(
        (mention for mention in counted_of(measured) if mention.source in SOCIAL_SOURCES and mention.is_full),
        rules.weights,
    )
    return tuple(
        mention
        for position, mention in enumerate(ranked[:SHOWN_MENTIONS])
        if position == 0 or mention_score(mention, rules.weights) >= rules.show_from
    )


def shown(measured: Measured, rules: Rules) -> tuple[Mention, ...]:
    """The mentions to show: those selected whose author is known by name; of an imported post its own."""
    if measured.frozen:
        return tuple(one for one in measured.mentions if one.source in SOCIAL_SOURCES and one.is_full)
    return tuple(
        mention
        for mention in selected(measured, rules)
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
        return msgspec.structs.replace(old, counts=new.counts, author=old.author or new.author)
    if old.author and old.author.username and not (new.author and new.author.username):
        return msgspec.structs.replace(new, author=old.author, url=old.url)
    return new


def apply(stored: Measured | None, message: Message, rules: Rules) -> Measured:
    """What the table should keep of a paper once a message has arrived.

    Applying a message twice changes nothing more. A message of an older run than the newest applied adds
    what is not known yet and overrides nothing; what a newer run saw dropped stays dropped. A paper of an
    imported post stays as it is.
    """
    stored = stored or Measured(paper=message.paper)
    if stored.frozen:
        return stored
    if message.run >= stored.run:
        dropped = {*stored.dropped, *message.dropped} - {mention.key for mention in message.mentions}
        merged = merge_mentions(stored.mentions, message.mentions)
        base = msgspec.structs.replace(
            stored,
            paper=message.paper,
            extras=stored.extras if message.extras is None else message.extras,
            sources=message.sources,
            run=message.run,
        )
    else:
        dropped = set(stored.dropped)
        merged = merge_mentions(message.mentions, stored.mentions)
        extras = message.extras if stored.extras is None else stored.extras
        base = msgspec.structs.replace(stored, extras=extras)
    kept = [mention for key, mention in merged.items() if key not in dropped]
    base = msgspec.structs.replace(base, dropped=tuple(sorted(dropped)[:MOST_DROPPED]))
    after = _fitting(base, kept, uncounted(kept, rules, reasons(stored)), rules)
    if stored.measured_at and not has_moved(stored, after):
        return after
    return msgspec.structs.replace(after, measured_at=max(clock.run_iso(message.run), stored.measured_at))


def _fitting(
    base: Measured, kept: list[Mention], not_counted: Mapping[Key, Uncounted], rules: Rules
) -> Measured:
    """A paper with as many of its mentions as an item has room for, and its score by those."""
    ordered, room = _counted_first(kept, not_counted, rules), MENTION_BYTES
    while True:
        mentions = trim(ordered, room)
        keys = {mention.key for mention in mentions}
        reasons_kept = {key: why for key, why in sorted(not_counted.items()) if key in keys}
        paper = msgspec.structs.replace(
            base,
            mentions=mentions,
            uncounted=tuple((*key, why) for key, why in reasons_kept.items()),
            score=score(counted(mentions, reasons_kept), rules.weights),
        )
        if is_storable(paper) or not room:
            return paper
        # How well texts can be compressed is seen only then.
        room = room * 3 // 4


def in_order_of_counting(
    mentions: Iterable[Mention], stored: Measured | None, rules: Rules
) -> tuple[Mention, ...]:
    """Mentions in the order in which a message keeps them: those that count, by rank, then the others.

    Of the others only as many as are kept in full: what is cut short can tell no longer that it does not
    count.
    """
    mentions = list(mentions)
    not_counted = uncounted(mentions, rules, reasons(stored) if stored else {})
    ordered = _counted_first(mentions, not_counted, rules)
    return tuple(
        one for position, one in enumerate(ordered) if position < FULL_MENTIONS or one.key not in not_counted
    )


def _counted_first(
    mentions: Iterable[Mention], not_counted: Collection[Key], rules: Rules
) -> tuple[Mention, ...]:
    """By rank, so that what does not count never takes the place of what does."""
    ranked = rank_mentions(mentions, rules.weights)
    return (*counted(ranked, not_counted), *(one for one in ranked if one.key in not_counted))


def has_moved(before: Measured, after: Measured) -> bool:
    """Whether a paper's numbers differ: its score, or the counts of a mention that counts."""
    return _numbers(before) != _numbers(after)


def _numbers(measured: Measured) -> tuple[float, dict[Key, Counts]]:
    return measured.score, {mention.key: mention.counts for mention in counted_of(measured)}
