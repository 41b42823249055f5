"""How many of what."""

from dataclasses import replace

from matrix.model import CaseStatus, CellStatus, Report, Verdict
from matrix.render.summary import run_line, sandbox_line, summary_lines, summary_of


def test_cells_are_counted_by_status(sample: Report) -> None:
    """Every status that occurs, and what was reused."""
    summary = summary_of(sample)
    assert summary.cells[CellStatus.RAN] == 5
    assert sum(summary.cells.values()) == len(sample.cells)
    assert summary.reused == 1


def test_guarantees_are_counted_by_what_they_are_worth(sample: Report) -> None:
    """Held, broken, broken as listed, listed and gone."""
    summary = summary_of(sample)
    assert (summary.hold, summary.broken, summary.known, summary.gone) == (6, 1, 1, 1)


def test_hazards_are_counted_by_verdict(sample: Report) -> None:
    """A hazard's verdict is its information."""
    assert summary_of(sample).hazards == {Verdict.REFCOUNT: 4, Verdict.GC: 1}


def test_cases_without_an_answer_are_counted_by_status(sample: Report) -> None:
    """They are neither clean nor leaks."""
    assert summary_of(sample).unanswered == {CaseStatus.UNSUPPORTED: 1, CaseStatus.ERROR: 1}


def test_the_summary_in_words(sample: Report) -> None:
    """One line for each of the four totals."""
    assert [name for name, _counts in summary_lines(summary_of(sample))] == [
        "cells",
        "guarantees",
        "hazards",
        "no answer",
    ]


def test_the_run_says_which_sandbox_and_why(sample: Report) -> None:
    """The sandbox with its reason, the run with its size (controls not counted)."""
    assert sandbox_line(sample) == "sandbox: docker (Docker 28.3 answers)"
    assert run_line(sample).endswith("10 cells, 16 answers")


def test_the_detector_speaks_of_itself(sample: Report) -> None:
    """Its cost, whether the run without instruments came to the same, and what its rules left out."""
    first, second, *rest = sample.cases
    seen = (
        replace(first, verdict=Verdict.CLEAN, cost=0.002, bare=Verdict.CLEAN, ignored={"ended_thread": 2}),
        replace(
            second, verdict=Verdict.GC, cost=0.004, bare=Verdict.HELD, sensors=("instrumented: socket gc, bare held",)
        ),
    )
    lines = dict(summary_lines(summary_of(replace(sample, cases=(*seen, *rest)))))
    assert lines["detector"] == "3.0 ms for a case; without instruments the same in 1 of 2; ended thread left out 2 x"


def test_reused_with_their_age(sample: Report) -> None:
    """Of what is reused the oldest is told, as old as it was when the run began."""
    first, second, *rest = sample.cells
    cells = (
        replace(first, reused=True, ran="2025-12-30T00:00:00+00:00"),
        replace(second, reused=True, ran="2025-12-31T23:00:00+00:00"),
        *(replace(cell, reused=False) for cell in rest),
    )
    report = replace(sample, cells=cells, header=replace(sample.header, started="2026-01-01T00:00:00+00:00"))
    assert dict(summary_lines(summary_of(report)))["cells"].endswith(
        "2 of them reused from an earlier run, up to 2 days old"
    )
