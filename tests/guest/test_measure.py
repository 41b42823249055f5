"""`matrix.guest.measure`: tiny programs whose answer is known."""

import asyncio
import contextlib
import functools
import gc
import os
import select
import socket
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from matrix.guest.collector import COUNTS_REFERENCES, DROPPED
from matrix.guest.measure import LOOKS, measure
from matrix.guest.wire import RUNGS

KEPT = []
MOMENT = 0.1  # s, well within what `measured` waits


class Box:
    """Something in a cycle with itself."""

    def __init__(self, thing):
        self.itself = self
        self.thing = thing


# What can be left: each function opens one thing that has close(), and closes when it is deallocated.


def open_socket():
    ours, theirs = socket.socketpair()
    theirs.close()
    return ours


def open_pipe():
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb", 0)


def open_file():
    return open(os.devnull, "rb", 0)  # noqa: PTH123  the scenario decides when it is closed


THINGS = {"socket": open_socket, "pipe": open_pipe, "file": open_file, "epoll": select.epoll}


# When it goes: one scenario for each rung.


def closed(make):
    thing = make()
    thing.close()


def closed_later(make):
    thing = make()
    threading.Timer(MOMENT, thing.close).start()


def dropped(make):
    thing = make()
    assert thing.fileno() >= 0


def in_cycle(make):
    Box(make())


async def in_task(make):
    async def hold(thing):
        await asyncio.sleep(3600)
        thing.close()

    asyncio.ensure_future(hold(make()))  # noqa: RUF006  what holds it is the loop
    await asyncio.sleep(0)


def kept(make):
    KEPT.append(make())


ENDINGS = {
    "clean": closed,
    "late": closed_later,
    "refcount": dropped,
    "gc": in_cycle,
    "loop": in_task,
    "held": kept,
}


def here(verdict):
    """What only the locals hold goes with them where references are counted, and there alone."""
    return DROPPED if verdict == "refcount" else verdict


@pytest.mark.parametrize("kind", THINGS)
@pytest.mark.parametrize("verdict", ENDINGS)
def test_descriptor(measured, verdict, kind):
    """A thing with a descriptor gets the rung at which it went as its verdict."""
    found = measured(ENDINGS[verdict], make=THINGS[kind])
    verdict = here(verdict)
    expected = [] if verdict == "clean" else [verdict]
    assert (found.verdict, [item["verdict"] for item in found.left if item["kind"] == kind]) == (verdict, expected)


class InBackground:
    """Has a thread that closes its socket a moment after it was let go of."""

    def __init__(self):
        self.over = threading.Event()
        threading.Thread(target=self.serve, args=(open_socket(), self.over)).start()

    @staticmethod
    def serve(sock, over):
        over.wait()
        time.sleep(MOMENT)
        sock.close()

    def __del__(self):
        self.over.set()


def test_closes_in_the_background(measured):
    """What letting go of something has closed went with its last reference, though a thread takes a moment for it."""

    def scenario():
        session = InBackground()
        assert not session.over.is_set()

    assert measured(scenario).verdict == DROPPED


# Threads end otherwise: by being joined, or when the executor that waits for work is gone.


def thread_joined():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def thread_ends_later():
    threading.Timer(MOMENT, int).start()


def executor_dropped():
    executor = ThreadPoolExecutor(1)
    executor.submit(int).result()


def executor_in_cycle():
    box = Box(ThreadPoolExecutor(1))
    box.thing.submit(int).result()


async def executor_in_a_task():
    async def keep(executor):
        executor.submit(int).result()
        await asyncio.sleep(3600)

    asyncio.ensure_future(keep(ThreadPoolExecutor(1)))  # noqa: RUF006  what holds it is the loop
    await asyncio.sleep(0)


def thread_waiting():
    threading.Thread(target=threading.Event().wait, daemon=True).start()


THREADS = {
    "clean": thread_joined,
    "late": thread_ends_later,
    "refcount": executor_dropped,
    "gc": executor_in_cycle,
    "loop": executor_in_a_task,
    "held": thread_waiting,
}


@pytest.mark.parametrize("verdict", THREADS)
def test_thread(measured, verdict):
    """A thread gets the rung at which it ended as its verdict."""
    found = measured(THREADS[verdict])
    expected = [] if verdict == "clean" else [("thread", here(verdict))]
    expected += [("task", "loop"), ("timer", "loop")] if verdict == "loop" else []  # what keeps it there
    assert sorted((item["kind"], item["verdict"]) for item in found.left) == sorted(expected)


# What keeps the locals, and for how long.


def keeps_its_exception(make):
    thing = make()
    try:
        int("no number")
    except ValueError as error:
        raised = error
    assert raised.__traceback__ is not None
    assert thing.fileno() >= 0


def test_exception_kept(measured):
    """An exception in a local holds the frame it passed through: a cycle, which only gc opens."""
    assert measured(keeps_its_exception, make=open_socket).verdict == "gc"


def exception_handled(make):
    thing = make()
    with contextlib.suppress(ValueError):
        int("no number")
    assert thing.fileno() >= 0


def test_exception_handled(measured):
    """An exception that was handled and let go holds nothing."""
    assert measured(exception_handled, make=open_socket).verdict == DROPPED


def test_result_is_dropped_with_the_locals(measured):
    """What a scenario returns lives as long as its locals."""

    def returned(make):
        return make()

    assert measured(returned, make=open_socket).verdict == DROPPED


def plainly(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def asynchronously(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        await asyncio.sleep(0)
        return await function(*args, **kwargs)

    return wrapper


async def dropped_by_coroutine(make):
    thing = make()
    await asyncio.sleep(0)
    assert thing.fileno() >= 0


@contextlib.contextmanager
def around():
    yield


class Methods:
    """Scenarios in a class."""

    def dropped(self, make):
        thing = make()
        assert thing.fileno() >= 0


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(dropped_by_coroutine, id="coroutine"),
        pytest.param(plainly(dropped), id="decorated"),
        pytest.param(plainly(plainly(dropped)), id="decorated twice"),
        pytest.param(asynchronously(dropped_by_coroutine), id="decorated coroutine"),
        pytest.param(Methods().dropped, id="method"),
        pytest.param(around()(dropped), id="context manager as decorator"),
    ],
)
def test_locals_are_found(measured, scenario):
    """The locals of the scenario itself are kept, however it is wrapped: else this were clean."""
    assert measured(scenario, make=open_socket).verdict == DROPPED


def recursive(make, depth=3):
    thing = make()
    if depth:
        recursive(make, depth - 1)
    assert thing.fileno() >= 0


def test_recursion(measured):
    """Of a scenario that calls itself, the outermost call's locals are kept, and those only."""
    calls = 1 if COUNTS_REFERENCES else 4  # what the others had is not kept, but not freed either
    assert measured(recursive, make=open_socket).rungs["late"] == calls


def not_awaited(make):
    return dropped_by_coroutine(make)


@plainly
async def disguised(make):
    kept(make)


async def generates(make):
    yield kept(make)


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(not_awaited, id="coroutine"),
        pytest.param(disguised, id="coroutine function in a plain decorator"),
        pytest.param(generates, id="async generator"),
    ],
)
def test_scenario_that_did_not_run(in_child, scenario):
    """A scenario of which nothing has run is no clean one."""

    def task():
        try:
            return {"verdict": measure(scenario, {"make": open_socket}, LOOKS[:1]).verdict}
        except TypeError as error:
            return {"raised": str(error)}

    assert "has not run" in in_child(task)["raised"]


def in_another_thread(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        with ThreadPoolExecutor(1) as executor:
            return executor.submit(function, *args, **kwargs).result()

    return wrapper


def test_scenario_in_another_thread(in_child):
    """Where the locals cannot be kept there is no verdict: dropped could not be told from closed."""

    def task():
        try:
            return {"verdict": measure(in_another_thread(dropped), {"make": open_socket}, LOOKS[:1]).verdict}
        except RuntimeError as error:
            return {"raised": str(error)}

    assert "locals" in in_child(task)["raised"]


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt, AssertionError])
@pytest.mark.parametrize("colour", ["plain", "async"])
def test_exceptions_propagate(in_child, colour, error):
    """What a scenario raises comes out of `measure`."""

    def raises():
        raise error("out of order")

    async def raises_later():
        await asyncio.sleep(0)
        raise error("out of order")

    def task():
        try:
            measure(raises if colour == "plain" else raises_later, {})
        except BaseException as raised:  # noqa: BLE001  that is the test
            return {"raised": type(raised).__name__}

    assert in_child(task) == {"raised": error.__name__}


class Token:
    """Something that can be referred to weakly."""


def has_a_token(make, seen):
    token = Token()
    thing = make()
    seen.append(weakref.ref(token))
    seen.append(weakref.ref(thing))
    os.dup(0)  # stays, so that each rung is reached


async def has_a_token_async(make, seen):
    has_a_token(make, seen)
    token = Token()
    await asyncio.sleep(0)
    seen.append(weakref.ref(token))


@pytest.mark.parametrize("scenario", [has_a_token, has_a_token_async], ids=["plain", "async"])
def test_detector_keeps_nothing(in_child, scenario):
    """What locals held is dead as soon as they are dropped: nothing of the detector's refers to it."""

    def task():
        seen, alive = [], {}

        def witness(rung, *_):
            alive[rung] = sorted({reference() is not None for reference in seen[2:] or seen})

        witness.stays = True
        measure(scenario, {"make": open_socket, "seen": seen}, LOOKS[:1], witness=witness)
        return alive

    alive = in_child(task)
    assert (alive["late"], alive[DROPPED]) == ([True], [False])


@pytest.mark.parametrize(
    ("stays", "asked"),
    [(False, ["returned", "late"]), (True, ["returned", "late", "refcount", "gc"])],
    ids=["goes", "stays"],
)
def test_explaining_ends_once_it_knows(in_child, stays, asked):
    """Who held what goes with the locals is asked while they live; the rungs after that are the verdict run's."""

    def task():
        rungs = []

        def witness(rung, *_):
            rungs.append(rung)

        witness.stays = stays
        found = measure(has_a_token, {"make": open_socket, "seen": []}, LOOKS[:1], witness=witness)
        return rungs, len(found.gone) == len(found.seen)

    assert in_child(task) == [asked, True]


def test_automatic_collection_is_off(measured):
    """A cycle waits for the rung `gc`, however much is allocated meanwhile."""

    def busy(make):
        Box(make())
        for _ in range(20000):
            Box(None)

    assert measured(busy, make=open_socket).verdict == "gc"


@pytest.mark.skipif(not hasattr(gc, "freeze"), reason="PyPy can set nothing apart from its collector")
def test_frozen_cycle(measured):
    """A cycle that was frozen away from the collector is collected all the same."""

    def freezing(make):
        Box(make())
        gc.freeze()

    assert measured(freezing, make=open_socket).verdict == "gc"


# What counts.


def test_what_was_there_before_is_not_counted(measured):
    """Descriptors from before the scenario are no leak of its."""
    with open_socket(), open_file(), open_pipe():
        assert measured(closed, make=open_socket).left == []


def test_threads_from_before_are_not_counted(in_child):
    """Threads from before the scenario are no leak of its."""

    def task():
        thread_waiting()
        return {"verdict": measure(thread_joined, {}).verdict}

    assert in_child(task) == {"verdict": "clean"}


def test_reused_descriptor_number(measured):
    """Another thing under a descriptor number from before is a new thing."""

    def reuses(old, make):
        with make() as new:
            os.dup2(new.fileno(), old)

    with open_file() as old:
        found = measured(reuses, old=old.fileno(), make=open_socket)
    assert [(item["kind"], item["verdict"]) for item in found.left] == [("socket", "held")]


def test_closing_what_was_there_before(measured):
    """A scenario that closes something from before has left nothing."""

    def closes(number):
        os.close(number)

    with open_file() as old:
        assert measured(closes, number=old.fileno()).verdict == "clean"


def test_opened_after_the_return(measured):
    """What a thread of the scenario opens later is counted too."""

    def opens_later():
        threading.Timer(MOMENT, kept, (open_file,)).start()

    found = measured(opens_later)
    assert [(item["kind"], item["verdict"]) for item in found.left] == [("thread", "late"), ("file", "held")]


def test_verdict_is_the_worst(measured):
    """Of several things left, the one that stays longest gives the verdict."""

    def leaves_two(make):
        Box(make())
        kept(make)

    found = measured(leaves_two, make=open_socket)
    assert (found.verdict, sorted(item["verdict"] for item in found.left)) == ("held", ["gc", "held"])


def test_rungs_are_counted(measured):
    """Each rung says how many things were there."""

    def leaves_three(make):
        Box(make())
        thing = make()
        kept(make)
        assert thing.fileno() >= 0

    expected = {"returned": 3, "late": 3, "refcount": 2 if COUNTS_REFERENCES else 3, "gc": 1, "held": 1}
    assert measured(leaves_three, make=open_socket).rungs == expected


def test_loop_is_a_rung_of_coroutines(measured):
    """Only asynchronous scenarios have the rung `loop`."""
    assert list(measured(in_task, make=open_socket).rungs) == list(RUNGS)


def test_counts(measured):
    """Each kind is counted before the scenario and at its return, with what stays from before."""
    with open_socket():
        before, after = measured(dropped, make=open_socket).counts["socket"]
    assert after == before + 1
