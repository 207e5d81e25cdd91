"""Who is answered by servers that listen on all of this machine's addresses: itself, and its containers."""

from __future__ import annotations

import socket
import socketserver
from contextlib import AbstractContextManager
from ipaddress import ip_address, ip_network
from typing import Any
from unittest import mock

# What containers call this machine, given `--add-host host.docker.internal:host-gateway`.
CONTAINERS_NAME = "host.docker.internal"

# Docker's own networks: https://docs.docker.com/engine/network/#subnet-allocation, and Docker Desktop's.
_NETWORKS = (ip_network("172.16.0.0/12"), ip_network("192.168.65.0/24"))


def only() -> AbstractContextManager[Any]:
    """Every server of this process hangs up on all but neighbours, as long as the context lasts."""
    return mock.patch.object(socketserver.BaseServer, "verify_request", _verify)


def is_neighbour(peer: str, own: str) -> bool:
    """Whether a peer's address is this machine's or a container's; `own` is the address it connected to."""
    address = ip_address(peer)
    # From this machine to one of its own addresses: the kernel takes the same for both ends.
    return address.is_loopback or peer == own or any(address in network for network in _NETWORKS)


def own_name() -> str:
    """What this machine and its containers both reach it by: its address in its network.

    A machine without a network has none: then containers' name for it, which it may not know itself.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: this only chooses the address that would be sent from.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return CONTAINERS_NAME
        return str(probe.getsockname()[0])


def _verify(_server: socketserver.BaseServer, request: socket.socket, client: tuple[str, int]) -> bool:
    return is_neighbour(client[0], str(request.getsockname()[0]))
