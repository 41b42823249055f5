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
    cells = {cell.cell for gap in gaps if not gap.cases for cell in gap.cells}
    answers = {(cell.cell, case) for gap in gaps for case in gap.cases for cell in gap.cells}
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


def test_a_gap_claims_no_more_than_is_missing(a_cell: ACell, a_report: AReport) -> None:
    """A release that cannot be had on two interpreters is not told together with one that lacks on one of them."""
    nowhere, there = CellStatus.UNINSTALLABLE, CellStatus.RAN
    found = {("3.13", "1.0"): nowhere, ("3.14", "1.0"): nowhere, ("3.13", "1.1"): there, ("3.14", "1.1"): nowhere}
    cells = [
        a_cell(python, version=version, status=status, reason=None if status is there else f"no wheel of {version}")
        for (python, version), status in found.items()
    ]
    gaps = gaps_of(book_of(a_report(*cells)))["requests"]
    assert [(gap.columns, gap.interpreters) for gap in gaps] == [(("1.0",), ("3.13", "3.14")), (("1.1",), ("3.14",))]
    assert [(gap.number, gap.reason) for gap in gaps] == [(2, "no wheel of 1.0"), (1, "no wheel of 1.1")]


def test_cases_that_lack_alike_are_told_together(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """What a client does not have comes last, and once for all its cases; what went wrong is told for each."""
    one, other = a_cell("3.12"), a_cell("3.13")
    lacking = {"verdict": None, "status": CaseStatus.UNSUPPORTED, "reason": "the adapter defines no proxy"}
    records = [
        *(a_case(cell, name, **lacking) for cell in (one, other) for name in ("proxy", "tunnel")),
        a_case(one, "proxy_late", **lacking),
        a_case(one, "head", None, status=CaseStatus.ERROR, reason="boom"),
    ]
    gaps = gaps_of(book_of(a_report(one, other, *records)))["requests"]
    assert [(gap.cases, gap.interpreters, gap.number, gap.lacks) for gap in gaps] == [
        (("head",), ("3.12",), 1, False),
        (("proxy", "tunnel"), ("3.12", "3.13"), 4, True),
        (("proxy_late",), ("3.12",), 1, True),
    ]


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
