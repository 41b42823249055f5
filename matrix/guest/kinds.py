"""One thing of each kind that can be left, for the controls: made by the standard library, closed on request.

Each function makes a thing and returns what closes it. `Owner` closes it when it is dropped, so
that one scenario for each rung serves all kinds.
"""

import _thread
import asyncio
import ctypes
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time

_THREADS = "/proc/self/task"
_C = ctypes.CDLL(None, use_errno=True)


def a_socket():
    ours, theirs = socket.socketpair()
    theirs.close()
    return ours.close


def a_pipe():
    return _closing(*os.pipe())


def an_epoll():
    return select.epoll().close


def an_eventfd():
    return _closing(_C.eventfd(0, 0))


def a_descriptor():
    """Of a kind without a name of its own."""
    return _closing(_C.inotify_init())


def a_file():
    return open(os.devnull, "rb", 0).close


def a_thread():
    end = threading.Event()
    thread = threading.Thread(target=end.wait, daemon=True)
    thread.start()

    def close():
        end.set()
        thread.join()

    return close


def a_raw_thread():
    begun, end, ended = (_thread.allocate_lock() for _ in range(3))
    for lock in (begun, end, ended):
        lock.acquire()

    number = []

    def run():
        number.append(threading.get_native_id())
        begun.release()
        end.acquire()
        ended.release()

    _thread.start_new_thread(run, ())
    begun.acquire()

    def close():
        end.release()
        ended.acquire()
        _wait_for_end(number)

    return close


def a_native_thread():
    """Of C's: it runs `sem_wait`, and the interpreter has never heard of it."""
    semaphore, thread = ctypes.create_string_buffer(64), ctypes.c_ulong()
    before = set(os.listdir(_THREADS))
    _C.sem_init(semaphore, 0, 0)
    _C.pthread_create(ctypes.byref(thread), None, _C.sem_wait, semaphore)
    number = set(os.listdir(_THREADS)) - before

    def close():
        _C.sem_post(semaphore)
        _C.pthread_join(thread, None)
        _wait_for_end(number)

    return close


def a_child_process():
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(3600)"])

    def close():
        process.kill()
        process.wait()

    return close


def a_temporary_file():
    descriptor, path = tempfile.mkstemp()
    os.close(descriptor)
    return lambda: os.unlink(path)


def an_event_loop():
    return asyncio.new_event_loop().close


def a_task():
    """Of the loop that is running, as the next two."""
    return asyncio.ensure_future(asyncio.sleep(3600)).cancel


def an_async_generator():
    async def numbers():
        yield 1
        yield 2

    loop, generator = asyncio.get_event_loop(), numbers()
    first = generator.__anext__()
    try:
        first.send(None)
    except StopIteration:
        pass  # that is how it gives its first number
    return lambda: loop.create_task(generator.aclose())


def a_timer():
    return asyncio.get_event_loop().call_later(3600, int).cancel


# kind -> what makes one
KINDS = {
    "socket": a_socket,
    "pipe": a_pipe,
    "epoll": an_epoll,
    "eventfd": an_eventfd,
    "descriptor": a_descriptor,
    "file": a_file,
    "thread": a_thread,
    "raw thread": a_raw_thread,
    "native thread": a_native_thread,
    "child process": a_child_process,
    "temporary file": a_temporary_file,
    "event loop": an_event_loop,
    "task": a_task,
    "async generator": an_async_generator,
    "timer": a_timer,
}

# What is in a loop can outlive everything but the loop.
IN_LOOP = ("task", "async generator", "timer")


class Owner:
    """Closes a thing when asked to, or when it goes."""

    def __init__(self, close):
        self._close = close
        self.itself = None

    def close(self):
        """Close it, once."""
        close, self._close = self._close, None
        if close is not None:
            close()

    def __del__(self):
        self.close()


def _wait_for_end(numbers):
    """The kernel lists a thread for some microseconds after whoever waits for it has been told of its end."""
    while any(os.path.exists("%s/%s" % (_THREADS, number)) for number in numbers):
        time.sleep(0.0001)


def _closing(*descriptors):
    def close():
        for descriptor in descriptors:
            os.close(descriptor)

    return close
