"""Which cell of the old report a cell of the new one is compared with.

With itself, where it is there. A cell that is new has a neighbour: a new release the release before it,
a new interpreter the interpreter before it; only so is it news that a release leaks on its first day. A version
that was added below or between known ones has none: nobody has upgraded to it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from matrix.model import CellRecord, CellStatus
from matrix.order import ColumnKey, InterpreterKey, column_key, interpreter_family, interpreter_key, python_language

_Row = tuple[str, str, str]  # interpreter (or family), client, what follows the version


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A cell of the new report and its counterpart."""

    old: CellRecord
    new: CellRecord
    step: str = ""  # "0.28.1 to 0.29.0", "3.14 to 3.15"; empty: the same cell


@dataclass(slots=True)
class _Neighbours:
    """The old cells by what they have in common with a newer one."""

    by_version: dict[_Row, list[CellRecord]] = field(default_factory=dict)
    by_interpreter: dict[_Row, list[CellRecord]] = field(default_factory=dict)

    def add(self, cell: CellRecord) -> None:
        self.by_version.setdefault(_version_row(cell), []).append(cell)
        self.by_interpreter.setdefault(_interpreter_row(cell), []).append(cell)


def pairs(old: Iterable[CellRecord], new: Iterable[CellRecord]) -> tuple[tuple[Pair, ...], tuple[CellRecord, ...]]:
    """The pairs, and the cells that are new, whether or not they have a neighbour."""
    there = {cell.cell: cell for cell in old}
    neighbours = _Neighbours()
    for cell in there.values():
        neighbours.add(cell)
    found: list[Pair] = []
    fresh: list[CellRecord] = []
    for cell in new:
        before = there.get(cell.cell)
        if before is not None:
            found.append(Pair(old=before, new=cell))
            continue
        fresh.append(cell)
        found += _with_neighbour(cell, neighbours)
    return tuple(found), tuple(fresh)


def _with_neighbour(cell: CellRecord, neighbours: _Neighbours) -> Iterable[Pair]:
    released = neighbours.by_version.get(_version_row(cell))
    if released:
        newest = max(_of_result(released, cell), key=_by_version)
        if _by_version(newest) < _by_version(cell):
            yield Pair(old=newest, new=cell, step=f"{newest.column} to {cell.column}")
        return
    elsewhere = neighbours.by_interpreter.get(_interpreter_row(cell))
    if elsewhere:
        newest = max(_of_result(elsewhere, cell), key=_by_interpreter)
        if _by_interpreter(newest) < _by_interpreter(cell):
            yield Pair(old=newest, new=cell, step=f"Python {newest.interpreter} to {cell.interpreter}")


def _of_result(cells: list[CellRecord], new: CellRecord) -> list[CellRecord]:
    """Those with answers to compare with, unless there is none, or the new one has none either."""
    ran = [cell for cell in cells if cell.status is CellStatus.RAN]
    return ran if ran and new.status is CellStatus.RAN else cells


def _version_row(cell: CellRecord) -> _Row:
    return cell.interpreter, cell.client, cell.column.removeprefix(cell.version)


def _interpreter_row(cell: CellRecord) -> _Row:
    bundled = cell.column == python_language(cell.interpreter) and cell.client not in cell.resolved
    return interpreter_family(cell.interpreter), cell.client, "" if bundled else cell.column


def _by_version(cell: CellRecord) -> ColumnKey:
    return column_key(cell.version, cell.version)


def _by_interpreter(cell: CellRecord) -> InterpreterKey:
    return interpreter_key(cell.interpreter)
