"""A report, looked at from every side that a page needs: by client, by release, by case.

Computed once and shared by all pages; it puts nothing into words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from packaging.version import InvalidVersion

from matrix.model import CaseRecord, CellRecord, CellStatus, Contract, Report
from matrix.order import as_version, column_key, interpreter_family, interpreter_key, python_language
from matrix.render.table import Column, Place, Row, Table, column_of, narrow, table_of
from matrix.site.blame import Blame, Sight, blame
from matrix.site.ranges import State, Story, state_of, stories_of


@dataclass(frozen=True, kw_only=True)  # no slots: what is asked for is computed once
class Client:
    """A client and its cells, by release, then by interpreter."""

    name: str
    cells: tuple[CellRecord, ...]
    current: str  # the version of its newest release in the report
    rows: tuple[Row, ...]  # its cases, with the places of all its cells
    places: Mapping[tuple[str, str], Place]  # (cell, case) -> its place

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell.column for cell in self.cells))

    @cached_property
    def versions(self) -> tuple[str, ...]:
        """The plain releases: as an install gives them, nothing pinned."""
        return tuple(dict.fromkeys(cell.version for cell in self.cells if is_plain(cell)))

    @cached_property
    def interpreters(self) -> tuple[str, ...]:
        return tuple(sorted({cell.interpreter for cell in self.cells}, key=interpreter_key))

    @cached_property
    def by_place(self) -> dict[tuple[str, str], CellRecord]:
        """(column, interpreter) -> cell."""
        return {(cell.column, cell.interpreter): cell for cell in self.cells}

    @cached_property
    def bundled(self) -> bool:
        """Whether it comes with the interpreter: then its versions are the interpreter's, and all are current."""
        return all(cell.column == python_language(cell.interpreter) for cell in self.cells)

    def is_current(self, cell: CellRecord) -> bool:
        usual = is_plain(cell) or not self.versions  # a grid may have nothing but what is resolved as of the release
        return self.bundled or (usual and cell.version == self.current)

    @cached_property
    def lines(self) -> tuple[tuple[Column | None, tuple[CellRecord | None, ...]], ...]:
        """The cells of each version by interpreter, the newest first; of what comes with it, a single line."""
        if self.bundled:
            own = {cell.interpreter: cell for cell in self.cells}
            return ((None, tuple(own.get(name) for name in self.interpreters)),)
        heads = {cell.column: column_of(cell) for cell in self.cells}
        return tuple(
            (heads[column], tuple(self.by_place.get((column, name)) for name in self.interpreters))
            for column in reversed(self.columns)
        )

    @cached_property
    def stories(self) -> dict[str, tuple[Story, ...]]:
        """Case -> its ranges over the plain releases."""
        return {row.case: self._stories(row) for row in self.rows}

    def _stories(self, row: Row) -> tuple[Story, ...]:
        histories: dict[str, dict[str, State | None]] = {}
        for cell in self.cells:
            place = self.places.get((cell.cell, row.case))
            if is_plain(cell) and place is not None and place.face.word:
                state = state_of(place.record) if place.record is not None else None
                # What comes with the interpreter has one version there: those of a family are its history.
                track = interpreter_family(cell.interpreter) if self.bundled else cell.interpreter
                histories.setdefault(track, {})[cell.version] = state
        promised = row.contract is Contract.GUARANTEE
        if self.bundled:
            return tuple(
                replace(story, interpreters=self._of(story), of_python=True)
                for story in stories_of(histories, promised=promised)
            )
        ordered = {name: histories[name] for name in sorted(histories, key=interpreter_key)}
        return stories_of(ordered, promised=promised)

    def _of(self, story: Story) -> tuple[str, ...]:
        """The interpreters of the families that a story is told of."""
        return tuple(name for name in self.interpreters if interpreter_family(name) in story.interpreters)

    def blame(self, case: str) -> Blame | None:
        """The package whose version decides, if it is not the client."""
        sights = []
        for cell in self.cells:
            place = self.places.get((cell.cell, case))
            state = state_of(place.record) if place is not None and place.record is not None else None
            if state is not None:
                sights.append(Sight(interpreter=cell.interpreter, state=state, resolved=cell.resolved))
        return blame(self.name, sights)


@dataclass(frozen=True, kw_only=True)
class Book:
    """The whole report."""

    report: Report
    table: Table
    clients: Mapping[str, Client]
    rows: Mapping[str, Row]  # case -> its row in the first section that has it
    records: Mapping[str, tuple[CaseRecord, ...]]  # cell -> all its records, controls too

    @cached_property
    def interpreters(self) -> tuple[str, ...]:
        return tuple(section.interpreter for section in self.table.sections)

    @cached_property
    def interpreter(self) -> str:
        """The one that a page shows first: the newest ordinary one of those that answer for most current releases."""
        answered = dict.fromkeys(self.interpreters, 0)
        for client in self.clients.values():
            for cell in client.cells:
                answered[cell.interpreter] += client.is_current(cell) and cell.status is CellStatus.RAN
        ordinary = [name for name in self.interpreters if interpreter_family(name) == ""] or list(self.interpreters)
        most = max((answered[name] for name in ordinary), default=0)
        return next((name for name in reversed(ordinary) if answered[name] == most), "")


def is_plain(cell: CellRecord) -> bool:
    """A release as an install gives it today: nothing pinned, not of its own day."""
    return cell.column == cell.version


def book_of(report: Report) -> Book:
    """A report as a book."""
    table = table_of(report)
    rows: dict[str, Row] = {}
    places: dict[str, dict[tuple[str, str], Place]] = {}
    cases: dict[str, dict[str, Row]] = {}
    for section in table.sections:
        whose = {client: {column.cell.cell for column in columns} for client, columns in section.clients}
        for row in section.rows:
            rows.setdefault(row.case, row)
            for place in row.places:
                if place.face.word:
                    places.setdefault(place.column.cell.client, {})[place.column.cell.cell, row.case] = place
            for client, its_cells in whose.items():
                own = narrow(row, its_cells)
                if any(place.face.word for place in own.places):
                    known = cases.setdefault(client, {})
                    known[row.case] = max(known.get(row.case, own), own, key=_told)
    order = {case: number for number, case in enumerate(rows)}
    cells = sorted(report.cells, key=_order)
    clients = {
        name: _client(name, tuple(group), cases.get(name, {}), places.get(name, {}), order)
        for name, group in groupby(cells, key=lambda cell: cell.client)
    }
    return Book(report=report, table=table, clients=clients, rows=rows, records=records_of(report))


def _told(row: Row) -> tuple[bool, bool]:
    """Whether its contract is the client's own word, and a guarantee; where a client cannot be had it is others'."""
    return any(place.record is not None for place in row.places), row.contract is Contract.GUARANTEE


def _client(
    name: str,
    cells: tuple[CellRecord, ...],
    cases: Mapping[str, Row],
    places: Mapping[tuple[str, str], Place],
    order: Mapping[str, int],
) -> Client:
    rows = tuple(sorted(cases.values(), key=lambda row: order[row.case]))
    return Client(name=name, cells=cells, current=_current(cells), rows=rows, places=places)


def _current(cells: tuple[CellRecord, ...]) -> str:
    """The newest release; a pre-release only where there is nothing else."""
    plain = [cell.version for cell in cells if is_plain(cell)] or [cell.version for cell in cells]
    stable = [version for version in plain if not _is_prerelease(version)]
    return max(stable or plain, key=lambda version: column_key(version, version))


def _is_prerelease(version: str) -> bool:
    try:
        return as_version(version).is_prerelease
    except InvalidVersion:
        return True


def _order(cell: CellRecord) -> tuple[object, ...]:
    return cell.client, column_key(cell.version, cell.column), interpreter_key(cell.interpreter), cell.cell


def records_of(report: Report) -> dict[str, tuple[CaseRecord, ...]]:
    """Cell -> its records, in the order of the report."""
    found: dict[str, list[CaseRecord]] = {cell.cell: [] for cell in report.cells}
    for record in report.cases:
        found.setdefault(record.cell, []).append(record)
    return {cell: tuple(records) for cell, records in found.items()}
