"""Report -> Table: which sections, columns and rows there are, and what stands where.

Pure, and the same for every format. Controls are not rows: they vouch for the
measurement, and a cell in which one is wrong is `invalid`. What changed between
columns is computed in `findings.py`, totals in `summary.py`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from matrix.model import CaseRecord, CaseStatus, CellRecord, CellStatus, Contract, Report
from matrix.order import column_key, interpreter_key
from matrix.render import signs
from matrix.render.plain import one_line
from matrix.render.signs import Face

NOTE_LENGTH = 220
NO_REASON = "no reason was given"
WHY_NOT = "Without an answer, and why"  # the heading of what is missing from a section

Answers = Mapping[tuple[str, str], CaseRecord]  # (cell, case) -> record


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One cell of the matrix: a client's version on this section's interpreter."""

    cell: CellRecord
    extras: tuple[tuple[str, str], ...]  # (("+urllib3", "1.26.15"), ("@era", ""))

    @property
    def label(self) -> str:
        return f"{self.cell.client} {self.cell.column}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a row and a column meet."""

    face: Face
    note: str  # short, for a tooltip
    column: Column
    record: CaseRecord | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    case: str
    label: str  # the part in brackets, the subject being the heading
    contract: Contract
    sentence: str
    places: tuple[Place, ...]

    @property
    def promisers(self) -> tuple[str, ...]:
        """The clients of whom it is a guarantee, where it is a hazard for others; else nobody."""
        records = [(place.column.cell.client, place.record) for place in self.places if place.record is not None]
        of = {client for client, record in records if record.contract is Contract.GUARANTEE}
        return () if of == {client for client, _record in records} else tuple(sorted(of))


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The rows that share the part of the case id before `[`."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """A column that gave no answer, or not all, and why."""

    column: Column
    face: Face
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    interpreter: str
    columns: tuple[Column, ...]
    subjects: tuple[Subject, ...]
    missing: tuple[Missing, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for subject in self.subjects for row in subject.rows)

    @property
    def clients(self) -> tuple[tuple[str, tuple[Column, ...]], ...]:
        groups = groupby(self.columns, key=lambda column: column.cell.client)
        return tuple((client, tuple(columns)) for client, columns in groups)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    report: Report
    sections: tuple[Section, ...]


def subject_of(case: str) -> str:
    return case.partition("[")[0]


def _label_of(case: str) -> str:
    subject, bracket, rest = case.partition("[")
    return rest[:-1] if subject and bracket and rest.endswith("]") else case


def column_of(cell: CellRecord) -> Column:
    """A cell as a column: its version, and what else is pinned in it."""
    pins, at, resolve = cell.column.removeprefix(cell.version).partition("@")
    extras = []
    for pin in filter(None, pins.split("+")):
        name, dash, version = pin.rpartition("-")
        extras.append((f"+{name}", version) if dash else (f"+{pin}", ""))
    if at:
        extras.append((f"@{resolve}", ""))
    return Column(cell=cell, extras=tuple(extras))


def answers_of(report: Report) -> dict[tuple[str, str], CaseRecord]:
    """The records that count: no controls, nothing from a cell that is not believed."""
    believed = {cell.cell for cell in report.cells if signs.believed(cell.status)}
    return {
        (record.cell, record.case): record
        for record in report.cases
        if record.cell in believed and record.contract is not Contract.CONTROL
    }


def _note(record: CaseRecord, face: Face) -> str:
    parts = [record.growth or "", record.reason or ""]
    if face.mark == "known":
        parts.insert(0, f"known: {record.known}")
    elif face.mark == "gone":
        parts.insert(0, f"listed as known ({record.known}), but it is gone")
    return one_line("; ".join(filter(None, parts)), limit=NOTE_LENGTH)


def _place(column: Column, case: str, answers: Answers, fitting: set[tuple[str, str]]) -> Place:
    record = answers.get((column.cell.cell, case))
    if record is not None:
        face = signs.of_case(record)
        return Place(face=face, note=_note(record, face), column=column, record=record)
    if (column.cell.client, case) not in fitting or column.cell.status is CellStatus.RAN:
        return Place(face=signs.NOTHING, note="", column=column)
    reason = one_line(column.cell.reason or NO_REASON, limit=NOTE_LENGTH)
    return Place(face=signs.of_cell(column.cell.status), note=reason, column=column)


def _fitting(report: Report, answers: Answers) -> set[tuple[str, str]]:
    """(client, case) that can meet; a client that never answered may meet them all."""
    clients = {cell.cell: cell.client for cell in report.cells}
    seen = {(clients[cell], case) for cell, case in answers}
    silent = set(clients.values()) - {client for client, _case in seen}
    return seen | {(client, case) for client in silent for _cell, case in answers}


def _contract(records: Iterable[CaseRecord]) -> Contract:
    """A guarantee if anybody's."""
    promised = any(record.contract is Contract.GUARANTEE for record in records)
    return Contract.GUARANTEE if promised else Contract.HAZARD


def _row(case: str, records: list[CaseRecord], places: tuple[Place, ...]) -> Row:
    return Row(
        case=case,
        label=_label_of(case),
        contract=_contract(records),
        sentence=next((record.sentence for record in records if record.sentence), ""),
        places=places,
    )


def _subjects(columns: tuple[Column, ...], report: Report, answers: Answers) -> tuple[Subject, ...]:
    fitting = _fitting(report, answers)
    by_case: dict[str, list[CaseRecord]] = {}
    for record in answers.values():
        by_case.setdefault(record.case, []).append(record)
    by_subject: dict[str, list[Row]] = {}
    for case, records in by_case.items():
        places = tuple(_place(column, case, answers, fitting) for column in columns)
        if any(place.face is not signs.NOTHING for place in places):
            by_subject.setdefault(subject_of(case), []).append(_row(case, records, places))
    return tuple(Subject(name=name, rows=tuple(rows)) for name, rows in by_subject.items())


def _missing(columns: tuple[Column, ...]) -> tuple[Missing, ...]:
    return tuple(
        Missing(
            column=column,
            face=signs.of_cell(column.cell.status),
            reason=column.cell.reason or NO_REASON,
        )
        for column in columns
        if column.cell.status is not CellStatus.RAN
    )


def _section(interpreter: str, report: Report, answers: Answers) -> Section:
    cells = [cell for cell in report.cells if cell.interpreter == interpreter]
    cells.sort(key=lambda cell: (cell.client, column_key(cell.version, cell.column), cell.cell))
    columns = tuple(map(column_of, cells))
    return Section(
        interpreter=interpreter,
        columns=columns,
        subjects=_subjects(columns, report, answers),
        missing=_missing(columns),
    )


def table_of(report: Report) -> Table:
    """Sections by interpreter, columns by client and version, rows as the cases first appear."""
    answers = answers_of(report)
    names = sorted({cell.interpreter for cell in report.cells}, key=interpreter_key)
    sections = tuple(_section(name, report, answers) for name in names)
    return Table(report=report, sections=sections)


def _says_something(place: Place) -> bool:
    return place.face is not signs.NOTHING and not _lacks(place)


def _lacks(place: Place) -> bool:
    return place.record is not None and place.record.status is CaseStatus.UNSUPPORTED


def lacking(section: Section, client: str) -> int:
    """How many cases are about what none of a client's versions has."""
    rows = ([place for place in row.places if place.column.cell.client == client] for row in section.rows)
    return sum(any(map(_lacks, places)) and not any(map(_says_something, places)) for places in rows)


def lacking_line(client: str, number: int) -> str:
    """A line in place of so many rows."""
    what, it_is = ("1 case", "is") if number == 1 else (f"{number} cases", "are")
    return one_line(f"{what} {it_is} about what {client} here does not have (unsupported)")


def narrow(row: Row, cells: Collection[str]) -> Row:
    """A row in some cells alone. What one client promises need not be promised by another."""
    places = tuple(place for place in row.places if place.column.cell.cell in cells)
    records = [place.record for place in places if place.record is not None]
    return replace(row, places=places, contract=_contract(records) if records else row.contract)


def only_client(section: Section, columns: tuple[Column, ...]) -> tuple[Subject, ...]:
    """The rows of one client (or of some of its columns), without those for which it has nothing.

    None at all where no case of these columns ran: why not is told once, not in every row.
    """
    wanted = {column.cell.cell for column in columns}
    subjects = []
    for subject in section.subjects:
        narrowed = [narrow(row, wanted) for row in subject.rows]
        rows = tuple(r for r in narrowed if any(map(_says_something, r.places)))
        if rows:
            subjects.append(replace(subject, rows=rows))
    ran = any(place.record is not None for subject in subjects for row in subject.rows for place in row.places)
    return tuple(subjects) if ran else ()
