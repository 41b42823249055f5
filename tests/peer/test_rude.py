"""Endpoints that need the tap or the request's body."""

import json
import socket
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peer.conftest import Peer

REQUEST = b"GET %s HTTP/1.1\r\nHost: peer\r\n\r\n"


def test_idle_connection_is_closed(peer: "Peer", address: str) -> None:
    """After an answer that promises nothing of the kind, the peer closes first."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/idle/10")
        while sock.recv(1000):
            pass
        assert [entry["how"] for entry in peer.ended(address)] == ["closed by peer"]


@pytest.mark.parametrize("tls", [False, True])
def test_no_goodbye(peer: "Peer", known_address: str, tls: bool) -> None:
    """The client's end is noted and never answered."""
    sock = (peer.connect_tls if tls else peer.connect)(known_address)
    with sock:
        sock.sendall(REQUEST % b"/no-goodbye")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        sock.shutdown(socket.SHUT_WR)
        assert [entry["how"] for entry in peer.ended(known_address)] == ["fin"]
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            while sock.recv(1000):
                pass


@pytest.mark.parametrize(("path", "start"), [(b"/stall-headers", b"HTTP/1.1 200 ")])
def test_stalled_headers(peer: "Peer", address: str, path: bytes, start: bytes) -> None:
    """Of the headers a part comes, and nothing more."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % path)
        if start:
            assert len(sock.recv(1000)) == 20
            sock.settimeout(0.1)
            with pytest.raises(TimeoutError):
                sock.recv(1)


def test_reset_in_the_body(peer: "Peer", address: str) -> None:
    """A part of the body comes, then a reset."""
    connection = HTTPConnection(address, peer.port, timeout=20)
    connection.request("GET", "/reset-body")
    response = connection.getresponse()
    assert response.read(500) == b"x" * 500
    with pytest.raises(ConnectionResetError):
        response.read()
    connection.close()


@pytest.mark.parametrize(
    ("path", "status", "header", "value"),
    [
        ("/redirect-to?url=http%3A%2F%2F127.2.0.1%2F", 302, "location", "http://127.2.0.1/"),
        ("/bad-redirect", 302, "location", "http://[not-an-address/"),
        ("/redirect-loop", 302, "location", "/redirect-loop"),
        ("/cookie/taste", 200, "set-cookie", "taste=value; Path=/"),
        ("/two-packets", 200, "content-length", "10"),
    ],
)
def test_headers(peer: "Peer", address: str, path: str, status: int, header: str, value: str) -> None:
    """Redirects go where they say, cookies are set."""
    seen = peer.get(address, path)
    assert (seen[0], seen[1][header]) == (status, value)


@pytest.mark.parametrize(("path", "status"), [("/upload", 200), ("/upload-early", 413)])
def test_upload(peer: "Peer", address: str, path: str, status: int) -> None:
    """Uploads are counted, or answered without being read."""
    connection = HTTPConnection(address, peer.port, timeout=20)
    connection.request("POST", path, body=b"x" * 5000)
    response = connection.getresponse()
    body = response.read()
    assert response.status == status
    assert status != 200 or json.loads(body) == {"received": 5000}
    connection.close()


def test_thousand_connections(peer: "Peer", address: str) -> None:
    """The peer holds 1,000 connections at once, and answers on each."""
    socks = [peer.connect(address) for _ in range(1000)]
    for sock in socks:
        sock.sendall(REQUEST % b"/")
    answers = {sock.recv(12) for sock in socks}
    seen = peer.connections(address)
    for sock in socks:
        sock.close()
    assert answers == {b"HTTP/1.1 200"}
    assert sum(entry["closed"] is None for entry in seen) == 1000
    assert len(peer.ended(address, 1000)) == 1000


def test_hang_up(peer: "Peer", address: str) -> None:
    """The connection is closed, properly, without a word of an answer."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/hang-up")
        assert sock.recv(1000) == b""
    assert [entry["how"] for entry in peer.ended(address)] == ["closed by peer"]


def test_flaky(peer: "Peer", address: str) -> None:
    """Every other request fails, and the others end their connection."""
    connection = HTTPConnection(address, peer.port, timeout=20)
    seen = []
    for _ in range(4):
        connection.request("GET", "/flaky")
        response = connection.getresponse()
        response.read()
        seen.append((response.status, response.getheader("connection")))
    connection.close()
    assert seen == [(503, None), (200, "close")] * 2
