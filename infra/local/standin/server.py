"""The stand-in: takes requests, finds the service, records, spoils on request, and answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

from infra.local.standin import bluesky, hackernews, huggingface, oai, query, x
from infra.local.standin.answer import Answer
from infra.local.standin.bluesky_search import Reading
from infra.local.standin.bluesky_session import Sessions
from infra.local.standin.faults import MOVED, Fault, spoil
from infra.local.standin.listener import Server, handler
from infra.local.standin.readings import LIKELY, Edge, Readings
from infra.local.standin.request import Request, read
from infra.local.standin.world import World
from infra.local.standin.x_posts import Offsets, Vocabulary

# Where each service begins, and the setting that points to it.
PLACES = {
    "oai": ("/oai", "ARXIV_OAI_URL"),
    "query": ("/api/query", "ARXIV_API_URL"),
    "x": ("/2", "X_API_URL"),
    "hackernews": ("/hn/api/v1", "HACKERNEWS_URL"),
    "huggingface": ("/hf/api", "HUGGINGFACE_URL"),
    "bluesky": ("/bsky/xrpc", "BLUESKY_URL"),
}
PAGE_SIZES = {
    "oai": oai.RECORDS,
    "x": x.PAGE,
    "hackernews": hackernews.REACHABLE,
    "huggingface": huggingface.MOST,
    "bluesky": bluesky.PAGE,
}


@dataclass(frozen=True)
class Recorded:
    """One request as it came, but for passwords.

    `time` is monotonic seconds; `status` is 0 where no answer was sent.
    """

    service: str
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    time: float
    status: int


class Standin:
    """The six services on one loopback port, for as long as the `with` block lasts.

    All but the address may be changed between requests, and `faults` added. Without `now` the world's own
    time holds, without that the clock's. `vocabulary` "asked" answers in the words of the request.
    `page_sizes` by service: records of an OAI page, most posts of an X page, reachable Hacker News hits,
    largest limit of Hugging Face, most posts of a Bluesky page. `bluesky_query` is how Bluesky reads a query
    (`bluesky_search.parse`), `bluesky_expired` the status that an expired token gets there: neither is
    documented for certain, nor are the `readings`. A stand-in is used up when its block ends.
    """

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        vocabulary: Vocabulary | Literal["asked"] = "asked",
        page_sizes: Mapping[str, int] | None = None,
        entity_offsets: Offsets = "escaped",
        bluesky_query: Reading = "any",
        bluesky_expired: Literal[400, 401] = 400,
        readings: Readings = LIKELY,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        unknown = set(page_sizes or {}) - set(PAGE_SIZES)
        if unknown:
            raise ValueError(f"no page size for {', '.join(sorted(unknown))}")
        self.world = world
        self.now = now
        self.faults: list[Fault] = []
        self.page_sizes = PAGE_SIZES | dict(page_sizes or {})
        self.vocabulary: Vocabulary | Literal["asked"] = vocabulary
        self.entity_offsets: Offsets = entity_offsets
        self.bluesky_query: Reading = bluesky_query
        self.bluesky_expired: Literal[400, 401] = bluesky_expired
        self.readings: Readings = readings
        self._edge = Edge()
        self._sessions: Sessions = {}
        self._recorded: list[Recorded] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = Server((host, port), handler(self.take, self.clock))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends at once, also while an answer is being withheld."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the server is reached, without a final slash."""
        host, port = self._server.server_address[:2]
        name = host.decode() if isinstance(host, bytes | bytearray) else str(host)
        # An address that means "all of this machine" cannot be connected to everywhere.
        return f"http://{'127.0.0.1' if set(name) <= set('0.') else name}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make the product read from here."""
        return {setting: self.url + place for place, setting in PLACES.values()}

    @property
    def requests(self) -> list[Recorded]:
        """All requests so far, oldest first."""
        with self._lock:
            return list(self._recorded)

    def requests_to(self, service: str) -> list[Recorded]:
        """The requests to one service so far, oldest first."""
        return [each for each in self.requests if each.service == service]

    def forget(self) -> None:
        """Drops the recorded requests."""
        with self._lock:
            self._recorded.clear()

    def clock(self) -> datetime:
        """The time that the services go by."""
        return self.now or self.world.now or datetime.now(UTC)

    def take(self, method: str, target: str, body: str, headers: dict[str, str]) -> Answer | None:
        """The answer to one request, whichever way it came; None where there is none."""
        target = target.removeprefix(MOVED)
        request = read(method, target, body, headers)
        service = next(
            (name for name, (place, _) in PLACES.items() if _under(request.path, place)), "unknown"
        )
        with self._lock:
            struck = [fault for fault in self.faults if fault.strikes(service, target)]
        fault = struck[0] if struck else None
        arrived = time.monotonic()
        answer: Answer | None = self._honest(service, request)
        if fault is not None and answer is not None:
            answer = spoil(fault, answer, target, request.params, self.clock())
            if fault.kind == "timeout" and fault.seconds is None:
                answer = None
        status = answer.status if answer else 0
        with self._lock:
            self._recorded.append(
                Recorded(service, method, request.path, _tellable(request), headers, arrived, status)
            )
        # Recorded first: whoever gets the answer can look up its request.
        if fault is not None and fault.kind == "timeout" and self._stopping.wait(fault.seconds):
            return None
        return answer

    def _honest(self, service: str, request: Request) -> Answer:
        world, now, sizes = self.world, self.clock(), self.page_sizes
        path, params, headers = request.path, request.params, request.headers
        readings, edge = self.readings, self._edge
        options = x.Options(self.vocabulary, self.entity_offsets, sizes["x"], readings)
        ways = bluesky.Options(self.bluesky_query, self.bluesky_expired, sizes["bluesky"], readings)

        def listing() -> Answer:
            return oai.answer(params, world, now, sizes["oai"])

        rest = path.removeprefix(PLACES[service][0]) if service in PLACES else path
        services: dict[str, Callable[[], Answer]] = {
            "oai": lambda: edge.answer(params, now, listing) if readings.oai_empty != "anew" else listing(),
            "query": lambda: query.answer(params, world, now, readings),
            "x": lambda: x.answer(rest, params, headers, world, now, options=options),
            "hackernews": lambda: hackernews.answer(rest, params, world, now, sizes["hackernews"]),
            "huggingface": lambda: huggingface.answer(
                rest, params, world, now, sizes["huggingface"], readings.huggingface_today
            ),
            "bluesky": lambda: bluesky.answer(
                rest, request, world, now, sessions=self._sessions, options=ways
            ),
        }
        if service not in services:
            return Answer(404, {"Content-Type": "text/plain"}, b"no service of the stand-in lives here\n")
        return services[service]()


def _tellable(request: Request) -> dict[str, str]:
    """The parameters without a password, which a login that is badly put may hold anywhere."""
    params = dict(request.params)
    if request.path.endswith(bluesky.LOGIN):
        return {name: value for name, value in params.items() if name == "identifier"}
    return params


def _under(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
