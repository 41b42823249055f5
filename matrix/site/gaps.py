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
    """What one reason kept from being known."""

    client: str
    case: str  # empty: whole cells
    face: Face
    reason: str  # its beginning; the page of the cell or answer has the rest
    cells: tuple[CellRecord, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.column for cell in self.cells))

    @property
    def interpreters(self) -> tuple[str, ...]:
        return tuple(sorted({cell.interpreter for cell in self.cells}, key=interpreter_key))


def gaps_of(book: Book) -> dict[str, tuple[Gap, ...]]:
    """Client -> whole cells first, then single answers, as the rows stand."""
    found = {name: (*_cells(client), *_answers(client)) for name, client in book.clients.items()}
    return {name: gaps for name, gaps in found.items() if gaps}


def _likeness(reason: str) -> str:
    return _NUMBERS.sub("#", reason.strip().partition("\n")[0])


def _cells(client: Client) -> Iterator[Gap]:
    groups: dict[tuple[CellStatus, str], list[CellRecord]] = {}
    for cell in client.cells:
        if cell.status is not CellStatus.RAN:
            groups.setdefault((cell.status, _likeness(cell.reason or NO_REASON)), []).append(cell)
    for (status, _reason), cells in groups.items():
        yield _gap(client, "", signs.of_cell(status), cells[0].reason or NO_REASON, cells)


def _answers(client: Client) -> Iterator[Gap]:
    for row in client.rows:
        groups: dict[tuple[Face, str], list[Place]] = {}
        for cell in client.cells:
            place = client.places.get((cell.cell, row.case))
            if place is not None and place.record is not None and place.record.verdict is None:
                key = place.face, _likeness(place.record.reason or NO_REASON)
                groups.setdefault(key, []).append(place)
        for (face, _reason), places in groups.items():
            record = places[0].record
            reason = (record.reason if record is not None else "") or NO_REASON
            yield _gap(client, row.case, face, reason, [place.column.cell for place in places])


def _gap(client: Client, case: str, face: Face, reason: str, cells: list[CellRecord]) -> Gap:
    ordered = sorted(cells, key=lambda cell: (column_key(cell.version, cell.column), interpreter_key(cell.interpreter)))
    return Gap(
        client=client.name, case=case, face=face, reason=one_line(reason, limit=REASON_LENGTH), cells=tuple(ordered)
    )
