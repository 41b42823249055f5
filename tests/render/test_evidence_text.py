"""The plain text of one answer."""

import pytest

from matrix.model import Report
from matrix.render.evidence_text import evidence_text


@pytest.fixture
def shown(sample: Report) -> str:
    """Every answer of the sample, one after the other."""
    cells = {cell.cell: cell for cell in sample.cells}
    return "\n".join(evidence_text(cells[case.cell], case) for case in sample.cases)


def test_every_answer_tells_how_to_reproduce_it(sample: Report, shown: str) -> None:
    """One command for each, with the sandbox that it ran in."""
    assert shown.count("to reproduce: leakmatrix run --sandbox docker --cell ") == len(sample.cases)


def test_hostile_text_has_no_escapes(hostile: Report) -> None:
    """Nothing foreign steers the terminal."""
    text = "".join(evidence_text(cell, case) for cell in hostile.cells for case in hostile.cases)
    assert "\x1b" not in text
    assert "<script>" in text
