"""`matrix.guest.peer`: the handle on the peer, against a tiny one."""

import socket
import time

import pytest

from matrix.guest.peer import Peer, PeerError

PEER = Peer("127.0.0.1", 8080, 8443)


@pytest.fixture
def nobody():
    """A peer whose port is taken, so that nobody answers there."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield Peer("127.0.0.1", bound.getsockname()[1], 0)


def test_url():
    """A case reaches the peer under its own address, on either port."""
    case = PEER.for_case(3)
    assert (case.url(), case.tls_url("/bytes/1")) == ("http://127.1.0.4:8080/", "https://127.1.0.4:8443/bytes/1")


@pytest.mark.parametrize(
    ("number", "address"), [(0, "127.1.0.1"), (253, "127.1.0.254"), (254, "127.1.1.1"), (64516, "127.1.0.1")]
)
def test_address_of_a_case(number, address):
    """Addresses are those of hosts, and are used again only after 64,516 cases."""
    assert PEER.for_case(number).address == address


def test_ready(peer):
    """Waiting for a peer that answers returns."""
    assert peer.wait_until_ready(5) is None


def test_never_ready(nobody):
    """Waiting for a peer that does not answer ends with its address."""
    with pytest.raises(PeerError, match=f"the peer at 127.0.0.1:{nobody.port}"):
        nobody.wait_until_ready(0)


def test_certificate(peer):
    """The peer gives its certificate authority."""
    assert peer.certificate_authority() == "not a certificate\n"


def test_question_that_the_peer_does_not_know(peer):
    """An answer that is none is the peer's trouble."""
    with pytest.raises(PeerError, match="answered 404 to /_peer/no-such-question"):
        peer._ask("/_peer/no-such-question")


@pytest.mark.parametrize("number", [0, 2])
def test_open_connections_of_a_case(peer, number):
    """The peer says how many of a case's connections it has open."""
    case = peer.for_case(10 + number)
    since = time.monotonic_ns()
    opened = [socket.create_connection((case.address, case.port)) for _ in range(number)]
    still = still_open(case, since, number)
    for sock in opened:
        sock.close()
    assert still == number


def still_open(case, since, expected):
    """How many connections of a case the peer has open."""
    return sum(connection["closed"] is None for connection in case.connections(since, expected))


def test_closed_connections_of_a_case(peer):
    """A connection that was closed is not open, once the peer has seen that."""
    case = peer.for_case(20)
    since = time.monotonic_ns()
    socket.create_connection((case.address, case.port)).close()
    assert still_open(case, since, 0) == 0


def test_connections_of_another_case(peer):
    """Connections to another address are not this case's."""
    since = time.monotonic_ns()
    other = peer.for_case(31)
    with socket.create_connection((other.address, other.port)):
        assert still_open(peer.for_case(30), since, 0) == 0


def test_connections_from_before(peer):
    """Connections from before the case are not counted: its address may have been used before."""
    case = peer.for_case(40)
    with socket.create_connection((case.address, case.port)):
        still_open(case, 0, 1)  # the peer has seen it
        assert still_open(case, time.monotonic_ns(), 0) == 0


def test_question_survives_a_scenario(peer, monkeypatch):
    """The guest can ask though a scenario has replaced the name socket.socket."""
    monkeypatch.setattr(socket, "socket", None)
    assert peer.wait_until_ready(0) is None
