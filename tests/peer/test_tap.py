"""What the tap notes and passes on, over real sockets."""

import asyncio
import json
import resource
import socket
import struct
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from matrix.peer.certificates import Authority
from matrix.peer.http_server import Connections
from matrix.peer.log import Log
from matrix.peer.routes import Route
from matrix.peer.tap import ClientSide, Tap, is_loopback
from matrix.peer.upstream_side import Link, UpstreamSide
from matrix.peer.upstreams import Upstreams

if TYPE_CHECKING:
    from tests.peer.conftest import Peer, StartPeer

REQUEST = b"GET %s HTTP/1.1\r\nHost: peer\r\n\r\n"
PATTERN = bytes(range(256))


def close_with_reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def read_to_end(sock: socket.socket) -> bytes:
    parts = []
    while part := sock.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


class Wire(asyncio.Transport):
    """A connection that is open until it is broken off."""

    broken_off = False
    reading = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def abort(self) -> None:
        self.broken_off = True

    def is_closing(self) -> bool:
        return self.broken_off


def connect(tap: Tap, upstreams: Upstreams, link: Link) -> ClientSide:
    """A client, led upstream by a link that the kernel would choose."""
    client = ClientSide(tap, upstreams, Route())
    client.transport = Wire()
    upstream = UpstreamSide(client, link[1])
    upstream.transport, upstream.link = Wire(), link
    client.upstream_made(upstream)
    return client


def test_link_that_is_anothers_by_now() -> None:
    """Who lingers after hypercorn has closed does not end the connection that has got its port since."""
    link = 40_000, 50_000
    ended: list[Link] = []
    tap = Tap(Log(), ended.append)
    with ExitStack() as stack:
        upstreams = Upstreams(Authority(), Connections(), stack)
        lingers, later = (connect(tap, upstreams, link) for _ in range(2))
        lingers.connection_lost(None)
        assert (ended, tap.is_connected(link)) == ([], True)
        later.connection_lost(None)
    assert (ended, tap.is_connected(link)) == ([link], False)


@pytest.mark.parametrize("stopped", [True, False])
def test_nothing_more_is_read(stopped: bool) -> None:
    """A client that is not to be read is not read either once hypercorn can take more."""
    link = 40_000, 50_000
    tap = Tap(Log(), lambda _link: None)
    with ExitStack() as stack:
        client = connect(tap, Upstreams(Authority(), Connections(), stack), link)
        assert client._upstream is not None
        client._upstream.pause_writing()
        if stopped:
            tap.stop_reading(link)
        client._upstream.resume_writing()
    assert client.transport.reading is not stopped


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("127.0.0.1", True),
        ("127.1.0.7", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("0.0.0.0", False),
        ("fe80::1%eth0", False),
    ],
)
def test_only_loopback_is_taken(host: str, taken: bool) -> None:
    """Connections from other machines are told from those of this one."""
    assert is_loopback(host) is taken


@pytest.mark.parametrize(
    ("end", "how"),
    [(socket.socket.close, "fin"), (close_with_reset, "reset")],
    ids=["fin", "reset"],
)
def test_how_a_client_leaves(peer: "Peer", address: str, end: Callable[[socket.socket], None], how: str) -> None:
    """The log tells FIN from RST, and stamps both ends on the clock of the machine."""
    before = time.monotonic_ns()
    sock = peer.connect(address)
    port = sock.getsockname()[1]
    end(sock)
    (entry,) = peer.ended(address)
    assert before <= entry["opened"] <= entry["closed"] <= time.monotonic_ns()
    del entry["opened"], entry["closed"]
    assert entry == {"address": address, "port": port, "tls": False, "how": how, "unread": False}


@pytest.mark.parametrize(
    ("end", "how"),
    [(socket.socket.close, "fin"), (close_with_reset, "reset")],
    ids=["fin", "reset"],
)
def test_how_a_client_leaves_in_the_middle(
    start_peer: "StartPeer", address: str, end: Callable[[socket.socket], None], how: str
) -> None:
    """A client that leaves during its answer is noticed, and takes the connection to hypercorn along."""
    with start_peer() as peer:
        with peer.connect(address) as sock:
            sock.sendall(REQUEST % b"/slow/60")
            peer.wait_for(lambda: peer.connections(address))
            end(sock)
        (entry,) = peer.ended(address)
        assert entry["how"] == how
        peer.wait_for(peer.has_let_go)


def test_open_one_stays_open(peer: "Peer", address: str) -> None:
    """A connection that nobody closed is listed as open, before the finished ones."""
    with peer.connect(address) as kept:
        peer.connect(address).close()
        peer.wait_for(lambda: [entry["how"] for entry in peer.connections(address)] == [None, "fin"])
        assert peer.connections(address)[0]["port"] == kept.getsockname()[1]


def test_since_leaves_out_earlier_ones(peer: "Peer", address: str) -> None:
    """Connections opened before a moment are left out on request."""
    peer.connect(address).close()
    peer.ended(address)
    since = time.monotonic_ns()
    with peer.connect(address) as sock:
        peer.wait_for(lambda: len(peer.connections(address)) == 2)
        (entry,) = peer.connections(address, since)
        assert entry["port"] == sock.getsockname()[1]


def test_addresses_are_told_apart(peer: "Peer", address: str, known_address: str) -> None:
    """Two cases at a time each see their own connections only."""
    with peer.connect(address) as one, peer.connect(known_address) as other:
        for here, sock in ((address, one), (known_address, other)):
            (entry,) = peer.wait_for(lambda here=here: peer.connections(here))
            assert (entry["address"], entry["port"]) == (here, sock.getsockname()[1])


def test_client_that_never_reads_its_tls_tickets(peer: "Peer", known_address: str) -> None:
    """Connections over TLS are watched like all others."""
    with peer.connect_tls(known_address) as sock:
        sock.sendall(REQUEST % b"/")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        (entry,) = peer.connections(known_address)
        assert (entry["tls"], entry["how"]) == (True, None)
    (entry,) = peer.ended(known_address)
    assert entry["how"] in ("fin", "reset")


def test_half_closed_client_gets_its_answer(peer: "Peer", address: str) -> None:
    """A client that has said all it will is answered in full, and then closed to."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/bytes/1000000")
        sock.shutdown(socket.SHUT_WR)
        head, _, body = read_to_end(sock).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert body == (PATTERN * 4000)[:1_000_000]
    assert peer.ended(address)[0]["how"] == "fin"


def test_pipelined_before_upstream_is_there(peer: "Peer", address: str) -> None:
    """What a client says at once arrives in order and complete, more than fits a buffer."""
    body = PATTERN * 4096
    head = b"POST / HTTP/1.1\r\nHost: peer\r\nContent-Length: %d\r\n\r\n" % len(body)
    with peer.connect(address) as sock:
        sock.sendall(head + body + REQUEST % b"/close")
        answers = read_to_end(sock)
    assert answers.count(b"HTTP/1.1 200") == 2
    assert answers.endswith(b"bye\n")


def test_slow_reader_is_waited_for(peer: "Peer", address: str) -> None:
    """A client that stops reading makes the peer wait, not grow."""
    before = peer.resident_kib()
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/bytes/300000000")
        assert sock.recv(1000)
        seen: list[int] = []

        def has_settled() -> bool:
            seen.append(peer.resident_kib())
            return len(seen) > 40 and len(set(seen[-40:])) == 1

        peer.wait_for(has_settled)
        assert seen[-1] - before < 50_000
        assert peer.connections(address)[0]["how"] is None
    assert peer.ended(address)[0]["how"] == "reset"  # closed with bytes unread


def test_hung_up_in_an_answer(peer: "Peer", address: str) -> None:
    """What is still to come of an answer, once the peer has closed its connection, is not sent, nor counted."""
    with peer.connect(address) as sock:
        sock.sendall(REQUEST % b"/slow-body/0.2")
        head = sock.recv(4096)
        peer.ask(f"hang-up?address={address}")
        rest = read_to_end(sock)
        time.sleep(0.4)
        assert int(peer.ask(f"sent?address={address}")) == len(head + rest)


def test_a_thousand_idle_connections(peer: "Peer", address: str) -> None:
    """A thousand connections stay open side by side, work, and are all seen to end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        socks = [stack.enter_context(peer.connect(address)) for _ in range(1000)]
        peer.wait_for(lambda: len(peer.connections(address)) == 1000)
        assert {entry["how"] for entry in peer.connections(address)} == {None}
        for sock in socks[::100]:
            sock.sendall(REQUEST % b"/")
            assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    assert {entry["how"] for entry in peer.ended(address, 1000)} <= {"fin", "reset"}


def test_port_that_leads_to_two_places(peer: "Peer", address: str, known_address: str) -> None:
    """One port of the tap's may lead to plain HTTP and to TLS at a time: the kernel gives it twice. Each is itself."""
    kept = 100
    before = json.loads(peer.ask(f"requests?address={known_address}"))
    with ExitStack() as stack:
        secure = [stack.enter_context(peer.connect_tls(known_address)) for _ in range(kept)]
        for _ in range(1500):
            peer.connect(address).close()
        for sock in secure:
            sock.sendall(REQUEST % b"/any")
            assert sock.recv(1 << 16)
        assert json.loads(peer.ask(f"requests?address={known_address}")) == before + kept
