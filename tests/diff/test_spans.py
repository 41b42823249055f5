"""`matrix.diff.spans`: many cells in few words, and exactly these cells."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.diff.spans import Axes, axes_of, ranges
from matrix.order import interpreter_family
from tests.records import make_cell, make_report

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.14t", "3.15t", "pypy3.11")
COLUMNS = tuple(f"0.{minor}.0{pin}" for pin in ("", "+h11-0.14") for minor in range(6))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("3.8", ("3.8",)),
        ("3.8 3.9", ("3.8", "3.9")),
        ("3.8 3.9 3.10", ("3.8 to 3.10",)),
        ("3.8 3.10 3.11 3.12", ("3.8", "3.10 to 3.12")),
        ("3.11 3.12 3.14t 3.15t", ("3.11", "3.12", "3.14t", "3.15t")),
        (" ".join(PYTHONS), ("3.8 to 3.12", "3.14t", "3.15t", "pypy3.11")),
    ],
)
def test_ranges(chosen: str, said: tuple[str, ...]) -> None:
    """Three in a row are a range; a gap ends it, and so does another family."""
    assert ranges(chosen.split(), PYTHONS, interpreter_family) == said


def _axes() -> Axes:
    cells = [
        make_cell(python, "httpx", column.partition("+")[0], cell=f"{python} {column}", column=column)
        for python in PYTHONS
        for column in COLUMNS
    ]
    return axes_of(make_report(*cells))["httpx"]


AXES = _axes()


def _members(text: str, ordered: tuple[str, ...], family: Callable[[str], str]) -> list[str]:
    """What a reader takes a range for."""
    first, _, last = text.partition(" to ")
    relatives = [each for each in ordered if family(each) == family(first)]
    return relatives[relatives.index(first) : relatives.index(last or first) + 1]


def _pinning(column: str) -> str:
    return column.partition("+")[2]


@given(st.sets(st.tuples(st.sampled_from(PYTHONS), st.sampled_from(COLUMNS)), min_size=1))
def test_spans_mean_exactly_these_cells(places: set[tuple[str, str]]) -> None:
    """Read back, the spans are the cells they were made of, each once."""
    read = [
        (python, column)
        for span in AXES.spans(places)
        for columns in span.columns
        for column in _members(columns, COLUMNS, _pinning)
        for interpreters in span.interpreters
        for python in _members(interpreters, PYTHONS, interpreter_family)
    ]
    assert (len(read), set(read)) == (len(places), places)
