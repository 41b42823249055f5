"""What stands behind a place of the table: counts, ladder, things left, how to see it again.

Cells that show the same are told once: evidence is joined when it differs in
nothing but ports, addresses, line numbers and how many descriptors there were
before. It measures nothing and judges nothing.
"""

import re
import shlex
from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import blake2s

from matrix.model import CaseRecord, CaseStatus, CellRecord, Left, Verdict
from matrix.order import column_key
from matrix.render.plain import in_words, one_line
from matrix.render.signs import Face
from matrix.render.table import Place, Row, Table

_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|[0-9]+")

# The ladder of `matrix.guest.wire`: a verdict is the first rung with nothing left.
RUNG_OF: dict[Verdict, str] = {
    Verdict.CLEAN: "returned",
    Verdict.LATE: "late",
    Verdict.REFCOUNT: "refcount",
    Verdict.GC: "gc",
    Verdict.LOOP: "loop",
    Verdict.HELD: "held",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One rung of one answer."""

    rung: str
    number: int
    decisive: bool  # the rung that gave the verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What one or more cells show of one case."""

    id: str
    row: Row
    face: Face
    record: CaseRecord  # of the first of the places
    places: tuple[Place, ...]
    steps: tuple[Step, ...]

    @property
    def client(self) -> str:
        return self.places[0].column.cell.client

    @property
    def where(self) -> tuple[tuple[str, str], ...]:
        """(version, on which interpreters), one for each column."""
        found: dict[str, list[str]] = {}
        versions: dict[str, str] = {}
        for place in self.places:
            cell = place.column.cell
            versions[cell.column] = cell.version
            found.setdefault(cell.column, []).append(cell.interpreter)
        ordered = sorted(found, key=lambda column: column_key(versions[column], column))
        return tuple((column, in_words(found[column])) for column in ordered)

    @property
    def commands(self) -> tuple[str, str]:
        return (
            f"leakmatrix show {shlex.quote(self.record.cell)} {shlex.quote(self.record.case)}",
            reproduce(self.places[0].column.cell, self.record.case),
        )


def reproduce(cell: CellRecord, case: str) -> str:
    """The command that measures just this cell and this case again, in the same kind of sandbox, beside the report."""
    chosen = {"sandbox": cell.sandbox, "cases": cell.own, "cell": cell.cell, "case": case}
    selection = " ".join(f"--{name} {shlex.quote(one_line(text))}" for name, text in chosen.items() if text)
    return f"leakmatrix run {selection} --fresh --out reproduced"


def _numberless(text: str) -> str:
    return _NUMBERS.sub("#", text)


def likeness_of_left(left: Left) -> Hashable:
    """Equal for things that a reader would call the same: ports and line numbers do not count."""
    return (
        left.kind,
        _numberless(left.what),
        left.state,
        left.verdict,
        tuple((frame.file, frame.function) for frame in left.created),
        tuple(map(_numberless, left.held_by)),
        left.advice,
    )


def _likeness(client: str, record: CaseRecord) -> Hashable:
    """Equal for answers that a reader would call the same."""
    return (
        client,
        record.case,
        record.contract,
        record.status,
        record.verdict,
        record.passed,
        record.known,
        record.growth,
        record.peer_open,
        tuple(map(_numberless, record.sensors)),
        _numberless(record.reason or ""),
        tuple(record.rungs.items()),
        tuple((kind, after - before) for kind, (before, after) in record.counts.items()),
        tuple(map(likeness_of_left, record.left)),
    )


def _shows_something(place: Place) -> bool:
    record = place.record
    if record is None:
        return False
    answered = record.status is CaseStatus.ANSWERED
    return bool(not answered or record.left or place.face.mark or record.verdict != Verdict.CLEAN)


def steps_of(record: CaseRecord) -> tuple[Step, ...]:
    """The ladder of one answer."""
    decisive = RUNG_OF[record.verdict] if record.verdict is not None else None
    return tuple(Step(rung=rung, number=number, decisive=rung == decisive) for rung, number in record.rungs.items())


def evidence_of(table: Table) -> tuple[Evidence, ...]:
    """By client, then as the rows stand in the table."""
    same: dict[Hashable, list[tuple[Row, Place, CaseRecord]]] = {}
    for section in table.sections:
        for row in section.rows:
            for place in row.places:
                if place.record is not None and _shows_something(place):
                    key = _likeness(place.column.cell.client, place.record)
                    same.setdefault(key, []).append((row, place, place.record))
    found = []
    for key, sights in same.items():
        row, place, record = sights[0]
        found.append(
            Evidence(
                id="e-" + blake2s(repr(key).encode(errors="replace"), digest_size=6).hexdigest(),
                row=row,
                face=place.face,
                record=record,
                places=tuple(place for _row, place, _record in sights),
                steps=steps_of(record),
            )
        )
    cases = {case: index for index, case in enumerate(dict.fromkeys(e.row.case for e in found))}
    return tuple(sorted(found, key=lambda one: (one.client, cases[one.row.case])))
