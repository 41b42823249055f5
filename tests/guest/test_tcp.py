"""`matrix.guest.tcp`: the addresses and states of sockets, asked of themselves or read in the kernel's table."""

import os
import socket
import sys
from contextlib import ExitStack, contextmanager

import pytest

from matrix.guest import tcp


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("0100007F:1F90", "127.0.0.1:8080", id="loopback"),
        pytest.param("0200017F:0050", "127.1.0.2:80", id="of a case"),
        pytest.param("00000000:0000", "0.0.0.0:0", id="any"),
        pytest.param("FEFFA8C0:FFFF", "192.168.255.254:65535", id="large"),
        pytest.param("00000000000000000000000001000000:1F90", "[::1]:8080", id="IPv6 loopback"),
        pytest.param("B80D0120000000000000000067452301:01BB", "[2001:db8::123:4567]:443", id="IPv6"),
        pytest.param("0000000000000000FFFF00000100007F:0050", "[::ffff:127.0.0.1]:80", id="IPv4 in IPv6"),
    ],
)
def test_decoded(text, address):
    """The kernel writes an address as numbers in the machine's order, a port in hexadecimal."""
    assert tcp._decoded(text) == address


@contextmanager
def some_sockets(family, host):
    """Name -> socket: a listener, an open connection at both ends, one that the other side has closed, and others."""
    with ExitStack() as opened:
        keep = opened.enter_context
        listener = keep(socket.create_server((host, 0), family=family, dualstack_ipv6=family == socket.AF_INET6))
        address = listener.getsockname()[:2]
        there, left = (keep(socket.create_connection(address)) for _ in range(2))
        accepted, closing = (listener.accept()[0] for _ in range(2))
        keep(accepted)
        closing.close()
        assert left.recv(1) == b""
        yield {
            "LISTEN": listener,
            "ESTABLISHED": there,
            "CLOSE_WAIT": left,
            "unconnected": keep(socket.socket(family)),
            "UDP": keep(socket.socket(family, socket.SOCK_DGRAM)),
            "another family": keep(socket.socket(socket.AF_UNIX)),
        }


FAMILIES = pytest.mark.parametrize(  # a sandbox has no IPv6 but this
    ("family", "host"),
    [
        pytest.param(socket.AF_INET, "127.0.0.1", id="IPv4"),
        pytest.param(socket.AF_INET6, "::ffff:127.0.0.1", id="IPv4 in IPv6"),
    ],
)


def described(sock):
    """What is said of a socket."""
    link = os.readlink(f"/proc/self/fd/{sock.fileno()}")
    return tcp.described({link: sock.fileno()})[link]


def address(sock):
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@FAMILIES
def test_described(family, host):
    """A connection has its two addresses and its state; what is connected to nothing has neither."""
    with some_sockets(family, host) as sockets:
        words = {name: described(sock) for name, sock in sockets.items()}
        connected = f"TCP {address(sockets['ESTABLISHED'])} -> {address(sockets['LISTEN'])}"
    assert words["ESTABLISHED"] == (connected, "ESTABLISHED")
    assert [words[name][1] for name in ("LISTEN", "CLOSE_WAIT")] == ["LISTEN", "CLOSE_WAIT"]
    asked = sys.implementation.name != "pypy"
    assert words["unconnected"] == (tcp.NOT_CONNECTED if asked else tcp.NOT_IN_TABLE)
    assert {words[name] for name in ("UDP", "another family")} == {tcp.NO_TCP if asked else tcp.NOT_IN_TABLE}


@FAMILIES
def test_as_the_table_has_it(family, host, monkeypatch):
    """A socket says of itself what the kernel's table says of it; there, those that are not connected are missing."""
    with some_sockets(family, host) as sockets:
        asked = {name: described(sock) for name, sock in sockets.items()}
        monkeypatch.setattr(tcp, "_asked", lambda _: tcp._UNKNOWN)
        read = {name: described(sock) for name, sock in sockets.items()}
    connected = ("LISTEN", "ESTABLISHED", "CLOSE_WAIT")
    assert [read[name] for name in connected] == [asked[name] for name in connected]
    assert {words for name, words in read.items() if name not in connected} == {tcp.NOT_IN_TABLE}


def test_connecting():
    """A socket that still connects does not know to where; the table does."""
    with socket.socket() as listener, ExitStack() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        clients = [opened.enter_context(socket.socket()) for _ in range(4)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        words, state = described(clients[-1])
        assert state == "SYN_SENT"
        assert words.endswith(f"-> {address(listener)}")


@pytest.mark.parametrize("timeout", [None, 5.0])
@pytest.mark.parametrize("blocking", [True, False])
def test_asking_changes_nothing(timeout, blocking):
    """A socket is open and blocks as before, or does not, also where new ones have a timeout."""
    with some_sockets(socket.AF_INET, "127.0.0.1") as sockets:
        sock = sockets["ESTABLISHED"]
        os.set_blocking(sock.fileno(), blocking)
        socket.setdefaulttimeout(timeout)
        try:
            assert described(sock)[1] == "ESTABLISHED"
        finally:
            socket.setdefaulttimeout(None)
        assert os.get_blocking(sock.fileno()) is blocking
        assert sock.getpeername() == sockets["LISTEN"].getsockname()


def test_closed_meanwhile():
    """A descriptor that is closed by now is not connected to anything."""
    with socket.socket() as sock:
        number, link = sock.fileno(), os.readlink(f"/proc/self/fd/{sock.fileno()}")
    assert tcp.described({link: number})[link] in (tcp.NO_TCP, tcp.NOT_IN_TABLE)


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy: there, the table is read")
def test_interrupted(monkeypatch):
    """An exception in the middle, such as a signal handler's, closes nothing of the scenario's."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(tcp, "_said", interrupted)
    with some_sockets(socket.AF_INET, "127.0.0.1") as sockets:
        with pytest.raises(KeyboardInterrupt):
            described(sockets["ESTABLISHED"])
        assert sockets["ESTABLISHED"].getpeername() == sockets["LISTEN"].getsockname()
