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
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
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
# A page of 2,500 OAI records has about 4 MB, the largest answer there is. Counted as it is unpacked.
LARGEST_BODY = 10_000_000
# Values in a JSON text; 1,000 stories have some 50,000. In memory one is up to a hundred times its bytes.
MOST_VALUES = 400_000
# Records, posts or stories in an answer; the most that any is asked for is 2,500.
MOST_ENTRIES = 10_000
# In characters.
_LONGEST_REASON = 300
SHORTEST_SECRET = 12
_NUMBER = re.compile(r"[0-9]{1,12}")
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})

# Replaced by tests, which must not wait.
sleep: Callable[[float], None] = time.sleep
monotonic: Callable[[], float] = time.monotonic


class SourceError(Exception):
    """The source cannot be had; the text says why in words for the status page.

    `is_lost` tells whether some try may have been answered, and billed, without our hearing of it.
    """

    is_lost = False

    def __init__(self, reason: str) -> None:
        super().__init__(told(reason))


class Refused(SourceError):  # noqa: N818 - it is an answer, not a fault
    """An answer that asking again will not change. `status` is its HTTP status, `body` its start."""

    def __init__(self, reason: str, status: int = 0, body: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.body = body


class Exhausted(SourceError):  # noqa: N818
    """The tries, or the time for this source, are used up."""


class BadAnswerError(Exception):
    """The answer is not what was asked for, whatever its status; raised by parsers."""

    def __init__(self, reason: str) -> None:
        super().__init__(told(reason))


def told(reason: str) -> str:
    """A reason as it may stand on a page: parts of it come from the other side."""
    return "".join(character if character.isprintable() else " " for character in reason[:_LONGEST_REASON])


class _Transient(Exception):  # noqa: N818
    def __init__(self, reason: str, wait: float | None = None, *, is_lost: bool = True) -> None:
        super().__init__(reason)
        self.wait = wait
        self.is_lost = is_lost


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


class _Watched:
    """A connection whose answer ends at its time, whatever has come of it.

    A socket's own time-out counts from the last byte: headers, or lengths of chunks, that drip would not end.
    """

    sock: Any
    timeout: Any

    def getresponse(self) -> Any:
        watch = threading.Timer(self.timeout, _shut, (self.sock,))
        watch.daemon = True
        watch.start()
        try:
            response = super().getresponse()  # type: ignore[misc]
        except BaseException:
            watch.cancel()
            raise
        response.watch = watch
        return response


def _shut(sock: Any) -> None:
    # It may have come to its end in this moment.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


class _Connection(_Watched, urllib3.connection.HTTPConnection):
    pass


class _TlsConnection(_Watched, urllib3.connection.HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls: Any = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls: Any = _TlsConnection


class _Adapter(requests.adapters.HTTPAdapter):
    """The transport of a session, with or without a proxy: connections that are watched."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _watch(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _watch(manager)
        return manager


class _Transport(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Nowhere. Even where none is followed, requests reads a redirect's whole body and its address."""
        del resp
        return None


def _watch(manager: Any) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


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
        self._session = _Transport()
        self._session.headers.update(headers or {})
        self._deadline = monotonic() + seconds
        self._transient = _TRANSIENT | transient
        self._final = final
        self._pace = pace
        self._secrets: set[bytes] = set()
        self.requests = 0

    def hide(self, secret: str) -> None:
        """Take a secret out of every answer that sends it back, before anybody reads or tells of it."""
        # A service chooses its tokens: one of a letter would take the letter out of every word.
        if len(secret) >= SHORTEST_SECRET:
            self._secrets.add(secret.encode())

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
        reason, is_lost = "no time left", False
        try:
            for attempt in range(RETRIES + 1):
                self._wait(self._pace.wait_for() if self._pace else 0.0, reason)
                try:
                    return parse(self._answer(request))
                except _Transient as error:
                    reason, wait = str(error), error.wait
                    is_lost |= error.is_lost
                except BadAnswerError as error:
                    reason, wait, is_lost = str(error), None, True
                logger.info("try failed", extra={"url": request.url, "attempt": attempt, "reason": reason})
                if attempt < RETRIES:
                    self._wait(BACKOFF[attempt] if wait is None else wait, reason)
            raise Exhausted(f"{reason}, {RETRIES + 1} times")
        except SourceError as error:
            error.is_lost = is_lost
            raise

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
                try:
                    body = self._without_secrets(self._body(response, ends))
                finally:
                    watch: threading.Timer = response.raw.watch  # type: ignore[union-attr]
                    watch.cancel()
                return self._checked(response, body)
        except (_Transient, SourceError):
            raise
        except (requests.Timeout, urllib3.exceptions.ReadTimeoutError):
            raise _Transient(f"no answer within {REQUEST_SECONDS:.0f} s") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if monotonic() >= ends:
                # Cut off: requests' own error comes before there are headers, urllib3's after.
                what = "answer" if isinstance(error, requests.RequestException) else "whole answer"
                raise _Transient(f"no {what} within {REQUEST_SECONDS:.0f} s") from None
            raise _Transient(f"connection failed ({_cause(error)})") from None
        except Exception as error:  # noqa: BLE001
            # Whatever it is, its text may hold what was sent, credentials too.
            raise _Transient(f"internal error ({type(error).__name__})") from None
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
                break
        if monotonic() > ends:
            # What was cut off can look whole: headers that end early, or a chunk without a length.
            raise _Transient(f"no whole answer within {REQUEST_SECONDS:.0f} s")
        return b"".join(pieces)

    def _without_secrets(self, text: bytes) -> bytes:
        for secret in self._secrets:
            text = text.replace(secret, b"...")
        return text

    def _checked(self, response: requests.Response, body: bytes) -> bytes:
        status = response.status_code
        if status == requests.codes.ok:
            return body
        # In the words of the standard: an answer's own may be anything, and end on our pages.
        phrase = next((known.phrase for known in HTTPStatus if known == status), "")
        reason = f"HTTP {status} {phrase}".strip()
        if status in self._transient and not self._final(body):
            raise _Transient(reason, _wait_named(response.headers), is_lost=False)
        raise Refused(reason, status, body[:10_000])


def _wait_named(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait, by any of the headers in use; None when it names none."""
    now = datetime.now(UTC).timestamp()
    if after := headers.get("Retry-After", "").strip():
        if _NUMBER.fullmatch(after):
            return float(after)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(after).timestamp() - now)
        except (ValueError, OverflowError):
            return None
    # X: Unix seconds at which the window is reset. Bluesky uses the same without "x-".
    for name in ("x-rate-limit-reset", "ratelimit-reset"):
        if _NUMBER.fullmatch(reset := headers.get(name, "")) and headers.get(name[:-5] + "remaining") == "0":
            return max(0.0, float(reset) - now)
    # Hugging Face: RateLimit: "api";r=0;t=55
    limit = dict(part.strip().partition("=")[::2] for part in headers.get("RateLimit", "").split(";"))
    if limit.get("r") == "0" and _NUMBER.fullmatch(limit.get("t", "")):
        return float(limit["t"])
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
    # Every value but the first stands behind one of these, and every collection is one.
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MOST_VALUES:
        raise BadAnswerError(f"the answer has more than {MOST_VALUES:,} values")
    try:
        return msgspec.convert(_without_nulls(msgspec.json.decode(body)), type_, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswerError(f"the answer cannot be read: {str(error)[:120]}") from None


def check_entries(number: int) -> None:
    """Raises BadAnswerError for more entries than any answer has: each that cannot be read is logged."""
    if number > MOST_ENTRIES:
        raise BadAnswerError(f"the answer has {number:,} entries, more than {MOST_ENTRIES:,}")


def readable(values: Collection[Any], type_: type[T]) -> list[T]:
    """The values of a list that are of a type; one that is not is left out, with a warning.

    Raises BadAnswerError when there are values and none is, or more than any list has: that is not the list
    that was asked for.
    """
    check_entries(len(values))
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
    """A value without what is null in it. It is changed where it is: two of a large one would not fit."""
    if isinstance(value, dict):
        for name in [name for name, inner in value.items() if inner is None]:
            del value[name]
    elif isinstance(value, list):
        value[:] = [inner for inner in value if inner is not None]
    else:
        return value
    for inner in value.values() if isinstance(value, dict) else value:
        _without_nulls(inner)
    return value
