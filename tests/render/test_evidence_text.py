"""The plain text of one answer."""

from dataclasses import replace

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


def test_cases_of_ones_own_are_named(sample: Report) -> None:
    """Where they are, quoted for a shell; and a case without a sentence has no empty line for it."""
    cell, case = replace(sample.cells[0], own="my cases"), replace(sample.cases[0], sentence="")
    text = evidence_text(cell, case)
    assert f"run --sandbox docker --cases 'my cases' --cell {cell.cell} --case " in text
    assert text.splitlines()[1] == text.splitlines()[1].rstrip()


def test_hostile_text_has_no_escapes(hostile: Report) -> None:
    """Nothing foreign steers the terminal."""
    text = "".join(evidence_text(cell, case) for cell in hostile.cells for case in hostile.cases)
    assert "\x1b" not in text
    assert "<script>" in text


def test_who_promises_and_what_puts_it_right(sample: Report) -> None:
    """The sentence of the client's documentation, and the case that leaves nothing."""
    case = next(case for case in sample.cases if case.left)
    cell = next(cell for cell in sample.cells if cell.cell == case.cell)
    text = evidence_text(cell, replace(case, promise='"It closes." (docs)', fix="session[closed]"))
    assert '  promised: "It closes." (docs)\n' in text
    assert "  the same, put right: session[closed]\n" in text
