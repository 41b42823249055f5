"""What is said of cases without an answer."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Report
from matrix.render.html import html
from matrix.render.markdown import markdown
from matrix.render.table import table_of
from matrix.render.terminal import terminal
from matrix.render.unanswered import LINES_SHOWN, silence_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def lines(report: Report) -> list[tuple[str, str, str, str]]:
    """The cell, the cases, the status and the reason of each line, and what stands for the others."""
    silence = silence_of(table_of(report).sections[0])
    said = [(one.column.cell.version, one.names(str), one.face.word, one.reason) for one in silence.lines]
    return [*said, ("", "", "", silence.more)] if silence.more else said


@pytest.mark.parametrize("status", [s for s in CaseStatus if s not in {CaseStatus.ANSWERED, CaseStatus.UNSUPPORTED}])
def test_a_case_without_an_answer_has_a_line(a_cell: ACell, a_case: ACase, a_report: AReport, status: str) -> None:
    """With the first line of its reason; what answered, or has no such feature, has none."""
    cell = a_cell()
    report = a_report(
        cell,
        a_case(cell, "good"),
        a_case(cell, "none", None, status=CaseStatus.UNSUPPORTED, reason="not before 3"),
        a_case(cell, "bad", None, status=status, reason="Oops\nTraceback"),
    )
    assert lines(report) == [("2.34.2", "bad", str(status), "Oops")]


def test_cases_with_the_same_reason_share_a_line(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """In one cell, and the same status; of many cases only the first are named."""
    old, new = a_cell(version="1"), a_cell(version="2")
    wrong = {"verdict": None, "status": CaseStatus.ERROR, "reason": "why"}
    late = wrong | {"status": CaseStatus.TIMEOUT}
    cases = [*(a_case(old, name, **wrong) for name in "abcde"), a_case(old, "f", **late), a_case(new, "a", **wrong)]
    assert lines(a_report(old, new, *cases)) == [
        ("1", "a, b, c and 2 more", "error", "why"),
        ("1", "f", "timeout", "why"),
        ("2", "a", "error", "why"),
    ]


def test_lines_are_not_too_many(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """After so many it is said how many cases are left, and how to see them."""
    cell = a_cell()
    names = [f"case[{number}]" for number in range(LINES_SHOWN + 2)]
    cases = [a_case(cell, name, None, status=CaseStatus.ERROR, reason=name) for name in names]
    said = lines(a_report(cell, *cases))
    assert len(said) == LINES_SHOWN + 1
    assert said[-1][-1] == "and 2 more: leakmatrix show CELL CASE"


def test_nothing_is_said_of_an_invalid_cell(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """None of its answers count, and the cell has a line of its own."""
    cell, good = a_cell(version="1", status=CellStatus.INVALID, reason="control"), a_cell(version="2")
    bad = a_case(cell, "session[closed]", None, status=CaseStatus.ERROR, reason="why")
    assert lines(a_report(cell, good, bad, a_case(good))) == []


@pytest.mark.parametrize("render", [terminal, markdown, html])
def test_every_format_says_it(a_cell: ACell, a_case: ACase, a_report: AReport, render: Callable[[Report], str]) -> None:
    """Also where every cell ran; a report without such a case says nothing of it."""
    cell = a_cell()
    cases = [
        a_case(cell, f"case[{number}]", None, status=CaseStatus.CRASHED, reason=f"signal {number}\nin a thread")
        for number in range(LINES_SHOWN + 1)
    ]
    text = render(a_report(cell, *cases))
    assert "Without an answer, and why" in text
    assert "case[0]" in text
    assert "signal 19" in text
    assert "and 1 more: leakmatrix show CELL CASE" in text
    assert "Without an answer" not in render(a_report(cell, a_case(cell)))
