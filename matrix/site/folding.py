"""What of a wide table is seen first, and which of its rows may be folded away: they do not tell anything apart."""

from collections.abc import Iterable
from dataclasses import replace

from matrix.model import CaseStatus
from matrix.render import signs
from matrix.render.table import Place, Row, Section


def fullest_first(section: Section) -> Section:
    """The clients that answer most cases first: a table that begins with empty places tells nothing."""
    answered = {(place.column.cell.client, row.case) for row in section.rows for place in row.places if _answers(place)}
    cases = dict.fromkeys((column.cell.client for column in section.columns), 0)
    for client, _case in answered:
        cases[client] += 1
    order = sorted(range(len(section.columns)), key=lambda number: -cases[section.columns[number].cell.client])

    def turned(row: Row) -> Row:
        return replace(row, places=tuple(row.places[number] for number in order))

    return replace(
        section,
        columns=tuple(section.columns[number] for number in order),
        subjects=tuple(replace(each, rows=tuple(map(turned, each.rows))) for each in section.subjects),
    )


def _answers(place: Place) -> bool:
    return place.record is not None and place.record.verdict is not None


def says_nothing(places: Iterable[Place]) -> bool:
    """One answer of all who have such a feature, not that of a broken guarantee, nor of a list that is out of date."""
    records = ((place.face, place.record) for place in places if place.record is not None)
    faces = {face for face, record in records if record.status is not CaseStatus.UNSUPPORTED}
    return len(faces) < 2 and not any(face.sign in {signs.BROKEN, signs.STALE} for face in faces)
