"""From what a sandbox gave back to the records of a report, believing nothing of it.

The only place that reads a guest's answer: its size is bounded, each line is validated,
a missing footer means cut short. What cannot be read is a cell with a reason.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from matrix.errors import ExitCode, UsageError
from matrix.guest import wire
from matrix.model import CaseRecord, CaseStatus, Cell, CellRecord, CellStatus, Contract, Report
from matrix.report import record_of
from matrix.sandbox import Ended

# Of a list in an answer: a guest of ours never has so many.
_MOST = 1000
_PYTHON = re.compile(r"3\.[0-9]{1,2}\.[0-9]{1,3}[a-z0-9.+]{0,20}")

# How the reason of a cell begins whose interpreter cannot be had.
NO_INTERPRETER = "no such interpreter here"

# No result, though the client and this machine's grid would allow one.
_HARNESS = {CellStatus.INVALID, CellStatus.TIMEOUT, CellStatus.OOM, CellStatus.CRASHED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a cell."""

    cell: CellRecord
    cases: tuple[CaseRecord, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    python: str | None = None
    cases: tuple[CaseRecord, ...] = ()
    status: CellStatus | None = None
    reason: str = ""


def outcome(
    cell: Cell, ended: Ended, *, sandbox: str, resolved: dict[str, str] | None = None, seconds: float = 0.0
) -> Outcome:
    """The records of a cell that was run."""
    answer = _read(cell.id, ended.answer)
    status, reason = ended.status or answer.status, ended.reason or answer.reason
    record = CellRecord(
        **_names(cell, answer.python),
        resolved=resolved or {},
        status=status or CellStatus.RAN,
        reason=reason or None,
        sandbox=sandbox,
        image=ended.image,
        seconds=round(seconds, 2),
    )
    cases = tuple(map(_killed_for_memory, answer.cases)) if ended.out_of_memory else answer.cases
    if record.status is CellStatus.INVALID:  # nothing is believed but the controls, which say why
        cases = tuple(case for case in cases if case.contract is Contract.CONTROL)
    return Outcome(cell=record, cases=cases)


def _killed_for_memory(case: CaseRecord) -> CaseRecord:
    """The kernel kills with signal 9, and tells only the engine why."""
    if case.status is CaseStatus.CRASHED and (case.reason or "").startswith("killed by signal 9 "):
        return replace(case, status=CaseStatus.OOM)
    return case


def without_result(cell: Cell, status: CellStatus, reason: str, *, sandbox: str) -> Outcome:
    """The record of a cell that was not run."""
    return Outcome(cell=CellRecord(**_names(cell, None), status=status, reason=reason, sandbox=sandbox))


def spoilt(outcome: Outcome) -> str:
    """Why a result is worth another try, though a whole one: a control was wrong, which a slow machine does, too."""
    if outcome.cell.status is not CellStatus.INVALID or not outcome.cases:
        return ""  # without any control's answer it is the cases that are wrong, each time
    return (outcome.cell.reason or "").partition("\n")[0]


def exit_code(report: Report, *, interrupted: bool = False) -> ExitCode:
    """What a run comes to; see the table in `errors.py`. News of a leak outweighs a missing result."""
    if interrupted:
        return ExitCode.INTERRUPTED
    if any(map(_is_news, report.cases)):
        return ExitCode.LEAK
    if report.cells and all(cell.status is CellStatus.NOT_RUN for cell in report.cells):
        return ExitCode.ENVIRONMENT
    incomplete = any(cell.status in _HARNESS or _failed_here(cell) for cell in report.cells)
    none = bool(report.cells) and not any(map(_is_answer, report.cases))
    if incomplete or none or any(case.silent for case in report.cases):
        return ExitCode.INCOMPLETE
    return ExitCode.OK


def _is_answer(case: CaseRecord) -> bool:
    return case.verdict is not None and case.contract is not Contract.CONTROL


def _is_news(case: CaseRecord) -> bool:
    """A leak that is not listed, or one that is and does not show."""
    return case.passed is not None and (case.passed is (case.known is not None) or case.mismatch is not None)


def _failed_here(cell: CellRecord) -> bool:
    """Not run for want of the index, say; a grid may well name interpreters that cannot be had everywhere."""
    return cell.status is CellStatus.NOT_RUN and not (cell.reason or "").startswith(NO_INTERPRETER)


def _names(cell: Cell, python: str | None) -> dict[str, Any]:
    return {
        "cell": cell.id,
        "python": python or cell.python,
        "interpreter": cell.python,
        "client": cell.client,
        "version": cell.version,
        "column": cell.column,
    }


def _read(cell: str, raw: bytes | None) -> _Answer:
    if raw is None:
        return _Answer(status=CellStatus.CRASHED, reason="the guest left no answer")
    if len(raw) > wire.MAX_ANSWER_BYTES:
        return _Answer(status=CellStatus.CRASHED, reason=f"the answer is longer than {wire.MAX_ANSWER_BYTES} bytes")
    reader = _Reader(cell)
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        try:
            reader.line(line)
        except (ValueError, RecursionError) as error:
            return reader.answer(f"line {number} of the answer cannot be read: {str(error)[:400]}")
    return reader.answer()


class _Unreadable(ValueError):
    """A line that does not belong there; what was read before it stands."""


class _Reader:
    """The records of an answer, one line after the other."""

    def __init__(self, cell: str) -> None:
        self._cell = cell
        self._python: str | None = None
        self._cases: dict[str, tuple[int, CaseRecord]] = {}
        self._said: tuple[CellStatus | None, str] = (None, "")
        self._footer = False

    def line(self, line: str) -> None:
        """Take one line in. Raises ValueError (pydantic's and JSON's errors are such)."""
        if self._footer:
            raise _Unreadable("something follows the footer")
        match _storable(json.loads(line)):
            case first if self._python is None:
                self._python = _header(first)
            case {"record": "unavailable", "status": "usage", "reason": str(reason)}:
                raise UsageError(reason)
            case {"record": "unavailable", "status": str(status), "reason": str(reason)} if status in wire.UNAVAILABLE:
                self._said = CellStatus(status), reason[: wire.MAX_TEXT]
            case {"record": "case", "case": str(case), "order": int(order)} as record:
                if case in self._cases:
                    raise _Unreadable(f"the case {case} twice")
                self._cases[case] = order, _case(self._cell, record)
            case {"record": "footer", "cases": int(count)} if count == len(self._cases):
                self._footer = True
            case _:
                raise _Unreadable("not a record, or a footer that does not fit the records before it")

    def answer(self, trouble: str = "") -> _Answer:
        """What was read; cut short without a footer."""
        status, reason = self._said
        if trouble or not self._footer:
            status, reason = CellStatus.CRASHED, trouble or "the answer has no footer: it was cut short"
        cases = tuple(case for _, case in sorted(self._cases.values(), key=lambda entry: entry[0]))
        return _Answer(python=self._python, cases=cases, status=status, reason=reason)


def _header(record: object) -> str:
    """The interpreter's version, from an answer's first line."""
    match record:
        case {"record": "header", "protocol": wire.PROTOCOL, "python": str(python)} if _PYTHON.fullmatch(python):
            return python
        case {"record": "header", "protocol": wire.PROTOCOL}:
            raise _Unreadable("the header names no version of Python")
        case {"record": "header", "protocol": other}:
            raise _Unreadable(f"the guest speaks protocol {str(other)[:20]}, the host {wire.PROTOCOL}")
        case _:
            raise _Unreadable("the answer does not begin with a header")


def _storable(data: object) -> Any:
    """The same, no longer than a report has room for, with a question mark for each lone surrogate."""
    return _bounded(json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")))


def _bounded(data: object) -> object:
    match data:
        case str():
            return data[: wire.MAX_TEXT]
        case list():
            return [_bounded(each) for each in data[:_MOST]]
        case dict():
            return {key[: wire.MAX_TEXT]: _bounded(value) for key, value in islice(data.items(), _MOST)}
        case _:
            return data


def _case(cell: str, record: dict[str, Any]) -> CaseRecord:
    data = {key: value for key, value in record.items() if key != "order"}
    read = record_of(data | {"cell": cell, "known": None, "mismatch": None})
    if not isinstance(read, CaseRecord):
        raise _Unreadable("not a case")
    if read.status is CaseStatus.FLAKY or read.answers:
        raise _Unreadable("whether answers differ is not for one run to say")
    if (read.verdict is None) != (read.status is not CaseStatus.ANSWERED):
        raise _Unreadable("a case has a verdict when it is answered, and only then")
    passes = read.verdict in wire.PASSING if read.contract is Contract.GUARANTEE and read.verdict else None
    if read.passed is not passes:
        raise _Unreadable("`passed` does not follow from the verdict")
    return read


def in_order(cells: Iterable[Cell], outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Outcomes in the order of the plan."""
    found = {outcome.cell.cell: outcome for outcome in outcomes}
    return tuple(found[cell.id] for cell in cells if cell.id in found)
