"""What can go wrong with an answer, on request.

A fault names a service and a kind, and says how often and from which request on. Statuses have the bodies and
headers that the services themselves send.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import unquote_plus

from infra.local.standin import faults_bluesky, hackernews, oai, query
from infra.local.standin.answer import Answer, Params, html_answer, json_answer
from infra.local.standin.faults_x import STATUSES as X_STATUSES

STATUSES = {"400", "401", "402", "403", "406", "429", "500", "502", "503"}
# Two statuses of X mean two things each.
X_ONLY = {"402_credits_depleted", "429_usage_cap"}
BLUESKY_ONLY = {faults_bluesky.EXPIRED_TOKEN, faults_bluesky.EXPIRED_TOKEN_401}
REPLACED = {"garbage", "empty", "html", "error_200", "text_200", "false_empty", "drop_records", "redirect"}
DELIVERY = {"timeout", "truncated"}
KINDS = STATUSES | X_ONLY | BLUESKY_ONLY | REPLACED | DELIVERY
SERVICES = ("oai", "query", "x", "hackernews", "huggingface", "bluesky")
# Where a redirected request finds its answer.
MOVED = "/moved"


@dataclass
class Fault:
    """One thing that goes wrong.

    `times`: how often (None: for ever); `after`: how many matching requests pass first; `match`: only
    requests whose path and query hold this text, encoded or not; `headers` replace the kind's own, an empty
    one takes it away; `form`: a status has this body instead of the service's own; `seconds`: a "timeout"
    answers after so long instead of never.
    """

    service: str
    kind: str
    times: int | None = None
    after: int = 0
    match: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Literal["", "html", "json"] = ""
    seconds: float | None = None
    seen: int = 0

    def __post_init__(self) -> None:
        if self.service not in SERVICES:
            raise ValueError(f"no service {self.service!r}: it is one of {', '.join(SERVICES)}")
        foreign = (self.kind in X_ONLY and self.service != "x") or (
            self.kind in BLUESKY_ONLY and self.service != "bluesky"
        )
        if self.kind not in KINDS or foreign:
            raise ValueError(f"no kind {self.kind!r} for {self.service}")

    def strikes(self, service: str, target: str) -> bool:
        """Whether it strikes this request, which is counted when it is one of its own."""
        if service != self.service or (self.match not in target and self.match not in unquote_plus(target)):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


def spoil(fault: Fault, honest: Answer, target: str, params: Params, now: datetime) -> Answer:
    """What comes in place of the honest answer; a "timeout" is the server's to do and changes nothing."""
    spoilt = _spoilt(fault, honest, target, params, now)
    if fault.form:
        words = f"{spoilt.status} {_REASONS.get(str(spoilt.status), '')}".strip()
        kind = html_answer if fault.form == "html" else _plain_json
        shaped = kind(spoilt.status, words)
        spoilt = replace(shaped, headers={**spoilt.headers, **shaped.headers})
    headers = {**spoilt.headers, **fault.headers}
    return replace(spoilt, headers={name: value for name, value in headers.items() if value})


def _plain_json(status: int, words: str) -> Answer:
    """An error in nobody's own words."""
    return json_answer(status, {"message": words, "status": status})


def _spoilt(fault: Fault, honest: Answer, target: str, params: Params, now: datetime) -> Answer:
    kind = fault.kind
    kinds: dict[str, Callable[[], Answer]] = {
        "timeout": lambda: honest,
        "truncated": lambda: replace(honest, sent=len(honest.body) // 2),
        "garbage": lambda: replace(honest, status=200, body=random.Random(target).randbytes(2000)),
        "empty": lambda: replace(honest, status=200, body=b""),
        "html": lambda: html_answer(200, "Just a moment..."),
        "error_200": lambda: _error_200(fault.service, params, now),
        "text_200": lambda: Answer(200, {"Content-Type": "text/plain"}, b"Rate exceeded."),
        "false_empty": lambda: _false_empty(fault.service, honest, params, now),
        "drop_records": lambda: replace(honest, body=_without_last(fault.service, honest.body)),
        "redirect": lambda: Answer(302, {"Location": MOVED + target}),
    }
    return kinds[kind]() if kind in kinds else _status(fault.service, kind, target, now)


def _status(service: str, kind: str, target: str, now: datetime) -> Answer:
    if service == "bluesky" and (own_answer := faults_bluesky.status(kind, target, now)):
        return own_answer
    if service == "x" and kind in X_STATUSES:
        reset = str(int((now + timedelta(minutes=15)).timestamp()))
        status, body = X_STATUSES[kind]
        remaining = "0" if kind == "429" else "449"
        rate = {"x-rate-limit-limit": "450", "x-rate-limit-remaining": remaining, "x-rate-limit-reset": reset}
        return json_answer(status, body, rate if status != 401 else {})
    status = int(kind)
    wait = {"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    own = {
        ("query", "400"): lambda: query.failure(400, "incorrect id format for abc", now),
        ("query", "429"): lambda: Answer(429, {"Content-Type": "text/plain"}, b"Rate exceeded."),
        ("oai", "429"): lambda: html_answer(429, "Retry later", {"Retry-After": "5"}),
        ("oai", "503"): lambda: html_answer(503, "Retry later", {"Retry-After": "5"}),
        ("huggingface", "400"): lambda: json_answer(400, {"error": "Too big: expected number to be <=100"}),
        ("huggingface", "429"): lambda: json_answer(429, {"error": "Too many requests"}, wait),
    }
    if (service, kind) in own:
        return own[service, kind]()
    if service == "hackernews" and status < 500:
        return json_answer(status, {"message": _REASONS[kind], "status": status})
    return html_answer(status, "Access Denied" if kind == "403" else f"{kind} {_REASONS[kind]}")


_REASONS = {
    "400": "Bad Request",
    "401": "Unauthorized",
    "402": "Payment Required",
    "403": "Forbidden",
    "406": "Not Acceptable",
    "429": "Too Many Requests",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
    "503": "Service Unavailable",
}


def _error_200(service: str, params: Params, now: datetime) -> Answer:
    """A 200 that is none: each service has its own way."""
    values = dict(params)
    if service == "oai":
        if "resumptionToken" in values:
            return oai.failure("badResumptionToken", "Token decoding failed or format is invalid.", {}, now)
        return oai.failure("badArgument", "until date too late", {}, now)
    if service == "query":
        return query.failure(200, "incorrect id format for abc", now)
    sorry = "Internal Error - We're working hard to fix this as soon as possible!"
    problem = {
        "title": "Service Unavailable",
        "detail": "The service could not answer this request.",
        "type": "https://api.x.com/2/problems/operational-disconnect",
    }
    bodies: dict[str, Any] = {
        "hackernews": hackernews.over_limit(0, 1000),
        "huggingface": {"error": sorry},
        "bluesky": faults_bluesky.INTERNAL,
        "x": {"errors": [problem]},
    }
    return json_answer(200, bodies[service])


def _false_empty(service: str, honest: Answer, params: Params, now: datetime) -> Answer:
    if service == "oai":
        return oai.failure("noRecordsMatch", "", dict(params), now)
    if service == "query":
        return query.empty(params, now)
    if service == "hackernews":
        body = json.loads(honest.body) | {"hits": [], "nbHits": 0, "nbPages": 0}
        return replace(honest, body=json.dumps(body).encode())
    if service == "huggingface":
        return json_answer(200, [])
    if service == "bluesky":
        return json_answer(200, {"hitsTotal": 0, "posts": []})
    return json_answer(200, {"meta": {"result_count": 0}})


def _records(body: dict[str, Any]) -> list[Any]:
    found: list[Any] = next((body[name] for name in ("hits", "data", "posts") if name in body), [])
    return found


def _without_last(service: str, body: bytes) -> bytes:
    """The page without its last record, which totals over all pages still count.

    These are told by the query API, Hacker News and Bluesky.
    """
    if service in {"oai", "query"}:
        tag = b"record" if service == "oai" else b"entry"
        found = list(re.finditer(rb"\s*<%b>.*?</%b>" % (tag, tag), body, re.DOTALL))
        return body[: found[-1].start()] + body[found[-1].end() :] if found else body
    value: Any = json.loads(body)
    records = value if isinstance(value, list) else _records(value)
    if records:
        records.pop()
    if service == "x" and "result_count" in value.get("meta", {}):
        value["meta"]["result_count"] = len(records)
    return json.dumps(value, ensure_ascii=False).encode()
