"""Websockets, by a client that is wsproto and a socket."""

from typing import TYPE_CHECKING

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Event, Request, TextMessage

if TYPE_CHECKING:
    import socket

    from tests.peer.conftest import Peer


def hear(sock: "socket.socket", ws: WSConnection) -> Event:
    """The next event."""
    while True:
        for event in ws.events():
            return event
        ws.receive_data(sock.recv(1000) or None)


def start(sock: "socket.socket", path: str) -> WSConnection:
    ws = WSConnection(ConnectionType.CLIENT)
    sock.sendall(ws.send(Request(host="peer", target=path)))
    return ws


def test_echo(peer: "Peer", address: str) -> None:
    """What is said comes back, and so does the goodbye."""
    with peer.connect(address) as sock:
        ws = start(sock, "/ws/echo")
        assert isinstance(hear(sock, ws), AcceptConnection)
        sock.sendall(ws.send(TextMessage(data="hello")))
        assert hear(sock, ws) == TextMessage(data="hello")
        sock.sendall(ws.send(CloseConnection(code=1000)))
        assert isinstance(hear(sock, ws), CloseConnection)


def test_close(peer: "Peer", address: str) -> None:
    """The peer says goodbye first."""
    with peer.connect(address) as sock:
        ws = start(sock, "/ws/close")
        assert isinstance(hear(sock, ws), AcceptConnection)
        assert hear(sock, ws) == CloseConnection(code=1001, reason="going")


@pytest.mark.parametrize(("path", "accepted"), [("/ws/no-goodbye", True), ("/ws/stall", False)])
def test_silence(peer: "Peer", address: str, path: str, accepted: bool) -> None:
    """The close frame is never answered; the handshake never is."""
    with peer.connect(address) as sock:
        ws = start(sock, path)
        if accepted:
            assert isinstance(hear(sock, ws), AcceptConnection)
            sock.sendall(ws.send(CloseConnection(code=1000)))
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            hear(sock, ws)
