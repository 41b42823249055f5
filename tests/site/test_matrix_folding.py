"""Which rows of the matrix are folded away, and which clients come first."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, Contract, Report, Verdict
from matrix.render.table import table_of
from matrix.site.folding import fullest_first, says_nothing

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]
CLEAN, HELD, NONE = {"verdict": Verdict.CLEAN}, {"verdict": Verdict.HELD}, {"verdict": None}
LACKS = NONE | {"status": CaseStatus.UNSUPPORTED}
HAZARD = {"contract": Contract.HAZARD}


@pytest.mark.parametrize(
    ("answers", "folded"),
    [
        ((CLEAN, CLEAN), True),
        ((CLEAN, LACKS), True),
        ((LACKS, LACKS), True),
        ((CLEAN, HELD | HAZARD), False),
        ((HELD | HAZARD, HELD | HAZARD, LACKS), True),
        ((CLEAN, NONE | {"status": CaseStatus.ERROR}), False),
        ((HELD | {"passed": False}, LACKS), False),
    ],
)
def test_what_is_folded(
    answers: tuple[dict[str, object], ...], folded: bool, a_cell: ACell, a_case: ACase, a_report: AReport
) -> None:
    """A row in which all who have such a thing say the same; a broken guarantee is always shown."""
    cells = [a_cell(client=f"client-{number}", version="1") for number in range(len(answers))]
    cases = [a_case(cell, "row", **answer) for cell, answer in zip(cells, answers, strict=True)]
    ((row,),) = (section.rows for section in table_of(a_report(*cells, *cases)).sections)
    assert says_nothing(row.places) is folded


def test_who_answers_most_comes_first(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """By cases, not by versions; what is alike stays as it was, and every answer with its column."""
    cells = [a_cell(client=client, version=version) for client, version in (("a", "1"), ("a", "2"), ("b", "1"))]
    cases = [
        *(a_case(cell, name) for cell, name in zip(cells, ("one", "one", "one"), strict=True)),
        a_case(cells[2], "two"),
        a_case(cells[0], "three", **LACKS),
    ]
    (section,) = table_of(a_report(*cells, *cases)).sections
    found = fullest_first(section)
    assert [column.cell.cell for column in found.columns] == [cells[2].cell, cells[0].cell, cells[1].cell]
    for row in found.rows:
        assert [place.column for place in row.places] == list(found.columns)
