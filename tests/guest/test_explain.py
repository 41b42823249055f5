"""What is said of an exception, and of what no local variable leads to."""

import socket

import pytest

from matrix.guest.collector import COUNTS_REFERENCES
from matrix.guest.explain import Witness, raised
from matrix.guest.measure import LOOKS, measure
from matrix.guest.watch import Watch
from matrix.guest.wire import MAX_TEXT

SYNTAX = "invalid syntax" if COUNTS_REFERENCES else "'(' was never closed"  # CPython's word, and PyPy's


def caught(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001  whatever it is
        return raised(error)
    raise AssertionError("nothing was raised")


def missing():
    import no_such_module  # noqa: F401


def many_lines():
    raise ValueError("first\nsecond")


def not_python():
    compile("def (:", "case.py", "exec")


def endless():
    raise LookupError("x" * 3 * MAX_TEXT)


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (missing, "ModuleNotFoundError: No module named 'no_such_module'"),
        (many_lines, "ValueError: first"),
        (not_python, "SyntaxError: " + SYNTAX),
    ],
)
def test_the_first_line_says_it(function, line):
    """What happened comes before where it came from."""
    first, empty, *rest = caught(function).splitlines()
    assert (first, empty, rest[0]) == (line, "", "Traceback (most recent call last):")


def test_length():
    """A reason is no longer than a text of an answer may be."""
    assert len(caught(endless)) <= MAX_TEXT


def returned():
    return socket.socket()


def in_a_cycle():
    box = [socket.socket()]
    box.append(box)
    del box


@pytest.mark.parametrize(
    ("scenario", "verdict", "held_by"),
    [
        (returned, "refcount", "the call, but none of its local variables directly"),
        (in_a_cycle, "gc", "a cycle of garbage"),
    ],
)
def test_held_by_no_local_variable(in_child, scenario, verdict, held_by):
    """What only the collector frees is garbage; what goes with the call had a holder. On PyPy nobody can say."""

    def task():
        witness = Witness(verdict if COUNTS_REFERENCES else "gc")
        measure(scenario, {}, LOOKS[:1], watch=Watch(explaining=True), witness=witness)
        (chain,) = witness.chains.values()
        return chain[0]

    unknown = "nothing that was found: the collector frees it"
    assert in_child(task) == (held_by if COUNTS_REFERENCES else unknown)
