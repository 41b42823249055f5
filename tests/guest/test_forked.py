"""`matrix.guest.forked`: a child has an outcome, whatever it does."""

import os
import signal
import sys
import time
from collections import deque

import pytest

from matrix.guest.forked import Child, crowded, side_by_side
from matrix.guest.wire import MAX_TEXT


def test_answer(in_child):
    """What the function returns is the outcome."""
    assert in_child(lambda: {"status": "answered", "verdict": "clean"}) == {"status": "answered", "verdict": "clean"}


def test_child_is_another_process(in_child):
    """Nothing that the function does is done in the parent."""
    assert in_child(lambda: {"pid": os.getpid()}) != {"pid": os.getpid()}


def die_of(number):
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV], ids=lambda number: number.name)
def test_signal(in_child, number):
    """A child that a signal kills has crashed, and the reason names the signal."""
    outcome = in_child(lambda: die_of(number))
    assert outcome["status"] == "crashed"
    assert outcome["reason"].startswith(f"killed by signal {number:d} ({signal.strsignal(number)})")


def crashes_here():
    os.kill(os.getpid(), signal.SIGSEGV)


def test_crash_has_its_stack(in_child):
    """The reason of a crash holds the Python stack at which it came."""
    assert "in crashes_here" in in_child(crashes_here)["reason"]


@pytest.mark.parametrize("code", [0, 1, 7])
def test_exit_without_an_answer(in_child, code):
    """A child that exits by itself has crashed, whatever its exit code."""
    outcome = in_child(lambda: os._exit(code))
    assert outcome == {"status": "crashed", "reason": f"ended with exit code {code} and no answer\n"}


def test_answer_of_another(tmp_path):
    """An answer that was there before is none of this child's."""
    place = str(tmp_path / "answer")
    assert Child(lambda: {"status": "answered"}, place, 20.0).wait() == {"status": "answered"}
    assert Child(lambda: os._exit(3), place, 20.0).wait()["status"] == "crashed"


def test_last_words(in_child):
    """What the child wrote before it died is in the reason."""

    def speaks():
        os.write(1, b"one\n")
        os.write(2, b"two\n")
        os._exit(1)

    assert in_child(speaks)["reason"].endswith("\none\ntwo")


def hangs_here():
    time.sleep(60)


def test_timeout(in_child):
    """A child that runs too long is ended, and the reason says where it hung."""
    outcome = in_child(hangs_here, seconds=0.3)
    assert outcome["status"] == "timeout"
    assert outcome["reason"].startswith("still running after 0.3 s\n")
    assert "in hangs_here" in outcome["reason"]


def test_timeout_in_a_deep_stack(in_child):
    """However deep the stack and however much was printed, the reason has the innermost calls."""

    def deeper(depth):
        return deeper(depth - 1) if depth else hangs_here()

    def floods_and_hangs():
        os.write(2, b"rubbish\n" * 10000)
        deeper(90)

    reason = in_child(floods_and_hangs, seconds=0.3)["reason"]
    assert "in hangs_here" in reason
    assert len(reason) <= MAX_TEXT


def deaf():
    signal.signal(signal.SIGABRT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def stopped():
    os.kill(os.getpid(), signal.SIGSTOP)


def busy():
    while True:
        pass


@pytest.mark.parametrize("hang", [deaf, stopped, busy])
def test_timeout_of_the_stubborn(in_child, hang):
    """A child that cannot be asked to end is killed."""
    assert in_child(hang, seconds=0.3)["status"] == "timeout"


def test_answer_without_standard_output(in_child):
    """A child may close its descriptors: the answer needs none of them."""

    def closes():
        os.closerange(0, 256)
        return {"status": "answered"}

    assert in_child(closes) == {"status": "answered"}


def test_flood(in_child):
    """A child may write what it likes: it is in nobody's way, and the reason stays short."""

    def floods():
        for _ in range(1000):
            os.write(1, b"rubbish\xff\x00{}\n" * 1000)
        os._exit(1)

    outcome = in_child(floods)
    assert (outcome["status"], len(outcome["reason"]) < 2 * MAX_TEXT) == ("crashed", True)


def test_flood_is_no_answer(in_child):
    """What a child prints is not taken for its answer."""

    def prints():
        sys.stdout.write('{"status": "answered", "verdict": "clean"}\n')
        sys.stdout.flush()
        return {"status": "error"}

    assert in_child(prints) == {"status": "error"}


def raises_here():
    raise ValueError("out of order")


def test_raising(in_child):
    """A function that raises has no answer; the traceback is in the reason."""
    outcome = in_child(raises_here)
    assert outcome["status"] == "crashed"
    assert "in raises_here" in outcome["reason"]
    assert outcome["reason"].endswith("ValueError: out of order")


def test_result_that_is_no_json(in_child):
    """A result that cannot be written is no answer."""
    assert in_child(lambda: {"verdict": object()})["status"] == "crashed"


def test_exit_by_exception(in_child):
    """SystemExit ends nothing but the child."""
    assert in_child(sys.exit)["status"] == "crashed"


def left_running(*, ends):
    """A function that forks a copy which sleeps, and a descriptor that ends when the copy does."""
    reading, writing = os.pipe()

    def forks():
        if os.fork() == 0:
            time.sleep(3600)
            os._exit(0)
        return ends()

    return forks, reading, writing


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(lambda: {"status": "answered"}, id="after an answer"),
        pytest.param(lambda: os._exit(0), id="after an exit"),
        pytest.param(lambda: die_of(signal.SIGKILL), id="after a crash"),
        pytest.param(hangs_here, id="after a timeout"),
    ],
)
def test_grandchild_ends_with_the_child(in_child, ends):
    """What a child started is gone after it, however the child ended."""
    forks, reading, writing = left_running(ends=ends)
    in_child(forks, seconds=0.5)
    os.close(writing)
    with os.fdopen(reading, "rb") as end:
        assert end.read() == b""  # returns when the last copy of the other end is closed


def test_copy_has_no_say(in_child):
    """A child that forks and returns twice gives one answer, its own."""

    def forks():
        copy = os.fork()
        if copy:
            os.waitpid(copy, 0)
        return {"copy": copy == 0}

    def forks_and_is_slow():
        outcome = forks()
        return outcome if outcome["copy"] else os._exit(9)

    assert in_child(forks) == {"copy": False}
    assert in_child(forks_and_is_slow)["status"] == "crashed"


def test_parent_without_standard_output(in_child):
    """A parent whose client has closed or replaced its streams can fork all the same."""

    def bare():
        sys.stdout.close()
        sys.stderr = None
        return in_child(lambda: {"status": "answered"})

    assert in_child(bare) == {"status": "answered"}


def test_side_by_side(tmp_path):
    """Children run several at a time, never more than were asked for, and each outcome comes with its task."""
    waiting, running, most, outcomes = deque(range(7)), set(), [], {}

    def start(task):
        running.add(task)
        most.append(len(running))
        return Child(lambda: {"task": task}, str(tmp_path / str(task)), 30.0)

    def ended(task, outcome):
        running.discard(task)
        outcomes[task] = outcome

    side_by_side(waiting, start, ended, 3, crowded=lambda: False)
    assert (max(most), outcomes) == (3, {task: {"task": task} for task in range(7)})


def test_side_by_side_on_a_crowded_machine(tmp_path):
    """Where others want the processors, two children run at a time, and all get their turn."""
    waiting, running, most = deque(range(5)), set(), []

    def start(task):
        running.add(task)
        most.append(len(running))
        return Child(dict, str(tmp_path / str(task)), 30.0)

    side_by_side(waiting, start, lambda task, _: running.discard(task), 4, crowded=lambda: True)
    assert (len(most), max(most)) == (5, 2)


@pytest.mark.parametrize(
    ("load", "answer"),
    [
        ("0.10 0.20 0.30 1/200 4242", False),
        ("9.10 9.20 9.30 {most}/200 4242", False),
        ("0.10 0.20 0.30 {more}/200 4242", True),
        ("nothing of the kind", False),
    ],
)
def test_crowded(tmp_path, load, answer):
    """More than two for each processor that are ready to run, besides the one that asks."""
    most = 2 * os.cpu_count() + 1
    (tmp_path / "load").write_text(load.format(most=most, more=most + 1))
    assert crowded(str(tmp_path / "load")) is answer


def test_crowded_where_nobody_says(tmp_path):
    """A sandbox without that file runs as many as were asked for."""
    assert not crowded(str(tmp_path / "load"))


def test_side_by_side_with_more_to_do(tmp_path):
    """What a finished task puts into the queue is done too."""
    waiting, seen = deque([3]), []

    def start(task):
        return Child(lambda: {"next": task - 1}, str(tmp_path / str(task)), 30.0)

    def ended(task, outcome):
        seen.append(task)
        if outcome["next"]:
            waiting.append(outcome["next"])

    side_by_side(waiting, start, ended, 2)
    assert seen == [3, 2, 1]
