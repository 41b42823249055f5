"""`matrix.guest.watch` and what it asks: loops, pools, instances, and the numbers these go by."""

import asyncio
import gc
import multiprocessing
import os
import tempfile
import threading

import pytest

from matrix.guest import things
from matrix.guest.adapter import Client
from matrix.guest.serial import Serial
from matrix.guest.watch import Watch


class Thing:
    """Something with a name of its own, that can be referred to weakly."""


def kinds_left(watch):
    return sorted(things.kind_of(key) for key in watch.left())


@pytest.fixture
def watched(in_child):
    """Call `function(watch)` in a child that is instrumented, and have the answer."""

    def run(function, **settings):
        def task():
            watch = Watch(**settings)
            watch.instrument()
            watch.begin()
            return function(watch)

        return in_child(task)

    return run


def test_number_is_not_used_again():
    """An id is soon used by the next object; the number of the first is not."""
    serial = Serial()
    seen = set()
    for _ in range(50):
        seen.add(serial.number(Thing()))
    assert len(seen) == 50


def test_number_stays():
    """The same object has the same number, and is found by it for as long as it lives."""
    serial, thing = Serial(), Thing()
    number = serial.number(thing)
    assert serial.number(thing) == number
    assert serial.known(number)[0]() is thing
    del thing
    gc.collect()
    assert serial.known(number)[0]() is None


def test_nothing_to_refer_to():
    """What cannot be referred to weakly has no number."""
    assert Serial().number(()) is None


def test_loop_counts_until_it_is_closed(watched):
    """A loop that nobody has closed is there; with `close` it is gone."""

    def task(watch):
        loop = asyncio.new_event_loop()
        before = kinds_left(watch)
        loop.close()
        return before.count("event loop"), kinds_left(watch)

    assert watched(task) == [1, []]


def test_what_is_pending_in_a_loop(watched):
    """A task, a suspended generator and a timer, in a loop of the scenario's own; none once the loop is closed."""

    async def numbers():
        yield 1
        yield 2

    async def use(keep):
        keep.append(numbers())
        await keep[0].__anext__()
        keep.append(asyncio.ensure_future(asyncio.Event().wait()))
        keep.append(asyncio.get_running_loop().call_later(3600, print))
        await asyncio.sleep(0)

    def task(watch):
        keep = []
        loop = asyncio.new_event_loop()
        loop.run_until_complete(use(keep))
        pending = [kind for kind in kinds_left(watch) if kind in ("task", "async generator", "timer")]
        keep[1].cancel()
        keep[2].cancel()
        loop.run_until_complete(asyncio.gather(keep[1], return_exceptions=True))
        loop.run_until_complete(keep[0].aclose())
        left = [kind for kind in kinds_left(watch) if kind in ("task", "async generator", "timer")]
        loop.close()
        return pending, left

    assert watched(task) == [["async generator", "task", "timer"], []]


def test_loop_in_another_thread(watched):
    """The tasks of a loop that another thread runs are seen."""

    async def hold(begun):
        begun.set()
        await asyncio.sleep(3600)

    def task(watch):
        begun = threading.Event()
        threading.Thread(target=lambda: asyncio.run(hold(begun)), daemon=True).start()
        begun.wait()
        return [kind for kind in kinds_left(watch) if kind in ("event loop", "task", "thread")]

    assert watched(task) == ["event loop", "task", "thread"]


class Module:
    """An adapter whose sessions are lists with a name: as long as what is taken of their pool."""

    class Session(list):
        """A list that can be referred to weakly."""

    @staticmethod
    def open_client(pool):
        return Module.Session(pool)

    in_use = staticmethod(len)


def test_places_in_a_pool(watched):
    """The adapter says how many places of a session are taken; a session that is gone has none."""
    client = Client("fake", Module)

    def task(watch):
        session = client.open_client(pool=["one", "two"])
        taken = kinds_left(watch)
        session.pop()
        fewer = kinds_left(watch)
        del session
        gc.collect()  # PyPy's references are not counted
        return taken, fewer, kinds_left(watch)

    assert watched(task, client=client) == [["pool slot", "pool slot"], ["pool slot"], []]


def test_objects_of_a_class(watched):
    """Instances of the classes that were asked for, and of no other."""

    def task(watch):
        kept = [threading.Event(), threading.Condition()]
        found = kinds_left(watch)
        del kept[0]
        gc.collect()  # PyPy's references are not counted
        return found, kinds_left(watch)

    assert watched(task, objects=("threading.Event", "threading.Nothing", "no_such_module.Event")) == [["object"], []]


def test_bare_watch_changes_nothing(in_child):
    """Without instruments asyncio and threading are as they were."""

    def task():
        before = asyncio.BaseEventLoop.__init__, threading.Thread.start
        watch = Watch(bare=True)
        watch.instrument()
        watch.begin()
        loop = asyncio.new_event_loop()
        same = before == (asyncio.BaseEventLoop.__init__, threading.Thread.start)
        left = kinds_left(watch)
        loop.close()
        return same, left

    assert in_child(task) == [True, ["epoll", "socket", "socket"]]


@pytest.mark.parametrize("bare", [True, False])
def test_worker_of_another_loop(in_child, bare):
    """The idle worker of a loop that the scenario made is nobody's leak, with instruments and without."""

    def task():
        watch = Watch(bare=bare)
        watch.instrument()
        watch.begin()
        loop = asyncio.new_event_loop()
        loop.run_until_complete(loop.run_in_executor(None, int))
        return "thread" in kinds_left(watch), bool(loop)

    assert in_child(task) == [False, True]


@pytest.mark.parametrize("folder", [None, "/usr", "/no/such/folder"])
def test_temporary_folder_is_changed(watched, folder):
    """What a scenario leaves in its folder for temporary files counts, and nothing else, whatever folder it names."""

    def task(watch):
        descriptor, _ = tempfile.mkstemp()
        os.close(descriptor)
        tempfile.tempdir = folder
        return kinds_left(watch)

    assert watched(task) == ["temporary file"]


def test_renamed_task(watched):
    """A task that is renamed is the same."""

    def task(watch):
        async def work():
            before = watch.there()
            asyncio.current_task().set_name("another name")
            return len(watch.left(before))

        return asyncio.run(work())

    assert watched(task) == 0


def test_helpers_of_multiprocessing(watched):
    """What multiprocessing starts once for the whole program is counted as such, by name, and is no leak."""

    def task(watch):
        process = multiprocessing.get_context("forkserver").Process(target=int)
        process.start()
        process.join()
        process.close()
        return kinds_left(watch), watch.ignored()

    left, ignored = watched(task)
    assert left == []
    assert ignored == {
        "folder_of_multiprocessing": 1,
        "helper_of_multiprocessing": 2,
        "pipe_of_multiprocessing": 2,
    }


def test_what_was_freed(watched):
    """An open loop that nobody refers to was freed; a timer that is gone was cancelled, whatever came of the object."""

    def function(watch):
        loop = asyncio.new_event_loop()
        timer = loop.call_later(60, print)
        (pending,) = [key for key in watch.left() if key[0] == "timer"]
        (running,) = [key for key in watch.left() if key[0] == "loop"]
        timer.cancel()
        loop._selector.close()
        loop._ssock.close()
        loop._csock.close()
        del loop, timer
        gc.collect()
        return [watch.freed(running), watch.freed(pending)]

    assert watched(function) == [True, False]
