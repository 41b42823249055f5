"""`matrix.guest.things`: what the kernel lists, in words."""

import _thread
import os
import select
import socket
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack

import pytest

from matrix.guest import things


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("0100007F:1F90", "127.0.0.1:8080", id="loopback"),
        pytest.param("0200017F:0050", "127.1.0.2:80", id="of a case"),
        pytest.param("00000000:0000", "0.0.0.0:0", id="any"),
        pytest.param("FEFFA8C0:FFFF", "192.168.255.254:65535", id="large"),
    ],
)
def test_ipv4(text, address):
    """The kernel writes an address as one number in the machine's order, a port in hexadecimal."""
    assert things._ipv4(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("00000000000000000000000001000000:1F90", "[0:0:0:0:0:0:0:1]:8080", id="loopback"),
        pytest.param("B80D0120000000000000000067452301:01BB", "[2001:db8:0:0:0:0:123:4567]:443", id="global"),
        pytest.param("0000000000000000FFFF00000100007F:0050", "[0:0:0:0:0:ffff:7f00:1]:80", id="mapped"),
    ],
)
def test_ipv6(text, address):
    """The kernel writes an IPv6 address as four such numbers."""
    assert things._ipv6(text) == address


@pytest.fixture(autouse=True)
def _own_temporary_files(monkeypatch, tmp_path):
    """What others put into /tmp is not this test's."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def new_since(before):
    return things.keys() - before


def epoll():
    with select.epoll() as own:
        return os.dup(own.fileno())


DESCRIPTORS = {
    "file": lambda: os.open(os.devnull, os.O_RDONLY),
    "pipe": lambda: os.pipe()[0],
    "socket": lambda: socket.socket().detach(),
    "epoll": epoll,
}


@pytest.mark.parametrize("kind", DESCRIPTORS)
def test_kind_of_a_descriptor(kind):
    """A descriptor's kind is what it refers to."""
    before = things.keys()
    DESCRIPTORS[kind]()
    found = new_since(before)
    for _, number, _ in found:
        os.close(number)
    assert set(things.count(found)) == {kind}


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("socket:[4711]", "socket"),
        ("pipe:[4711]", "pipe"),
        ("anon_inode:[eventpoll]", "epoll"),
        ("anon_inode:[eventfd]", "eventfd"),
        ("anon_inode:[io_uring]", "descriptor"),
        ("anon_inode:inotify", "descriptor"),
        ("/tmp/some file (deleted)", "file"),
        ("/memfd:leftover (deleted)", "file"),
        ("net:[4026531840]", "descriptor"),
    ],
)
def test_kind_of_a_link(link, kind):
    """Every link of /proc/self/fd has a kind."""
    assert things.count([("descriptor", 3, link)]) == Counter([kind])


def test_a_look_leaves_nothing():
    """Looking opens a descriptor, and does not list it."""
    assert things.keys() == things.keys()


def states(before):
    return sorted(thing.state for thing in things.describe(new_since(before)))


def test_states_of_tcp():
    """A socket has its TCP state: here a listener, an open connection, and one that the other side has closed."""
    before = things.keys()
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        clients = [opened.enter_context(socket.create_connection(listener.getsockname())) for _ in range(2)]
        open_side, closed_side = (listener.accept()[0] for _ in clients)
        opened.enter_context(open_side)
        closed_side.close()
        assert clients[1].recv(1) == b""
        found = states(before)
    assert found == ["CLOSE_WAIT", "ESTABLISHED", "ESTABLISHED", "LISTEN"]


def test_words_for_tcp():
    """A connection is described by its two addresses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        before = things.keys()
        with socket.create_connection(listener.getsockname()) as client:
            (thing,) = things.describe(new_since(before))
            ours, theirs = client.getsockname()[1], listener.getsockname()[1]
    assert thing.what == f"TCP 127.0.0.1:{ours} -> 127.0.0.1:{theirs}"


def test_words_for_another_socket():
    """A socket of another family has no state."""
    before = things.keys()
    with socket.socket(socket.AF_UNIX):
        (thing,) = things.describe(new_since(before))
    assert (thing.what, thing.state) == ("socket, not TCP", None)


@pytest.mark.parametrize(("daemon", "state"), [(True, "daemon"), (False, "alive")])
def test_words_for_a_thread(daemon, state):
    """A thread is described by its name in Python."""
    before = things.keys()
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="worker", daemon=daemon)
    thread.start()
    (thing,) = things.describe(new_since(before))
    end.set()
    thread.join()
    assert (thing.kind, thing.what, thing.state) == ("thread", "thread 'worker'", state)


def test_words_for_a_raw_thread():
    """A thread that `threading` does not know is in the kernel's list all the same."""
    before = things.keys()
    begun, end, ended = (_thread.allocate_lock() for _ in range(3))
    for lock in (begun, end, ended):
        lock.acquire()

    def native():
        begun.release()
        end.acquire()
        ended.release()

    _thread.start_new_thread(native, ())
    begun.acquire()
    (thing,) = things.describe(new_since(before))
    end.release()
    ended.acquire()
    assert (thing.kind, thing.what) == ("raw thread", "thread started by _thread")


def test_description_is_sorted():
    """Things are described in the order of their keys."""
    found = [("descriptor", 9, "/b"), ("descriptor", 10, "/a"), ("descriptor", 2, "pipe:[1]")]
    assert [thing.key[1] for thing in things.describe(found)] == [2, 9, 10]
