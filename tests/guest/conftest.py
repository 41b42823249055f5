"""A tiny peer, and children in which a scenario can be measured without a trace in the test's own process."""

import itertools
import subprocess
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from matrix.guest.explain import left
from matrix.guest.forked import Child
from matrix.guest.measure import LOOKS, MAX_LISTED, measure
from matrix.guest.peer import Peer

collect_ignore = ["fakes"]  # cases for guests that the tests start


def _swallow(_message):
    """In place of printing a warning."""


@contextmanager
def running_peer():
    command = (sys.executable, "-I", str(Path(__file__).with_name("tiny_peer.py")))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        port = int(process.stdout.readline())
        yield Peer("127.0.0.1", port, port)
        process.stdin.close()


@pytest.fixture(scope="session")
def peer():
    """A handle on a tiny peer in a process of its own."""
    with running_peer() as handle:
        yield handle


@pytest.fixture(scope="session")
def new_peer():
    """Start another one, in a `with`: guests that run at the same time must not share one."""
    return running_peer


@pytest.fixture
def in_child(tmp_path, tmp_path_factory):
    """Call a function in a forked child, and have the child's outcome."""
    numbers = itertools.count()
    answers = tmp_path_factory.mktemp("answers")

    def run(function, seconds=200.0):
        def task():
            # pytest's own, which are no files of this child
            sys.stdout, sys.stderr, sys.unraisablehook = sys.__stdout__, sys.__stderr__, sys.__unraisablehook__
            warnings._showwarnmsg_impl = _swallow  # pytest's keeps the object that a warning is about
            tempfile.tempdir = str(tmp_path)  # what others put into /tmp is not this child's
            return function()

        return Child(task, str(answers / f"child-{next(numbers)}"), seconds).wait()

    return run


@pytest.fixture
def measured(in_child):
    """Measure a scenario in a child: verdict, rungs, left and counts."""

    def run(function, **arguments):
        def task():
            found = measure(function, arguments, LOOKS[:10])
            return {
                "verdict": found.verdict,
                "rungs": found.rungs,
                "left": left(found, MAX_LISTED),
                "counts": found.counts(),
            }

        outcome = in_child(task)
        assert "verdict" in outcome, outcome["reason"]
        return SimpleNamespace(**outcome)

    return run
