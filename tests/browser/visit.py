"""A browser's window on the site, in which nothing goes wrong unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.steps.site_world import SITE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request, Response

# A policy's refusals go to the console anyway, but for those of a report-only one.
_LISTEN = """
document.addEventListener("securitypolicyviolation",
  event => console.error(`refused by ${event.violatedDirective}: ${event.blockedURI}`));
"""


class Window:
    """A page of its own, without cookies or storage of others; `troubles` are whatever it complained of.

    It stays on the host at `base`.
    """

    def __init__(self, browser: Browser, base: str = SITE, **options: Any) -> None:
        self._base = base
        self.context = browser.new_context(base_url=base, **options)
        self.context.set_default_timeout(10_000)
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.add_init_script(_LISTEN)
        self.page.on("console", lambda message: self._note(f"console {message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self._note(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)
        self.page.on("popup", lambda popup: self._note(f"window: {popup.url}"))

    def open(self, key: str) -> Page:
        """The page of a key, loaded."""
        self.page.goto(f"/{quote(key)}", wait_until="load")
        return self.page

    def looks(self, scheme: str, width: int, height: int = 800) -> None:
        """Light or dark, and so wide."""
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        self.page.set_viewport_size({"width": width, "height": height})

    def close(self) -> None:
        """Away with it."""
        self.context.close()

    def _note(self, trouble: str) -> None:
        self.troubles.append(trouble)

    def _dialog(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._base, "data:", "blob:")):
            self._note(f"elsewhere: {request.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left does not wait for what it has asked for.
        if request.failure != "net::ERR_ABORTED":
            self._note(f"failed: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status}: {response.url}")
