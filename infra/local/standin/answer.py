"""What a service answers: status, headers and body, before anything goes wrong with it on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Params = list[tuple[str, str]]
"""The request's parameters as sent, in order, repeats kept."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `sent` is how many bytes of the body really leave (None: all of them)."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: int | None = None


def json_answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON answer; characters stay as they are, in UTF-8."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body)


def html_answer(status: int, title: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The kind of page that an edge in front of a service sends in its place."""
    body = f"<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1></body>\n</html>\n".encode()
    return Answer(status, {"Content-Type": "text/html", **(headers or {})}, body)
