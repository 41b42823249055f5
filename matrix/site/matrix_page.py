"""The matrix of one interpreter: every version of every client, folded to what differs.

Which rows and columns are folded is decided here, so that the page is right before any script has run;
the script only unfolds, filters and remembers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matrix.model import CellRecord, CellStatus, Verdict
from matrix.render import signs
from matrix.render.plain import one_line
from matrix.render.table import Column, Place, Row, Section
from matrix.site import addresses
from matrix.site.book import Book
from matrix.site.folding import fullest_first, says_nothing
from matrix.site.templating import Pages


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A column's head. `again`: the answers of the column before it; `now`: a current release."""

    cell: CellRecord
    extras: tuple[tuple[str, str], ...]
    classes: str
    place: str  # the same for its places, of which there are many
    run: str  # "to 2.34.2": the last of those that are folded into this one
    silent: str  # the word of a cell that gave no result


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    client: str
    columns: tuple[Head, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    row: Row
    same: bool  # one answer everywhere
    places: tuple[tuple[Place, str], ...]  # with the classes that fold and part it


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    rows: tuple[Line, ...]


def matrix_page(pages: Pages, section: Section) -> tuple[str, str]:
    book = pages.book
    section = fullest_first(section)
    heads = _heads(section, book)
    lines = tuple(Lines(rows=tuple(_line(row, heads) for row in subject.rows)) for subject in section.subjects)
    groups = groupby(heads, key=lambda head: head.cell.client)
    pages.shared["interpreter"] = section.interpreter
    try:
        return pages.page(
            "matrix",
            addresses.matrix_page(section.interpreter),
            rows=lines,
            groups=[Group(client=client, columns=tuple(found)) for client, found in groups],
            names=[client for client, _columns in section.clients],
            missing=section.missing,
            key=_key(),
        )
    finally:
        pages.shared["interpreter"] = book.interpreter


def _key() -> list[tuple[str, str, str]]:
    verdicts = [(signs.verdict_sign(v), str(v), str(signs.verdict_tone(v))) for v in Verdict]
    return [*verdicts, (signs.BROKEN, "broken guarantee", "bad"), ("–", "unsupported", "none")]  # noqa: RUF001  # a dash


def _heads(section: Section, book: Book) -> list[Head]:
    answers = [_answers(section, number) for number in range(len(section.columns))]
    again = [False] * len(answers)
    for number in range(1, len(answers)):
        older, newer = section.columns[number - 1].cell, section.columns[number].cell
        again[number] = older.client == newer.client and answers[number - 1] == answers[number]
    return [
        _head(column, number, section.columns, again, now=book.clients[column.cell.client].is_current(column.cell))
        for number, column in enumerate(section.columns)
    ]


def _answers(section: Section, number: int) -> tuple[object, ...]:
    places = (row.places[number] for row in section.rows)
    return tuple((place.face, place.record.growth if place.record is not None else None) for place in places)


def _head(column: Column, number: int, columns: Sequence[Column], again: list[bool], *, now: bool) -> Head:
    last = number
    while last + 1 < len(columns) and again[last + 1]:
        last += 1
    first = number == 0 or columns[number - 1].cell.client != column.cell.client
    marks = {"first": first, "again": again[number], "now": now, "silent": column.cell.status is not CellStatus.RAN}
    return Head(
        cell=column.cell,
        extras=column.extras,
        classes=" ".join(name for name, holds in marks.items() if holds),
        place="".join(f" {name[0]}" for name in ("first", "again", "silent") if marks[name]),
        run=f"to {one_line(columns[last].cell.version)}" if last > number and not again[number] else "",
        silent=str(column.cell.status) if column.cell.status is not CellStatus.RAN else "",
    )


def _line(row: Row, heads: list[Head]) -> Line:
    return Line(
        row=row,
        same=says_nothing(row.places),
        places=tuple((place, head.place) for place, head in zip(row.places, heads, strict=True)),
    )
