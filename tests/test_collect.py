"""`matrix.collect`: an answer is believed where every line of it can be; a run comes to an exit code."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from matrix import collect
from matrix.errors import ExitCode, UsageError
from matrix.guest import wire
from matrix.model import CaseRecord, CaseStatus, Cell, CellRecord, CellStatus, Contract, Verdict
from matrix.sandbox import Ended
from tests.records import make_case, make_report

CELL = Cell(python="3.11", client="requests", version="1.0")

Answer = Callable[..., bytes]
Line = Callable[..., dict[str, object]]


def came_of(answer: bytes | None, **ended: Any) -> collect.Outcome:
    return collect.outcome(
        CELL, Ended(answer=answer, **ended), sandbox="fake", resolved={"requests": "1.0"}, seconds=1.0
    )


def trouble(answer: bytes | None) -> str:
    """The reason that a crashed cell has."""
    cell = came_of(answer).cell
    assert cell.status is CellStatus.CRASHED
    assert cell.reason
    return cell.reason


def ids(outcome: collect.Outcome) -> list[str]:
    return [case.case for case in outcome.cases]


def test_whole_answer(an_answer: Answer, a_case_line: Line) -> None:
    """A header, cases and a footer that fits: the cell ran, and nothing is said against it."""
    outcome = came_of(an_answer(a_case_line()))
    assert (outcome.cell.status, outcome.cell.reason, ids(outcome)) == (CellStatus.RAN, None, ["session[closed]"])


def test_names_of_the_cell(an_answer: Answer) -> None:
    """The record says what was asked for, what answered, and where."""
    cell = came_of(an_answer(), image="sha256:1").cell
    assert (cell.cell, cell.interpreter, cell.python, cell.column) == (CELL.id, "3.11", "3.11.1", "1.0")
    assert (cell.sandbox, cell.image, cell.resolved, cell.seconds) == ("fake", "sha256:1", {"requests": "1.0"}, 1.0)


def test_cases_are_in_the_order_of_their_rows(an_answer: Answer, a_case_line: Line) -> None:
    """Cases are written as they finish and reported as they are ordered."""
    assert ids(came_of(an_answer(a_case_line("b", 2), a_case_line("c", 3), a_case_line("a", 1)))) == ["a", "b", "c"]


def test_case_belongs_to_its_cell(an_answer: Answer, a_case_line: Line) -> None:
    """Which cell a case is of, the guest does not decide."""
    (case,) = came_of(an_answer(a_case_line(cell="py3.8-httpx-9"))).cases
    assert case.cell == CELL.id


def test_known_leaks_are_the_hosts_business(an_answer: Answer, a_case_line: Line) -> None:
    """A guest that says its leak is a known one is not believed."""
    (case,) = came_of(an_answer(a_case_line(verdict="held", passed=False, known="psf/requests#1"))).cases
    assert case.known is None


def test_no_answer() -> None:
    """No answer at all is a crash with that reason."""
    assert trouble(None) == "the guest left no answer"


HEADER = b'{"record": "header", "protocol": 1, "python": "3.11.1"}\n'
FOOTER = b'{"record": "footer", "cases": 0}\n'
RUBBISH = {
    "empty": (b"", "no footer"),
    "words": (b"rubbish\n", "line 1 .* cannot be read"),
    "bytes": (bytes(range(256)), "line 1 .* cannot be read"),
    "zeros": (b"\0" * 4096, "line 1 .* cannot be read"),
    "not an object": (HEADER + b"[]\n" + FOOTER, "line 2 .* not a record"),
    "unknown record": (HEADER + b'{"record": "gossip"}\n' + FOOTER, "line 2 .* not a record"),
    "blank line": (HEADER + b"\n" + FOOTER, "line 2 .* cannot be read"),
    "invalid utf-8": (HEADER + b"\xff\xfe{}\n", "line 2 .* cannot be read"),
    "deep arrays": (HEADER + b"[" * 100_000 + b"\n", "line 2 .* cannot be read"),
    "deep objects": (HEADER + b'{"a":' * 100_000 + b"\n", "line 2 .* cannot be read"),
    "deep and whole": (HEADER + b"[" * 100_000 + b"]" * 100_000 + b"\n", "line 2 .* cannot be read"),
    "long number": (HEADER + b'{"record": "footer", "cases": ' + b"9" * 10_000 + b"}\n", "line 2 .* cannot be read"),
    "no header": (FOOTER, "does not begin with a header"),
    "header later": (FOOTER + HEADER, "does not begin with a header"),
    "two headers": (HEADER + HEADER + FOOTER, "line 2 .* not a record"),
    "no footer": (HEADER, "no footer: it was cut short"),
    "cut in a line": (HEADER + FOOTER[:-10], "line 2 .* cannot be read"),
    "two footers": (HEADER + FOOTER + FOOTER, "line 3 .* something follows the footer"),
    "after the footer": (HEADER + FOOTER + b"goodbye\n", "line 3 .* something follows the footer"),
    "footer lies": (HEADER + b'{"record": "footer", "cases": 3}\n', "footer that does not fit"),
    "footer of words": (HEADER + b'{"record": "footer", "cases": "0"}\n', "line 2 .* not a record"),
    "other protocol": (b'{"record": "header", "protocol": 2, "python": "3.11.1"}\n' + FOOTER, "speaks protocol 2"),
    "no protocol": (b'{"record": "header", "python": "3.11.1"}\n' + FOOTER, "does not begin with a header"),
    "no version": (b'{"record": "header", "protocol": 1}\n' + FOOTER, "names no version of Python"),
    "no python": (b'{"record": "header", "protocol": 1, "python": "3.11\\nx"}\n', "names no version of Python"),
    "unknown trouble": (
        HEADER + b'{"record": "unavailable", "status": "ran", "reason": ""}\n',
        "line 2 .* not a record",
    ),
}


@pytest.mark.parametrize(("answer", "reason"), RUBBISH.values(), ids=RUBBISH)
def test_answer_that_cannot_be_believed(answer: bytes, reason: str) -> None:
    """Whatever is wrong with an answer, the cell crashed and says what is wrong."""
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(trouble(answer))


def test_huge_answer() -> None:
    """An answer longer than the limit is not even looked at."""
    assert "longer than" in trouble(b"x" * (wire.MAX_ANSWER_BYTES + 1))


def test_reason_is_bounded() -> None:
    """What is wrong is told in a few words, however long the line was."""
    assert len(trouble(HEADER + b'{"record": "case", "case": "' + b"x" * 100_000 + b'", "order": 1}\n')) < 1000


def test_what_was_read_before_stands(an_answer: Answer, a_case_line: Line) -> None:
    """Cases before the trouble are kept: each was whole."""
    outcome = came_of(an_answer(a_case_line()) + b"rubbish\n")
    assert (outcome.cell.status, ids(outcome)) == (CellStatus.CRASHED, ["session[closed]"])


def test_cut_short(an_answer: Answer, a_case_line: Line) -> None:
    """Cases without a footer are kept, and the cell says that it was cut short."""
    whole = an_answer(a_case_line("a", 0), a_case_line("b", 1))
    outcome = came_of(b"".join(whole.splitlines(keepends=True)[:2]))
    assert (outcome.cell.status, ids(outcome)) == (CellStatus.CRASHED, ["a"])


def test_the_same_case_twice(an_answer: Answer, a_case_line: Line) -> None:
    """A case has one answer, the first."""
    outcome = came_of(an_answer(a_case_line(), a_case_line(verdict="held", passed=False)))
    assert outcome.cell.status is CellStatus.CRASHED
    assert [case.verdict for case in outcome.cases] == [Verdict.CLEAN]


WRONG_CASES: dict[str, dict[str, object]] = {
    "unknown status": {"status": "splendid"},
    "unknown verdict": {"verdict": "spotless"},
    "unknown contract": {"contract": "promise"},
    "unknown field": {"stars": 5},
    "other type": {"sentence": 5},
    "no number": {"seconds": "many"},
    "not a number": {"seconds": float("nan")},
    "infinite": {"seconds": float("inf")},
    "order of words": {"order": "first"},
    "name of a number": {"case": 5},
    "passes and leaks": {"verdict": "held", "passed": True},
    "clean and fails": {"verdict": "clean", "passed": False},
    "clean and undecided": {"verdict": "clean", "passed": None},
    "hazard that passes": {"contract": "hazard", "passed": True},
    "control that passes": {"contract": "control", "passed": True},
    "answer without verdict": {"verdict": None, "passed": None},
    "verdict without answer": {"status": "error", "reason": "x"},
    "passed without answer": {"status": "timeout", "verdict": None, "passed": True},
    "flaky": {"status": "flaky", "verdict": None, "passed": None},
    "counts of its own": {"answers": {"clean": 99}},
    "wrong evidence": {"left": [{"kind": "socket"}]},
    "evidence of its own": {"left": [{"kind": "socket", "what": "x", "verdict": "held", "html": "<b>"}]},
}


@pytest.mark.parametrize("fields", WRONG_CASES.values(), ids=WRONG_CASES)
def test_case_that_cannot_be_believed(an_answer: Answer, a_case_line: Line, fields: dict[str, object]) -> None:
    """A case with a field that cannot be, or that contradicts another, is no case."""
    outcome = came_of(an_answer(a_case_line() | fields))
    assert (outcome.cell.status, outcome.cases) == (CellStatus.CRASHED, ())


def test_half_a_character(an_answer: Answer, a_case_line: Line) -> None:
    """A lone surrogate, as in the name of a file, is made something that a report can hold."""
    failed = {"status": "error", "verdict": None, "passed": None, "reason": "no file \udcff"}
    (case,) = came_of(an_answer(a_case_line() | failed)).cases
    assert case.reason == "no file ?"


def test_fields_are_bounded(an_answer: Answer, a_case_line: Line) -> None:
    """No text and no list of an answer is longer than a report has room for, whichever field it is in."""
    left = {"kind": "socket", "what": "y" * 100_000, "verdict": "held", "held_by": ["z" * 5000] * 2000}
    line = a_case_line(sentence="x" * 100_000, ignored={f"rule {number}": 1 for number in range(5000)}, left=[left])
    (case,) = came_of(an_answer(line)).cases
    assert (len(case.sentence), len(case.ignored)) == (wire.MAX_TEXT, 1000)
    assert (len(case.left[0].what), len(case.left[0].held_by)) == (wire.MAX_TEXT, 1000)
    assert {len(text) for text in case.left[0].held_by} == {wire.MAX_TEXT}


@pytest.mark.parametrize("status", [CellStatus.IMPORT_ERROR, CellStatus.INVALID], ids=str)
def test_unavailable(an_answer: Answer, status: CellStatus) -> None:
    """The guest says why there is no result, and is believed."""
    cell = came_of(an_answer({"record": "unavailable", "status": str(status), "reason": "no cgi"})).cell
    assert (cell.status, cell.reason) == (status, "no cgi")


def test_unavailable_at_length(an_answer: Answer) -> None:
    """A reason is no longer than a reason may be."""
    line = {"record": "unavailable", "status": "import error", "reason": "x" * 100_000}
    assert len(came_of(an_answer(line)).cell.reason or "") == wire.MAX_TEXT


def test_invalid_cell_keeps_its_controls_only(an_answer: Answer, a_case_line: Line) -> None:
    """Where a control was wrong, nothing else is believed."""
    control = a_case_line("control_socket", contract="control", passed=None)
    invalid = {"record": "unavailable", "status": "invalid", "reason": "control_socket answered clean"}
    assert ids(came_of(an_answer(control, a_case_line("a", 1), invalid))) == ["control_socket"]


def test_no_case_matches(an_answer: Answer) -> None:
    """A selector that no case fits is wrong usage, and says what there was."""
    line = {"record": "unavailable", "status": "usage", "reason": "no case matches x*; there is: a"}
    with pytest.raises(UsageError, match="there is: a"):
        came_of(an_answer(line))


@pytest.mark.parametrize("status", [CellStatus.TIMEOUT, CellStatus.OOM, CellStatus.CRASHED], ids=str)
def test_the_sandbox_knows_better(an_answer: Answer, a_case_line: Line, status: CellStatus) -> None:
    """What the sandbox saw outweighs what the guest says, and the finished cases are kept."""
    outcome = came_of(an_answer(a_case_line()), status=status, reason="seen")
    assert (outcome.cell.status, outcome.cell.reason, len(outcome.cases)) == (status, "seen", 1)


@pytest.mark.parametrize(
    ("out_of_memory", "status"), [(True, CaseStatus.OOM), (False, CaseStatus.CRASHED)], ids=["engine saw it", "unseen"]
)
def test_case_killed_for_memory(an_answer: Answer, a_case_line: Line, out_of_memory: bool, status: CaseStatus) -> None:
    """A case killed by signal 9 ran out of memory where the engine says that something did."""
    killed = {"status": "crashed", "verdict": None, "passed": None, "reason": "killed by signal 9 (Killed)\n"}
    (case,) = came_of(an_answer(a_case_line() | killed), out_of_memory=out_of_memory).cases
    assert case.status is status


CONTROL = {"contract": "control", "passed": None}


@pytest.mark.parametrize(
    ("status", "cases", "spoilt"),
    [
        ("invalid", True, "control_late answered clean"),
        ("invalid", False, ""),
        ("import error", True, ""),
    ],
    ids=["a control was wrong", "the cases are wrong", "no such trouble"],
)
def test_spoilt(an_answer: Answer, a_case_line: Line, status: str, cases: bool, spoilt: str) -> None:
    """A control that was wrong is worth another try; cases that cannot be collected are wrong each time."""
    lines = [a_case_line("control_late", **CONTROL)] if cases else []
    said = {"record": "unavailable", "status": status, "reason": "control_late answered clean\nin two lines"}
    assert collect.spoilt(came_of(an_answer(*lines, said))) == spoilt


def test_without_result() -> None:
    """A cell that was not run has its names and its reason."""
    cell = collect.without_result(CELL, CellStatus.UNINSTALLABLE, "no wheel", sandbox="fake").cell
    assert (cell.cell, cell.python, cell.status, cell.reason) == (CELL.id, "3.11", CellStatus.UNINSTALLABLE, "no wheel")


def test_in_order() -> None:
    """Outcomes stand as they were planned, and what there is none of is left out."""
    cells = [Cell(python="3.11", client="requests", version=version) for version in ("1.0", "2.0", "3.0")]
    outcomes = [collect.without_result(cell, CellStatus.NOT_RUN, "", sandbox="") for cell in (cells[2], cells[0])]
    assert [each.cell.version for each in collect.in_order(cells, outcomes)] == ["1.0", "3.0"]


# The exit code.


def cell(status: CellStatus = CellStatus.RAN, reason: str = "why") -> CellRecord:
    return collect.without_result(CELL, status, reason, sandbox="fake").cell


def case(verdict: Verdict | None = Verdict.CLEAN, **fields: Any) -> CaseRecord:
    return make_case(CELL.id, "x", verdict, **fields)


def flaky(first: str, second: str, contract: Contract = Contract.GUARANTEE) -> CaseRecord:
    return case(None, status=CaseStatus.FLAKY, contract=contract, answers={first: 1, second: 1})


HOLDS = case()
BROKEN = case(Verdict.HELD)
LISTED = case(Verdict.HELD, known="#1")
GONE = case(known="#1")
HAZARD = case(Verdict.HELD, contract=Contract.HAZARD)
UNSUPPORTED = case(None, status=CaseStatus.UNSUPPORTED)
RAN = cell()
CODES: dict[str, tuple[list[CellRecord], list[CaseRecord], ExitCode]] = {
    "all holds": ([RAN], [HOLDS, HAZARD, UNSUPPORTED], ExitCode.OK),
    "listed leak": ([RAN], [LISTED], ExitCode.OK),
    "new leak": ([RAN], [HOLDS, BROKEN], ExitCode.LEAK),
    "listed leak is gone": ([RAN], [GONE], ExitCode.LEAK),
    "no cells": ([], [], ExitCode.OK),
    "uninstallable": ([RAN, cell(CellStatus.UNINSTALLABLE)], [HOLDS], ExitCode.OK),
    "import error": ([RAN, cell(CellStatus.IMPORT_ERROR)], [HOLDS], ExitCode.OK),
    "import errors alone": ([cell(CellStatus.IMPORT_ERROR), cell(CellStatus.UNINSTALLABLE)], [], ExitCode.INCOMPLETE),
    "nothing that the client has": ([RAN], [UNSUPPORTED], ExitCode.INCOMPLETE),
    "nothing run": ([cell(CellStatus.NOT_RUN)], [], ExitCode.ENVIRONMENT),
    "partly not run": ([RAN, cell(CellStatus.NOT_RUN)], [HOLDS], ExitCode.INCOMPLETE),
    "an interpreter missing": ([RAN, cell(CellStatus.NOT_RUN, collect.NO_INTERPRETER)], [HOLDS], ExitCode.OK),
    **{
        f"cell {status}": ([RAN, cell(status)], [HOLDS], ExitCode.INCOMPLETE)
        for status in (CellStatus.INVALID, CellStatus.TIMEOUT, CellStatus.OOM, CellStatus.CRASHED)
    },
    **{
        f"case {status}": ([RAN], [HOLDS, case(None, status=status)], ExitCode.INCOMPLETE)
        for status in (CaseStatus.ERROR, CaseStatus.TIMEOUT, CaseStatus.OOM, CaseStatus.CRASHED, CaseStatus.FLAKY)
    },
    "holds now clean, now late": ([RAN], [HOLDS, flaky("clean", "late")], ExitCode.OK),
    "holds, or does not": ([RAN], [HOLDS, flaky("clean", "gc")], ExitCode.INCOMPLETE),
    "hazard now clean, now late": ([RAN], [HOLDS, flaky("clean", "late", Contract.HAZARD)], ExitCode.INCOMPLETE),
    "leak and crash": ([RAN, cell(CellStatus.CRASHED)], [BROKEN], ExitCode.LEAK),
}


@pytest.mark.parametrize(("cells", "cases", "code"), CODES.values(), ids=CODES)
def test_exit_code(cells: list[CellRecord], cases: list[CaseRecord], code: ExitCode) -> None:
    """News of a leak outweighs a missing result, and that outweighs success."""
    assert collect.exit_code(make_report(*cells, *cases)) is code


def test_interrupted_outweighs_all() -> None:
    """A run that was stopped says so, whatever it found."""
    assert collect.exit_code(make_report(RAN, BROKEN), interrupted=True) is ExitCode.INTERRUPTED


@pytest.mark.parametrize("protocol", [True, 1.0, "1", None], ids=repr)
def test_protocol_of_another_type(protocol: object) -> None:
    """Only the number itself is our protocol, or what JSON cannot tell from it."""
    answer = json.dumps({"record": "header", "protocol": protocol, "python": "3.11.1"}).encode() + b"\n" + FOOTER
    believed = came_of(answer).cell.status is CellStatus.RAN
    assert believed is (protocol == wire.PROTOCOL)
