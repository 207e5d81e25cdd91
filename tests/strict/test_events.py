"""Each rule of the event bus earns its place: moto alone bears what is refused here."""

from __future__ import annotations

import json

import pytest

from tests.strict.cases import Case, called, refused
from tests.strict.conftest import Client


def sent(told: str, *details: str) -> Case:
    """Events of which one is refused, or all together."""
    entries = [{"Source": "a", "DetailType": "b", "Detail": detail} for detail in details]
    return Case(told, "put_events", {"Entries": entries})


def detail(size: int) -> str:
    """A detail of so many bytes."""
    return json.dumps({"a": "b" * (size - 9)})


REFUSED = {
    "a large event": sent("ValidationException: 262145 bytes of 262144", detail(262_143)),
    "events that are large together": sent("ValidationException: limit", *[detail(131_072)] * 2),
    "a list": sent("MalformedDetail: entry 1 of b", "{}", "[]"),
    "what is JSON for Python alone": sent("MalformedDetail: entry 0", '{"a": NaN}'),
}


# Of a detail that is none moto warns, and takes it.
@pytest.mark.filterwarnings("ignore:EventDetail should be of type dict")
@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_moto_alone_bears_is_refused(strict: Client, alone: Client, case: Case) -> None:
    refused(strict("events"), case)
    assert called(alone("events"), case)["FailedEntryCount"] == 0


def test_what_is_within_the_limits_is_taken(strict: Client) -> None:
    assert called(strict("events"), sent("", detail(262_142)))["FailedEntryCount"] == 0
