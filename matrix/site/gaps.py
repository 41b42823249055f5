"""What could not be tested, and why: cells and answers without a result, told once for each reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matrix.model import CellRecord, CellStatus
from matrix.order import column_key, interpreter_key
from matrix.render import signs
from matrix.render.plain import one_line
from matrix.render.signs import Face
from matrix.render.table import NO_REASON, Place
from matrix.site.book import Book, Client

REASON_LENGTH = 280
_NUMBERS = re.compile(r"[0-9]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """What one reason kept from being known: these cases in each of these columns on each of these interpreters."""

    client: str
    cases: tuple[str, ...]  # empty: whole cells
    face: Face
    reason: str  # its beginning; the page of the cell or answer has the rest
    cells: tuple[CellRecord, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.column for cell in self.cells))

    @property
    def interpreters(self) -> tuple[str, ...]:
        return tuple(sorted({cell.interpreter for cell in self.cells}, key=interpreter_key))

    @property
    def number(self) -> int:
        """Of the cells or answers."""
        return len(self.cells) * max(1, len(self.cases))

    @property
    def lacks(self) -> bool:
        """Nothing went wrong: the client, or its version, has no such thing."""
        return self.face == signs.LACKS


def gaps_of(book: Book) -> dict[str, tuple[Gap, ...]]:
    """Client -> whole cells first, then single answers, and last what it does not have; else as the rows stand."""
    found = {name: (*_cells(client), *_answers(client)) for name, client in book.clients.items()}
    return {name: tuple(sorted(gaps, key=lambda gap: gap.lacks)) for name, gaps in found.items() if gaps}


def _likeness(reason: str) -> str:
    return _NUMBERS.sub("#", reason.strip().partition("\n")[0])


def _cells(client: Client) -> Iterator[Gap]:
    groups: dict[tuple[CellStatus, str], list[CellRecord]] = {}
    for cell in client.cells:
        if cell.status is not CellStatus.RAN:
            groups.setdefault((cell.status, _likeness(cell.reason or NO_REASON)), []).append(cell)
    for (status, _reason), cells in groups.items():
        yield from _gaps(client, (), signs.of_cell(status), [(cell, cell.reason) for cell in cells])


def _answers(client: Client) -> Iterator[Gap]:
    """Cases that have no answer in the same cells, and for the same reason, are told together."""
    found: dict[tuple[Face, str], dict[str, list[Place]]] = {}
    for row in client.rows:
        for cell in client.cells:
            place = client.places.get((cell.cell, row.case))
            if place is not None and place.record is not None and place.record.verdict is None:
                reason = _likeness(place.record.reason or NO_REASON)
                found.setdefault((place.face, reason), {}).setdefault(row.case, []).append(place)
    for (face, _reason), cases in found.items():
        together: dict[tuple[str, ...], list[str]] = {}
        for case, places in cases.items():
            together.setdefault(tuple(place.column.cell.cell for place in places), []).append(case)
        for alike in together.values():
            places = cases[alike[0]]
            told = [(place.column.cell, place.record.reason) for place in places if place.record is not None]
            yield from _gaps(client, tuple(alike), face, told)


def _gaps(
    client: Client, cases: tuple[str, ...], face: Face, told: list[tuple[CellRecord, str | None]]
) -> Iterator[Gap]:
    """One for the columns that miss the same interpreters: of the others, nothing is missing there."""
    reasons = {cell.cell: reason for cell, reason in told}
    by_column: dict[str, list[CellRecord]] = {}
    for cell, _reason in sorted(told, key=lambda each: _order(each[0])):
        by_column.setdefault(cell.column, []).append(cell)
    alike: dict[tuple[str, ...], list[CellRecord]] = {}
    for column in by_column.values():
        alike.setdefault(tuple(cell.interpreter for cell in column), []).extend(column)
    for block in alike.values():
        yield Gap(
            client=client.name,
            cases=cases,
            face=face,
            reason=one_line(reasons[block[0].cell] or NO_REASON, limit=REASON_LENGTH),
            cells=tuple(block),
        )


def _order(cell: CellRecord) -> tuple[object, object]:
    return column_key(cell.version, cell.column), interpreter_key(cell.interpreter)
