"""Papers on their way through a measuring: as they are stored, and what was found about them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from shared import attention
from shared.paper import (
    MESSAGE_VERSION,
    Extras,
    Measured,
    Mention,
    Message,
    Paper,
    SourceState,
    room_in,
    trim,
)
from shared.settings import Settings

# Paper id -> its mentions of this run, by (source, id).
Found = dict[str, dict[tuple[str, str], Mention]]


class Candidate(Struct, frozen=True, kw_only=True):
    """A paper that is measured: as it is stored, if it is, and as arXiv listed it in this run, if it did."""

    paper: Paper
    stored: Measured | None


def draft(
    settings: Settings,
    run: str,
    candidate: Candidate,
    found: Found,
    gone: set[tuple[str, str]],
    sources: dict[str, SourceState],
    extras: Extras | None = None,
) -> Message:
    """The message about a paper, as far as a run knows: what was found of it, without what is gone."""
    mentions = [mention for mention in found.get(candidate.paper.id, {}).values() if mention.key not in gone]
    known = {mention.key for mention in candidate.stored.mentions} if candidate.stored else set()
    bare = Message(
        v=MESSAGE_VERSION,
        run=run,
        paper=candidate.paper,
        dropped=tuple(sorted(gone & known)),
        extras=extras,
        sources=sources,
    )
    ordered = attention.in_order_of_counting(mentions, candidate.stored, settings.rules)
    return replace(bare, mentions=trim(ordered, room_in(bare)))
