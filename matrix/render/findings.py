"""What a reader should know first, computed from the table and never written by hand.

Unexpected leaks, known ones, listed ones that are gone; then each place where a
verdict changes between neighbouring versions of a client, or between
neighbouring interpreters of one family; clean or late is chance, and no change.
It explains nothing: that is evidence.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from matrix.guest.wire import PASSING
from matrix.model import CaseRecord, Contract, Verdict
from matrix.order import column_key, interpreter_family
from matrix.render import signs
from matrix.render.plain import in_words
from matrix.render.table import Place, Row, Section, Table


class Kind(IntEnum):
    """In the order in which they are shown."""

    UNEXPECTED = 1
    KNOWN = 2
    GONE = 3
    VERSION_EDGE = 4
    INTERPRETER_EDGE = 5


HEADINGS: dict[Kind, str] = {
    Kind.UNEXPECTED: "Guarantees that are broken",
    Kind.KNOWN: "Known leaks",
    Kind.GONE: "Listed as known, but gone",
    Kind.VERSION_EDGE: "Where the answer changes between versions",
    Kind.INTERPRETER_EDGE: "Where the answer changes between interpreters",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One sentence, joined from all the places where it is true."""

    kind: Kind
    client: str
    case: str
    what: str  # "refcount", "clean in 2.31.0, refcount in 2.34.2"
    note: str  # "+1 per call, listed as requests#2326"
    versions: tuple[str, ...]
    interpreters: tuple[str, ...]
    everywhere: bool  # on every interpreter of the report
    place: Place  # one where it shows: for a link to its evidence

    @property
    def statement(self) -> str:
        versions = f" in {in_words(self.versions)}" if self.versions else ""
        return f"{self.what}{versions}" + (f", {self.note}" if self.note else "")

    @property
    def where(self) -> str:
        return "all interpreters" if self.everywhere else in_words(self.interpreters)

    @property
    def text(self) -> str:
        where = f" ({self.where})" if self.where else ""
        return f"{self.client} {self.case}: {self.statement}{where}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sight:
    """One observation, before equal ones are joined."""

    kind: Kind
    what: str
    place: Place  # whose client and case it is about
    note: str = ""
    version: str = ""
    interpreter: str = ""


def _answered(row: Row) -> Iterator[tuple[Place, CaseRecord, Verdict]]:
    for place in row.places:
        if place.record is not None and place.record.verdict is not None:
            yield place, place.record, place.record.verdict


def _severity(place: Place) -> int:
    verdict = place.record.verdict if place.record is not None else None
    return list(Verdict).index(verdict) if verdict is not None else -1


def _broken(section: Section, row: Row) -> Iterator[_Sight]:
    for place, record, verdict in _answered(row):
        if record.contract is Contract.HAZARD:
            continue
        growth = record.growth or ""
        match place.face.mark:
            case "gone":
                kind, note = Kind.GONE, f"but listed as {record.known}"
            case "known":
                listed = f"listed as {record.known}"
                kind, note = Kind.KNOWN, ", ".join(filter(None, [growth, listed]))
            case _:
                kind, note = Kind.UNEXPECTED, growth
                if signs.holds(record):
                    continue
        yield _Sight(
            kind=kind,
            what=verdict,
            note=note,
            place=place,
            version=place.column.cell.column,
            interpreter=section.interpreter,
        )


def _changes(before: Verdict, after: Verdict) -> bool:
    """Whether one is not as good as the other: clean and late both keep a guarantee."""
    return before is not after and not (before in PASSING and after in PASSING)


def _version_edges(section: Section, row: Row) -> Iterator[_Sight]:
    for (old, _old, before), (new, _new, after) in pairwise(_answered(row)):
        older, newer = old.column.cell, new.column.cell
        if older.client == newer.client and _changes(before, after):
            yield _Sight(
                kind=Kind.VERSION_EDGE,
                what=f"{before} in {older.column}, {after} in {newer.column}",
                place=max(old, new, key=_severity),
                interpreter=section.interpreter,
            )


def _interpreter_edges(table: Table) -> Iterator[_Sight]:
    """Only within a family: that PyPy counts no references says nothing about a client."""
    last: dict[tuple[str, ...], tuple[str, Place, Verdict]] = {}
    for section in table.sections:
        family = interpreter_family(section.interpreter)
        for row in section.rows:
            for place, _record, verdict in _answered(row):
                cell = place.column.cell
                key = (family, cell.client, cell.column, row.case)
                older, old, before = last.get(key, ("", place, verdict))
                if _changes(before, verdict):
                    yield _Sight(
                        kind=Kind.INTERPRETER_EDGE,
                        what=f"{before} on {older}, {verdict} on {section.interpreter}",
                        place=max(old, place, key=_severity),
                        version=cell.column,
                    )
                last[key] = (section.interpreter, place, verdict)


def _sights(table: Table) -> Iterator[_Sight]:
    for section in table.sections:
        for row in section.rows:
            yield from _broken(section, row)
            yield from _version_edges(section, row)
    yield from _interpreter_edges(table)


def _joined(sights: Iterable[_Sight], interpreters: tuple[str, ...]) -> Iterator[Finding]:
    """Equal but for the interpreter first, then equal but for the version."""
    seen: dict[tuple[Kind, str, str, str, str, str], list[_Sight]] = {}
    for sight in sights:
        client, case = _about(sight)
        key = (sight.kind, client, case, sight.what, sight.note, sight.version)
        seen.setdefault(key, []).append(sight)
    merged: dict[tuple[Kind, str, str, str, str, tuple[str, ...]], list[_Sight]] = {}
    for (kind, client, case, what, note, _version), same in seen.items():
        where = tuple(dict.fromkeys(sight.interpreter for sight in same if sight.interpreter))
        merged.setdefault((kind, client, case, what, note, where), []).append(same[0])
    for (kind, client, case, what, note, where), same in merged.items():
        versions = {sight.version: sight.place.column.cell for sight in same if sight.version}
        ordered = sorted(versions, key=lambda v: column_key(versions[v].version, v))
        yield Finding(
            kind=kind,
            client=client,
            case=case,
            what=what,
            note=note,
            versions=tuple(ordered),
            interpreters=where,
            everywhere=where == interpreters and len(where) > 1,
            place=same[0].place,
        )


def _about(sight: _Sight) -> tuple[str, str]:
    record = sight.place.record
    return sight.place.column.cell.client, record.case if record is not None else ""


def findings_of(table: Table) -> tuple[Finding, ...]:
    """In the order of `Kind`, then by client, then as the rows stand in the table."""
    interpreters = tuple(section.interpreter for section in table.sections)
    found = _joined(_sights(table), interpreters)
    return tuple(sorted(found, key=lambda finding: (finding.kind, finding.client)))
