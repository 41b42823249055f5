"""The port at which connecting hangs."""

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peer.conftest import Peer


def test_connecting_hangs(peer: "Peer", address: str) -> None:
    """Nobody gets through, however often it is tried, and nobody is refused."""
    for _ in range(5):
        with socket.socket() as sock:
            sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                sock.connect((address, peer.ports["full"]))
