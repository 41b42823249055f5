"""Which rows of the matrix are folded away."""

from collections.abc import Callable

import pytest

from matrix.model import CaseRecord, CaseStatus, CellRecord, Contract, Report, Verdict
from matrix.render.table import table_of
from matrix.site.folding import says_nothing

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
