"""What holds for every test: nothing leaves this machine, nothing of the caller's settings comes in."""

from __future__ import annotations

import io
import ipaddress
import logging
import os
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import msgspec
import pytest
import requests
from xdist.scheduler import LoadScopeScheduling

from shared import aws, http, log, settings
from tests.steps.chain import Site
from tests.steps.site_world import published
from tests.strict.layer import install

# Before there is a session: each one takes over what botocore has then.
install()

# The same examples each time, on whatever machine: the gate finds nothing by chance.
hypothesis.settings.register_profile("gate", derandomize=True, max_examples=100, deadline=None, database=None)
hypothesis.settings.load_profile("gate")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests go to the processes one by one, but those in a browser to one of them, and first, being most.

    A browser for each would take the machine from the others. The groups of xdist 3.8, which are for this,
    do nothing under pytest 9.2: it no longer reads the name that they write into.
    """
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = lambda name: "browser" if name.startswith("tests/browser/") else name
    return scheduler


_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(scope="session", autouse=True)
def _only_this_machine() -> Iterator[None]:
    """Connecting to another machine, or asking for its address, fails the test whatever it catches."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(family: int, address: Any) -> None:
        if family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            pytest.fail(f"a test must not connect to {address}")

    def checked_connect(self: socket.socket, address: Any) -> None:
        check(self.family, address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        check(self.family, address)
        return connect_ex(self, address)

    def checked_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if name and not _is_loopback(name):
            pytest.fail(f"a test must not ask for the address of {name}")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked_connect)
        patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
        patch.setattr(socket, "getaddrinfo", checked_getaddrinfo)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_caller() -> Iterator[None]:
    """A token or an address in the developer's shell must not reach a test, nor a proxy stand before it."""
    names = [field.encode_name for field in msgspec.structs.fields(settings.Settings)]
    names += [*_PROXIES, *map(str.lower, _PROXIES)]
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """Settings and clients are read anew by each test."""
    settings.get.cache_clear()
    aws.reset()
    yield
    settings.get.cache_clear()
    aws.reset()


@pytest.fixture(scope="session")
def site() -> Site:
    """A whole site, published by the chain; see tests/steps/site_world.py."""
    return published()


class VirtualTime:
    """The time of `shared.http` while a test says how it goes: `now` in seconds, `slept` each wait."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """The present moment."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """Waits of `shared.http` take no time and can be looked at."""
    virtual = VirtualTime()
    monkeypatch.setattr(http, "sleep", virtual.sleep)
    monkeypatch.setattr(http, "monotonic", virtual.monotonic)
    return virtual


@pytest.fixture
def sent(no_waiting: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments at which requests have been sent, while waits take no time."""
    moments: list[float] = []
    send = requests.Session.send

    def noted(self: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:
        moments.append(no_waiting.now)
        return send(self, *args, **kwargs)

    monkeypatch.setattr(requests.Session, "send", noted)
    return moments


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged during a test, as the JSON lines that CloudWatch would get."""
    target = logging.getLogger(log.SERVICE)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(target.handlers[0].formatter)
    target.addHandler(handler)
    yield stream
    target.removeHandler(handler)


@pytest.fixture
def example_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names under `.example` (RFC 2606) lead to this machine, so that an address need not look like it."""
    before = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return before("127.0.0.1" if name and name.endswith(".example") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture(scope="module")
def aws_account() -> Iterator[None]:
    """Credentials that open nothing, for tests that use an AWS in memory."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        yield


@pytest.fixture
def papers_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty table with the keys of the template's, in an AWS in memory that the test's module has."""
    monkeypatch.setenv("TABLE_NAME", "papers")
    keys = ("pk", "HASH"), ("sk", "RANGE")
    aws.client("dynamodb").create_table(
        TableName="papers",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    yield
    aws.client("dynamodb").delete_table(TableName="papers")
