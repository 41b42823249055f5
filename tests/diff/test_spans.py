"""`matrix.diff.spans`: many cells in few words, and exactly these cells."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.diff.spans import Axes, axes_of, ranges
from matrix.model import CellRecord, CellStatus, Header, Report
from matrix.order import interpreter_family

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
    header = Header(protocol=1, version="0", started="", sandbox="docker")
    cells = [
        CellRecord(
            cell=f"{python} {column}",
            python=python,
            interpreter=python,
            client="httpx",
            version=column.partition("+")[0],
            column=column,
            status=CellStatus.RAN,
            sandbox="docker",
        )
        for python in PYTHONS
        for column in COLUMNS
    ]
    return axes_of(Report(header=header, cells=tuple(cells), cases=()))["httpx"]


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
