"""`matrix.guest.origins`: the stacks that opened sockets and started threads."""

import _socket
import _thread
import os
import socket
import subprocess
import sys
import threading
import time
import warnings

import pytest

from matrix.guest import origins, things
from matrix.guest.collector import COUNTS_REFERENCES


def open_here():
    return socket.socket()


def start_here():
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    return thread


class OwnThread(threading.Thread):
    """A thread with a `start` of its own."""

    def start(self):
        super().start()


def start_own():
    thread = OwnThread(target=threading.Event().wait, daemon=True)
    thread.start()
    return thread


def socket_key(sock):
    return ("descriptor", sock.fileno(), os.readlink(f"/proc/self/fd/{sock.fileno()}"))


def thread_key(thread):
    return ("thread", thread.native_id, "")


def functions_of(found, key):
    return [frame["function"] for frame in origins.frames(found[key].stack)]


@pytest.mark.parametrize(
    ("make", "key"),
    [
        pytest.param(open_here, socket_key, id="socket"),
        pytest.param(start_here, thread_key, id="thread"),
        pytest.param(start_own, thread_key, id="thread subclass"),
    ],
)
def test_stack_names_who_made_it(in_child, make, key):
    """The stack of a thing holds the function that made it."""

    def task():
        watching = origins.Origins()
        watching.watch()
        thing = make()
        return functions_of(watching.of({key(thing)}), key(thing))

    assert make.__name__ in in_child(task)


def test_harness_is_cut(measured):
    """A stack begins in the scenario: nothing of the harness is shown."""

    def scenario():
        sock = open_here()
        assert sock.fileno() >= 0

    (item,) = measured(scenario).left
    assert [frame["function"] for frame in item["created"]][:2] == ["scenario", "open_here"]


def test_line(measured):
    """A frame of the stack has the line of the call."""
    first = test_line.__code__.co_firstlineno

    def scenario():
        sock = socket.socket()
        assert sock.fileno() >= 0

    (item,) = measured(scenario).left
    assert item["created"][0]["line"] == first + 5


def test_made_before_watching(in_child):
    """What was made before `watch` has no origin."""

    def task():
        watching = origins.Origins()
        early = open_here()
        watching.watch()
        return list(watching.of({socket_key(early)}))

    assert in_child(task) == []


@pytest.mark.skipif(not COUNTS_REFERENCES, reason="PyPy has no event for a fork")
def test_child_that_forkpty_made(in_child):
    """It is told from one of subprocess, and each from what it is not."""

    def task():
        watching = origins.Origins()
        watching.watch()
        subprocess.run([sys.executable, "-c", ""], check=True)
        pid, _ = os.forkpty()
        if pid == 0:
            os._exit(0)
        two = watching.of({("child", pid, "1")})
        watching.forget_starts()
        pid, _ = os.forkpty()
        if pid == 0:
            os._exit(0)
        key = ("child", pid, "1")
        return [len(two), functions_of(watching.of({key}), key)[-1:]]

    assert in_child(task) == [0, ["task"]]


def test_made_by_a_copy_of_the_process(in_child):
    """A forked copy's sockets are its own: they are not recorded."""

    def task():
        watching = origins.Origins()
        watching.watch()
        copy = os.fork()
        if copy == 0:
            sock = open_here()
            os._exit(len(watching.of({socket_key(sock)})))
        return os.waitpid(copy, 0)[1]

    assert in_child(task) == 0


def test_closed_socket_is_not_taken_for_another(in_child):
    """A descriptor number's former owner is not its origin."""

    def task():
        watching = origins.Origins()
        watching.watch()
        former = open_here()
        former.close()
        latter = socket.socket()
        return functions_of(watching.of({socket_key(latter)}), socket_key(latter))

    assert "open_here" not in in_child(task)


def test_ended(in_child):
    """Python is done with a thread that has ended, not with one that waits, and knows no other."""

    def task():
        watching = origins.Origins()
        watching.watch()
        ended = threading.Thread(target=int)
        ended.start()
        ended.join()
        waiting = start_here()
        return [watching.ended(number) for number in (ended.native_id, waiting.native_id, 1)]

    assert in_child(task) == [True, False, False]


def test_thread_without_python(in_child):
    """A thread may run nothing of Python's; what it makes is made all the same."""

    def task():
        said = []
        sys.unraisablehook = said.append
        warnings.simplefilter("ignore")  # that nobody closes it
        origins.Origins().watch()
        _thread.start_new_thread(_socket.socket, ())
        while things.count(things.keys())["thread"] > 1:
            time.sleep(0.001)
        return len(said)

    assert in_child(task) == 0


@pytest.mark.parametrize(
    ("path", "roots", "expected"),
    [
        pytest.param("/code/cases/test_a.py", ["/code"], "cases/test_a.py", id="below a root"),
        pytest.param("/env/requests/api.py", ["/env", "/env/requests"], "api.py", id="longest root"),
        pytest.param("/environment/a.py", ["/env"], "/environment/a.py", id="same beginning"),
        pytest.param("/env/a.py", ["/env/"], "a.py", id="root with a slash"),
        pytest.param("/env/a.py", ["", "/other"], "/env/a.py", id="below none"),
        pytest.param("<string>", ["/env"], "<string>", id="no file"),
    ],
)
def test_relative(monkeypatch, path, roots, expected):
    """A path is shown below the import path that it comes from."""
    monkeypatch.setattr(sys, "path", roots)
    assert origins.relative(path) == expected
