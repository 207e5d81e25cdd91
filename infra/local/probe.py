"""Whether there is an internet: asked of arXiv's service, in the background, and not for long."""

from __future__ import annotations

import threading
import time

import requests

from functions.fetch.listing import ARXIV_PAUSE
from shared import http
from shared.settings import Settings

_PATIENCE_SECONDS = 5.0


class Probe:
    """Asks arXiv's service once, from the moment that this is made on; other work may go on meanwhile."""

    def __init__(self, configured: Settings) -> None:
        self._url = configured.arxiv_oai_url
        self._user_agent = configured.user_agent
        self._answered_at: float | None = None
        self._give_up_at = time.monotonic() + _PATIENCE_SECONDS
        # Looking up a name has no time-out of its own: whoever waits gives up, and the process may end.
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def is_answered(self) -> bool:
        """Whether the service answers at all, be it with an error: 5 s after the start it does not.

        Returns when the next request may be sent: arXiv wants 3 s between two.
        """
        self._thread.join(max(0.0, self._give_up_at - time.monotonic()))
        if self._answered_at is None:
            return False
        if not http.is_loopback(self._url):
            time.sleep(max(0.0, self._answered_at + ARXIV_PAUSE - time.monotonic()))
        return True

    def _ask(self) -> None:
        try:
            requests.head(
                self._url,
                headers={"User-Agent": self._user_agent},
                timeout=_PATIENCE_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException:
            return
        self._answered_at = time.monotonic()
