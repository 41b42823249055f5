"""`matrix.guest.things`: what the kernel lists, in words."""

import _thread
import os
import select
import socket
import tempfile
import threading
from collections import Counter

import pytest

from matrix.guest import things


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
