"""Why a case has no answer though its cell has: one line for each cell and reason, and not too many.

That a version has no such feature (unsupported) is an answer of its kind, and none of these.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from matrix.model import CaseRecord, CaseStatus
from matrix.render.plain import in_short, in_words
from matrix.render.signs import Face
from matrix.render.table import NO_REASON, Column, Section

LINES_SHOWN = 20  # of one section
CASES_SHOWN = 3  # of one line
REASON_LENGTH = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """The cases of one cell that have no answer for the same reason."""

    column: Column
    face: Face
    reason: str  # in short
    cases: tuple[str, ...]

    def names(self, dress: Callable[[str], str]) -> str:
        """The first of the cases, each as a format shows a name, and how many more there are."""
        more = len(self.cases) - CASES_SHOWN
        return in_words([*map(dress, self.cases[:CASES_SHOWN]), *([f"{more} more"] if more > 0 else [])])


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """What a section says of its cases without an answer."""

    lines: tuple[Unanswered, ...]
    more: str  # in place of the lines that would be too many; empty: these are all


def _without_answer(section: Section) -> Iterator[tuple[Column, Face, CaseRecord]]:
    for index, column in enumerate(section.columns):
        for row in section.rows:
            place = row.places[index]
            record = place.record
            if record is not None and record.verdict is None and record.status is not CaseStatus.UNSUPPORTED:
                yield column, place.face, record


def silence_of(section: Section) -> Silence:
    """In the order of the columns, then of the rows."""
    same: dict[tuple[str, Face, str], tuple[Column, list[str]]] = {}
    for column, face, record in _without_answer(section):
        reason = in_short(record.reason or NO_REASON, REASON_LENGTH)
        same.setdefault((column.cell.cell, face, reason), (column, []))[1].append(record.case)
    lines = [
        Unanswered(column=column, face=face, reason=reason, cases=tuple(cases))
        for (_cell, face, reason), (column, cases) in same.items()
    ]
    left = sum(len(line.cases) for line in lines[LINES_SHOWN:])
    more = f"and {left} more: leakmatrix show CELL CASE" if left else ""
    return Silence(lines=tuple(lines[:LINES_SHOWN]), more=more)
