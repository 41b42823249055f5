"""What the peer answers over HTTP/1.1, plain and over TLS."""

import socket
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peer.conftest import Peer

REQUEST = b"GET %s HTTP/1.1\r\nHost: peer\r\n\r\n"
PATTERN = bytes(range(256))


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/", 200, b"hello\n"),
        ("/any", 200, b"hello\n"),
        ("/any/thing/at?all=1", 200, b"hello\n"),
        ("/keep-alive", 200, b"stay\n"),
        ("/bytes/0", 200, b""),
        ("/bytes/1000", 200, (PATTERN * 4)[:1000]),
        ("/chunked/0", 200, b""),
        ("/chunked/1000", 200, PATTERN[:250] * 4),
        ("/slow/0", 200, b"at last\n"),
        ("/slow-body/0.01", 200, b"first part\nthe rest\n"),
        ("/redirect/0", 200, b"arrived\n"),
        ("/status/204", 204, b""),
        ("/status/304", 304, b""),
        ("/status/418", 418, b"status 418\n"),
        ("/status/503", 503, b"status 503\n"),
    ],
)
def test_endpoint(peer: "Peer", address: str, path: str, status: int, body: bytes) -> None:
    """Each endpoint answers with its status and its body."""
    seen = peer.get(address, path)
    assert (seen[0], seen[2]) == (status, body)


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/bytes/", "whole number"),
        ("/bytes/-1", "whole number"),
        ("/bytes/99999999999999", "whole number"),
        pytest.param("/bytes/" + "9" * 5000, "whole number", id="more digits than Python reads"),
        ("/chunked/ten", "whole number"),
        ("/slow/61", "Seconds"),
        ("/slow/nan", "Seconds"),
        ("/slow-body/-1", "Seconds"),
        ("/redirect/1001", "whole number"),
        ("/status/199", "whole number"),
        ("/truncate/0", "whole number"),
    ],
)
def test_bad_parameter(peer: "Peer", address: str, path: str, word: str) -> None:
    """What cannot be had is refused with a sentence."""
    status, _, body = peer.get(address, path)
    assert status == 400
    assert word in body.decode()


def test_unknown_path(peer: "Peer", address: str) -> None:
    """An unknown path is answered with those that there are."""
    status, _, body = peer.get(address, "/nowhere")
    assert status == 404
    assert "/slow-body" in body.decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/bytes/9", {"content-length"}),
        ("/chunked/9", {"transfer-encoding"}),
        ("/status/204", set()),
    ],
)
def test_framing(peer: "Peer", address: str, path: str, expected: set[str]) -> None:
    """One body has its length announced, one comes in chunks, and one cannot be."""
    _, headers, _ = peer.get(address, path)
    names = {name.lower() for name in headers}
    assert {"content-length", "transfer-encoding"} & names == expected


def test_connection_is_kept_alive(peer: "Peer", address: str) -> None:
    """Many requests go over one connection, which stays open after each."""
    connection = HTTPConnection(address, peer.port, timeout=20)
    for path in ("/", "/keep-alive", "/chunked/70000", "/status/500", "/nowhere", "/bytes/x"):
        connection.request("POST", path, body=b"x" * 100_000)
        assert connection.getresponse().read()
    (entry,) = peer.connections(address)
    assert entry["how"] is None
    connection.close()
    assert peer.ended(address)[0]["how"] == "fin"


def test_more_requests_than_hypercorn_allows_by_itself(peer: "Peer", address: str) -> None:
    """A connection is not closed after a thousand requests."""
    with peer.connect(address) as sock:
        for _ in range(1100):
            sock.sendall(b"HEAD / HTTP/1.1\r\nHost: peer\r\n\r\n")
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += sock.recv(1000)
            assert b"connection: close" not in answer
        assert len(peer.connections(address)) == 1


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])
def test_close(peer: "Peer", known_address: str, over_tls: bool) -> None:
    """The connection is closed by the peer, though the client keeps its side open."""
    connect = peer.connect_tls if over_tls else peer.connect
    with connect(known_address) as sock:
        sock.sendall(REQUEST % b"/close")
        answer = b""
        while part := sock.recv(1000):
            answer += part
        assert b"connection: close\r\n" in answer
        assert answer.endswith(b"\r\n\r\nbye\n")
        assert peer.ended(known_address)[0]["how"] == "closed by peer"


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])
def test_large_body_is_intact(peer: "Peer", known_address: str, over_tls: bool) -> None:
    """Eight megabytes arrive as they were sent."""
    connection = peer.open_https(known_address) if over_tls else HTTPConnection(known_address, peer.port, timeout=20)
    connection.request("GET", "/bytes/8388608")
    assert connection.getresponse().read() == PATTERN * 32768
    connection.close()


def test_redirects_in_a_row(peer: "Peer", address: str) -> None:
    """Each redirect leads on to the next, and the last to an answer."""
    path, seen = "/redirect/3", []
    while (answer := peer.get(address, path))[0] == 302:
        path = answer[1]["location"]
        seen.append(path)
    assert seen == ["/redirect/2", "/redirect/1", "/redirect/0"]
    assert answer[2] == b"arrived\n"


def test_slow_body_begins_at_once(peer: "Peer", address: str) -> None:
    """Headers and the first part are there long before the rest."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/slow-body/60")
        answer = b""
        while not answer.endswith(b"first part\n"):
            answer += sock.recv(1000)
    assert answer.startswith(b"HTTP/1.1 200")


def test_reset(peer: "Peer", address: str) -> None:
    """The connection breaks off with RST, and the peer says that it was its doing."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/reset")
        with pytest.raises(ConnectionResetError):
            sock.recv(1000)
    assert peer.ended(address)[0]["how"] == "closed by peer"


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "tls"])
def test_truncate(peer: "Peer", known_address: str, over_tls: bool) -> None:
    """Half of what was announced comes, then the end."""
    connection = peer.open_https(known_address) if over_tls else HTTPConnection(known_address, peer.port, timeout=20)
    connection.request("GET", "/truncate/1000")
    with pytest.raises(IncompleteRead) as caught:
        connection.getresponse().read()
    assert (len(caught.value.partial), caught.value.expected) == (500, 500)
    connection.close()


@pytest.mark.parametrize("port", ["port", "tls_port"])
def test_garbage(peer: "Peer", address: str, port: str) -> None:
    """Rubbish ends its own connection and nobody else's."""
    with socket.create_connection((address, getattr(peer, port)), timeout=20) as sock:
        sock.sendall(b"\x00\xff rubbish\r\n\r\n" * 50)
        while sock.recv(1000):
            pass
    assert peer.ended(address)[0]["how"] == "closed by peer"
    assert peer.get(address, "/")[0] == 200
