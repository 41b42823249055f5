"""Many cells in few words: which columns on which interpreters, as ranges.

A range means every one in between that either report has: `0.23.3 to 0.28.1`. It runs within one way of pinning
and resolving, and within one family of interpreters.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from matrix.diff.model import Span
from matrix.model import CellRecord, Report
from matrix.order import column_key, interpreter_family, interpreter_key

Place = tuple[str, str]  # (interpreter, column)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """All columns and interpreters of one client, in order."""

    columns: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    pinning: dict[str, str] = field(default_factory=dict)  # column -> what follows its version

    def spans(self, places: Iterable[Place]) -> tuple[Span, ...]:
        """As few spans as joining columns with the same interpreters gives."""
        on: dict[str, set[str]] = {}
        for interpreter, column in places:
            on.setdefault(column, set()).add(interpreter)
        joined: dict[frozenset[str], list[str]] = {}
        for column in (each for each in self.columns if each in on):
            joined.setdefault(frozenset(on[column]), []).append(column)
        return tuple(
            Span(
                columns=ranges(columns, self.columns, self._pinning_of),
                interpreters=ranges(interpreters, self.interpreters, interpreter_family),
            )
            for interpreters, columns in joined.items()
        )

    def _pinning_of(self, column: str) -> str:
        return self.pinning[column]


def axes_of(*reports: Report) -> dict[str, Axes]:
    """Client -> its axes, from all the cells of these reports."""
    cells: dict[str, list[CellRecord]] = {}
    for report in reports:
        for cell in report.cells:
            cells.setdefault(cell.client, []).append(cell)
    return {client: _axes(of) for client, of in cells.items()}


def _axes(cells: list[CellRecord]) -> Axes:
    versions = {cell.column: cell.version for cell in cells}
    return Axes(
        columns=tuple(sorted(versions, key=lambda column: column_key(versions[column], column))),
        interpreters=tuple(sorted({cell.interpreter for cell in cells}, key=interpreter_key)),
        pinning={column: column.removeprefix(version) for column, version in versions.items()},
    )


def ranges(chosen: Collection[str], ordered: Sequence[str], family: Callable[[str], str]) -> tuple[str, ...]:
    """`("3.8 to 3.12", "3.14")`: three or more that follow each other become a range."""
    families: dict[str, list[str]] = {}
    for each in ordered:
        families.setdefault(family(each), []).append(each)
    return tuple(text for members in families.values() for run in _runs(chosen, members) for text in _shortened(run))


def _runs(chosen: Collection[str], ordered: Iterable[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for each in ordered:
        if each in chosen:
            run.append(each)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _shortened(run: list[str]) -> Iterable[str]:
    return [f"{run[0]} to {run[-1]}"] if len(run) > 2 else run
