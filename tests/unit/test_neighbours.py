"""Who is answered by a server on all addresses, and who is hung up on."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

import pytest

from infra.local import neighbours


@pytest.mark.parametrize(
    ("peer", "own", "is_one"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.8.8.8", "127.0.0.1", True),
        ("198.51.100.7", "198.51.100.7", True),  # this machine by its own address
        ("172.17.0.2", "172.17.0.1", True),  # a container at Docker's bridge
        ("172.31.255.254", "198.51.100.7", True),  # in a network of Docker's, at the machine's address
        ("192.168.65.3", "192.168.65.254", True),  # Docker Desktop
        ("198.51.100.8", "198.51.100.7", False),
        ("192.168.1.20", "192.168.1.10", False),
        ("172.32.0.1", "172.17.0.1", False),
        ("172.15.255.255", "172.17.0.1", False),
        ("10.0.0.5", "10.0.0.6", False),
        ("203.0.113.9", "127.0.0.1", False),
    ],
)
def test_neighbours_are_this_machine_and_containers(peer: str, own: str, is_one: bool) -> None:
    assert neighbours.is_neighbour(peer, own) is is_one


@pytest.mark.parametrize("is_one", [True, False])
def test_a_server_hangs_up_on_whoever_is_none(is_one: bool) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Says nothing."""

    with (
        neighbours.only(),
        mock.patch.object(neighbours, "is_neighbour", return_value=is_one) as asked,
        HTTPServer(("127.0.0.1", 0), Handler) as server,
    ):
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        try:
            connection.request("GET", "/")
            if is_one:
                assert connection.getresponse().status == 204
            else:
                with pytest.raises(ConnectionError):
                    connection.getresponse()
        finally:
            connection.close()
            server.shutdown()
            thread.join()
    asked.assert_called_once_with("127.0.0.1", "127.0.0.1")


def test_a_machine_without_a_network_goes_by_the_name_that_containers_have_for_it() -> None:
    with mock.patch("socket.socket.connect", side_effect=OSError("Network is unreachable")):
        assert neighbours.own_name() == "host.docker.internal"
