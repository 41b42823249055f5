"""Scenarios that do to their process what no program should. Each ends alone."""

import asyncio
import gc
import os
import resource
import signal
import socket
import sys
import threading
import time
from pathlib import Path

KEPT = []


def test_before():
    with socket.socket():
        pass


def test_closes_standard_output():
    os.close(1)


def test_closes_everything():
    os.closerange(0, 256)


def test_forks_and_waits():
    copy = os.fork()
    if copy == 0:
        os._exit(3)
    os.waitpid(copy, 0)


def test_forks_and_both_return():
    KEPT.append(os.fork())


def test_forks_and_exits():
    if os.fork():
        os._exit(0)


def test_exits():
    os._exit(7)


def test_exits_by_exception():
    sys.exit(0)


def test_interrupts_itself():
    raise KeyboardInterrupt


def test_segmentation_fault():
    os.kill(os.getpid(), signal.SIGSEGV)


def test_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def hold_up(times):
    """Hold the loop up, as if the machine had other things to do; the first time may still belong to the call."""
    time.sleep(3.5)
    if times > 1:
        asyncio.get_running_loop().call_later(0.01, hold_up, times - 1)


async def test_stalls():
    KEPT.append(socket.socket())
    asyncio.get_running_loop().call_later(0.01, hold_up, 2)


async def test_stalls_once():
    KEPT.append(socket.socket())
    try:
        Path("stalled").touch(exist_ok=False)  # noqa: ASYNC240  in the folder of the job, which nobody waits for
    except FileExistsError:
        return
    asyncio.get_running_loop().call_later(0.01, hold_up, 2)


def test_thread_holds_a_lock():
    begun, lock = threading.Event(), threading.Lock()

    def hold():
        with lock:
            begun.set()
            time.sleep(3600)

    threading.Thread(target=hold, daemon=True).start()
    begun.wait()


def test_thread_writes_for_ever():
    def write():
        while True:
            sys.stdout.write("and on\n")
            time.sleep(0.001)

    threading.Thread(target=write, daemon=True).start()


class Grudge:
    def __del__(self):
        raise LookupError("not yet")


def test_raises_in_del():
    Grudge()


def test_raises_in_del_of_a_local():
    grudge = Grudge()
    assert grudge


def test_replaces_socket():
    class Refusing:
        def __init__(self, *args, **kwargs):
            raise OSError("no network for you")

    socket.socket = Refusing
    socket.setdefaulttimeout(0.000001)


def test_replaces_thread_start():
    threading.Thread.start = None


def test_freezes():
    cycle = [socket.socket()]
    cycle.append(cycle)
    del cycle
    gc.freeze()


def test_enables_collection():
    cycle = [socket.socket()]
    cycle.append(cycle)
    gc.disable()
    gc.set_threshold(1)


def raise_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))


def test_leaves_5000_sockets():
    raise_limit()
    for _ in range(2500):
        KEPT.extend(socket.socketpair())


def test_leaves_5000_descriptors():
    raise_limit()
    for _ in range(5000):
        os.dup(0)


def test_uses_up_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    while True:
        KEPT.append(socket.socket())


def test_recurses():
    test_recurses()


def test_removes_its_folder():
    os.chdir("/")
    sys.path.clear()
    os.environ.clear()


def test_clears_the_modules():
    sys.modules.clear()


def test_raises_after_leaving_something():
    KEPT.append(socket.socket())
    raise LookupError("after a leak")


def test_crashes_when_explained():
    marker = Path(os.environ["TMPDIR"]).with_name("was here")  # what all runs of a cell share
    if marker.exists():
        os._exit(1)
    marker.touch()
    KEPT.append(socket.socket())


def test_after():
    with socket.socket():
        pass
