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
