"""What is said of an exception."""

import pytest

from matrix.guest.collector import COUNTS_REFERENCES
from matrix.guest.explain import raised
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
