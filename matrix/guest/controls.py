"""Cases with a known answer, run first in every cell: some must leak, some must not.

Plain standard library, against the same peer as the cases. A cell in which one of
them gets another answer is `invalid`: nothing else in it is believed.
"""

import asyncio
import os
import socket
import sys
import threading
import time

import pytest

from .collector import DROPPED
from .kinds import IN_LOOP, KINDS, Owner
from .scenario import Call

KEPT = []

# What is in a loop cannot outlive it.
KEPT_KINDS = {kind: "loop" if kind in IN_LOOP else "held" for kind in KINDS}


def connect(peer):
    return socket.create_connection((peer.address, peer.port))


class Box:
    """Something in a cycle with itself."""

    def __init__(self, sock):
        self.itself = self
        self.sock = sock


@pytest.mark.control("clean")
def test_control_socket_closed(peer):
    """A socket that is closed, still referenced by a local."""
    sock = connect(peer)
    sock.close()


def close_between_looks(sock, looking):
    """Close a socket when the thread that looks is waiting for its next look."""
    while sys._current_frames()[looking].f_code is not Call.wait.__code__:
        time.sleep(0.01)
    sock.close()


@pytest.mark.control("late")
def test_control_socket_closed_later(peer):
    """A socket that a thread closes after the return, once it has been looked for: however busy the machine is."""
    sock = connect(peer)
    threading.Thread(target=close_between_looks, args=(sock, threading.get_ident())).start()


@pytest.mark.control(DROPPED)
def test_control_socket_dropped(peer):
    """A socket that only the local variable holds."""
    sock = connect(peer)
    assert sock.fileno() >= 0


@pytest.mark.control("gc")
def test_control_socket_in_cycle(peer):
    """A socket in a reference cycle."""
    Box(connect(peer))


@pytest.mark.control("held")
def test_control_socket_kept(peer):
    """A socket that a module keeps."""
    KEPT.append(connect(peer))


@pytest.mark.control("clean", kinds={})
async def test_control_all_closed():
    """A thing of each kind, closed, and its owner still there."""
    owners = [Owner(make()) for make in KINDS.values()]
    for owner in owners:
        owner.close()


@pytest.mark.control("held", kinds=KEPT_KINDS)
async def test_control_all_kept():
    """A thing of each kind that a module keeps: each kind has its own verdict."""
    KEPT.extend(Owner(make()) for make in KINDS.values())


@pytest.mark.control("held")
def test_control_descriptor_unowned():
    """A descriptor that no object owns."""
    os.dup(0)


@pytest.mark.control("clean")
async def test_control_stream_closed(peer):
    """An asyncio stream that is closed and awaited."""
    _, writer = await asyncio.open_connection(peer.address, peer.port)
    writer.close()
    await writer.wait_closed()


@pytest.mark.control("loop")
async def test_control_task_pending(peer):
    """A socket in a task that waits for as long as the loop lives."""

    async def hold(sock):
        await asyncio.sleep(3600)
        sock.close()

    asyncio.ensure_future(hold(connect(peer)))  # noqa: RUF006  what holds it is the loop
    await asyncio.sleep(0)


@pytest.mark.control("held")
def test_control_child_not_waited_for():
    """A process that has ended, and that nobody waits for."""
    if os.fork() == 0:
        os._exit(0)


class Counted:
    """A class whose instances are counted."""


@pytest.mark.control("held")
@pytest.mark.objects(__name__ + ".Counted")
def test_control_object_kept():
    """An object that owns nothing a kernel knows of, kept by a module."""
    KEPT.append(Counted())


@pytest.mark.control("clean")
@pytest.mark.objects(__name__ + ".Counted")
def test_control_object_dropped():
    """The same, let go."""
    Counted()
