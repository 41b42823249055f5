"""`leakmatrix check`: the known leaks of this project against a report."""

from dataclasses import replace
from pathlib import Path

import pytest

from matrix import builtin, edges, known, report
from matrix.known import KnownLeak
from matrix.model import CellStatus, Verdict
from tests.command import Command
from tests.records import make_case, make_cell, make_report


@pytest.fixture(params=[True, False], ids=["shown", "contradicted"])
def as_listed(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def alone() -> KnownLeak:
    """An entry whose cells are no other's."""
    entries = [entry for entry in known.load(builtin.CASES) if entry.edges]
    cells = [set(edges.cells([entry])) for entry in entries]
    others = [set().union(*cells[:number], *cells[number + 1 :]) for number in range(len(cells))]
    return next(entry for entry, own, rest in zip(entries, cells, others, strict=True) if own.isdisjoint(rest))


@pytest.fixture
def folder(tmp_path: Path, as_listed: bool) -> Path:
    """A report of the cells of one edge of the real list, that says what is listed, or the contrary."""
    entry = alone()
    place = edges.check([entry], make_report())[0]
    cells, cases = {}, []
    for seen in place.seen:
        broken = (seen.side == "bad") is as_listed
        cells[seen.cell] = make_cell(place.python, entry.client, cell=seen.cell)
        verdict = Verdict.HELD if broken else Verdict.CLEAN
        kinds = dict.fromkeys(entry.kinds, verdict) if broken else {}
        mismatch = None if as_listed else "not as listed"
        cases.append(make_case(seen.cell, seen.case, verdict, kinds=kinds, mismatch=mismatch))
    report.write(make_report(*cells.values(), *cases), tmp_path / report.NAME)
    return tmp_path


def test_check(folder: Path, as_listed: bool, run_leakmatrix: Command) -> None:
    """It says which edges are shown, which are contradicted and by what; a contradiction is an error."""
    done = run_leakmatrix(folder, "check", "--report", str(folder))
    first, *_, edges_line, _, absent, ending = done.stdout.splitlines()
    if as_listed:
        assert (first[0], done.returncode) == ("✓", 4)  # the other edges are not in this report
        assert edges_line.startswith("1 of ")
    else:
        assert (first[0], done.returncode) == ("✗", 1)
        assert "1 contradicted" in edges_line
    assert absent.endswith("not asked about: all of them are in `leakmatrix run --profile known-leaks`")
    assert ending.startswith(f"exit code {done.returncode}: ")


def test_foreign_words_are_written_out(folder: Path, run_leakmatrix: Command) -> None:
    """What a client says drives no terminal."""
    done = report.read(folder)
    spoilt = replace(done.cells[0], status=CellStatus.CRASHED, reason="\x1b]0;owned\x07\nall fine")
    report.write(replace(done, cells=(spoilt, *done.cells[1:]), cases=()), folder / report.NAME)
    said = run_leakmatrix(folder, "check", "--report", str(folder)).stdout
    assert "crashed: \\x1b]0;owned\\x07" in said
    assert "\x1b" not in said


def test_propose(folder: Path, as_listed: bool, run_leakmatrix: Command) -> None:
    """What it proposes is what disagrees."""
    done = run_leakmatrix(folder, "check", "--propose", "--report", str(folder))
    assert done.returncode == 0
    assert (done.stdout == "# the list agrees with all that this report has\n") is as_listed
