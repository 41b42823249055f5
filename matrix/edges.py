"""The edges of known leaks: which cells show each of them, and whether a report did.

An edge is shown where a version that is listed as bad leaves what the entry names, and a good one does not, on
the same interpreter. Pure: entries and a report in, findings out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from matrix.guest.select import case_matches
from matrix.known import Edge, KnownLeak, broken_kinds
from matrix.model import CaseRecord, CaseStatus, Cell, CellRecord, CellStatus, Contract, Report
from matrix.order import interpreter_key, python_language
from matrix.versions import Bundled, Exact

Side = Literal["bad", "good"]

NOT_THERE = "not in this report"


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One cell of an edge: what it should show, and what it did."""

    side: Side
    cell: str
    case: str
    right: bool | None  # None: no answer
    said: str  # "gc: socket", "clean", "uninstallable: ..."


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One edge on one interpreter."""

    entry: KnownLeak
    python: str
    seen: tuple[Seen, ...]

    @property
    def shown(self) -> bool:
        """Whether both sides were seen, where there are two, and nothing spoke against it."""
        sides = {seen.side for seen in self.seen}
        right = {seen.side for seen in self.seen if seen.right}
        return right == sides and not any(seen.right is False for seen in self.seen)

    @property
    def was_run(self) -> bool:
        """Whether the report has a cell of it."""
        return any(seen.said != NOT_THERE for seen in self.seen)

    @property
    def absent(self) -> tuple[Side, ...]:
        """The sides of which the report has no cell."""
        there = {seen.side for seen in self.seen if seen.said != NOT_THERE}
        return tuple(dict.fromkeys(seen.side for seen in self.seen if seen.side not in there))

    @property
    def contradicted(self) -> bool:
        """Whether a cell gave an answer, and it was the other one."""
        return any(seen.right is False for seen in self.seen)


def cells(entries: Iterable[KnownLeak]) -> tuple[Cell, ...]:
    """The cells that show all edges."""
    found = {cell for _, cell, _, _ in _places(entries)}
    return tuple(sorted(found, key=lambda cell: (interpreter_key(cell.python), cell.client, cell.column)))


def cases(entries: Iterable[KnownLeak], cell: Cell) -> tuple[str, ...]:
    """The cases by which a cell shows its edges."""
    return tuple(dict.fromkeys(case for entry, where, case, _ in _places(entries) if where == cell))


def check(entries: Iterable[KnownLeak], report: Report) -> tuple[Shown, ...]:
    """Each edge on each of its interpreters, as the report has it."""
    ran = {cell.cell: cell for cell in report.cells}
    answers: dict[str, list[CaseRecord]] = {}
    for case in report.cases:
        answers.setdefault(case.cell, []).append(case)
    found: dict[tuple[int, str], list[Seen]] = {}
    listed = list(entries)
    numbers = {id(entry): number for number, entry in enumerate(listed)}
    for entry, cell, glob, side in _places(listed):
        named: list[tuple[str, CaseRecord | None]] = [*_named(glob, answers.get(cell.id, ()))] or [(glob, None)]
        seen = [_seen(entry, side, case, ran.get(cell.id), answer, cell.id) for case, answer in named]
        found.setdefault((numbers[id(entry)], cell.python), []).extend(seen)
    return tuple(
        Shown(entry=listed[number], python=python, seen=tuple(seen)) for (number, python), seen in found.items()
    )


def _named(glob: str, answers: Iterable[CaseRecord]) -> Iterator[tuple[str, CaseRecord]]:
    """The answers that an entry names; by a pattern, the guarantees alone, of what the client has."""
    for answer in answers:
        promised = answer.contract is Contract.GUARANTEE and answer.status is not CaseStatus.UNSUPPORTED
        if answer.case == glob or (promised and case_matches(glob, answer.case)):
            yield answer.case, answer


def _places(entries: Iterable[KnownLeak]) -> Iterator[tuple[KnownLeak, Cell, str, Side]]:
    for entry in entries:
        for edge in entry.edges:
            for python in edge.python:
                for side, columns in _sides(edge):
                    for column in columns:
                        for case in entry.cases:
                            yield entry, _cell(entry.client, column, python), case, side


def _sides(edge: Edge) -> tuple[tuple[Side, tuple[Exact | Bundled, ...]], ...]:
    return ("bad", edge.bad), ("good", edge.good)


def _cell(client: str, column: Exact | Bundled, python: str) -> Cell:
    version = python_language(python) if isinstance(column, Bundled) else column.version
    return Cell(python=python, client=client, version=version, pins=column.pins)


def _seen(
    entry: KnownLeak, side: Side, case: str, cell: CellRecord | None, answer: CaseRecord | None, cell_id: str
) -> Seen:
    if cell is None or (answer is None and cell.status is CellStatus.RAN):  # other cases ran in it
        return Seen(side=side, cell=cell_id, case=case, right=None, said=NOT_THERE)
    if answer is None:
        reason = (cell.reason or "").strip().partition("\n")[0]
        return Seen(side=side, cell=cell_id, case=case, right=None, said=f"{cell.status}: {reason}")
    if answer.verdict is None:
        reason = (answer.reason or "").strip().rpartition("\n")[2]
        return Seen(side=side, cell=cell_id, case=case, right=None, said=f"{answer.status}: {reason}")
    broken = broken_kinds(answer)
    wanted = set(entry.kinds)
    right = wanted <= broken if side == "bad" else not wanted & broken
    kinds = f": {', '.join(sorted(broken))}" if broken else ""
    return Seen(side=side, cell=cell_id, case=case, right=right, said=f"{answer.verdict}{kinds}")
