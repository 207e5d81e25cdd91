"""Each rule of the parameters earns its place: moto alone bears what is refused here."""

from __future__ import annotations

import pytest

from tests.strict.cases import Case, called, refused
from tests.strict.conftest import Client


def put(told: str, name: str, value: str = "a") -> Case:
    """A parameter that is refused."""
    return Case(told, "put_parameter", {"Name": name, "Value": value, "Type": "SecureString"})


REFUSED = {
    "a long value": put("ValidationException: 4098, /a", "/a", "é" * 2049),
    "a name with a blank": put("ValidationException: /a b", "/a b"),
    "a name with levels that does not begin with one": put("ValidationException: a/b", "a/b"),
    "a long name": put("ValidationException: aaa", "/" + "a" * 1011),
    "many levels": put("HierarchyLevelLimitExceededException: 15 levels", "/a" * 16),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_what_moto_alone_bears_is_refused(strict: Client, alone: Client, case: Case) -> None:
    refused(strict("ssm"), case)
    called(alone("ssm"), case)


def test_what_is_within_the_limits_is_not_refused(strict: Client) -> None:
    called(strict("ssm"), put("", "/a.b/c-d_e" * 7 + "/f", "b" * 4096))
