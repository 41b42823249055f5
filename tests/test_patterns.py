"""Ways of use whose verdict is known from elsewhere, on the real clients: `patterns/`, run as cases of one's own.

Each case's sentence begins with the verdict that is expected. Where this was measured differently, the case
says so.
"""

from pathlib import Path

import pytest

from matrix import report
from matrix.cli import command
from matrix.model import CaseStatus, CellStatus, Contract, Report

PATTERNS = Path(__file__).parent / "patterns"

# An interpreter that the newest release does not support has no such cell.
MISSING = CellStatus.UNINSTALLABLE

pytestmark = [pytest.mark.index, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The whole grid, in the process sandbox; with a cache of its own, for an earlier run has no say in its answers."""
    out = tmp_path_factory.mktemp("patterns")
    arguments = ["run", "--sandbox", "process", "--config", str(PATTERNS / "pyproject.toml")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAKMATRIX_CACHE", str(tmp_path_factory.mktemp("cache")))
        command([*arguments, "--cases", str(PATTERNS), "--out", str(out)], standalone_mode=False)
    return report.read(out)


def test_every_client_ran(done: Report) -> None:
    """On each interpreter that its newest, or an older, release supports."""
    ran = {(cell.interpreter, cell.client) for cell in done.cells if cell.status is CellStatus.RAN}
    assert ran == {(cell.interpreter, cell.client) for cell in done.cells}
    assert {cell.status for cell in done.cells} <= {CellStatus.RAN, MISSING}
    assert {cell.own for cell in done.cells} == {str(PATTERNS)}  # or nobody could reproduce it


def test_verdicts(done: Report) -> None:
    """The verdict that is known, for each way of use; `clean` and `late` are one."""
    passing = {"clean", "late"}
    wrong = []
    for case in done.cases:
        if case.contract is Contract.CONTROL or case.status is CaseStatus.UNSUPPORTED:
            continue
        expected = case.sentence.partition(":")[0]
        if case.verdict != expected and not {case.verdict, expected} <= passing:
            wrong.append(f"{case.cell} {case.case}: {expected} expected, {case.verdict or case.reason}")
    assert wrong == []


def test_number_of_answers(done: Report) -> None:
    """Nothing was left out: each client's own patterns gave answers."""
    answered = [case for case in done.cases if case.verdict and case.contract is Contract.HAZARD]
    assert len(answered) > 150
    assert {case.cell.split("-")[1] for case in answered} == {cell.client for cell in done.cells}


def test_instruments_do_not_disturb(done: Report) -> None:
    """The bare run comes to the same, for each of them."""
    assert [f"{case.cell} {case.case}: {text}" for case in done.cases for text in case.sensors if "bare" in text] == []
