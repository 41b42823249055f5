"""What could not be tested, and why."""

from collections.abc import Callable

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Report
from matrix.site.book import book_of
from matrix.site.gaps import REASON_LENGTH, gaps_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def test_every_cell_and_answer_without_a_result_is_there(sample: Report) -> None:
    """None is lost, whatever became of it."""
    gaps = [gap for found in gaps_of(book_of(sample)).values() for gap in found]
    cells = {cell.cell for gap in gaps if not gap.case for cell in gap.cells}
    answers = {(cell.cell, gap.case) for gap in gaps if gap.case for cell in gap.cells}
    assert cells == {cell.cell for cell in sample.cells if cell.status is not CellStatus.RAN}
    assert answers == {(case.cell, case.case) for case in sample.cases if case.verdict is None}


def test_one_reason_is_told_once(a_cell: ACell, a_report: AReport) -> None:
    """Numbers make no other reason; the first line decides."""
    cells = [
        a_cell(python, version=version, status=CellStatus.UNINSTALLABLE, reason=f"no wheel of {version}\nfor {python}")
        for python in ("3.13", "3.14")
        for version in ("1.0", "1.1")
    ]
    (gap,) = gaps_of(book_of(a_report(*cells)))["requests"]
    assert (gap.columns, gap.interpreters, gap.face.word) == (("1.0", "1.1"), ("3.13", "3.14"), "uninstallable")


def test_long_reasons_are_short_here(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """A traceback stands on the page of its answer."""
    cell = a_cell()
    case = a_case(cell, verdict=None, status=CaseStatus.ERROR, reason="Traceback\n" * 400)
    (gap,) = gaps_of(book_of(a_report(cell, case)))["requests"]
    assert len(gap.reason) <= REASON_LENGTH


def test_no_reason_is_said_to_be_none(a_cell: ACell, a_report: AReport) -> None:
    """An empty place would look like a mistake of the page."""
    (gap,) = gaps_of(book_of(a_report(a_cell(status=CellStatus.NOT_RUN))))["requests"]
    assert gap.reason == "no reason was given"


def test_nothing_is_missing(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Clients without a gap are not listed."""
    cell = a_cell()
    assert gaps_of(book_of(a_report(cell, a_case(cell)))) == {}
