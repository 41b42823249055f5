"""What changed since the last run."""

from collections.abc import Callable
from dataclasses import replace

from matrix.model import CaseRecord, CaseStatus, CellRecord, Contract, Report, Verdict
from matrix.site.changes import changes_between

ACell = Callable[..., CellRecord]
ACase = Callable[..., CaseRecord]
AReport = Callable[..., Report]


def test_the_same_report(sample: Report) -> None:
    """Nothing has changed."""
    changes = changes_between(sample, sample)
    assert (changes.answers, changes.new_cells, changes.dropped_cells) == ((), (), ())


def test_answers_are_joined(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The same change in several cells is told once, with all its versions and interpreters."""
    cells = [a_cell(python, version=version) for python in ("3.9", "3.12") for version in ("2.9", "2.10")]
    old = a_report(*cells, *map(a_case, cells))
    new = a_report(*cells, *(a_case(cell, verdict=Verdict.HELD) for cell in cells))
    (changed,) = changes_between(old, new).answers
    assert (changed.versions, changed.interpreters) == (("2.9", "2.10"), ("3.9", "3.12"))
    assert (changed.before.word, changed.after.word, changed.after.sign) == ("clean", "held", "✗")


def test_a_result_that_is_lost_is_a_change(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """And so is one that is back."""
    cell = a_cell()
    good = a_report(cell, a_case(cell))
    bad = a_report(cell, a_case(cell, verdict=None, status=CaseStatus.TIMEOUT, reason="too slow"))
    assert [one.after.word for one in changes_between(good, bad).answers] == ["timeout"]
    assert [one.after.word for one in changes_between(bad, good).answers] == ["clean"]


def test_a_leak_that_became_known_is_a_change(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """The verdict is the same; what it is worth is not."""
    cell = a_cell()
    case = a_case(cell, verdict=Verdict.GC)
    (changed,) = changes_between(a_report(cell, case), a_report(cell, replace(case, known="requests#1"))).answers
    assert (changed.before.mark, changed.after.mark) == ("", "known")


def test_cells_come_and_go(a_cell: ACell, a_report: AReport) -> None:
    """Those that only one report has."""
    old, new = a_cell(version="1.0"), a_cell(version="1.1")
    changes = changes_between(a_report(old), a_report(new, started="2026-08-15T00:00:00Z"))
    assert (changes.new_cells, changes.dropped_cells) == ((new.cell,), (old.cell,))
    assert changes.since == "2026-08-14T09:12:44Z"


def test_controls_are_no_answers(a_cell: ACell, a_case: ACase, a_report: AReport) -> None:
    """They vouch for the measurement."""
    cell = a_cell()
    old = a_report(cell, a_case(cell, contract=Contract.CONTROL))
    new = a_report(cell, a_case(cell, verdict=Verdict.HELD, contract=Contract.CONTROL))
    assert changes_between(old, new).answers == ()
