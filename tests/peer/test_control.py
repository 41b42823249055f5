"""Questions to the peer itself."""

import json
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.peer.conftest import Peer


def test_ready(peer: "Peer") -> None:
    """The peer says that it is there, under which protocol and process."""
    assert json.loads(peer.ask("ready")) == {"protocol": 1, "pid": peer.pid}


def test_ca_vouches_for_the_addresses_of_cases(peer: "Peer") -> None:
    """A client that trusts the peer's CA, and nobody else, gets through."""
    connection = peer.open_https("127.1.0.9")
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello\n"
    connection.close()


@pytest.mark.parametrize(
    ("name", "word"), [("tls_wrong_name", "IP address mismatch"), ("tls_untrusted", "self-signed|unable to get")]
)
def test_certificates_that_are_refused(peer: "Peer", address: str, name: str, word: str) -> None:
    """At two ports the certificate is for another name, or of an authority that nobody trusts."""
    raw = socket.create_connection((address, peer.ports[name]), timeout=20)
    with raw, pytest.raises(ssl.SSLCertVerificationError, match=word):
        peer.trust().wrap_socket(raw, server_hostname=address)


def test_asking_does_not_count(peer: "Peer", address: str) -> None:
    """A connection that carries a question is in nobody's list, at whatever address it came."""
    status, _, body = peer.get(address, f"/_peer/connections?address={address}")
    assert (status, json.loads(body)) == (200, [])
    assert peer.connections(address) == []
    assert peer.connections("127.0.0.1") == []


def test_several_addresses_are_asked_for_at_once(peer: "Peer", address: str) -> None:
    """What a redirect led elsewhere is told together with the rest."""
    other = f"{address}9"
    with socket.create_connection((address, peer.port)), socket.create_connection((other, peer.port)):
        peer.wait_for(lambda: peer.connections(address) and peer.connections(other))
        _, _, body = peer.get("127.0.0.1", f"/_peer/connections?address={address}&address={other}")
    assert [entry["address"] for entry in json.loads(body)] == [address, other]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("connections", 400),
        ("connections?address=127.1.0.1&since=yesterday", 400),
        ("everything", 404),
    ],
)
def test_bad_question(peer: "Peer", question: str, status: int) -> None:
    """A question that makes no sense is answered with a sentence."""
    seen, _, body = peer.get("127.0.0.1", f"/_peer/{question}")
    assert seen == status
    assert b"/_peer/" in body or b"nanoseconds" in body


def test_requests_are_counted(peer: "Peer", address: str) -> None:
    """Whole requests are counted for each address, so that a case can wait until its own has come."""
    assert json.loads(peer.ask(f"requests?address={address}")) == 0
    for _ in range(3):
        peer.get(address, "/")
    assert json.loads(peer.ask(f"requests?address={address}")) == 3


def test_sent_bytes_are_counted(peer: "Peer", address: str) -> None:
    """So that a case can wait until the beginning of an answer is on its way."""
    peer.get(address, "/bytes/1000")
    assert json.loads(peer.ask(f"sent?address={address}")) > 1000


def test_hang_up_closes_what_is_idle(peer: "Peer", address: str) -> None:
    """The connections of an address are closed, on request and properly."""
    with peer.connect(address) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: peer\r\n\r\n")
        assert sock.recv(1000)
        assert json.loads(peer.ask(f"hang-up?address={address}")) == 1
        while sock.recv(1000):
            pass
    assert [entry["how"] for entry in peer.ended(address)] == ["closed by peer"]
