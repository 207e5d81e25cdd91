"""A credential is rotated: the next measuring uses it, and nobody gets to see it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from botocore.stub import Stubber

from infra.local.standin import x
from tests.steps.chain import SMALL, Chain, running
from tests.steps.operator import Operator, Terminal

NAMES = {
    "XBearerTokenParameter": "/hot-papers/x",
    "BlueskyCredentialsParameter": "/hot-papers/bluesky",
}
NO_SECRETS = {"X_BEARER_TOKEN": "", "BLUESKY_HANDLE": "", "BLUESKY_APP_PASSWORD": ""}


@pytest.fixture(name="chain")
def _chain() -> Iterator[Chain]:
    with running(SMALL, settings=NO_SECRETS, parameters=NAMES) as chain:
        yield chain


def test_the_next_measuring_uses_a_new_token(chain: Chain, ops: Operator) -> None:
    sent: list[str] = []
    answer = x.answer

    def overheard(path: str, params: Any, headers: Any, *rest: Any, **more: Any) -> Any:
        sent.append(headers["Authorization"])
        return answer(path, params, headers, *rest, **more)

    with mock.patch.object(x, "answer", overheard):
        assert ops("secret", "x", stdin="secret-of-old\n").code == 0
        chain.order(measure=True)
        assert set(sent) == {"Bearer secret-of-old"}
        sent.clear()
        done = ops("secret", "x", stdin="new-token\n")
        assert (done.code, done.err) == (0, "")
        assert "/hot-papers/x is written" in done.out
        assert ops("run", "--measure").code == 0
        assert set(sent) == {"Bearer new-token"}
    told = ops.client("ssm").get_parameter(Name="/hot-papers/x")["Parameter"]
    assert told["Type"] == "SecureString"
    assert told["Value"] != "new-token", "encrypted"


def test_bluesky_has_a_handle_and_a_password(chain: Chain, ops: Operator) -> None:
    assert ops("secret", "bluesky", stdin="service.example.com:abcd-efgh").code == 0
    chain.order(measure=True)
    assert chain.run().run.sources["bluesky"].state == "measured"
    refused = ops("secret", "bluesky", stdin="new-token")
    assert refused.code == 2
    assert "does not look like handle:app-password" in refused.err


def test_a_terminal_is_asked_and_shows_nothing(ops: Operator) -> None:
    with mock.patch("getpass.getpass", return_value="new-token") as asked:
        assert ops("secret", "x", stdin=Terminal()).code == 0
    asked.assert_called_once_with("the bearer token: ")


def test_the_end_of_the_input_is_no_token(ops: Operator) -> None:
    with mock.patch("getpass.getpass", side_effect=EOFError):
        refused = ops("secret", "x", stdin=Terminal())
    assert refused.code == 2
    assert "does not look like the bearer token" in refused.err


def test_what_is_no_text_is_no_token(ops: Operator) -> None:
    refused = ops("secret", "x", stdin=io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), encoding="utf-8"))
    assert refused.code == 2
    assert "does not look like the bearer token" in refused.err


@pytest.mark.parametrize(
    "arguments", [("secret", "new-token"), ("secret", "x", "new-token"), ("secret", "x", "--value=new-token")]
)
def test_a_secret_is_no_argument_and_is_not_repeated(ops: Operator, arguments: tuple[str, ...]) -> None:
    refused = ops(*arguments)
    assert refused.code == 2
    assert "standard input alone" in refused.err


@pytest.mark.parametrize("value", ["", "new-token with words"])
def test_what_cannot_be_a_token_is_not_written(ops: Operator, value: str) -> None:
    assert ops("secret", "x", stdin=value).code == 2
    assert ops.client("ssm").describe_parameters()["Parameters"] == []


def test_a_refusal_does_not_repeat_the_secret(ops: Operator) -> None:
    clients = {name: ops.client(name) for name in ("cloudformation", "ssm")}
    with Stubber(clients["ssm"]) as stub, mock.patch.object(ops, "client", clients.__getitem__):
        stub.add_client_error("put_parameter", "ValidationException", "'new-token' is no good")
        refused = ops("secret", "x", stdin="new-token")
    assert refused.code == 1
    assert "/hot-papers/x cannot be written: ValidationException" in refused.err
