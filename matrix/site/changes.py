"""What changed since the last run: the answers of two reports, side by side.

The one place of the site that looks at another report; what a comparison is worth for CI, and what may
explain it, is the business of `leakmatrix diff`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from matrix.model import CaseRecord, Report
from matrix.order import column_key, interpreter_key
from matrix.render import signs
from matrix.render.signs import Face
from matrix.render.table import answers_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """One case of one client whose answer went from one face to another."""

    client: str
    case: str
    before: Face
    after: Face
    versions: tuple[str, ...]
    interpreters: tuple[str, ...]
    cell: str  # one where it shows: for a link


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Everything that is not as it was."""

    since: str  # when the old report was begun
    answers: tuple[Changed, ...]
    new_cells: tuple[str, ...]
    dropped_cells: tuple[str, ...]


def changes_between(old: Report, new: Report) -> Changes:
    """Answers that both have and that differ; cells that only one has."""
    before, after = answers_of(old), answers_of(new)
    was, now = ([cell.cell for cell in report.cells] for report in (old, new))
    return Changes(
        since=old.header.started,
        answers=tuple(_joined(new, before, after)),
        new_cells=tuple(cell for cell in now if cell not in set(was)),
        dropped_cells=tuple(cell for cell in was if cell not in set(now)),
    )


def _joined(
    new: Report, before: dict[tuple[str, str], CaseRecord], after: dict[tuple[str, str], CaseRecord]
) -> Iterator[Changed]:
    cells = {cell.cell: cell for cell in new.cells}
    groups: dict[tuple[str, str, Face, Face], list[str]] = {}
    for (cell, case), record in after.items():
        if (cell, case) in before:
            faces = signs.of_case(before[cell, case]), signs.of_case(record)
            if faces[0] != faces[1]:
                groups.setdefault((cells[cell].client, case, *faces), []).append(cell)
    for (client, case, old, face), names in groups.items():
        found = [cells[name] for name in names]
        columns = {cell.column: cell.version for cell in found}
        yield Changed(
            client=client,
            case=case,
            before=old,
            after=face,
            versions=tuple(sorted(columns, key=lambda column: column_key(columns[column], column))),
            interpreters=tuple(sorted({cell.interpreter for cell in found}, key=interpreter_key)),
            cell=names[0],
        )
