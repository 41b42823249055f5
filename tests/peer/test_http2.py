"""What the peer answers over HTTP/2, with the h2 library as the client."""

import socket
import ssl
from typing import TYPE_CHECKING

import h2.connection
import h2.errors
import h2.events
import pytest

if TYPE_CHECKING:
    from tests.peer.conftest import Peer

PATTERN = bytes(range(256))


def headers(path: str, address: str) -> list[tuple[str, str]]:
    return [(":method", "GET"), (":path", path), (":scheme", "https"), (":authority", address)]


def request(sock: ssl.SSLSocket, address: str, path: str) -> h2.connection.H2Connection:
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    connection.send_headers(1, headers(path, address), end_stream=True)
    sock.sendall(connection.data_to_send())
    return connection


def read_body(sock: ssl.SSLSocket, connection: h2.connection.H2Connection, stream: int = 1) -> bytes:
    body = b""
    while data := sock.recv(1 << 16):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.DataReceived) and event.stream_id == stream:
                body += event.data
                connection.acknowledge_received_data(event.flow_controlled_length, stream)
            elif isinstance(event, h2.events.StreamEnded) and event.stream_id == stream:
                return body
        sock.sendall(connection.data_to_send())
    return body


def test_alpn_chooses(peer: "Peer", known_address: str) -> None:
    """The client's offer decides between HTTP/2 and HTTP/1.1."""
    chosen = []
    for offer in (["h2", "http/1.1"], ["http/1.1"]):
        with peer.connect_tls(known_address, *offer) as sock:
            chosen.append(sock.selected_alpn_protocol())
    assert chosen == ["h2", "http/1.1"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", b"hello\n"),
        ("/keep-alive", b"stay\n"),
        ("/bytes/500000", (PATTERN * 2000)[:500_000]),
        ("/slow-body/0.01", b"first part\nthe rest\n"),
    ],
)
def test_endpoint(peer: "Peer", known_address: str, path: str, body: bytes) -> None:
    """The endpoints answer over HTTP/2 as they do over HTTP/1.1, and the connection stays."""
    with peer.connect_tls(known_address, "h2") as sock:
        assert read_body(sock, request(sock, known_address, path)) == body
        assert peer.connections(known_address)[0]["how"] is None


def test_close(peer: "Peer", known_address: str) -> None:
    """The answer comes in full, then the peer closes the connection."""
    with peer.connect_tls(known_address, "h2") as sock:
        assert read_body(sock, request(sock, known_address, "/close")) == b"bye\n"
        while sock.recv(1000):
            pass
        assert peer.ended(known_address)[0]["how"] == "closed by peer"


def test_truncate(peer: "Peer", known_address: str) -> None:
    """A body that ends too early is a protocol error to the client."""
    with peer.connect_tls(known_address, "h2") as sock:
        with pytest.raises(h2.exceptions.InvalidBodyLengthError):
            read_body(sock, request(sock, known_address, "/truncate/1000"))
        assert peer.ended(known_address)[0]["how"] == "closed by peer"


def test_reset(peer: "Peer", known_address: str) -> None:
    """The whole connection breaks off with RST."""
    with peer.connect_tls(known_address, "h2") as sock:
        request(sock, known_address, "/reset")
        # Below TLS, which shows some resets as an end: as in Python 3.11 with OpenSSL 3.0.
        with socket.socket(fileno=sock.detach()) as raw, pytest.raises(ConnectionResetError):
            raw.settimeout(20)
            while raw.recv(1000):
                pass


@pytest.mark.parametrize("path", ["/bytes/100000000", "/slow/60", "/slow-body/60"])
def test_abandoned_answer_leaves_nothing(peer: "Peer", known_address: str, path: str) -> None:
    """A client that goes away in the middle takes the connection to hypercorn along."""
    with peer.connect_tls(known_address, "h2") as sock:
        request(sock, known_address, path)
        sock.recv(1000)
    peer.ended(known_address)
    peer.wait_for(peer.has_let_go)


def test_reset_stream_frees_the_connection(peer: "Peer", known_address: str) -> None:
    """A download that the client cancels ends, and the connection serves the next request."""
    with peer.connect_tls(known_address, "h2") as sock:
        connection = request(sock, known_address, "/bytes/100000000")
        while not any(
            isinstance(event, h2.events.DataReceived) for event in connection.receive_data(sock.recv(1 << 16))
        ):
            pass
        connection.reset_stream(1, h2.errors.ErrorCodes.CANCEL)
        connection.increment_flow_control_window(1 << 20)
        connection.send_headers(3, headers("/", known_address), end_stream=True)
        sock.sendall(connection.data_to_send())
        assert read_body(sock, connection, stream=3) == b"hello\n"
