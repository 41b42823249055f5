"""The peer as a proxy, plain and CONNECT, and the ports that are rude before the first byte."""

import socket
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING

import pytest

from matrix.guest import wire
from matrix.peer.proxy import decide
from matrix.peer.routes import ROUTES

if TYPE_CHECKING:
    from tests.peer.conftest import Peer

RIGHT = {"Proxy-Authorization": "Basic bGVhazptYXRyaXg="}


def test_ports_have_the_names_that_the_guest_knows() -> None:
    """Host and guest name the peer's further ports as the peer does."""
    assert wire.PEER_PORTS.keys() == ROUTES.keys() - {"http", "tls"}


@pytest.mark.parametrize(
    ("name", "headers", "status"),
    [("proxy", {}, 200), ("proxy_refusing", {}, 407), ("proxy_refusing", RIGHT, 200)],
)
def test_plain_proxy(peer: "Peer", address: str, name: str, headers: dict[str, str], status: int) -> None:
    """A request with an absolute URI is answered, or refused with 407; the log has the client's connection alone."""
    connection = HTTPConnection(address, peer.ports[name], timeout=20)
    connection.request("GET", f"http://{address}:{peer.port}/bytes/3", headers=headers)
    response = connection.getresponse()
    assert (response.status, len(response.read())) == (status, 3 if status == 200 else 0)
    connection.close()
    assert len(peer.ended(address)) == 1


def test_tunnel(peer: "Peer", address: str) -> None:
    """CONNECT leads to the peer's own TLS port, on the connection that is in the log."""
    connection = HTTPSConnection(address, peer.ports["proxy"], timeout=20, context=peer.trust())
    connection.set_tunnel(address, peer.tls_port)
    connection.request("GET", "/bytes/100000")
    assert len(connection.getresponse().read()) == 100_000
    connection.close()
    assert [entry["how"] for entry in peer.ended(address)] == ["fin"]


@pytest.mark.parametrize("target", ["192.0.2.1:443", "127.0.0.1:1", "example.com:443", "nonsense"])
def test_tunnel_to_others(peer: "Peer", address: str, target: str) -> None:
    """CONNECT to anybody else is refused."""
    with socket.create_connection((address, peer.ports["proxy"]), timeout=20) as sock:
        sock.sendall(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
        assert sock.recv(1000).startswith(b"HTTP/1.1 403 ")


def test_request_that_is_none() -> None:
    """What is no request is refused."""
    assert b" 400 " in decide(b"hello\r\n\r\n", "open").say


@pytest.mark.parametrize(("name", "size"), [("silent", 0), ("tls_stall", 40)])
def test_stalled_handshake(peer: "Peer", address: str, name: str, size: int) -> None:
    """The handshake gets nowhere, before or after the first bytes; the client's going is seen."""
    with socket.create_connection((address, peer.ports[name]), timeout=20) as sock:
        tls = ssl.MemoryBIO(), ssl.MemoryBIO()
        talk = peer.trust().wrap_bio(*tls, server_hostname=address)
        with pytest.raises(ssl.SSLWantReadError):
            talk.do_handshake()
        sock.sendall(tls[1].read())
        assert len(sock.recv(1000) if size else b"") == size
        sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            sock.recv(1)
    assert [entry["how"] for entry in peer.ended(address)] == ["fin"]


def test_silence_before_the_headers(peer: "Peer", address: str) -> None:
    """Without TLS, too, not a word is said, and the client's going is seen."""
    with socket.create_connection((address, peer.ports["silent"]), timeout=20) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            sock.recv(1)
    assert [entry["how"] for entry in peer.ended(address)] == ["fin"]


def test_tunnel_by_name(peer: "Peer", address: str) -> None:
    """The peer's own host by its name: the certificate has it."""
    connection = HTTPSConnection(address, peer.ports["proxy"], timeout=20, context=peer.trust())
    connection.set_tunnel("localhost", peer.tls_port)
    connection.request("GET", "/bytes/3")
    assert len(connection.getresponse().read()) == 3
    connection.close()
