"""The only door to the internet: polite, patient within limits, and distrustful of what comes back.

    SourceError                 the source cannot be had; the text is the reason, fit for the status page
    ├── Refused                 it said no in a way that asking again will not change (401, 402, 403, …)
    ├── Exhausted               it failed, and the tries or the time for it are used up
    BadAnswerError              what a parser raises for an answer that is not what was asked; asked again

A `Session` is one source's allowance of one run: its deadline, its pause between requests, its count.
"""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import urllib3
from msgspec import Struct

from shared.log import logger

T = TypeVar("T")

# In seconds, and tries after the first: what a source can do in its two minutes.
REQUEST_SECONDS = 20.0
RETRIES = 3
# Between tries where the answer names no time, in seconds.
BACKOFF = (1.0, 4.0, 10.0)
# A page of 2,500 OAI records has about 4 MB; ten times that is not an answer to what was asked.
LARGEST_BODY = 40_000_000
_NUMBER = re.compile(r"[0-9]{1,12}")
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})

# Replaced by tests, which must not wait.
sleep: Callable[[float], None] = time.sleep
monotonic: Callable[[], float] = time.monotonic


class SourceError(Exception):
    """The source cannot be had; the text says why in words for the status page."""


class Refused(SourceError):  # noqa: N818 - it is an answer, not a fault
    """An answer that asking again will not change.

    `status` is its HTTP status, `body` its start, `tries` the requests it took, this answer's included.
    """

    def __init__(self, reason: str, status: int = 0, body: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.body = body
        self.tries = 1


class Exhausted(SourceError):  # noqa: N818
    """The tries, or the time for this source, are used up."""


class BadAnswerError(Exception):
    """The answer is not what was asked for, whatever its status; raised by parsers."""


class _Transient(Exception):  # noqa: N818
    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class Pace:
    """Keeps requests apart: the next one starts no sooner than `seconds` after the last one ended."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._free_at = 0.0

    def hold_until(self, moment: float) -> None:
        """Start nothing before a moment of the monotonic clock."""
        self._free_at = max(self._free_at, moment)

    def wait_for(self) -> float:
        """Seconds until a request may start."""
        return max(0.0, self._free_at - monotonic())

    def done(self) -> None:
        """A request has ended now."""
        self._free_at = monotonic() + self.seconds


class _Request(Struct, frozen=True, kw_only=True):
    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str] = {}
    body: bytes | None = None


class Session:
    """One source's requests within one run.

    `seconds` is all the time the source gets; `transient` are further statuses that mean "try later" on
    this service; `final` tells of a body that trying later will not help, whatever the status; `pace`, if
    given, is shared by every session that must keep apart.
    """

    def __init__(
        self,
        *,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        transient: frozenset[int] = frozenset(),
        final: Callable[[bytes], bool] = lambda _body: False,
        pace: Pace | None = None,
    ) -> None:
        self._session = requests.Session()
        self._session.headers.update(headers or {})
        self._deadline = monotonic() + seconds
        self._transient = _TRANSIENT | transient
        self._final = final
        self._pace = pace
        self.requests = 0

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str],
        parse: Callable[[bytes], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """The parsed answer to a GET; `parse` gets the body's bytes and may raise BadAnswerError.

        Raises Refused or Exhausted. Redirects are not followed: a credential would travel with them.
        """
        return self._asked(_Request(method="GET", url=url, headers=headers or {}, params=params), parse)

    def post(
        self,
        url: str,
        *,
        document: Mapping[str, str],
        parse: Callable[[bytes], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """The parsed answer to a POST of a JSON document, otherwise as `get`; it may be sent again."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        body = msgspec.json.encode(document)
        return self._asked(_Request(method="POST", url=url, headers=headers, body=body), parse)

    def _asked(self, request: _Request, parse: Callable[[bytes], T]) -> T:
        reason = "no time left"
        for attempt in range(RETRIES + 1):
            self._wait(self._pace.wait_for() if self._pace else 0.0, reason)
            try:
                return parse(self._answer(request))
            except _Transient as error:
                reason, wait = str(error), error.wait
            except BadAnswerError as error:
                reason, wait = str(error), None
            except Refused as error:
                error.tries = attempt + 1
                raise
            logger.info("try failed", extra={"url": request.url, "attempt": attempt, "reason": reason})
            if attempt < RETRIES:
                self._wait(BACKOFF[attempt] if wait is None else wait, reason)
        raise Exhausted(f"{reason}, {RETRIES + 1} times")

    def _wait(self, seconds: float, reason: str) -> None:
        if monotonic() + seconds >= self._deadline:
            raise Exhausted(f"{reason}; the time for this source is used up")
        if seconds > 0:
            sleep(seconds)

    def _answer(self, request: _Request) -> bytes:
        # A proxy is not asked for this machine: it could not reach it, and would read what is sent.
        self._session.trust_env = not is_loopback(request.url)
        ends = min(monotonic() + REQUEST_SECONDS, self._deadline)
        self.requests += 1
        logger.info("request", extra={"url": request.url})
        try:
            with self._session.request(
                request.method,
                request.url,
                params=request.params,
                headers=request.headers,
                data=request.body,
                stream=True,
                allow_redirects=False,
                timeout=max(0.1, ends - monotonic()),
            ) as response:
                body = self._body(response, ends)
                return self._checked(response, body)
        except (requests.Timeout, urllib3.exceptions.ReadTimeoutError):
            raise _Transient(f"no answer within {REQUEST_SECONDS:.0f} s") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _Transient(f"connection failed ({_cause(error)})") from None
        finally:
            if self._pace:
                self._pace.done()

    @staticmethod
    def _body(response: requests.Response, ends: float) -> bytes:
        # Read as it comes: a time-out counts from the last byte, so that a slow drip would never end.
        pieces: list[bytes] = []
        size = 0
        while piece := response.raw.read1(65_536, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_BODY:
                raise _Transient(f"the answer is larger than {LARGEST_BODY // 1_000_000} MB")
            if monotonic() > ends:
                raise _Transient(f"no whole answer within {REQUEST_SECONDS:.0f} s")
        return b"".join(pieces)

    def _checked(self, response: requests.Response, body: bytes) -> bytes:
        status = response.status_code
        if status == requests.codes.ok:
            return body
        # The reason phrase comes from the other side and ends on our pages: kept short and plain.
        phrase = re.sub(r"[^\w .,'-]", "", response.reason or "")[:60]
        reason = f"HTTP {status} {phrase}".strip()
        if status in self._transient and not self._final(body):
            raise _Transient(reason, _wait_named(response.headers))
        raise Refused(reason, status, body[:10_000])


def _wait_named(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait, by any of the headers in use; None when it names none."""
    now = datetime.now(UTC).timestamp()
    if after := headers.get("Retry-After"):
        if _NUMBER.fullmatch(after.strip()):
            return float(after)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - now)
        except ValueError:
            return None
    # X: Unix seconds at which the window is reset. Bluesky uses the same without "x-".
    for name in ("x-rate-limit-reset", "ratelimit-reset"):
        if _NUMBER.fullmatch(reset := headers.get(name, "")) and headers.get(name[:-5] + "remaining") == "0":
            return max(0.0, float(reset) - now)
    # Hugging Face: RateLimit: "api";r=0;t=55
    if match := re.search(r";\s*r=0\b.*;\s*t=(\d+)", headers.get("RateLimit", "")):
        return float(match[1])
    return None


def _cause(error: BaseException) -> str:
    """The innermost reason of a connection error in few words, without addresses."""
    text = str(error)
    for words in (
        "Name or service not known",
        "name resolution",
        "Failed to resolve",
        "nodename nor servname",
    ):
        if words in text:
            return "the name cannot be resolved"
    for words in ("Connection refused", "Network is unreachable", "reset by peer", "IncompleteRead"):
        if words in text:
            return words.lower()
    return type(error).__name__


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own, as an upstream that stands in for the real one is."""
    host = (urlsplit(url).hostname or "").lower()
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def may_carry_credentials(url: str) -> bool:
    """Whether a secret may be sent there: over https, or to this machine itself."""
    return urlsplit(url).scheme.lower() == "https" or is_loopback(url)


def json_body(body: bytes, type_: type[T]) -> T:
    """A body as the given type, null being as good as absent; raises BadAnswerError for anything else."""
    try:
        return msgspec.convert(_without_nulls(msgspec.json.decode(body)), type_, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswerError(f"the answer cannot be read: {str(error)[:120]}") from None


def readable(values: Collection[Any], type_: type[T]) -> list[T]:
    """The values of a list that are of a type; one that is not is left out, with a warning.

    Raises BadAnswerError when there are values and none is: that is not the list that was asked for.
    """
    found: list[T] = []
    reason = ""
    for value in values:
        try:
            found.append(msgspec.convert(value, type_, strict=False))
        except msgspec.ValidationError as error:
            reason = str(error)[:200]
            logger.warning("left out", extra={"type": type_.__name__, "reason": reason})
    if values and not found:
        raise BadAnswerError(f"nothing in the answer can be read: {reason}"[:160])
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value if inner is not None]
    return value
