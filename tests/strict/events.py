"""EventBridge's limits of what is put on a bus.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from tests.strict.refusal import refuse
from tests.strict.sizes import utf8

Params = Mapping[str, Any]

# Of all entries of a call together. Newer documents allow more; what keeps to this is safe with either.
_BYTES = 262_144
_TIME_BYTES = 14


def _put_events(params: Params, model: Any, **_: Any) -> None:
    entries = params["Entries"]
    for place, entry in enumerate(entries):
        if "Detail" in entry and not _is_object(entry["Detail"]):
            refuse(
                model.name,
                f"Detail is malformed: no JSON object, entry {place} of {entry.get('DetailType')}",
                "MalformedDetail",
            )
    if (size := sum(map(_size, entries))) > _BYTES:
        refuse(
            model.name,
            f"Total size of the entries in the request is over the limit: {size} bytes of {_BYTES}",
        )


HANDLERS = (("before-parameter-build.eventbridge.PutEvents", _put_events),)


def _is_object(detail: str) -> bool:
    try:
        return isinstance(json.loads(detail, parse_constant=_no_json), dict)
    except ValueError:
        return False


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is Python's")


def _size(entry: Params) -> int:
    """The bytes of an entry: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html"""
    texts = [entry.get(name, "") for name in ("Source", "DetailType", "Detail")]
    return _TIME_BYTES * ("Time" in entry) + sum(map(utf8, [*texts, *entry.get("Resources", ())]))
