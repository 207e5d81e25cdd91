"""Who wrote the mentions that will be shown, and whether those that no sweep returned are still there."""

from __future__ import annotations

import msgspec

from functions.fetch.attention import x
from functions.fetch.attention.sweep import Sweep
from functions.fetch.candidates import Candidate, Found, draft
from shared import attention, table
from shared.log import logger
from shared.paper import Author, Mention
from shared.settings import Settings

# How often names are looked up again because a mention that was gone made room for another.
_ROUNDS = 3


class Names:
    """Looks up who wrote the mentions that will be shown, and whether those not swept are still there."""

    def __init__(
        self,
        settings: Settings,
        run: str,
        by_id: dict[str, Candidate],
        found: Found,
        swept: Sweep,
        gone: set[tuple[str, str]],
    ) -> None:
        self._settings = settings
        self._run = run
        self._by_id = by_id
        self._found = found
        self._swept = swept
        self._swept_ids = {mention.id for mentions in swept.mentions.values() for mention in mentions}
        self._authors: dict[str, Author] = {}
        self._looked_up: set[str] = set()
        self.gone = set(gone)
        self.failure = ""
        self.capped = False

    def resolve(self) -> None:
        """Put names into what was found; note what is gone."""
        if self._swept.state.state != "measured":
            return
        for _ in range(_ROUNDS):
            shown = self._shown()
            self._remember({m.author.id for m in shown.values() if m.author and not m.author.username})
            nameless = self._nameless(shown)
            unseen = [m.id for m in shown.values() if self._is_named(m) and m.id not in self._swept_ids]
            unseen = [one for one in unseen if one not in self._looked_up]
            if not nameless and not unseen:
                break
            if not (self._look_up(nameless, with_authors=True) and self._look_up(unseen, with_authors=False)):
                break
        self._name_all()

    def _shown(self) -> dict[str, Mention]:
        """The X mentions of hot papers that will be shown, as far as it is known now, by id."""
        settings = self._settings
        shown: dict[str, Mention] = {}
        for paper_id, candidate in self._by_id.items():
            stored = candidate.stored
            if stored is None and paper_id not in self._found:
                continue
            drafted = draft(settings, self._run, candidate, self._found, self.gone, {})
            then = attention.apply(stored, drafted, settings.rules)
            if then.score >= settings.paper_score_threshold:
                shown.update((m.id, m) for m in attention.selected(then, settings.rules) if m.source == "x")
        return shown

    def _nameless(self, shown: dict[str, Mention]) -> list[str]:
        """The posts to ask for an author by: of what was swept, one an author will do."""
        asked: dict[str, str] = {}
        for mention in shown.values():
            if not self._is_named(mention) and mention.id not in self._looked_up:
                by = mention.author.id if mention.author and mention.id in self._swept_ids else mention.id
                asked.setdefault(by, mention.id)
        return list(asked.values())

    def _is_named(self, mention: Mention) -> bool:
        author = mention.author
        return author is not None and bool(author.username or author.id in self._authors)

    def _remember(self, author_ids: set[str]) -> None:
        """Names that an earlier run looked up."""
        self._authors |= table.authors(author_ids - self._authors.keys())

    def _look_up(self, ids: list[str], *, with_authors: bool) -> bool:
        """Ask for posts again and keep what came; whether all could be asked for."""
        if not ids:
            return True
        answer = x.look_up(self._swept.api, ids, with_authors=with_authors)
        self._looked_up.update(ids)
        self.gone.update(("x", one) for one in answer.gone)
        table.put_authors(author for id_, author in answer.authors.items() if id_ not in self._authors)
        self._authors |= answer.authors
        self._refresh(answer.mentions)
        if answer.end:
            # The numbers stand; who could not be named is not shown this time.
            self.failure, self.capped = answer.end, answer.capped
            logger.warning("lookup ended early", extra={"reason": answer.end})
        return not answer.end

    def _refresh(self, mentions: dict[str, Mention]) -> None:
        """The counts that a lookup told, for every paper that the mention is about."""
        for paper_id, candidate in self._by_id.items():
            known = {m.key: m for m in candidate.stored.mentions} if candidate.stored else {}
            known |= self._found.get(paper_id, {})
            for mention in mentions.values():
                if old := known.get(mention.key):
                    author = mention.author or old.author
                    self._found.setdefault(paper_id, {})[mention.key] = msgspec.structs.replace(
                        mention, author=author, url=old.url
                    )

    def _name_all(self) -> None:
        """Put names to all X mentions whose author is known by now, the stored ones among the shown too."""
        for paper_id, mention in self._nameless_stored():
            self._found.setdefault(paper_id, {})[mention.key] = mention
        for mentions in self._found.values():
            for key, mention in mentions.items():
                author = self._authors.get(mention.author.id) if mention.author else None
                if author and mention.source == "x":
                    mentions[key] = msgspec.structs.replace(
                        mention, author=author, url=f"https://x.com/{author.username}/status/{mention.id}"
                    )

    def _nameless_stored(self) -> list[tuple[str, Mention]]:
        return [
            (paper_id, mention)
            for paper_id, candidate in self._by_id.items()
            if candidate.stored
            for mention in candidate.stored.mentions
            if mention.source == "x"
            and mention.author
            and not mention.author.username
            and mention.author.id in self._authors
            and mention.key not in self._found.get(paper_id, {})
        ]
