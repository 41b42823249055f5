"""`matrix.guest.door`: `no_leaks` in a program of somebody's own."""

import asyncio
import gc
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest

from matrix import no_leaks
from matrix.guest import origins
from matrix.guest.collector import COUNTS_REFERENCES
from matrix.guest.door import LeakError, ignore_created_by, ignore_kind

KEPT = []
SHORT = 0.05
COUNTING = pytest.mark.skipif(not COUNTS_REFERENCES, reason="PyPy: all that nothing refers to waits for the collector")


class Cycle:
    """Something in a cycle with itself."""

    def __init__(self, thing):
        self.itself = self
        self.thing = thing


def opens():
    return socket.socketpair()[0]


def keeps():
    KEPT.append(opens())


def message_of(block):
    try:
        block()
    except LeakError as error:
        return str(error)
    return None


@pytest.fixture
def told(in_child):
    """Call a function with a `no_leaks` block in a child: what the failure says, or None."""

    def run(function):
        outcome = in_child(lambda: {"message": message_of(function)})
        assert "message" in outcome, outcome["reason"]
        return outcome["message"]

    return run


def clean():
    with no_leaks(wait=SHORT):
        opens().close()


def closed_later():
    with no_leaks():
        sock = opens()
        threading.Timer(0.1, sock.close).start()


def dropped_within():
    """What a function within the block held is gone with it."""
    with no_leaks(wait=SHORT):
        opens()


def there_before():
    keeps()
    with no_leaks(wait=SHORT):
        pass


def closed_within():
    keeps()
    with no_leaks(wait=SHORT):
        KEPT.pop().close()


def ignored_by_kind():
    with no_leaks(ignore=ignore_kind("socket"), wait=SHORT):
        keeps()


def ignored_by_function():
    with no_leaks(ignore=[ignore_created_by("keeps", "test_door.py")], wait=SHORT):
        keeps()


def ends_by_itself():
    """What closes while it is looked at decides nothing more: the look that was empty does."""
    with no_leaks(wait=SHORT) as block:
        look, looked = block._left, []

        def left():
            looked.append(block)
            return look() if len(looked) == 1 else {("descriptor", 0, "/etc/hostname")}

        block._left = left


def in_a_folder_that_is_gone():
    tempfile.tempdir = "/no/such/folder"
    with no_leaks(wait=SHORT):
        pass


def in_async_with():
    async def body():
        async with no_leaks():
            sock = opens()
            _, writer = await asyncio.open_connection(sock=sock)
            writer.close()  # the transport closes one turn of the loop later

    asyncio.run(body())


def idle_worker_of_the_loop():
    async def body():
        async with no_leaks(wait=SHORT):
            await asyncio.get_running_loop().run_in_executor(None, int)

    asyncio.run(body())


@pytest.mark.parametrize(
    "block",
    [
        clean,
        closed_later,
        dropped_within,
        there_before,
        closed_within,
        ignored_by_kind,
        ignored_by_function,
        ends_by_itself,
        in_a_folder_that_is_gone,
        in_async_with,
        pytest.param(
            idle_worker_of_the_loop,
            marks=pytest.mark.skipif(sys.version_info < (3, 9), reason="such threads have a name of theirs since 3.9"),
        ),
    ],
)
def test_passes(told, block):
    """Nothing of the block's is left."""
    assert told(block) is None


def kept():
    with no_leaks(wait=SHORT):
        keeps()


def in_local():
    with no_leaks(wait=SHORT):
        sock = opens()
    sock.close()


def in_cycle():
    with no_leaks(wait=SHORT):
        Cycle(opens())


def thread():
    with no_leaks(wait=SHORT):
        threading.Thread(target=threading.Event().wait, daemon=True, name="worker").start()


def task():
    async def body():
        async with no_leaks(wait=SHORT):
            KEPT.append(asyncio.ensure_future(asyncio.sleep(3600)))
            await asyncio.sleep(0)

    asyncio.run(body())


def ignored_is_another():
    with no_leaks(ignore=[ignore_created_by("somebody"), ignore_kind("thread")], wait=SHORT):
        keeps()


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        (kept, ["in keeps", "held by: module ", "Close what owns the connection"]),
        (in_local, ["held by: local sock of in_local > socket"]),
        pytest.param(in_cycle, ["only the cycle collector closes it"], marks=COUNTING),
        (thread, ["thread: thread 'worker', daemon; still there", "in thread"]),
        (task, ["tasks: 1 before, 2 after", "task: task Task-"]),
        (ignored_is_another, ["in keeps"]),
    ],
)
def test_fails(told, block, lines):
    """The message says what, made where, held by whom, and how to close it."""
    message = told(block)
    assert message is not None
    for line in lines:
        assert line in message


def thread_behind_many():
    with no_leaks(ignore=ignore_kind("socket"), wait=SHORT):
        KEPT.extend(socket.socket() for _ in range(60))
        threading.Thread(target=threading.Event().wait, daemon=True).start()


def test_what_is_left_out_hides_nothing(told):
    """However much of it there is."""
    assert told(thread_behind_many).startswith("1 left behind")


def test_many(told):
    """All are counted, and a part is shown."""

    def block():
        with no_leaks(wait=SHORT):
            KEPT.extend(socket.socket() for _ in range(60))

    message = told(block)
    assert message.startswith("60 left behind")
    assert message.count("still there") == 50


def test_children(told):
    """A child has the line that started it, whatever was started and has ended before the block."""

    def block():
        subprocess.run([sys.executable, "-c", ""], check=True)
        with no_leaks(wait=SHORT):
            KEPT.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(20)"]))

    message = told(block)
    assert "child processes: 0 before, 1 after" in message
    assert "test_door.py:" in message


@pytest.mark.parametrize("block", [kept, in_local, ignored_is_another])
def test_counts(told, block):
    """One more than before, however many the rest of the program has open."""
    before, after = re.search(r"sockets: (\d+) before, (\d+) after", told(block)).groups()
    assert int(after) == int(before) + 1


def test_stack_begins_with_the_block(told):
    """What led to the block is the test runner's."""
    stack = [line.split(" in ")[1] for line in told(kept).splitlines() if ".py:" in line]
    assert stack[:3] == ["kept", "keeps", "opens"]


def test_exception_goes_first(in_child):
    """A block that fails by itself fails with its own exception; what was left is a note on it."""

    def block():
        try:
            with no_leaks(wait=SHORT):
                keeps()
                raise LookupError("its own")  # noqa: TRY301
        except LookupError as error:
            return [str(error), *getattr(error, "__notes__", ["1 left behind"])]

    own, note = in_child(block)
    assert own == "its own"
    assert note.startswith("1 left behind")


def test_one_is_not_blamed_for_another(told):
    """Blocks one after the other, and one in the other, each answer for themselves."""

    def blocks():
        assert message_of(kept) is not None
        with no_leaks(wait=SHORT):
            assert message_of(ignored_by_kind) is None
            KEPT.pop().close()
        clean()

    assert told(blocks) is None


def test_collection_is_restored(in_child):
    """Automatic collection is off within, and as it was afterwards, after a failure too."""

    def states():
        seen = []
        for function in (gc.enable, gc.disable):
            function()
            with no_leaks(wait=SHORT):
                seen.append(gc.isenabled())
            seen.append(gc.isenabled())
            message_of(kept)
            seen.append(gc.isenabled())
        return seen

    assert in_child(states) == [False, True, True, False, False, False]


def test_forked_copy_says_nothing(in_child):
    """A child that the block forks leaves it, too: it answers for nobody."""

    def fork():
        with no_leaks(wait=SHORT):
            keeps()
            pid = os.fork()
            if pid:
                os.waitpid(pid, 0)
                KEPT.pop().close()
        if not pid:
            os._exit(0)
        return "parent"

    assert in_child(fork) == "parent"


def test_clean_block_does_not_wait(in_child, monkeypatch):
    """The first look is at once."""
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)

    def task():
        clean()
        return waits

    assert in_child(task) == []


def test_forgets_what_is_gone(in_child):
    """A long test run makes many sockets: what is kept of those that are gone is bounded."""

    def task():
        from matrix.guest import door

        with no_leaks(wait=SHORT):
            for _ in range(3000):
                socket.socket().close()
        return len(door._shared[0][1].origins._sockets)

    assert in_child(task) < 1500


def test_forgets_what_has_no_object(in_child, monkeypatch):
    """Nor are the starts of processes and the names of temporary files kept for ever; a new block begins anew."""

    def task():
        from matrix.guest import door

        for _ in range(2):
            with no_leaks(wait=SHORT):
                for _ in range(20):
                    descriptor, path = tempfile.mkstemp()
                    os.close(descriptor)
                    os.unlink(path)  # noqa: PTH108
                    os.waitpid(os.fork() or os._exit(0), 0)
            kept = door._shared[0][1].origins
            yield len(kept._temporary), len(kept._children)

    monkeypatch.setattr(origins, "_MANY", 8)
    starts = 8 if COUNTS_REFERENCES else 0  # PyPy has no event for a fork
    assert in_child(lambda: list(task())) == [[8, starts], [8, starts]]
