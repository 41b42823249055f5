"""`matrix.guest.warned`: what Python says by itself, and when."""

import asyncio
import gc
import socket
import threading

import pytest

from matrix.guest.warned import MAX_SAID, Warnings


@pytest.fixture
def heard(in_child):
    """Do something in a child, and have what was said meanwhile: (category, message, moment)."""

    def run(function):
        def task():
            listening = Warnings()
            listening.watch()
            function(listening)
            gc.collect()
            return [(said["category"], said["message"], said["moment"]) for said in listening.listed()]

        return in_child(task)

    return run


def unclosed(_listening):
    socket.socket()


def never_awaited(_listening):
    asyncio.sleep(0)


async def forever():
    await asyncio.get_running_loop().create_future()


def destroyed_task(_listening):
    loop = asyncio.new_event_loop()
    loop.create_task(forever())  # noqa: RUF006  that nobody keeps it is the point
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def complaint_of_a_client(_listening):
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": "Unclosed client session"})
    loop.close()


class Raises:
    """Something whose finalizer fails."""

    def __del__(self):
        raise LookupError("in __del__")


def unraisable(_listening):
    Raises()


def dies():
    raise LookupError("in a thread")


def thread_that_dies(_listening):
    thread = threading.Thread(target=dies, name="worker")
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    ("function", "category", "words"),
    [
        (unclosed, "ResourceWarning", "unclosed <socket.socket"),
        (never_awaited, "RuntimeWarning", "coroutine 'sleep' was never awaited"),
        (destroyed_task, "asyncio", "Task was destroyed but it is pending!"),
        (complaint_of_a_client, "asyncio", "Unclosed client session"),
        (unraisable, "unraisable", "LookupError('in __del__')"),
        (thread_that_dies, "thread", "LookupError in <Thread(worker"),
    ],
)
def test_what_is_said(heard, function, category, words):
    """Each by the hook that Python has for it."""
    assert any(said[0] == category and words in said[1] for said in heard(function))


def test_moment(heard):
    """What is said is said on the way to the rung that was named last."""

    def twice(listening):
        unclosed(listening)
        gc.collect()  # PyPy's references are not counted
        listening.moment("gc")
        unraisable(listening)

    assert [(category, moment) for category, _, moment in heard(twice)] == [
        ("ResourceWarning", "scenario"),
        ("unraisable", "gc"),
    ]


def test_number(heard):
    """The same once, and no more than can be read."""

    def often(listening):
        for number in range(3 * MAX_SAID):
            listening._note("asyncio", f"number {number // 2}")

    assert len(heard(often)) == MAX_SAID


def test_nothing_is_kept(heard):
    """The object that a warning is about can go."""
    references = []

    def kept(_listening):
        import weakref

        sock = socket.socket()
        references.append(weakref.ref(sock))
        del sock
        gc.collect()
        if references[0]() is not None:
            raise AssertionError("still alive")

    assert len(heard(kept)) == 1
