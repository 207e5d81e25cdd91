"""The same AWS as a server, for functions that run in other processes (`sam local`)."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import boto3
import requests

from infra.local import environment
from infra.local.moto_patches import patched
from infra.local.stack import REGION, Stack, deploy


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its address, the stack in it, and each function's environment by logical id.

    `environments` has the form of `sam local`'s --env-vars file.
    """

    url: str
    stack: Stack
    environments: Mapping[str, Mapping[str, str]] = field(hash=False)

    def client(self, service: str) -> Any:
        """A client of this server."""
        return _client(service, self.url)


@contextmanager
def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    seen_as: str = "",
    parameters: Mapping[str, str] | None = None,
    caller: Mapping[str, str] | None = None,
    template: str | None = None,
) -> Iterator[Served]:
    """Serves until the context is left; port 0 takes a free one.

    `seen_as` is the name by which the functions reach this machine, when it is another than the server's
    own, e.g. host.docker.internal. Raises OSError when the port is taken.
    """
    from moto.core.config import default_user_config
    from moto.server import ThreadedMotoServer

    # moto binds in a thread of its own, and would be waited for for ever if it could not.
    with socket.create_server((host, port)):
        pass
    # It tells each request, of which there are hundreds.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    overrides = dict(os.environ if caller is None else caller)
    server = ThreadedMotoServer(ip_address=host, port=port, verbose=False)
    with (
        environment.no_account(REGION),
        patched(time.time),
        # Whoever asks for a function to be called would start a container with code of their own.
        mock.patch.dict(default_user_config, {"lambda": {"use_docker": False}}),
    ):
        server.start()
        try:
            url = address(*server.get_host_and_port())
            # What an earlier server of this process had is still there, as all of moto's is the process's.
            requests.post(f"{url}/moto-api/reset", timeout=10).raise_for_status()
            stack = deploy(_client("cloudformation", url), template, parameters=parameters)
            steps = environment.of_functions(stack.wiring.functions, overrides)
            endpoint = {"AWS_ENDPOINT_URL": as_seen(url, seen_as)}
            yield Served(
                url=url,
                stack=stack,
                environments={
                    function.logical_id: steps[step] | endpoint
                    for step, function in stack.wiring.functions.items()
                },
            )
        finally:
            server.stop()


def address(host: str, port: int) -> str:
    """Where a server that listens on a host is reached from this machine."""
    # What means "all of this machine" cannot be connected to everywhere.
    return f"http://{'127.0.0.1' if set(host) <= set('0.') else host}:{port}"


def as_seen(url: str, host: str) -> str:
    """An address of this machine as it is by another name of it ("": by its own)."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{host}:{parts.port}").geturl() if host else url


def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - it opens nothing
    )
