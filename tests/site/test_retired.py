"""Cells that the grid no longer has."""

from collections.abc import Callable

from matrix.model import CaseRecord, CellRecord, Report
from matrix.site.retired import retired_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def test_none(sample: Report) -> None:
    """While all cells are still measured, nothing is kept."""
    assert retired_of(sample) is None
    assert retired_of(sample, sample) is None


def test_a_dropped_cell_is_kept_with_its_date(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Its report's date would be lost with its report."""
    old, new = a_cell(version="1.0"), a_cell(version="1.1")
    kept = retired_of(a_report(new), a_report(old, new, a_case(old), a_case(new), started="2026-01-01T00:00:00Z"))
    assert kept is not None
    assert [(cell.cell, cell.ran) for cell in kept.cells] == [(old.cell, "2026-01-01T00:00:00Z")]
    assert [case.cell for case in kept.cases] == [old.cell]


def test_what_was_kept_before_is_kept_on(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """From one site to the next; a cell that comes back is no longer retired."""
    first, second, third = (a_cell(version=f"1.{number}") for number in range(3))
    before = retired_of(a_report(second, third), a_report(first, a_case(first)))
    assert before is not None
    kept = retired_of(a_report(third), before, a_report(second, third, a_case(second)))
    assert kept is not None
    assert sorted(cell.version for cell in kept.cells) == ["1.0", "1.1"]
    assert len(kept.cases) == 2
    back = retired_of(a_report(first, third), before)
    assert back is None


def test_the_last_measurement_counts(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A cell that left twice is told as it was the second time, and its cases once."""
    cell, other = a_cell(version="1.0"), a_cell(version="1.1")
    older = a_report(cell, a_case(cell, "old"), started="2026-01-01T00:00:00Z")
    newer = a_report(cell, a_case(cell, "new"), started="2026-02-01T00:00:00Z")
    for earlier in ((older, newer), (newer, older)):
        kept = retired_of(a_report(other), *earlier)
        assert kept is not None
        assert [case.case for case in kept.cases] == ["new"]
