"""One request as it came, read but not yet understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from infra.local.standin.answer import Params

JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """What was asked: `query` is the address's, `body` a form's fields or the texts of a JSON object."""

    method: str
    path: str
    query: Params
    body: Params
    headers: dict[str, str]

    @property
    def params(self) -> Params:
        """All parameters, for services that do not care which way they come."""
        return self.query + self.body


def read(method: str, target: str, body: str, headers: dict[str, str]) -> Request:
    """The request for `target`, a path with its query."""
    parts = urlsplit(target)
    fields = _texts(body) if encoding(headers) == JSON else parse_qsl(body, keep_blank_values=True)
    return Request(method, parts.path, parse_qsl(parts.query, keep_blank_values=True), fields, headers)


def encoding(headers: Mapping[str, str]) -> str:
    """What the body is, without its parameters; "" where nobody says."""
    return headers.get("Content-Type", "").partition(";")[0].strip().casefold()


def _texts(body: str) -> Params:
    """The texts of a JSON object, none where it is no such thing: what is missing is the service's to say."""
    try:
        value = json.loads(body)
    except ValueError:
        return []
    fields = value.items() if isinstance(value, dict) else ()
    return [(name, each) for name, each in fields if isinstance(each, str)]
