"""Cells that are no longer in the grid: others may refer to their pages, so these are kept.

A cell leaves when a newer release takes its place. What is known of it is carried from one site to the next, as a
report of its own beside the new one.
"""

from dataclasses import replace

from matrix.model import CellRecord, Report


def retired_of(new: Report, *earlier: Report) -> Report | None:
    """The cells of earlier reports that the new one has not; of each, what was measured last. None: there are none."""
    there = {cell.cell for cell in new.cells}
    found: dict[str, tuple[CellRecord, Report]] = {}
    for report in sorted(earlier, key=lambda one: one.header.started):
        found |= {cell.cell: (_dated(cell, report), report) for cell in report.cells if cell.cell not in there}
    if not found:
        return None
    cases = tuple(
        case for report in earlier for case in report.cases if case.cell in found and found[case.cell][1] is report
    )
    return Report(header=new.header, cells=tuple(cell for cell, _report in found.values()), cases=cases)


def _dated(cell: CellRecord, report: Report) -> CellRecord:
    """With its date, which its own report alone would tell."""
    return cell if cell.ran else replace(cell, ran=report.header.started)
