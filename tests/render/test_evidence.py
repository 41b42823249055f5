"""What stands behind a place of the table."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, Frame, Left, Report, Verdict
from matrix.render.evidence import Evidence, evidence_of
from matrix.render.table import table_of

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
ALeft = Callable[..., Left]
AReport = Callable[..., Report]


def evidence(report: Report) -> tuple[Evidence, ...]:
    """All evidence of a report."""
    return evidence_of(table_of(report))


def test_a_clean_answer_has_no_evidence(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """There is nothing to show."""
    cell = a_cell()
    assert evidence(a_report(cell, a_case(cell))) == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": Verdict.LATE},
        {"verdict": Verdict.HELD},
        {"known": "requests#1"},
        {"verdict": None, "status": CaseStatus.ERROR, "reason": "why"},
    ],
)
def test_whatever_is_not_simply_clean_has_evidence(
    a_cell: ACell, a_case: ACase, a_report: AReport, fields: dict[str, object]
) -> None:
    """Left things, lists that are out of date and missing answers."""
    cell = a_cell()
    assert len(evidence(a_report(cell, a_case(cell, **fields)))) == 1


def test_the_same_evidence_is_told_once(a_cell: ACell, a_case: ACase, a_left: ALeft, a_report: AReport) -> None:
    """Ports, line numbers and counts before do not make a difference."""
    old, new = a_cell("3.9"), a_cell("3.12")
    cases = [
        a_case(
            cell,
            verdict=Verdict.HELD,
            counts={"descriptor": (before, before + 1)},
            left=(
                a_left(
                    what=f"TCP 127.0.0.1:4{before}",
                    created=(Frame(file="a", line=before, function="f"),),
                ),
            ),
        )
        for cell, before in ((old, 7), (new, 9))
    ]
    [one] = evidence(a_report(old, new, *cases))
    assert one.where == (("2.34.2", "3.9 and 3.12"),)


@pytest.mark.parametrize(
    "other",
    [{"state": "CLOSE_WAIT"}, {"held_by": ("another",)}, {"kind": "thread"}, {"created": ()}],
)
def test_different_evidence_is_told_apart(
    a_cell: ACell,
    a_case: ACase,
    a_left: ALeft,
    a_report: AReport,
    other: dict[str, object],
) -> None:
    """Another state, holder, kind or origin is another story."""
    old, new = a_cell("3.9"), a_cell("3.12")
    report = a_report(
        *[old, new],
        a_case(old, verdict=Verdict.HELD, left=(a_left(),)),
        a_case(new, verdict=Verdict.HELD, left=(a_left(**other),)),
    )
    assert len({one.id for one in evidence(report)}) == 2


def test_the_ladder_marks_the_rung_that_decided(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The verdict is a rung."""
    cell = a_cell()
    rungs = {"returned": 2, "late": 2, "refcount": 0}
    [one] = evidence(a_report(cell, a_case(cell, verdict=Verdict.REFCOUNT, rungs=rungs)))
    assert [(s.rung, s.number, s.decisive) for s in one.steps] == [
        ("returned", 2, False),
        ("late", 2, False),
        ("refcount", 0, True),
    ]


def test_the_commands_can_be_pasted_into_a_shell(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """Brackets and worse are quoted."""
    cell = a_cell()
    [one] = evidence(a_report(cell, a_case(cell, "a[b]; rm -rf /", Verdict.HELD)))
    again = "leakmatrix run --sandbox docker --cell py3.12-requests-2.34.2 --case 'a[b]; rm -rf /'"
    assert one.commands == (
        "leakmatrix show py3.12-requests-2.34.2 'a[b]; rm -rf /'",
        f"{again} --fresh --out reproduced",
    )
