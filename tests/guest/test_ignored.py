"""`matrix.guest.ignored`: what is there and is not a leak."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from matrix.guest import ignored
from matrix.guest.loops import Loops
from matrix.guest.origins import Origins
from matrix.guest.serial import Serial


def ended_thread():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return ("thread", thread.native_id, "")


def waiting_thread():
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    return ("thread", thread.native_id, "")


def thread_of_another():
    return ("thread", 1, "")


def descriptor_with_the_number_of_a_thread():
    return ("descriptor", ended_thread()[1], "/dev/null")


@pytest.mark.parametrize(
    ("make", "left"),
    [
        pytest.param(ended_thread, 0, id="ended thread"),
        pytest.param(waiting_thread, 1, id="waiting thread"),
        pytest.param(thread_of_another, 1, id="native thread"),
        pytest.param(descriptor_with_the_number_of_a_thread, 1, id="descriptor"),
    ],
)
def test_ended_threads_are_ignored(in_child, make, left):
    """Only a thread that Python has seen end is left out, though the kernel may still list it."""

    def task():
        watching = Origins()
        watching.watch()
        return len(ignored.filtered({make()}, watching, Loops(Serial()), {}))

    assert in_child(task) == left


@pytest.mark.parametrize(
    ("link", "left"),
    [
        pytest.param("/lib/x86_64-linux-gnu/libgcc_s.so.1", 0, id="library with a version"),
        pytest.param("/usr/lib/libz.so", 0, id="library"),
        pytest.param("/tmp/notes.so.txt", 1, id="file with such a name"),
        pytest.param("/dev/null", 1, id="file"),
        pytest.param("socket:[4711]", 1, id="socket"),
    ],
)
def test_libraries_being_loaded_are_ignored(link, left):
    """The loader's own descriptor is left out, and no other file's."""
    assert len(ignored.filtered({("descriptor", 3, link)}, Origins(), Loops(Serial()), {})) == left


def test_thread_with_the_number_of_a_library():
    """A rule for descriptors says nothing of threads."""
    assert ignored.library_being_loaded(("thread", 3, ""), Origins(), Loops(Serial())) is False


@pytest.mark.parametrize(
    ("program", "left"),
    [
        pytest.param("from multiprocessing.resource_tracker import main", 0, id="tracker"),
        pytest.param("from multiprocessing.forkserver import main", 0, id="fork server"),
        pytest.param("from multiprocessing.spawn import spawn_main", 1, id="spawned"),
        pytest.param("from multiprocessing.pool import ThreadPool", 1, id="somebody's"),
    ],
)
def test_helpers_of_multiprocessing(program, left):
    """The two that live as long as the program are left out, and no process that it has started."""
    command = [sys.executable, "-c", f"print(flush=True); {program}; import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdout.readline()  # for a moment after its exec, a process has no command line
        assert len(ignored.filtered({("child", p.pid, "1")}, Origins(), Loops(Serial()), {})) == left
        p.stdin.close()


@pytest.mark.parametrize(("busy", "left"), [(False, 0), (True, 1)], ids=["idle", "busy"])
def test_workers_of_a_loop(in_child, busy, left):
    """A thread of a loop's own executor is left out while it waits for work, and while the loop is open."""

    def task():
        loops = Loops(Serial())
        loops.watch()
        loop = asyncio.new_event_loop()
        number = loop.run_until_complete(loop.run_in_executor(None, threading.get_native_id))
        if busy:
            loop.run_in_executor(None, threading.Event().wait)
            wait_until(lambda: not loops.idle_workers())
        else:
            wait_until(loops.idle_workers)
        open_ = len(ignored.filtered({("thread", number, "")}, Origins(), loops, {}))
        loop._default_executor = None if busy else loop._default_executor
        loop.close()
        closed = len(ignored.filtered({("thread", number, "")}, Origins(), loops, {}))
        return [open_, closed]

    assert in_child(task) == [left, 1]


def wait_until(true):
    """The worker says that it is idle a moment after its answer."""
    for _ in range(1000):
        if true():
            return
        time.sleep(0.005)
